import ast
import re
import tokenize
from pathlib import Path

from tests.architecture import source

NAMES_THAT_SAY_NOTHING = {"util", "utils", "helper", "helpers", "common", "manager", "misc"}
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX)\b")
SOURCE = ("app", "tasks", "tests", "bench")


class TestName:
    def test_says_what_the_module_is_for(self):
        found = [
            source.at(path)
            for path in source.modules(*SOURCE)
            for part in path.relative_to(source.ROOT).with_suffix("").parts
            if NAMES_THAT_SAY_NOTHING & set(part.split("_"))
        ]

        assert not found, "Name these for what they hold, or move it to where it is used."


class TestComment:
    def test_marks_no_unfinished_work(self):
        found = []
        for path in source.modules(*SOURCE):
            with path.open("rb") as file:
                found += [
                    f"{source.at(path)}:{token.start[0]} {token.string}"
                    for token in tokenize.tokenize(file.readline)
                    if token.type == tokenize.COMMENT and UNFINISHED.search(token.string)
                ]

        assert not found, "Finish these now, or file an issue and take the mark away."


class TestDocstring:
    def test_says_which_question_a_module_answers(self):
        missing = [
            source.at(path)
            for path in source.modules("app", "tasks")
            if ast.get_docstring(source.tree(path)) is None
        ]

        assert not missing, "Begin these modules with a docstring: which question do they answer?"

    def test_stands_on_every_public_function_of_services_and_rules(self):
        missing = [
            f"{source.at(path, function)} {function.name}"
            for path in (*source.part("service"), *source.part("rules"))
            for function in source.public_functions(path)
            if ast.get_docstring(function) is None
        ]

        assert not missing, "Say what these do: units, shapes, errors and the source of a formula."


class TestServiceFunction:
    def test_is_called_by_keyword_only(self):
        positional = [
            f"{source.at(path, function)} {function.name}"
            for path in source.part("service")
            for function in source.public_functions(path)
            if function.args.posonlyargs or function.args.args or function.args.vararg
        ]

        assert not positional, "Put a * before the first parameter of these."

    def test_names_and_types_each_argument(self):
        untyped = [
            f"{source.at(path, function)} {function.name}"
            for path in source.part("service")
            for function in source.public_functions(path)
            if function.args.kwarg is not None
            or function.returns is None
            or any(argument.annotation is None for argument in function.args.kwonlyargs)
        ]

        assert not untyped, "Annotate each argument and the result of these, without **kwargs."


# Tasks whose work takes time, for a worker that is killed in the middle of it; tests/faults kills processes.
SLOW_ON_PURPOSE = {"contract_tasks"}


class TestTest:
    def test_replaces_nothing_that_it_tests(self):
        found = [
            f"{source.at(path, node)} {ast.unparse(node)}"
            for path in source.modules("tests")
            for node in ast.walk(source.tree(path))
            if _imports(node, "mock") or _is_attribute(node, "mocker", "patch")
        ]

        assert not found, (
            "Use the local servers, or give the function a small class that keeps the interface; "
            "a patched test passes however the code it patches is changed."
        )

    def test_waits_for_what_happens_instead_of_sleeping(self):
        found = [
            source.at(path, node)
            for path in source.modules("tests")
            if path.stem not in SLOW_ON_PURPOSE and path.parent.name != "faults"
            for node in ast.walk(source.tree(path))
            if (_is_attribute(node, "time", "sleep") and id(node) not in _in_while_loops(path))
            or (
                isinstance(node, ast.ImportFrom) and node.module == "time" and _names(node, "sleep")
            )
        ]

        assert not found, (
            "Set the `clock` fixture. For another process, ask in a while loop with a deadline, "
            "where a short time.sleep between two looks is right."
        )


def _in_while_loops(path: Path) -> set[int]:
    loops = (node for node in ast.walk(source.tree(path)) if isinstance(node, ast.While))
    return {id(node) for loop in loops for node in ast.walk(loop)}


def _imports(node: ast.AST, name: str) -> bool:
    if isinstance(node, ast.Import):
        return any(name in alias.name.split(".") for alias in node.names)
    if isinstance(node, ast.ImportFrom):
        return name in (node.module or "").split(".") or _names(node, name)
    return False


def _names(node: ast.ImportFrom, name: str) -> bool:
    return any(alias.name == name for alias in node.names)


def _is_attribute(node: ast.AST, owner: str, name: str) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and node.attr == name
        and isinstance(node.value, ast.Name)
        and node.value.id == owner
    )
