"""Which stack does a state folder belong to at the moment, and what did a killed one leave running?

The file `stack.json` names the supervisor, and a lock on it, which the system lets go of however the
supervisor ends, says whether that is still true. So a process id is never taken for another's.
"""

import contextlib
import fcntl
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

STACK_FILE = "stack.json"
PROCESSES_FILE = "processes.json"
POLL_SECONDS = 0.05


class StateDirInUseError(Exception):
    """Another stack runs on this state folder."""


@contextlib.contextmanager
def claimed(folder: Path, *, shown: Mapping[str, Any]) -> Iterator[None]:
    """Holds the folder for this process; `shown` is what others may read in the stack file.

    Raises:
        StateDirInUseError: when another process holds it; the text says which and how to stop it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / STACK_FILE).open("a+", encoding="utf-8") as file:
        if not _lock(file):
            raise StateDirInUseError(
                f"A stack runs on {folder} already (process {_told(file).get('pid')}): stop it with "
                f"`make stop`, or choose another folder, as in `make run STATE_DIR=.local-2`."
            )
        file.truncate(0)
        json.dump({"pid": os.getpid(), **shown}, file)
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)


def running(folder: Path) -> dict[str, Any] | None:
    """What the stack that runs on this folder shows of itself; None when none runs."""
    try:
        with (folder / STACK_FILE).open("r+", encoding="utf-8") as file:
            return None if _lock(file) else _told(file)
    except FileNotFoundError:
        return None


def remember_processes(folder: Path, pids: Mapping[str, int]) -> None:
    """Writes down which processes the stack runs, for the start after a kill -9."""
    rows = [{"name": name, "pid": pid, "started": started_at(pid)} for name, pid in pids.items()]
    aside = folder / f"{PROCESSES_FILE}.new"
    aside.write_text(json.dumps(rows), "utf-8")
    aside.replace(folder / PROCESSES_FILE)


def end_leftovers(folder: Path, *, grace_seconds: float) -> list[str]:
    """Ends what a killed supervisor left running, politely first; the names of what that was.

    A process counts only while its id and its moment of start are both the remembered ones.
    """
    try:
        rows = json.loads((folder / PROCESSES_FILE).read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return []
    left = [row for row in rows if _is_same(row)]
    for number in (signal.SIGTERM, signal.SIGKILL):
        for row in left:
            if _is_same(row):
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(row["pid"], number)
        deadline = time.monotonic() + grace_seconds
        while any(_is_same(row) for row in left) and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
    (folder / PROCESSES_FILE).unlink(missing_ok=True)
    return [row["name"] for row in left]


def started_at(pid: int) -> str | None:
    """A mark of when a process started, alike whenever it is asked; None when there is no such."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text("utf-8")
    except OSError:
        return _started_by_ps(pid)
    state, *numbers = text.rpartition(")")[2].split()
    return None if state == "Z" else numbers[18]  # field 22 of proc(5): clock ticks since boot


def _started_by_ps(pid: int) -> str | None:
    arguments = ["ps", "-o", "lstart=", "-p", str(pid)]
    try:
        found = subprocess.run(arguments, capture_output=True, text=True, check=False)
    except OSError:
        return None
    return found.stdout.strip() or None


def _is_same(row: Mapping[str, Any]) -> bool:
    return row["started"] is not None and started_at(row["pid"]) == row["started"]


def _lock(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _told(file: IO[str]) -> dict[str, Any]:
    file.seek(0)
    try:
        told: dict[str, Any] = json.loads(file.read())
    except ValueError:
        return {}  # it was claimed a moment ago and is not written yet
    return told
