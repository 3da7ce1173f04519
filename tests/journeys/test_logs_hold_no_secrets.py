"""Would the test run fail if a secret were logged? It runs pytest on a test that logs one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import log_keeping

ROOT = Path(__file__).parents[2]
TEST = """
import logging

from flask import Flask, request

from app.core import logging as logs

PASSWORD = "correct horse battery"


def test_signs_up(capfd):
    app = Flask("tiny")

    @app.post("/signup")
    def signup():
        logging.getLogger("tiny").warning("signed up", extra={{"detail": {logged}}})
        return {{"access_token": "opaque-but-secret-0123456789"}}

    before = logging.getLogger().handlers[:]
    logs.configure(level="INFO")
    body = {{"password": PASSWORD, "email": "ada@example.com", "code": "048213"}}
    app.test_client().post("/signup", json=body)
    logging.getLogger("tiny").warning("gave", extra={{"detail": {afterwards}}})
    logging.getLogger().handlers[:] = before
"""


def run(
    folder: Path, *, logged: str, afterwards: str = "'nothing'", workers: str = "0"
) -> tuple[int, str]:
    """Run pytest on one test, apart from the project's; its exit code and what it printed."""
    (folder / "test_tiny.py").write_text(TEST.format(logged=logged, afterwards=afterwards))
    (folder / "pytest.ini").write_text("[pytest]\n")
    environ = {
        name: text for name, text in os.environ.items() if not name.startswith(("PYTEST_", "COV_"))
    }
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-p", "tests.log_keeping", "-n", workers, "-q"),
            *("-p", "no:schemathesis", "-p", "no:cacheprovider", "--rootdir", folder, folder),
        ],
        cwd=folder,
        env={**environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


class TestRun:
    def test_passes_when_the_log_holds_no_secret(self, tmp_path: Path):
        code, said = run(tmp_path, logged="'the password is kept'")

        assert code == 0, said
        assert "The log holds" not in said

    @pytest.mark.parametrize(
        ("logged", "afterwards", "what"),
        [
            ("f'with {PASSWORD}'", "'nothing'", "a password that a client sent"),
            ("'used ' + request.json['code']", "'nothing'", "a code that a client sent or got"),
            ("''", "'opaque-but-secret-0123456789'", "a secret that a client sent or got"),
        ],
    )
    def test_fails_when_a_line_holds_one(
        self, tmp_path: Path, logged: str, afterwards: str, what: str
    ):
        code, said = run(tmp_path, logged=logged, afterwards=afterwards)

        assert code == 1, said
        assert f"{what}, in test_tiny.py::test_signs_up" in said

    def test_fails_when_a_line_of_a_worker_holds_one(self, tmp_path: Path):
        code, said = run(tmp_path, logged="PASSWORD", workers="1")

        assert code == 1, said
        assert "a password that a client sent" in said


class TestWatch:
    @pytest.mark.parametrize(
        ("text", "what"),
        [
            ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2ln", "a token"),
            ("ifk_0123456789abcdef", "an API key"),
            ("mail to ada@example.com", "an email"),
            ("sms to +15550100123", "a phone"),
        ],
    )
    def test_sees_what_looks_like_a_secret(self, text: str, what: str):
        watch = log_keeping.Watch(set())

        assert watch.found_in(f'{{"message": "said", "detail": [{{"to": "{text}"}}]}}') == what

    @pytest.mark.parametrize(
        "text",
        [
            "celery@host ready",
            "2026-11-20T12:00:00.000+00:00",
            "+1",
            "[email]",
            "123456.5",
            "48213",
        ],
    )
    def test_leaves_the_rest_alone(self, text: str):
        watch = log_keeping.Watch({"048213", "correct horse"})

        assert watch.found_in(f'{{"message": "{text}", "count": 123456}}') is None

    def test_looks_into_the_logs_of_programs(self, tmp_path: Path):
        (tmp_path / "worker.txt").write_text(
            'worker | {"timestamp": "now", "to": "ada@example.com"}\nx\n'
        )

        (found,) = log_keeping.leaks(tmp_path, iter([tmp_path / "worker.txt"]))

        assert found.startswith("an email, in")
