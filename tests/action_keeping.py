"""Which actions of AWS does each function ask for over the whole test run? A pytest plugin that notes them.

botocore tells of every call that it makes, and of every link that it signs. One below Flask's entry or a WebSocket
handler is the API's, one below a task's code the worker's or the analysis's; what a test does by itself is
nobody's. An action that infrastructure/actions.json doesn't know fails the run, since the function's role won't allow
it; so does one that it knows of the suite and that a whole run no longer asked for. `make record-actions` writes the
file anew.
"""

import sys
from pathlib import Path
from typing import Any

import pytest
from botocore.client import BaseClient
from flask import Flask

from deploy import actions
from deploy.functions import ANALYSIS, API, FUNCTIONS, WORKER

TASKS = str(actions.ROOT / "tasks") + "/"
# What the analysis function runs: its tasks, and the use cases behind them that no request calls.
ANALYSES = frozenset(
    str(actions.ROOT / path)
    for path in (
        "tasks/workspace.py",
        "app/portfolio/service/optimizing.py",
        "app/workspace/service/answering.py",
        "app/workspace/service/reading.py",
        "app/workspace/service/repeating.py",
    )
)
SOCKETS = str(actions.ROOT / "app/entrypoints/lambda_websocket.py")
ANEW = "Run `make record-actions` and commit infrastructure/actions.json."

Asked = set[tuple[str, str]]

ASKED = pytest.StashKey[Asked]()
WRONG = pytest.StashKey[list[str]]()


def function_asking() -> str | None:
    """The name of the function whose code made this call; None for a test's own."""
    frame = sys._getframe(1)
    while frame is not None:
        code = frame.f_code
        if code.co_filename in ANALYSES:
            return ANALYSIS.name
        if code.co_filename.startswith(TASKS):
            return WORKER.name
        if code is Flask.wsgi_app.__code__ or code.co_filename == SOCKETS:
            return API.name
        frame = frame.f_back  # type: ignore[assignment] # the outermost has none
    return None


def listen(asked: Asked) -> None:
    """Note every call from now on."""
    prepare = BaseClient._emit_api_params  # type: ignore[attr-defined]

    def noted(client: Any, api_params: Any, operation_model: Any, context: Any) -> Any:
        name = function_asking()
        if name is not None:
            found = actions.asked_by(
                service=client.meta.service_model.service_name,
                operation=operation_model.name,
                parameters=api_params,
            )
            asked.update((name, action) for action in found)
        return prepare(
            client, api_params=api_params, operation_model=operation_model, context=context
        )

    BaseClient._emit_api_params = noted  # type: ignore[attr-defined]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let `make record-actions` ask for a new recording."""
    parser.addoption(
        "--record-actions",
        action="store_true",
        help="write what functions asked of AWS into infrastructure/actions.json",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Start listening, in every process that runs tests."""
    config.stash[ASKED] = set()
    listen(config.stash[ASKED])


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what a worker of xdist heard."""
    heard = getattr(node, "workeroutput", {}).get("asked", ())
    node.config.stash[ASKED].update((name, action) for name, action in heard)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand over what was heard; and where all workers have, hold it against the recording, or record it."""
    config, asked = session.config, session.config.stash[ASKED]
    if hasattr(config, "workeroutput"):
        config.workeroutput["asked"] = sorted(asked)
        return
    if config.getoption("--record-actions"):
        actions.record(asked, where=actions.SUITE)
    is_whole = _asks_for_everything(config) and session.exitstatus == pytest.ExitCode.OK
    config.stash[WRONG] = differences(asked, is_whole=is_whole)
    if config.stash[WRONG]:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _asks_for_everything(config: pytest.Config) -> bool:
    folders = [Path(config.invocation_params.dir, given) for given in config.args]
    chosen = any(config.getoption(name) for name in ("keyword", "markexpr", "deselect"))
    return folders == [actions.ROOT / "tests"] and not chosen


def differences(asked: Asked, *, is_whole: bool) -> list[str]:
    """A sentence for each action by which a run differs from the recording."""
    wrong = []
    for function in FUNCTIONS:
        now = {action for name, action in asked if name == function.name}
        wrong += [
            f"The {function.name}'s code now asks for {action}, which is not recorded: {ANEW} "
            "Then deploy/roles.py must allow it."
            for action in sorted(now - actions.seen(function))
        ]
        if is_whole:
            wrong += [
                f"The {function.name}'s code no longer asks for {action}: {ANEW} "
                "Then deploy/roles.py must not allow it."
                for action in sorted(actions.seen(function, where=actions.SUITE) - now)
            ]
    return wrong


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Show the sentences."""
    wrong = config.stash.get(WRONG, [])
    if wrong:
        terminalreporter.section("What functions ask of AWS has changed", red=True, bold=True)
        for line in wrong:
            terminalreporter.line(line)
