"""How is one program of the stack started, listened to and stopped?"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

PR_SET_PDEATHSIG = 1  # prctl(2)
LINES_REMEMBERED = 30
READ_BYTES = 65_536
COLOURS = (36, 33, 32, 35, 34, 96)
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass(frozen=True, kw_only=True)
class Program:
    """What to run, and how long a polite request to stop may take."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    folder: Path
    grace_seconds: float = 10.0


@dataclass
class Terminal:
    """Where all programs' lines go, each behind its program's name; colour only on a terminal."""

    stream: IO[str]
    coloured: bool
    width: int = 8
    _colours: dict[str, int] = field(default_factory=dict)

    def show(self, name: str, line: str) -> None:
        """One line of a program."""
        label = f"{name:<{self.width}} |"
        if self.coloured:
            colour = self._colours.setdefault(name, COLOURS[len(self._colours) % len(COLOURS)])
            label = f"\x1b[{colour}m{label}\x1b[0m"
        self.say(f"{label} {line}")

    def say(self, text: str) -> None:
        """Text of the supervisor itself."""
        with contextlib.suppress(BrokenPipeError, OSError):  # nobody listens, but the stack goes on
            self.stream.write(f"{text}\n")
            self.stream.flush()


class Process:
    """One run of a program, in a session of its own, so that Ctrl-C reaches only the supervisor."""

    def __init__(self, program: Program, terminal: Terminal) -> None:
        self.program = program
        self.started = time.monotonic()
        self.last_lines: deque[str] = deque(maxlen=LINES_REMEMBERED)
        self._terminal = terminal
        self._unfinished = b""
        self._popen = subprocess.Popen(
            program.command,
            cwd=program.folder,
            env=dict(program.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            # The supervisor has one thread, which is what makes a hook between fork and exec safe.
            preexec_fn=_end_with(os.getpid()),  # noqa: PLW1509
        )
        self.pid = self._popen.pid
        self.output = self._popen.stdout.fileno() if self._popen.stdout else -1
        os.set_blocking(self.output, False)

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative is the signal that ended it."""
        return self._popen.poll()

    def show_output(self) -> bool:
        """Shows the lines that it has written meanwhile; False once it can write no more."""
        read = self._read()
        if read is not None:
            self._show(read)
        return read != b""

    def ask_to_stop(self) -> None:
        """Sends SIGTERM to the program itself, which then stops what it started."""
        if self.exit_code is None:
            self._popen.terminate()

    def end(self) -> None:
        """Kills all of its session that still runs, and shows its last lines."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self._popen.wait()
        while read := self._read():
            self._show(read)
        self._show(b"")
        if self._popen.stdout:
            self._popen.stdout.close()

    def _read(self) -> bytes | None:
        """What is there to read: None for nothing yet, empty for the end."""
        try:
            return os.read(self.output, READ_BYTES)
        except BlockingIOError:
            return None
        except OSError:
            return b""

    def _show(self, read: bytes) -> None:
        *lines, self._unfinished = (self._unfinished + read).split(b"\n")
        if not read and self._unfinished:
            lines, self._unfinished = [self._unfinished], b""
        for line in lines:
            text = line.decode("utf-8", "replace").rstrip()
            self.last_lines.append(text)
            self._terminal.show(self.program.name, text)


def _end_with(parent: int) -> Callable[[], None] | None:
    """On Linux a program gets SIGTERM when the supervisor dies, even by kill -9."""
    if _libc is None:
        return None
    prctl = _libc.prctl

    def arrange() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)  # it died in between

    return arrange
