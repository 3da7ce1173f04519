"""Does a state folder belong to one stack at a time, and is what a killed one left cleared away?"""

import json
import os
import signal
import subprocess
import sys

import pytest

from app.local import state_dir

CLAIM = """
import sys, pathlib
from app.local import state_dir
with state_dir.claimed(pathlib.Path(sys.argv[1]), shown={"port": 1}):
    print("claimed", flush=True)
    sys.stdin.read()
"""
WAIT = "import signal; print('up', flush=True); signal.pause()"


@pytest.fixture
def other_stack(tmp_path):
    """Another process that holds the folder until its input ends."""
    with subprocess.Popen(
        [sys.executable, "-c", CLAIM, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout.readline() == b"claimed\n"
        yield process
        process.kill()


@pytest.fixture
def left_running():
    """A process in a session of its own, as the supervisor starts them."""
    with subprocess.Popen(
        [sys.executable, "-c", WAIT], stdout=subprocess.PIPE, start_new_session=True
    ) as process:
        assert process.stdout.readline() == b"up\n"
        yield process
        process.kill()


class TestClaimed:
    def test_refuses_a_folder_that_another_stack_holds(self, tmp_path, other_stack):
        with (
            pytest.raises(state_dir.StateDirInUseError, match=f"process {other_stack.pid}"),
            state_dir.claimed(tmp_path, shown={}),
        ):
            pass

    def test_takes_over_what_a_killed_stack_held(self, tmp_path, other_stack):
        other_stack.kill()
        other_stack.wait()
        with state_dir.claimed(tmp_path, shown={"port": 2}):
            told = json.loads((tmp_path / state_dir.STACK_FILE).read_text())
            assert told == {"pid": os.getpid(), "port": 2}


class TestRunning:
    def test_tells_of_the_stack_that_runs(self, tmp_path, other_stack):
        assert state_dir.running(tmp_path) == {"pid": other_stack.pid, "port": 1}

    def test_tells_of_none_once_it_has_ended_however_it_did(self, tmp_path, other_stack):
        other_stack.kill()
        other_stack.wait()
        assert state_dir.running(tmp_path) is None

    def test_tells_of_none_where_none_ever_ran(self, tmp_path):
        assert state_dir.running(tmp_path) is None


class TestEndLeftovers:
    def test_ends_what_was_remembered(self, tmp_path, left_running):
        state_dir.remember_processes(tmp_path, {"api": left_running.pid})
        assert state_dir.end_leftovers(tmp_path, grace_seconds=5) == ["api"]
        assert left_running.wait() == -signal.SIGTERM

    def test_leaves_alone_another_process_with_the_same_id(self, tmp_path, left_running):
        rows = [{"name": "api", "pid": left_running.pid, "started": "another time"}]
        (tmp_path / state_dir.PROCESSES_FILE).write_text(json.dumps(rows))
        assert state_dir.end_leftovers(tmp_path, grace_seconds=5) == []
        assert left_running.poll() is None

    def test_finds_nothing_after_a_clean_stop(self, tmp_path):
        state_dir.remember_processes(tmp_path, {})
        assert state_dir.end_leftovers(tmp_path, grace_seconds=5) == []
