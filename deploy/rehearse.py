"""Would a deployment work? The whole of one, with the real zips, on a local AWS that is thrown away afterwards.

It provisions, deploys, does what people do through API Gateway, has a job and the tick run on the worker's function,
updates, rolls back and destroys. Each function may do what its role allows and nothing else, as on AWS.
Nothing leaves this machine.
"""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from app.jobs.schedule import SCHEDULE
from deploy import (
    actions,
    archive,
    asking,
    investing,
    journeys,
    outputs,
    package,
    provision,
    zappa_steps,
)
from deploy.aws import Account, Refused, account
from deploy.functions import API, FUNCTIONS, WORKER
from deploy.journeys import expect

ROOT: Final = Path(__file__).parent.parent
SERVER: Final = Path(__file__).parent / "local_aws.py"
CALLS: Final = package.BUILD / "rehearsal-calls.jsonl"
STAGE: Final = "dev"
LONGEST_SECONDS: Final = 1500
START_SECONDS: Final = 60
JOB_SECONDS: Final = 180
PAUSE_SECONDS: Final = 0.5

Say = Callable[[str], None]


def rehearse(*, say: Say, record: bool = False) -> None:
    """Rehearse it all.

    Args:
        say: what happens.
        record: keep which actions the functions asked for in infrastructure/actions.json, instead of looking
            whether they stand there.

    Raises:
        Refused: something was not as it must be; the text says what.
    """
    began = time.monotonic()
    signal.signal(signal.SIGALRM, _out_of_time)
    signal.signal(signal.SIGTERM, _told_to_end)
    signal.alarm(LONGEST_SECONDS)
    with _local_aws(say) as url:
        os.environ.update(
            AWS_ENDPOINT_URL=url,
            AWS_ACCESS_KEY_ID="test",
            AWS_SECRET_ACCESS_KEY="test",  # noqa: S106 - the local AWS takes any
            AWS_REGION="us-east-1",
            AWS_DEFAULT_REGION="us-east-1",
            AWS_EC2_METADATA_DISABLED="true",
        )
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
            os.environ.pop(name, None)
        for step in (_provision, _deploy, _journeys, _job, _tick, _update_and_roll_back, _destroy):
            started = time.monotonic()
            step(account(), say)
            say(f"{step.__name__.strip('_').replace('_', ' ')}: {time.monotonic() - started:.1f} s")
    _hold_against_roles(say, record=record)
    signal.alarm(0)
    say(f"rehearsed in {time.monotonic() - began:.0f} s")


def _provision(here: Account, say: Say) -> None:
    made = provision.provision(here, stage=STAGE, parameters={})
    say(f"  {len(made)} resources")
    again = provision.provision(here, stage=STAGE, parameters={})
    expect(not again, f"provisioning again would change {again}")


def _deploy(here: Account, say: Say) -> None:
    zappa_steps.deploy(here, stage=STAGE, say=say)
    for line in asking.smoke(outputs.needed_api_url(here, stage=STAGE)):
        say(f"  {line}")


def _journeys(here: Account, say: Say) -> None:
    for journey in (
        journeys.portfolio,
        investing.investing,
        journeys.workspace,
        journeys.administration,
        journeys.feeds,
    ):
        journey(here, STAGE, say)


def _job(here: Account, say: Say) -> None:
    """A message in the queue runs on the worker's function, which notes the run."""
    job = next(job.name for job in SCHEDULE if job.cron is not None)
    before = _latest_run(here, job).get("last_run_at")
    event = asking.event_of(stage=STAGE, task=job, arguments={}, now=datetime.now(UTC))
    here.client("sqs").send_message(
        QueueUrl=outputs.of_stage(here, stage=STAGE)["JobsQueueUrl"],
        MessageBody=event["Records"][0]["body"],
    )
    _await_run(here, job, other_than=before)
    say(f"  {job} went through SQS and the worker's function")
    asking.invoke(here, stage=STAGE, task=job, arguments={})
    say(f"  {job} ran by make invoke")


def _tick(here: Account, say: Say) -> None:
    """The minute's rule reaches the worker's function, which starts what is due."""
    job = min((job for job in SCHEDULE if job.every is not None), key=lambda job: job.every or 0)
    _await_run(here, job.name)
    say(f"  the tick started {job.name}, {job.schedule}")


def _update_and_roll_back(here: Account, say: Say) -> None:
    first = _digest(here)
    zipped = package.zip_of(API)
    kept = shutil.copy(zipped, zipped.with_suffix(".kept"))
    manifest = package.BUILD / "zips.json"
    before = manifest.read_text(encoding="utf-8")
    try:
        with zipfile.ZipFile(zipped, "a") as changed:
            changed.writestr(zipfile.ZipInfo("rehearsal.txt", archive.MOMENT), "another release")
        digests = {one.name: archive.digest(package.zip_of(one)) for one in FUNCTIONS}
        release = package.release_of(digests)
        manifest.write_text(json.dumps({"zips": digests, "release": release}), encoding="utf-8")
        zappa_steps.deploy(here, stage=STAGE, say=say)
    finally:
        shutil.move(kept, zipped)
        manifest.write_text(before, encoding="utf-8")
    expect(_digest(here) != first, "the update left the old code in place")
    asking.smoke(outputs.needed_api_url(here, stage=STAGE))
    zappa_steps.rollback(here, stage=STAGE, say=say)
    expect(_digest(here) == first, "rolling back did not bring the first code back")
    asking.smoke(outputs.needed_api_url(here, stage=STAGE))


def _destroy(here: Account, say: Say) -> None:
    zappa_steps.destroy(here, stage=STAGE, infrastructure=True, say=say)
    left = [one.name for one in FUNCTIONS if zappa_steps.is_deployed(here, one, stage=STAGE)]
    expect(not left, f"still there: {left}")
    tables = here.client("dynamodb").list_tables()["TableNames"]
    expect("investforge-dev-users" in tables, "destroying the stack took the data with it")


def _hold_against_roles(say: Say, *, record: bool) -> None:
    """Nothing that a function asked for was denied, and all of it is recorded."""
    calls = [json.loads(line) for line in CALLS.read_text(encoding="utf-8").splitlines()]
    denied = {
        f"{one['who'].rpartition('/')[2]}: {one['action']} on {one['resource']}"
        for one in calls
        if one["decision"] != "Allow"
    }
    expect(not denied, "deploy/roles.py denied what was asked for:\n" + "\n".join(sorted(denied)))
    expect(bool(calls), "no call was noted: something else took build/rehearsal-calls.jsonl away")
    names = {function.lambda_name(STAGE): function.name for function in FUNCTIONS}
    asked = {(names[one["who"].rpartition("/")[2]], one["action"]) for one in calls}
    if record:
        actions.record(asked, where=actions.REHEARSAL)
    unknown = {
        f"{function.name}: {action}"
        for function in FUNCTIONS
        for action in {what for who, what in asked if who == function.name} - actions.seen(function)
    }
    expect(
        not unknown,
        f"infrastructure/actions.json lacks {sorted(unknown)}: make record-actions, and commit it",
    )
    say(f"roles: {len(calls)} calls, {len(asked)} kinds of them, all allowed and recorded")


def _latest_run(here: Account, job: str) -> dict[str, Any]:
    """What the table of runs says of the job, empty where it never ran."""
    found = here.client("dynamodb").get_item(
        TableName=f"investforge-{STAGE}-job-runs", Key={"name": {"S": job}}
    )
    row: dict[str, Any] = found.get("Item", {})
    return row


def _await_run(here: Account, job: str, *, other_than: Any = None) -> None:
    """Wait until the table of runs says that the job has succeeded, later than at an earlier time."""
    deadline = time.monotonic() + JOB_SECONDS
    while True:
        row = _latest_run(here, job)
        has_succeeded = row.get("last_result") == {"S": "succeeded"}
        if has_succeeded and row.get("last_run_at") != other_than:
            return
        if time.monotonic() > deadline:
            raise Refused(f"{job} did not run within {JOB_SECONDS} s: {row}\n{_end_of_log(here)}")
        time.sleep(PAUSE_SECONDS)


def _end_of_log(here: Account) -> str:
    logs = here.client("logs")
    with contextlib.suppress(logs.exceptions.ResourceNotFoundException):
        found = logs.filter_log_events(logGroupName=WORKER.log_group(STAGE))
        return "\n".join(event["message"] for event in found["events"][-20:])
    return ""


def _digest(here: Account) -> str:
    name = API.lambda_name(STAGE)
    found = here.client("lambda").get_function_configuration(FunctionName=name)
    return str(found["CodeSha256"])


@contextlib.contextmanager
def _local_aws(say: Say) -> Iterator[str]:
    """An AWS of its own on a free port of this machine, gone afterwards."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url, log = f"http://127.0.0.1:{port}", package.BUILD / "rehearsal.log"
    package.BUILD.mkdir(exist_ok=True)
    with log.open("wb") as written:
        CALLS.unlink(missing_ok=True)
        server = subprocess.Popen(
            [ROOT / ".venv-aws/bin/python", "-P", SERVER, str(port), CALLS],
            env={
                "PATH": os.environ["PATH"],
                "HOME": os.environ.get("HOME", "/"),
                "AUTH": "true",
                "AWS_ENDPOINT_URL": url,  # what functions are told: no bucket has a name below localhost
                "GATEWAY_PORT": str(port),
                "IOT_MTLS_PORT": "bad",
                "PERSIST_STATE": "0",
                "LOG_LEVEL": "INFO",
            },
            stdin=subprocess.PIPE,
            stdout=written,
            stderr=subprocess.STDOUT,
        )
        try:
            _await_answer(url)
            say(f"the local AWS answers at {url}; its log is {log.relative_to(ROOT)}")
            yield url
        finally:
            server.terminate()
            try:
                server.wait(timeout=20)
            except subprocess.TimeoutExpired:
                server.kill()


def _await_answer(url: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"{url}/_ministack/health", timeout=1)  # noqa: S310 - our own
            return
        if time.monotonic() > deadline:
            raise Refused(f"the local AWS did not start within {START_SECONDS} s")
        time.sleep(PAUSE_SECONDS)


def _told_to_end(*_: Any) -> None:
    sys.exit("The rehearsal was told to end.")


def _out_of_time(*_: Any) -> None:
    raise Refused(f"the rehearsal took longer than {LONGEST_SECONDS} s")
