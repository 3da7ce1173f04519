"""How do several programs run as one: started in order, watched, and stopped together?

One thread does it all: it waits for output of any program, shows it, and looks who has ended. While
it waits for something (a server that gets ready, a command that ends) it keeps doing that.
"""

import selectors
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

from app.local.processes import Process, Program, Terminal

LOOK_SECONDS = 0.1
AT_ONCE_SECONDS = 5.0
RESTARTS = 5
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopRequestedError(Exception):
    """Somebody asked the stack to stop."""


class ProgramEndedError(Exception):
    """A program ended that must not; the text says how, with its last lines."""


def may_restart(*, lived_seconds: float, at_once_seconds: float, restarts: int) -> bool:
    """Whether a program that ended by itself is started anew: not at once, and not for ever."""
    return lived_seconds >= at_once_seconds and restarts < RESTARTS


class Supervisor:
    """The running programs, in the order of their start.

    Args:
        terminal: where their lines go.
        on_change: told the process id of each program whenever one has started.
        at_once_seconds: a program that ends sooner has failed to start, and is not tried again.
    """

    def __init__(
        self,
        terminal: Terminal,
        *,
        on_change: Callable[[Mapping[str, int]], None],
        at_once_seconds: float = AT_ONCE_SECONDS,
    ) -> None:
        self._terminal = terminal
        self._on_change = on_change
        self._at_once_seconds = at_once_seconds
        self._running: dict[str, Process] = {}
        self._restarts: dict[str, int] = {}
        self._selector = selectors.DefaultSelector()
        self._requests = 0

    @contextmanager
    def listening_to_signals(self) -> Iterator[None]:
        """Ctrl-C, SIGTERM and a closed terminal ask to stop; a second time, to hurry."""

        def request(_number: int, _frame: FrameType | None) -> None:
            self._requests += 1

        before = {
            number: signal.signal(number, request)
            for number in STOP_SIGNALS
            # `nohup make run` has chosen to outlive its terminal.
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN
        }
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def start(self, program: Program) -> Process:
        """Starts a program, and from now on keeps it running."""
        process = Process(program, self._terminal)
        self._running[program.name] = process
        self._selector.register(process.output, selectors.EVENT_READ, process)
        self._on_change({name: running.pid for name, running in self._running.items()})
        return process

    def run_once(self, program: Program) -> None:
        """Runs a command to its end.

        Raises:
            ProgramEndedError: when it fails.
        """
        process = self.start(program)
        while process.exit_code is None:
            self._look(may_end=process)
        self._end(process)
        if process.exit_code != 0:
            raise ProgramEndedError(_obituary(process))

    def wait_until(self, ready: Callable[[], bool], *, what: str, within_seconds: float) -> None:
        """Waits for a condition while everything runs on.

        Raises:
            ProgramEndedError: when a program ends meanwhile, or the condition takes too long.
        """
        deadline = time.monotonic() + within_seconds
        while not ready():
            if time.monotonic() > deadline:
                raise ProgramEndedError(f"{what} within {within_seconds:.0f} seconds.")
            self._look()

    def watch(self) -> None:
        """Keeps everything running until somebody asks to stop.

        Raises:
            StopRequestedError: then.
            ProgramEndedError: when a program ends at once, or again and again.
        """
        while True:
            self._look(restart=True)

    def stop_all(self) -> None:
        """Stops the programs in reverse order; those that don't go by themselves are killed."""
        asked = self._requests
        for process in reversed(list(self._running.values())):
            process.ask_to_stop()
            deadline = time.monotonic() + process.program.grace_seconds
            while process.exit_code is None and time.monotonic() < deadline:
                self._show_output()
                if self._requests > asked:
                    break
            if process.exit_code is None:
                self._terminal.say(f"{process.program.name} did not stop by itself and is killed.")
            self._end(process)

    def _look(self, *, restart: bool = False, may_end: Process | None = None) -> None:
        """Shows what was written, and deals with requests to stop and with programs that ended."""
        self._show_output()
        if self._requests:
            raise StopRequestedError
        for process in list(self._running.values()):
            if process is not may_end and process.exit_code is not None:
                self._replace(process, restart=restart)

    def _show_output(self) -> None:
        for key, _ in self._selector.select(LOOK_SECONDS):
            process: Process = key.data
            if not process.show_output():
                self._selector.unregister(process.output)

    def _replace(self, process: Process, *, restart: bool) -> None:
        name = process.program.name
        lived = time.monotonic() - process.started
        restarts = self._restarts.get(name, 0)
        self._end(process)
        again = may_restart(
            lived_seconds=lived, at_once_seconds=self._at_once_seconds, restarts=restarts
        )
        if not restart or not again:
            raise ProgramEndedError(_obituary(process))
        self._restarts[name] = restarts + 1
        self._terminal.say(
            f"{name} ended by itself ({_ending(process.exit_code)}) and is started again "
            f"({restarts + 1} of {RESTARTS} times)."
        )
        self.start(process.program)

    def _end(self, process: Process) -> None:
        with suppress(KeyError):  # its output may have ended before it did
            self._selector.unregister(process.output)
        self._running.pop(process.program.name, None)
        process.end()


def _ending(exit_code: int | None) -> str:
    if exit_code is not None and exit_code < 0:
        return f"signal {-exit_code}"
    return f"exit code {exit_code}"


def _obituary(process: Process) -> str:
    name = process.program.name
    lines: Any = "\n".join(f"  {line}" for line in process.last_lines)
    return f"{name} ended ({_ending(process.exit_code)}). Its last lines:\n{lines or '  (none)'}"
