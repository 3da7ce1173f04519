"""Does any log line of the whole test run hold a secret or a person's data? A pytest plugin that looks.

It keeps every line that the app's JSON formatter writes, in each worker, and what clients sent and got that must not be
logged: passwords, codes, tokens. After the last test the lines are read, those of the programs that tests started
too, and one that holds any of it, or anything that looks like a token, a key, an email or a phone, fails the run.
"""

import json
import logging
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, request, request_finished, request_started

from app.core.logging import JsonFormatter

# Apart from the patterns by which the app's own net works, so that a hole in that net is seen.
LOOKS_SECRET = {
    "a token": re.compile(r"eyJ[\w-]{10,}\.[\w-]{10,}"),
    "an API key": re.compile(r"\bifk_[\w-]{8,}"),
    "an email": re.compile(r"[\w.+-]+@[\w-]+\.[A-Za-z]{2,}"),
    "a phone": re.compile(r"(?<![\w.:-])\+[1-9][0-9]{8,14}(?![0-9])"),
}
# Fields whose values are secret, and which values are one: not a made-up "x", a field's name or a row of digits.
SECRET_FIELDS = {
    re.compile(r"password", re.IGNORECASE): re.compile(r"(?![a-z_]*$)(?![0-9]*$).{8,}", re.DOTALL),
    re.compile(r"^(code|otp|dev_otp)$"): re.compile(r"[0-9]{6}"),
    re.compile(r"token$|^key$"): re.compile(r"(?![a-z_]*$)\S{20,}"),
}
NUMBER = re.compile(r"(?<![\w.:-])[0-9]{6}(?![\w.:-])")
WORD = re.compile(r"[\w.-]{20,}")


def secrets_in(body: Any) -> Iterator[str]:
    """The values in a request's or an answer's JSON that must not be logged."""
    if isinstance(body, list):
        for part in body:
            yield from secrets_in(part)
    if isinstance(body, dict):
        for name, value in body.items():
            if not isinstance(value, str):
                yield from secrets_in(value)
            elif any(
                field.search(name) and secret.fullmatch(value)
                for field, secret in SECRET_FIELDS.items()
            ):
                yield value


class Watch:
    """What must not stand in a line."""

    def __init__(self, secrets: set[str]) -> None:
        self._words = {text for text in secrets if WORD.fullmatch(text)}
        self._codes = {text for text in secrets if NUMBER.fullmatch(text)}
        self._others = sorted(secrets - self._words - self._codes)

    def found_in(self, line: str) -> str | None:
        """What a line of JSON holds that it must not, or None."""
        texts = [text for value in json.loads(line).values() for text in _texts(value)]
        for text in texts:
            for what, pattern in LOOKS_SECRET.items():
                if pattern.search(text):
                    return what
            if self._words.intersection(WORD.findall(text)):
                return "a secret that a client sent or got"
            if self._codes.intersection(NUMBER.findall(text)):
                return "a code that a client sent or got"
            if any(secret in text for secret in self._others):
                return "a password that a client sent"
        return None


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, part in value.items():
            yield name
            yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)


class Keeper:
    """Writes down what one process logs, and the secrets that its clients sent and got."""

    def __init__(self, folder: Path) -> None:
        name = os.environ.get("PYTEST_XDIST_WORKER", "alone")
        self._lines, self._secrets = (
            os.open(folder / f"{name}.{kind}", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            for kind in ("lines", "secrets")
        )
        self._format = JsonFormatter.format

    def start(self) -> None:
        """Listen."""
        keeper, original = self, self._format

        def keep(formatter: JsonFormatter, record: logging.LogRecord) -> str:
            line = original(formatter, record)
            _write(keeper._lines, {"test": os.environ.get("PYTEST_CURRENT_TEST"), "line": line})
            return line

        JsonFormatter.format = keep  # type: ignore[method-assign, assignment]
        request_started.connect(self.heard_request)
        request_finished.connect(self.heard_answer)

    def stop(self) -> None:
        """Listen no more."""
        JsonFormatter.format = self._format  # type: ignore[method-assign]
        request_started.disconnect(self.heard_request)
        request_finished.disconnect(self.heard_answer)
        os.close(self._lines)
        os.close(self._secrets)

    def heard_request(self, _app: Flask, **_: Any) -> None:
        """Keep the secrets of a request."""
        if request.is_json and (request.content_length or 0) < 20_000:
            self._keep_secrets(request.get_data(cache=True))

    def heard_answer(self, _app: Flask, response: Response, **_: Any) -> None:
        """Keep the secrets of an answer."""
        if response.is_json and response.status_code < 400:
            self._keep_secrets(response.get_data())

    def _keep_secrets(self, body: bytes) -> None:
        try:
            for secret in secrets_in(json.loads(body)):
                _write(self._secrets, secret)
        except (ValueError, RecursionError):
            return


def _write(file: int, value: Any) -> None:
    """A whole line at once: tests log from several threads, and from processes that they fork."""
    os.write(file, (json.dumps(value) + "\n").encode())


def leaks(folder: Path, others: Iterator[Path]) -> list[str]:
    """Each line that holds what it must not, with what that is and where it was logged."""
    secrets = {
        json.loads(line)
        for path in folder.glob("*.secrets")
        for line in path.read_text(encoding="utf-8").splitlines()
    }
    watch = Watch(secrets)
    found: dict[str, None] = {}
    for where, line in [*_kept(folder), *_of_programs(others)]:
        if what := watch.found_in(line):
            found[f"{what}, in {where}: {line}"] = None
    return list(found)


def _kept(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.glob("*.lines")):
        for line in path.read_text(encoding="utf-8").splitlines():
            kept = json.loads(line)
            yield str(kept["test"]), kept["line"]


def _of_programs(paths: Iterator[Path]) -> Iterator[tuple[str, str]]:
    for path in paths:
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            _, brace, rest = line.partition('{"timestamp"')
            if brace and rest.endswith("}"):
                yield str(path), brace + rest


FOLDER = pytest.StashKey[Path]()
KEEPER = pytest.StashKey[Keeper]()
LEAKS = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    """Start listening, in every process that runs tests."""
    given = getattr(config, "workerinput", {}).get("kept_logs")
    config.stash[FOLDER] = Path(given or tempfile.mkdtemp(prefix="kept-logs-"))
    config.stash[KEEPER] = Keeper(config.stash[FOLDER])
    config.stash[KEEPER].start()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker where the lines are kept."""
    node.workerinput["kept_logs"] = str(node.config.stash[FOLDER])


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Stop listening; and where all workers have, read what was logged."""
    config = session.config
    config.stash[KEEPER].stop()
    if hasattr(config, "workerinput"):
        return
    base = config._tmp_path_factory.getbasetemp()  # type: ignore[attr-defined]
    programs = (path for path in base.rglob("*log") if path.is_file())
    config.stash[LEAKS] = leaks(config.stash[FOLDER], programs)
    for path in config.stash[FOLDER].iterdir():
        path.unlink()
    config.stash[FOLDER].rmdir()
    if config.stash[LEAKS]:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Show the lines."""
    found = config.stash.get(LEAKS, [])
    if found:
        terminalreporter.section("The log holds what it must not", red=True, bold=True)
        for line in found:
            terminalreporter.line(line)
