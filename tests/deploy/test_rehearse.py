"""Does a rehearsal leave nothing behind, and hold functions to their roles?"""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from deploy import actions, rehearse
from deploy.aws import Refused
from tests.conftest import wait_until

ROOT = Path(__file__).parents[2]
KEEPING_IT_OPEN = """
from deploy import rehearse
import signal, time
signal.signal(signal.SIGTERM, rehearse._told_to_end)
with rehearse._local_aws(lambda line: print(line, flush=True)) as url:
    print("open", url, flush=True)
    time.sleep(600)
"""


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").split()[2] != "Z"


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes as Linux shows them")
class TestLocalAws:
    @pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGKILL])
    def test_ends_however_the_rehearsal_does(self, told):
        program = subprocess.Popen(
            [sys.executable, "-c", KEEPING_IT_OPEN], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert program.stdout is not None
        for line in program.stdout:
            if line.startswith("open"):
                break
        children = Path(f"/proc/{program.pid}/task/{program.pid}/children")
        [server] = [int(pid) for pid in children.read_text(encoding="utf-8").split()]

        program.send_signal(told)
        program.wait(timeout=30)
        program.stdout.close()

        wait_until(lambda: not is_alive(server), seconds=30, what="the end of the local AWS")


class TestRoles:
    @pytest.fixture
    def calls(self, tmp_path, monkeypatch):
        """Writes what functions asked for, as the local AWS does; one action is recorded."""
        monkeypatch.setattr(rehearse, "CALLS", tmp_path / "calls.jsonl")
        monkeypatch.setattr(actions, "FILE", tmp_path / "actions.json")
        actions.record({("api", "s3:GetObject")}, where=actions.REHEARSAL)

        def write(*asked: tuple[str, str, str]) -> None:
            lines = [
                {
                    "who": f"arn:aws:sts::1:assumed-role/any/{name}",
                    "action": action,
                    "resource": "arn:any",
                    "decision": decision,
                }
                for name, action, decision in asked
            ]
            rehearse.CALLS.write_text("".join(json.dumps(line) + "\n" for line in lines))

        return write

    def test_are_enough(self, calls):
        calls(("investforge-dev", "s3:GetObject", "Allow"))
        rehearse._hold_against_roles(print, record=False)

    def test_were_not_enough(self, calls):
        calls(("investforge-dev-worker", "s3:PutObject", "ImplicitDeny"))
        with pytest.raises(Refused, match="investforge-dev-worker: s3:PutObject on arn:any"):
            rehearse._hold_against_roles(print, record=False)

    def test_were_asked_for_what_is_not_recorded(self, calls):
        calls(("investforge-dev-worker", "s3:PutObject", "Allow"))
        with pytest.raises(Refused, match="make record-actions"):
            rehearse._hold_against_roles(print, record=False)

        rehearse._hold_against_roles(print, record=True)
        assert actions.recording()["worker"] == {"s3:PutObject": {actions.REHEARSAL}}
        assert actions.recording()["api"] == {}
