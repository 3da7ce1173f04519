"""What is the whole stack on a laptop, in which order does it start, and what is said about it?"""

import sys
import urllib.error
import urllib.request
from pathlib import Path

from app.config import Settings
from app.local import firebase_account, ports, state_dir
from app.local.demo_people import PASSWORD, PEOPLE
from app.local.plan import HOST, Plan
from app.local.processes import Program, Terminal
from app.local.supervisor import ProgramEndedError, StopRequestedError, Supervisor

API_WORKERS = 2
# Each WebSocket and each long poll has a thread while it lasts; threads are made when they are needed.
API_THREADS = 512
STANDIN_THREADS = 32
WORKER_PROCESSES = 2
READY_SECONDS = 60
PROBE_SECONDS = 2
LEFTOVER_GRACE_SECONDS = 5.0


def run(plan: Plan, terminal: Terminal) -> int:
    """Runs the stack until Ctrl-C; the exit code of `make run`.

    Raises:
        InvalidSettingsError, PortTakenError, StateDirInUseError: before anything has started.
    """
    firebase_account.ensure(plan.state_dir)
    Settings.from_env(plan.app_environment())
    shown = {"api_url": plan.api_url, "port": plan.port}
    with state_dir.claimed(plan.state_dir, shown=shown):
        left = state_dir.end_leftovers(plan.state_dir, grace_seconds=LEFTOVER_GRACE_SECONDS)
        if left:
            terminal.say(f"Ended what a killed stack had left running: {', '.join(left)}.")
        ports.check_free(
            {"PORT": plan.port, "AWS_PORT": plan.aws_port, "STANDINS_PORT": plan.standins_port}
        )
        for folder in plan.folders():
            folder.mkdir(parents=True, exist_ok=True)
        return _run_to_the_end(plan, terminal)


def _run_to_the_end(plan: Plan, terminal: Terminal) -> int:
    supervisor = Supervisor(
        terminal,
        on_change=lambda pids: state_dir.remember_processes(plan.state_dir, pids),
    )
    with supervisor.listening_to_signals():
        try:
            start(plan, supervisor)
            terminal.say(welcome(plan))
            supervisor.watch()
        except StopRequestedError:
            terminal.say("Stopping.")
            code = 0
        except ProgramEndedError as error:
            terminal.say(f"The stack stops: {error}")
            code = 1
        finally:
            supervisor.stop_all()
            state_dir.remember_processes(plan.state_dir, {})
    terminal.say(f"Stopped. What it kept is in {plan.state_dir}.")
    return code


def start(plan: Plan, supervisor: Supervisor) -> None:
    """Starts everything, each part once what it needs is ready, and fills in the demo world.

    Raises:
        ProgramEndedError: when a part can't be started.
    """
    programs = {program.name: program for program in servers(plan)}
    supervisor.start(programs["aws"])
    supervisor.start(programs["standins"])
    _wait_for(f"{plan.aws_url}/_ministack/ready", "AWS", supervisor)
    supervisor.run_once(_flask(plan, "migrate", "migrate"))
    supervisor.start(programs["api"])
    supervisor.start(programs["worker"])
    _wait_for(f"{plan.standins_url}/_health", "The stand-ins", supervisor)
    _wait_for(f"{plan.api_url}/healthz", "The API", supervisor)
    if plan.app_environment()["PAYMENTS"] == "standin":
        # The stand-in starts empty, as an account with Stripe does.
        supervisor.run_once(_flask(plan, "stripe", "stripe-setup"))
    if plan.demo:
        supervisor.run_once(_module(plan, "demo", "app.local", "fill"))
    supervisor.start(programs["beat"])


def servers(plan: Plan) -> list[Program]:
    """The programs that run all the time."""
    celery = ("celery", "--app", "tasks.celery_app")
    return [
        aws(plan),
        _gunicorn(
            plan,
            "standins",
            f"app.local.standins.server:for_laptop({_standins_arguments(plan)})",
            port=plan.standins_port,
            # One process: how they answer at the moment, and what Stripe holds, is kept in memory.
            options=("--workers", "1", "--threads", str(STANDIN_THREADS)),
        ),
        _gunicorn(plan, "api", "app.local.server:app", port=plan.port, options=_api_options(plan)),
        _module(
            plan,
            "worker",
            *celery,
            "worker",
            f"--concurrency={WORKER_PROCESSES}",
            *("--without-gossip", "--without-mingle", "--without-heartbeat"),
        ),
        _module(plan, "beat", *celery, "beat"),
    ]


def _standins_arguments(plan: Plan) -> str:
    """Literals, which gunicorn reads: the seed, where Stripe posts its events, and where it saves."""
    webhook_url = f"{plan.api_url}/stripe/webhook"
    return f"{plan.demo_seed}, {webhook_url!r}, {str(plan.state_dir)!r}"


def aws(plan: Plan) -> Program:
    """The local AWS, from its own environment."""
    python = plan.root / ".venv-aws" / "bin" / "python"
    script = Path(__file__).with_name("aws_server.py")
    return Program(
        name="aws",
        command=(str(python), "-P", str(script)),
        environment=plan.aws_environment(),
        folder=plan.state_dir,
    )


def welcome(plan: Plan) -> str:
    """Where everything is, and how to sign in."""
    people = ", ".join(f"{person.email} ({person.role})" for person in PEOPLE)
    prices = "live" if plan.app_environment()["MARKET_DATA"] == "live" else "stand-ins"
    live = plan.app_environment()["PAYMENTS"] == "live"
    payments = "live" if live else f"{plan.standins_url}/stripe/"
    sign_in = f"  Sign in     {people}\n              all with the password {PASSWORD}\n"
    return (
        "\nInvestForge is running.\n\n"
        f"  API         {plan.api_url}\n"
        f"  Docs        {plan.api_url}/docs\n"
        f"  Outbox      {plan.api_url}/local/outbox\n"
        f"  Health      {plan.api_url}/healthz\n"
        f"  AWS         {plan.aws_url}\n"
        f"  Stand-ins   {plan.standins_url} (prices: {prices})\n"
        f"  Stripe      {payments}\n"
        f"  State       {plan.state_dir}\n"
        f"{sign_in if plan.demo else ''}"
        "\n  `make demo` shows a user's way through it. Ctrl-C stops it.\n"
    )


def _wait_for(url: str, what: str, supervisor: Supervisor) -> None:
    supervisor.wait_until(
        lambda: _answers(url), what=f"{what} did not answer at {url}", within_seconds=READY_SECONDS
    )


def _answers(url: str) -> bool:
    # A proxy of the user's network has no business here.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=PROBE_SECONDS) as answer:
            return bool(answer.status == 200)  # noqa: PLR2004
    except (OSError, urllib.error.URLError):
        return False


def _api_options(plan: Plan) -> tuple[str, ...]:
    sized = ("--workers", str(API_WORKERS), "--threads", str(API_THREADS))
    return (*sized, "--reload") if plan.reload else sized


def _gunicorn(
    plan: Plan, name: str, application: str, *, port: int, options: tuple[str, ...]
) -> Program:
    return _module(
        plan,
        name,
        *("gunicorn", application, "--bind", f"{HOST}:{port}", "--worker-class", "gthread"),
        *("--graceful-timeout", "3", "--log-level", "warning", "--no-control-socket"),
        *options,
    )


def _flask(plan: Plan, name: str, *words: str) -> Program:
    return _module(plan, name, "flask", "--app", "wsgi", *words)


def _module(plan: Plan, name: str, *words: str) -> Program:
    return Program(
        name=name,
        command=(sys.executable, "-m", *words),
        environment=plan.app_environment(),
        folder=plan.root,
    )
