"""Does schemathesis find anything wrong with the running server? `make test-schemathesis` asks.

Starts the whole stack as `make run` does, on ports and in a folder of its own, and lets schemathesis ask it with all
phases: once as a user, once as an admin. Exits 1 where it found something.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.local.plan import Plan
from tests.conftest import free_port

ROOT = Path(__file__).parents[2]
CONFIG = Path(__file__).with_name("schemathesis.toml")
PASSWORD = "Str0ngPass!word"
ROLES = ("user", "admin")
SEED = 2026
EXAMPLES = 40
SECONDS_FOR_EACH = 180
READY_SECONDS = 90


def plan_in(folder: Path) -> Plan:
    """The stack: as on a laptop, with quick password hashes, and clients told apart by X-Forwarded-For."""
    environ = {
        **os.environ,
        "STATE_DIR": str(folder),
        "PORT": str(free_port()),
        "AWS_PORT": str(free_port()),
        "STANDINS_PORT": str(free_port()),
        "DEMO": "0",
        "PASSWORD_HASH_ROUNDS": "4",
        "ACCESS_TOKEN_EXPIRES_MIN": "120",
        "TRUSTED_PROXIES": "1",
        "LOG_LEVEL": "info",
    }
    return Plan.from_env(environ, root=ROOT)


@contextmanager
def running(plan: Plan) -> Iterator[Path]:
    """The stack, up and with an account of each role; its log."""
    log = plan.state_dir / "log"
    with log.open("wb") as output:
        stack = subprocess.Popen(
            [sys.executable, "-m", "app.local", "run"],
            cwd=ROOT,
            env=dict(plan.environ),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_for(plan.api_url, stack, log)
        for role in ROLES:
            _make_account(plan, role)
        yield log
    finally:
        stack.send_signal(signal.SIGTERM)
        stack.wait(timeout=60)


def _wait_for(api_url: str, stack: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            with urllib.request.urlopen(f"{api_url}/healthz", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            if stack.poll() is not None or time.monotonic() > deadline:
                sys.exit(f"The stack did not start.\n{log.read_text()}")
            time.sleep(0.3)


def _make_account(plan: Plan, role: str) -> None:
    subprocess.run(
        [
            *(sys.executable, "-m", "flask", "--app", "wsgi", "create-admin"),
            *("--email", f"{role}@example.com", "--username", f"the_{role}"),
            *("--password", PASSWORD, "--role", role),
        ],
        cwd=ROOT,
        env=plan.app_environment(),
        check=True,
        stdout=subprocess.DEVNULL,
    )


def ask(plan: Plan, role: str, *, seed: int) -> int:
    """Let schemathesis ask as an account of `role`; its exit code."""
    print(f"\n{'=' * 30} schemathesis as {role} {'=' * 30}", flush=True)  # noqa: T201 - it talks to the person who asked
    return subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG)),
            *("run", f"{plan.api_url}/openapi.json", "--seed", str(seed)),
            *("--max-examples", os.environ.get("EXAMPLES", str(EXAMPLES))),
            *("--max-time", os.environ.get("SECONDS", str(SECONDS_FOR_EACH))),
            *("--workers", "2", *sys.argv[1:]),
        ],
        cwd=ROOT,
        env={
            **plan.app_environment(),
            "PYTHONPATH": str(ROOT),
            "SCHEMATHESIS_API_URL": plan.api_url,
            "SCHEMATHESIS_EMAIL": f"{role}@example.com",
            "SCHEMATHESIS_PASSWORD": PASSWORD,
        },
        check=False,
    ).returncode


def failures_in(log: Path) -> list[str]:
    """What the server itself called a failure while it was asked."""
    found = []
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        start = line.find('{"timestamp"')
        if start < 0:
            continue
        try:
            event = json.loads(line[start:])
        except ValueError:
            continue
        if event.get("message") == "request.failed":
            found.append(line[start:])
    return found


def main() -> int:
    """Start, ask, stop, and tell."""
    roles = os.environ.get("ROLES", " ".join(ROLES)).split()
    seed = int(os.environ.get("SEED", SEED))
    with tempfile.TemporaryDirectory() as folder:
        plan = plan_in(Path(folder))
        with running(plan) as log:
            codes = {role: ask(plan, role, seed=seed) for role in roles}
            failures = failures_in(log)
    for failure in failures:
        print(failure)  # noqa: T201
    return 1 if failures or any(codes.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
