"""What do `make run`, `make stop` and `make demo` do?"""

import argparse
import os
import signal
import sys
import time
from pathlib import Path

from app.config import InvalidSettingsError
from app.local import stack, state_dir
from app.local.api_client import ApiClient, ApiUnreachableError
from app.local.demo_tour import Tour, UnexpectedAnswerError
from app.local.plan import InvalidPlanError, Plan, with_dotenv
from app.local.ports import PortTakenError
from app.local.processes import Terminal

ROOT = Path(__file__).resolve().parents[2]
STOP_WITHIN_SECONDS = 60.0
LOOK_AGAIN_SECONDS = 0.1
REFUSALS = (
    InvalidPlanError,
    InvalidSettingsError,
    PortTakenError,
    state_dir.StateDirInUseError,
)


def main() -> int:
    """Runs the command named on the command line; the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m app.local", description="InvestForge on this machine"
    )
    commands = {"run": run, "stop": stop, "demo": demo, "fill": fill}
    parser.add_argument("command", choices=commands)
    chosen = parser.parse_args().command
    try:
        return commands[chosen]()
    except REFUSALS as refusal:
        print(refusal, file=sys.stderr)
        return 1


def run() -> int:
    """The whole stack, until Ctrl-C."""
    coloured = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    return stack.run(_plan(), Terminal(sys.stdout, coloured=coloured))


def stop() -> int:
    """Stops the stack that runs on STATE_DIR, and waits until it has."""
    folder = _plan().state_dir
    running = state_dir.running(folder)
    if running is None:
        print(f"No stack is running on {folder}.")
        return 0
    if "pid" in running:
        os.kill(running["pid"], signal.SIGTERM)
    deadline = time.monotonic() + STOP_WITHIN_SECONDS
    while state_dir.running(folder) is not None:
        if time.monotonic() > deadline:
            print(f"The stack on {folder} has not stopped yet (process {running.get('pid')}).")
            return 1
        time.sleep(LOOK_AGAIN_SECONDS)
    print(f"Stopped the stack on {folder}.")
    return 0


def demo() -> int:
    """A user's way through the running stack."""
    plan = _plan()
    running = state_dir.running(plan.state_dir) or {}
    try:
        verdict = Tour(ApiClient(running.get("port", plan.port)), print).walk()
    except ApiUnreachableError as error:
        print(f"{error} Start the stack with `make run` in another terminal first.")
        return 1
    except UnexpectedAnswerError as error:
        print(f"\nNot as expected: {error}")
        return 1
    print(f"\n{verdict}")
    return 0


def fill() -> int:
    """The demo world; the stack calls this with the API's environment."""
    # The only command that needs the app itself; `make stop` works however broken that is.
    from app.local import demo_world

    try:
        demo_world.fill(os.environ, say=print)
    except (demo_world.NotLocalError, demo_world.DemoWorldError) as refusal:
        print(refusal, file=sys.stderr)
        return 1
    return 0


def _plan() -> Plan:
    dotenv = ROOT / ".env"
    text = dotenv.read_text("utf-8") if dotenv.is_file() else ""
    return Plan.from_env(with_dotenv(os.environ, text), root=ROOT)
