"""What does the source say, without running it? The guard tests read it through here."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def modules(*folders: str) -> tuple[Path, ...]:
    """Every Python module in these folders of the project, in order."""
    return tuple(sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py")))


@cache
def tree(path: Path) -> ast.Module:
    """The parsed module."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def functions(path: Path) -> Iterator[Function]:
    """Every function and method in a module, however deep."""
    return (node for node in ast.walk(tree(path)) if isinstance(node, Function))


def calls(path: Path) -> Iterator[ast.Call]:
    """Every call in a module."""
    return (node for node in ast.walk(tree(path)) if isinstance(node, ast.Call))


def part(name: str) -> tuple[Path, ...]:
    """The modules of one of the five words in every domain: its module, or its package's modules."""
    return tuple(
        path
        for path in modules("app")
        if path.stem == name or name in path.relative_to(ROOT).parts[2:-1]
    )


def public_functions(path: Path) -> Iterator[Function]:
    """The functions of a module that others may call."""
    return (
        node
        for node in tree(path).body
        if isinstance(node, Function) and not node.name.startswith("_")
    )


def lines_of(function: Function) -> int:
    """How long a function is, from its `def` to its end, without its docstring."""
    length = (function.end_lineno or function.lineno) - function.lineno + 1
    if ast.get_docstring(function) is None:
        return length
    docstring = function.body[0]
    return length - ((docstring.end_lineno or docstring.lineno) - docstring.lineno + 1)


def at(path: Path, node: ast.AST | None = None) -> str:
    """Where something stands, as an editor understands it."""
    where = str(path.relative_to(ROOT))
    return where if node is None else f"{where}:{getattr(node, 'lineno', 1)}"
