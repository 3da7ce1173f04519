"""Does the local AWS keep what it was given, even when it is killed?"""

import contextlib
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import boto3
import pytest

from app.local import stack
from app.local.plan import Plan

ROOT = Path(__file__).resolve().parents[2]


class LocalAws:
    """One ministack on a free port, its state in a folder."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        environ = {**os.environ, "AWS_PORT": str(port), "STATE_DIR": str(folder)}
        self.plan = Plan.from_env(environ, root=ROOT)
        for needed in self.plan.folders():
            needed.mkdir(parents=True, exist_ok=True)
        self.saved = folder / "aws" / "state" / "dynamodb.json"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *, save_every: str = "0.1", **changes: str) -> None:
        program = stack.aws(self.plan)
        self.process = subprocess.Popen(
            [*program.command, "--save-every", save_every],
            env={**program.environment, **changes},
            cwd=program.folder,
        )
        deadline = time.monotonic() + 60
        while not self.is_ready():
            assert self.process.poll() is None
            assert time.monotonic() < deadline

    def is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.plan.aws_url}/_ministack/ready") as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, ConnectionError):
            return False

    def end(self, *, politely: bool) -> None:
        if politely:
            self.process.terminate()
        else:
            self.process.kill()
        self.process.wait()

    def client(self):
        return boto3.client(
            "dynamodb",
            endpoint_url=self.plan.aws_url,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )


@pytest.fixture
def local_aws(tmp_path):
    made = LocalAws(tmp_path)
    yield made
    if made.process is not None and made.process.poll() is None:
        made.end(politely=False)


def write(client, *, key):
    with contextlib.suppress(client.exceptions.ResourceInUseException):
        client.create_table(
            TableName="things",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
    client.put_item(TableName="things", Item={"id": {"S": key}})


def keys(client):
    return {item["id"]["S"] for item in client.scan(TableName="things")["Items"]}


class TestLocalAws:
    def test_keeps_what_it_saved_when_it_is_killed(self, local_aws):
        local_aws.start()
        write(local_aws.client(), key="kept-though-killed")
        deadline = time.monotonic() + 20
        while not (local_aws.saved.exists() and "though-killed" in local_aws.saved.read_text()):
            assert time.monotonic() < deadline, "nothing was saved"
        local_aws.end(politely=False)
        local_aws.start()
        assert keys(local_aws.client()) == {"kept-though-killed"}

    def test_keeps_everything_when_it_is_stopped(self, local_aws):
        local_aws.start(save_every="0")
        write(local_aws.client(), key="last-moment")
        local_aws.end(politely=True)
        assert local_aws.process.returncode == 0
        local_aws.start()
        assert keys(local_aws.client()) == {"last-moment"}

    def test_keeps_nothing_where_it_should_not(self, local_aws):
        local_aws.start(PERSIST_STATE="0")
        write(local_aws.client(), key="gone")
        local_aws.end(politely=True)
        assert not local_aws.saved.exists()

    def test_listens_on_loopback_only(self, local_aws):
        local_aws.start()
        with socket.socket() as probe:
            probe.bind(("127.0.0.2", local_aws.plan.aws_port))  # free, so 0.0.0.0 is not in use
