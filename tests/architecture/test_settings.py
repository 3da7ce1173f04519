import ast
import re
from pathlib import Path

from app.config import Settings
from tests.architecture import source

MAY_READ_THE_ENVIRONMENT = (
    "app/config/",
    "app/entrypoints/parameters.py",
    "app/local/",
    # It hands on to its child where libraries are, and reads no setting.
    "app/workspace/engine/sql.py",
)
# What app/local reads besides, to run the stack.
OF_THE_STACK = {"AWS_PORT", "DEMO", "DEMO_SEED", "RELOAD", "STATE_DIR"}
ENVIRONMENT = {"environ", "environb", "getenv", "getenvb"}
NAMES_IN_EXAMPLE = re.compile(r"^#?\s?([A-Z][A-Z0-9_]*)=", re.MULTILINE)


def reads_of_environment(path: Path) -> list[ast.AST]:
    """Where a module reads the environment, but for handing it whole to `Settings.from_env`."""
    handed_on = {
        id(argument)
        for call in source.calls(path)
        if isinstance(call.func, ast.Attribute) and call.func.attr == "from_env"
        for argument in call.args
    }
    return [
        node
        for node in ast.walk(source.tree(path))
        if id(node) not in handed_on and is_environment(node)
    ]


def is_environment(node: ast.AST) -> bool:
    if isinstance(node, ast.ImportFrom):
        return node.module == "os" and bool(ENVIRONMENT & {alias.name for alias in node.names})
    return (
        isinstance(node, ast.Attribute)
        and node.attr in ENVIRONMENT
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
    )


class TestEnvironment:
    def test_is_read_in_one_place(self):
        readers = [
            source.at(path, node)
            for path in (*source.modules("app", "tasks"), source.ROOT / "wsgi.py")
            if not source.at(path).startswith(MAY_READ_THE_ENVIRONMENT)
            for node in reads_of_environment(path)
        ]

        assert not readers, "Give app.config.Settings a row for it, and read `settings` instead."


class TestExample:
    def test_holds_every_setting_and_no_other(self):
        example = (source.ROOT / ".env.example").read_text(encoding="utf-8")
        shown = NAMES_IN_EXAMPLE.findall(example)

        assert sorted(shown) == sorted(set(shown)), "A setting stands in .env.example once."
        read = Settings.environment_names() | OF_THE_STACK
        missing = read - set(shown)
        assert not missing, "Add these to .env.example with their default and what they are for."
        unknown = set(shown) - read
        assert not unknown, "Nothing reads these: take them out of .env.example."
