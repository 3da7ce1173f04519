import pytest

from tests.architecture import source


def provider_folders() -> list[str]:
    return sorted(
        folder.name
        for folder in (source.ROOT / "app" / "providers").iterdir()
        if folder.is_dir() and any(folder.glob("*.py"))
    )


class TestProvider:
    @pytest.mark.parametrize("name", provider_folders())
    def test_has_an_interface(self, name):
        assert (source.ROOT / "app" / "providers" / name / "interface.py").is_file(), (
            "Say in interface.py what the product may ask of it, in the product's words."
        )

    @pytest.mark.parametrize("name", provider_folders())
    def test_has_a_contract_suite(self, name):
        assert (source.ROOT / "tests" / "providers" / f"test_{name}.py").is_file(), (
            f"Write tests/providers/test_{name}.py: what every implementation of the interface keeps."
        )

    @pytest.mark.parametrize("name", provider_folders())
    def test_is_chosen_by_the_registry(self, name):
        registry = (source.ROOT / "app" / "providers" / "registry.py").read_text(encoding="utf-8")

        assert f"def {name}(" in registry, (
            "Add a property of this name to app/providers/registry.py: the only chooser."
        )
