"""Is everything in a function's zip that its code reaches for, even in the functions that import late?"""

import ast
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from deploy.aws import Refused
from deploy.functions import ANALYSIS, API, WORKER, Function

OF_THE_WORKER: Final = frozenset(
    {
        "celery",
        "css_inline",
        "curl_cffi",
        "daqp",
        "duckdb",
        "google",
        "kombu",
        "numpy",
        "pandas",
        "pycoingecko",
        "resvg_py",
        "yfinance",
    }
)
"""What only tasks reach: it is imported late, and the API's zip does without."""

START: Final = """
import importlib, os, sys
sys.path[:] = [os.getcwd(), *(path for path in sys.path if "site-packages" not in path)]
module, _, name = sys.argv[1].rpartition(".")
getattr(importlib.import_module(module), name)
"""


ONLY_FOR: Final[Mapping[str, frozenset[str]]] = {
    API.name: frozenset(),
    WORKER.name: OF_THE_WORKER - {"daqp", "duckdb"},
    ANALYSIS.name: frozenset({"celery", "daqp", "duckdb", "kombu", "numpy"}),
}
"""What of it each function has: the code that needs the rest never runs there."""


def missing_modules(folder: Path, function: Function) -> list[str]:
    """The top-level modules that the function's own code imports, now or late, and that the folder lacks."""
    elsewhere = OF_THE_WORKER - ONLY_FOR[function.name]
    wanted = {
        name
        for package in function.packages
        for file in (folder / package).rglob("*.py")
        for name in _imported(file)
    }
    present = {path.name.partition(".")[0] for path in folder.iterdir()}
    return sorted(wanted - present - elsewhere - sys.stdlib_module_names)


def _imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.partition(".")[0]


def start(folder: Path, function: Function) -> None:
    """Import the function's handler from the folder alone, as Lambda does.

    Raises:
        Refused: it does not start.
    """
    ran = subprocess.run(
        [sys.executable, "-I", "-B", "-c", START, function.handler],
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "ENV": "dev",
            "JWT_SECRET": "only-to-see-whether-it-starts-" * 2,
            "AWS_ACCESS_KEY_ID": "none",
            "AWS_SECRET_ACCESS_KEY": "none",
            "AWS_DEFAULT_REGION": "us-east-1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode and sys.platform == "linux":
        raise Refused(f"{function.name} does not start from its zip:\n{ran.stderr[-2000:]}")
