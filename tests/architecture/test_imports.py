import os
import subprocess
import sys

import pytest

from tests.architecture import source

# What a cold start of the API can't afford.
HEAVY = {
    "celery",
    "daqp",
    "duckdb",
    "google.auth",
    "kombu",
    "limits",
    "numpy",
    "pandas",
    "pycoingecko",
    "stripe",
    "yfinance",
}


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=source.ROOT,
        env={name: value for name, value in os.environ.items() if not name.startswith("COV_")},
        capture_output=True,
        text=True,
        check=False,
    )


class TestImports:
    def test_only_go_down(self):
        lint = "from importlinter.cli import lint_imports_command; lint_imports_command()"

        found = run("-c", lint, "--no-cache")

        broken = found.stdout.partition("Broken contracts")[2] or found.stdout
        assert found.returncode == 0, f"{broken}{found.stderr}"


@pytest.fixture(scope="module")
def imported():
    """The modules that a process has once it can answer requests."""
    found = run("-c", "import wsgi, sys; print(*sorted(sys.modules), sep='\\n')")
    assert found.returncode == 0, found.stderr
    return set(found.stdout.split())


class TestTheApi:
    def test_imports_nothing_heavy_at_its_start(self, imported):
        assert "flask" in imported
        assert not HEAVY & imported, (
            "Import these in the function that needs them, or leave the work to a task: "
            "they make a cold start slower. `python -X importtime -c 'import wsgi'` shows who asks."
        )

    def test_imports_no_task(self, imported):
        assert not {name for name in imported if name.split(".")[0] == "tasks"}, (
            "The app names work: job_queue.enqueue('domain.verb_noun')."
        )

    def test_never_imports_what_computes_over_files(self):
        load = "import wsgi, sys; from app import factory; factory.load_every_domain()"

        found = run("-c", f"{load}; print(*sys.modules, sep='\\n')")

        assert found.returncode == 0, found.stderr
        assert not {"_duckdb", "daqp", "duckdb", "numpy", "pandas"} & set(found.stdout.split()), (
            "Only the function that computes has these: leave the work to a task."
        )
