"""Do several programs start in order, get watched, and stop together, leaving nothing behind?"""

import io
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.local import state_dir
from app.local.processes import Program, Terminal
from app.local.supervisor import ProgramEndedError, Supervisor, may_restart

WAIT = "import signal; print('up', flush=True); signal.pause()"
STUBBORN = (
    "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True)\n"
    "while True: signal.pause()"
)
ENDS = "print('first'); print('the reason', end=''); raise SystemExit(3)"
TINY_STACK = Path(__file__).with_name("tiny_stack.py")


def program(name: str, code: str, grace_seconds: float = 10) -> Program:
    return Program(
        name=name,
        command=(sys.executable, "-c", code),
        environment={"PYTHONUNBUFFERED": "1"},
        folder=Path.cwd(),
        grace_seconds=grace_seconds,
    )


class Stage:
    """A supervisor, what it showed, and the processes that it remembered last."""

    def __init__(self, *, at_once_seconds: float = 5) -> None:
        self.stream = io.StringIO()
        self.pids: dict[str, int] = {}
        self.supervisor = Supervisor(
            Terminal(self.stream, coloured=False),
            on_change=self.pids.update,
            at_once_seconds=at_once_seconds,
        )

    @property
    def shown(self) -> str:
        return self.stream.getvalue()

    def wait_for(self, text: str) -> None:
        self.supervisor.wait_until(lambda: text in self.shown, what=text, within_seconds=20)

    def is_running(self, name: str) -> bool:
        return state_dir.started_at(self.pids[name]) is not None


def wait_for_the_end_of(pid: int) -> None:
    deadline = time.monotonic() + 10
    while state_dir.started_at(pid) is not None:
        assert time.monotonic() < deadline, f"process {pid} still runs"


@pytest.fixture
def stage():
    made = Stage()
    yield made
    made.supervisor.stop_all()


class TestStart:
    def test_shows_each_line_behind_its_name(self, stage):
        stage.supervisor.start(program("api", WAIT))
        stage.supervisor.start(program("worker", WAIT))
        stage.wait_for("worker   | up")
        stage.wait_for("api      | up")

    def test_gives_it_only_its_own_environment(self, stage):
        code = "import os; print(sorted(n for n in os.environ if n != 'LC_CTYPE'))"
        stage.supervisor.run_once(program("api", code))
        assert "['PYTHONUNBUFFERED']" in stage.shown

    @pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends it with its parent")
    def test_ends_with_the_supervisor_even_by_kill_9(self, tmp_path):
        with subprocess.Popen(
            [sys.executable, TINY_STACK, tmp_path], stdout=subprocess.PIPE
        ) as tiny:
            while tiny.stdout.readline() != b"all up\n":
                pass
            rows = json.loads((tmp_path / state_dir.PROCESSES_FILE).read_text())
            tiny.kill()
            tiny.wait()
        assert len(rows) == 2
        for row in rows:
            wait_for_the_end_of(row["pid"])


class TestRunOnce:
    def test_returns_when_it_succeeded(self, stage):
        stage.supervisor.run_once(program("migrate", "print('made a table')"))
        assert "migrate  | made a table" in stage.shown
        assert not stage.is_running("migrate")

    def test_fails_with_its_last_lines(self, stage):
        with pytest.raises(ProgramEndedError) as error:
            stage.supervisor.run_once(program("migrate", ENDS))
        assert "migrate ended (exit code 3)" in str(error.value)
        assert "  first\n  the reason" in str(error.value)


class TestWaitUntil:
    def test_fails_when_it_takes_too_long(self, stage):
        with pytest.raises(ProgramEndedError, match="The API did not answer within 0 seconds"):
            stage.supervisor.wait_until(
                lambda: False, what="The API did not answer", within_seconds=0
            )

    def test_fails_when_a_program_ends_meanwhile(self, stage):
        stage.supervisor.start(program("api", ENDS))
        with pytest.raises(ProgramEndedError, match="the reason"):
            stage.supervisor.wait_until(lambda: False, what="", within_seconds=20)


class TestWatch:
    def test_stops_when_a_program_ends_at_once(self, stage):
        stage.supervisor.start(program("api", ENDS))
        with pytest.raises(ProgramEndedError, match="the reason"):
            stage.supervisor.watch()

    def test_starts_a_program_again_but_not_for_ever(self):
        stage = Stage(at_once_seconds=0)
        stage.supervisor.start(program("api", ENDS))
        with pytest.raises(ProgramEndedError, match="the reason"):
            stage.supervisor.watch()
        assert stage.shown.count("api ended by itself (exit code 3) and is started again") == 5
        assert stage.shown.count("api      | first") == 6

    @pytest.mark.parametrize(
        ("lived", "restarts", "again"),
        [(4.9, 0, False), (5, 0, True), (60, 4, True), (60, 5, False)],
    )
    def test_decides_by_age_and_number(self, lived, restarts, again):
        decided = may_restart(lived_seconds=lived, at_once_seconds=5, restarts=restarts)
        assert decided is again


class TestStopAll:
    def test_leaves_nothing_behind(self, stage):
        child = f"import os; print('child', os.getpid(), flush=True); {WAIT}"
        parent = (
            f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {child!r}]); {WAIT}"
        )
        stage.supervisor.start(program("api", parent))
        stage.supervisor.wait_until(
            lambda: stage.shown.count("up") == 2, what="both", within_seconds=20
        )
        stage.supervisor.stop_all()
        child_pid = int(stage.shown.partition("child ")[2].split()[0])
        wait_for_the_end_of(child_pid)

    def test_kills_what_does_not_stop_by_itself(self, stage):
        stage.supervisor.start(program("worker", STUBBORN, grace_seconds=0.1))
        stage.wait_for("up")
        stage.supervisor.stop_all()
        assert "worker did not stop by itself and is killed." in stage.shown
        assert not stage.is_running("worker")

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_follows_a_signal_in_reverse_order(self, tmp_path, number):
        with subprocess.Popen(
            [sys.executable, TINY_STACK, tmp_path], stdout=subprocess.PIPE
        ) as tiny:
            while tiny.stdout.readline() != b"all up\n":
                pass
            tiny.send_signal(number)
            rest = tiny.stdout.read().decode()
        assert tiny.returncode == 0
        assert rest.splitlines() == ["second   | bye second", "first    | bye first", "stopped"]


class TestTerminal:
    def test_colours_the_name_only_on_a_terminal(self):
        stream = io.StringIO()
        Terminal(stream, coloured=True).show("api", "line")
        assert stream.getvalue() == "\x1b[36mapi      |\x1b[0m line\n"

    def test_goes_on_when_nobody_reads_any_more(self):
        class Closed(io.StringIO):
            def write(self, text):
                raise BrokenPipeError(text)

        Terminal(Closed(), coloured=False).say("lost")
