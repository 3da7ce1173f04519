import ast
from collections import Counter

from app.jobs.schedule import SCHEDULE
from tests.architecture import source

ENQUEUING = {"enqueue", "ask"}


def task_names() -> Counter[str]:
    """The name of every `@app.task(name=...)` in tasks/, and how often it stands there."""
    return Counter(
        name
        for path in source.modules("tasks")
        for function in source.functions(path)
        for decorator in function.decorator_list
        if (name := name_of_task(decorator)) is not None
    )


def name_of_task(decorator: ast.expr) -> str | None:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    if not isinstance(called, ast.Attribute) or called.attr != "task":
        return None
    keywords = decorator.keywords if isinstance(decorator, ast.Call) else []
    for keyword in keywords:
        if keyword.arg == "name" and isinstance(keyword.value, ast.Constant):
            return str(keyword.value.value)
    return "(a task without name=)"


def constants() -> dict[str, str]:
    """The module-level names of text anywhere in the app: a job's name is often one."""
    return {
        name.id: str(statement.value.value)
        for path in source.modules("app", "tasks")
        for statement in source.tree(path).body
        if isinstance(statement, ast.Assign | ast.AnnAssign)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
        for name in (statement.targets if isinstance(statement, ast.Assign) else [statement.target])
        if isinstance(name, ast.Name)
    }


def enqueued_names() -> dict[str, str]:
    """The name of every job that is enqueued or asked for, and where.

    It stands as text or as a constant; a variable (the row of a schedule) says nothing here.
    """
    known = constants()
    found = {}
    for path in source.modules("app", "tasks"):
        for call in source.calls(path):
            name = named_job(call)
            if isinstance(name, ast.Constant):
                found[str(name.value)] = source.at(path, call)
            elif isinstance(name, ast.Name | ast.Attribute):
                identifier = name.id if isinstance(name, ast.Name) else name.attr
                if identifier in known:
                    found[known[identifier]] = source.at(path, call)
    return found


def named_job(call: ast.Call) -> ast.expr | None:
    """The job's name in `jobs.enqueue(name, ...)`, `jobs.ask(name, ...)` or a call with `task=name`."""
    if isinstance(call.func, ast.Attribute) and call.func.attr in ENQUEUING and call.args:
        return call.args[0]
    return next((keyword.value for keyword in call.keywords if keyword.arg == "task"), None)


class TestTask:
    def test_has_a_name_of_its_own(self):
        twice = {name: times for name, times in task_names().items() if times > 1}

        assert not twice, (
            "Two tasks have one name, or none: say @app.task(name='domain.verb_noun')."
        )

    def test_is_named_for_the_domain_whose_file_it_stands_in(self):
        misplaced = [
            f"{source.at(path, function)} {name}"
            for path in source.modules("tasks")
            for function in source.functions(path)
            for decorator in function.decorator_list
            if (name := name_of_task(decorator)) is not None
            and name.split(".")[0] not in path.relative_to(source.ROOT).with_suffix("").parts
        ]

        assert not misplaced, "Move these to tasks/<domain>.py, or name them for their domain."


class TestSchedule:
    def test_names_only_tasks_that_exist(self):
        unknown = [job.name for job in SCHEDULE if job.name not in task_names()]

        assert not unknown, "Write these tasks in tasks/<domain>.py, or mend the schedule's names."

    def test_says_each_job_once(self):
        assert len(SCHEDULE) == len({job.name for job in SCHEDULE})


class TestEnqueuedJob:
    def test_has_a_task(self):
        known = task_names()
        unknown = {name: where for name, where in enqueued_names().items() if name not in known}

        assert not unknown, "Nothing will run these: write the task, or mend the name."

    def test_is_found_by_this_guard(self):
        assert enqueued_names(), "No job's name was found, so this guard sees nothing."
