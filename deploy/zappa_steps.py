"""How are the packed functions put onto a stage, replaced, rolled back and taken away? By Zappa, from our zips.

Zappa makes and updates the functions, the HTTP API, the tick and the queue's event source. What it can't do is done
here right after it: that a batch's failures are reported one by one, and how many workers run at once.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from deploy import outputs, package, provision
from deploy.aws import Account, Refused
from deploy.functions import FED, FUNCTIONS, Function, stack_name

ROOT: Final = Path(__file__).parent.parent
SETTINGS: Final = ROOT / "zappa_settings.json"
HISTORY: Final = "releases/{stage}.json"
OURS: Final = "maximum_concurrency"
MOST_REMEMBERED: Final = 50
ZAPPA: Final = "from zappa.cli import handle; handle()"

Say = Callable[[str], None]


def settings_of(stage: str) -> dict[str, Any]:
    """A stage of zappa_settings.json with all that it extends, as Zappa reads it."""
    every = json.loads(SETTINGS.read_text(encoding="utf-8"))
    own: dict[str, Any] = every[stage]
    below = own.get("extends")
    return {**(_extended(every, below) if below else {}), **own}


def _extended(every: Mapping[str, Any], stage: str) -> dict[str, Any]:
    own = every[stage]
    return {**(_extended(every, own["extends"]) if "extends" in own else {}), **own}


def deploy(account: Account, *, stage: str, say: Say) -> str:
    """Put the packed zips onto a stage, for the first time or again; return the release's name."""
    release = _uploaded(account, say)
    _put_on(account, stage, release, say)
    _remember(account, stage, release)
    return release


def rollback(account: Account, *, stage: str, say: Say) -> str:
    """Put the release before the current one back onto the stage; return its name.

    Raises:
        Refused: there was none.
    """
    past = history(account, stage=stage)
    before = [row["release"] for row in past if row["release"] != past[-1]["release"]]
    if not before:
        raise Refused(f"{stage} has no earlier release to go back to")
    _put_on(account, stage, before[-1], say)
    _remember(account, stage, before[-1])
    return str(before[-1])


def destroy(account: Account, *, stage: str, infrastructure: bool, say: Say) -> None:
    """Take the functions and the API away; with `infrastructure` the stack too, but for what holds data."""
    for function in FUNCTIONS:
        if is_deployed(account, function, stage=stage):
            _zappa(account, "undeploy", function.zappa_stage(stage), "--yes", say=say)
    if infrastructure and provision.stack(account, stage=stage) is not None:
        cloudformation = account.client("cloudformation")
        cloudformation.delete_stack(StackName=stack_name(stage))
        waiter = cloudformation.get_waiter("stack_delete_complete")
        waiter.wait(StackName=stack_name(stage), WaiterConfig={"Delay": 2, "MaxAttempts": 600})
        say(
            "The stack is gone. Tables, queues and the bucket of files were kept; they hold your data."
        )


def tail(account: Account, *, stage: str, since: str, function: Function) -> None:
    """Show a function's log from so long ago ("10m") until now."""
    words = ("--since", since, "--disable-keep-open")
    _zappa(account, "tail", function.zappa_stage(stage), *words, say=lambda _: None)


def is_deployed(account: Account, function: Function, *, stage: str) -> bool:
    """Whether the function is there."""
    client = account.client("lambda")
    try:
        client.get_function_configuration(FunctionName=function.lambda_name(stage))
    except client.exceptions.ResourceNotFoundException:
        return False
    return True


def history(account: Account, *, stage: str) -> list[dict[str, str]]:
    """Which releases were put onto the stage, and when; the current one last."""
    key = HISTORY.format(stage=stage)
    try:
        found = account.client("s3").get_object(Bucket=account.releases_bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] in {"NoSuchKey", "NoSuchBucket"}:
            return []
        raise
    rows: list[dict[str, str]] = json.loads(found["Body"].read())
    return rows


def settle_event_sources(account: Account, *, stage: str) -> None:
    """Have SQS keep the failed messages of a batch alone, and bound how many workers run at once.

    Zappa knows neither setting, and its `unschedule` throws them away.

    Raises:
        Refused: an event source of the settings is not there, or does not report failures.
    """
    for function in FED:
        for event in rendered(account)[function.zappa_stage(stage)]["events"]:
            if "event_source" in event:
                _settle(account, function.lambda_name(stage), event["event_source"])


def _settle(account: Account, name: str, source: Mapping[str, Any]) -> None:
    client = account.client("lambda")
    found = client.list_event_source_mappings(FunctionName=name, EventSourceArn=source["arn"])
    for mapping in found["EventSourceMappings"]:
        client.update_event_source_mapping(
            UUID=mapping["UUID"],
            FunctionResponseTypes=["ReportBatchItemFailures"],
            ScalingConfig={"MaximumConcurrency": source[OURS]},
        )
    settled = client.list_event_source_mappings(FunctionName=name, EventSourceArn=source["arn"])
    if not settled["EventSourceMappings"] or any(
        "ReportBatchItemFailures" not in mapping.get("FunctionResponseTypes", ())
        for mapping in settled["EventSourceMappings"]
    ):
        raise Refused(f"{name} does not report the failures of {source['arn']} one by one")


def rendered(account: Account) -> dict[str, Any]:
    """zappa_settings.json with this account's number and region in it."""
    text = SETTINGS.read_text(encoding="utf-8")
    for name, value in (
        ("${AWS_ACCOUNT_ID}", account.account_id),
        ("${AWS_REGION}", account.region),
    ):
        text = text.replace(name, value)
    settings: dict[str, Any] = json.loads(text)
    return settings


def _put_on(account: Account, stage: str, release: str, say: Say) -> None:
    for function in reversed(
        FUNCTIONS
    ):  # the API last: the others must know what the new one asks for
        step = "update" if is_deployed(account, function, stage=stage) else "deploy"
        zipped = f"s3://{account.releases_bucket}/{_key(release, function)}"
        say(f"{step} {function.lambda_name(stage)} from release {release}")
        _zappa(account, step, function.zappa_stage(stage), "--zip", zipped, say=say)
    settle_event_sources(account, stage=stage)
    published = outputs.publish(account, stage=stage)
    if published.is_news:
        _start_anew(account, stage)
    _hear_of_mail(account, stage, published.api_url)


def _start_anew(account: Account, stage: str) -> None:
    """Have functions read their settings again: an instance that runs already keeps those that it started with."""
    client, now = account.client("lambda"), datetime.now(UTC).isoformat(timespec="seconds")
    for function in FUNCTIONS:
        name = function.lambda_name(stage)
        description = settings_of(function.zappa_stage(stage))["lambda_description"]
        client.update_function_configuration(
            FunctionName=name, Description=f"{description} (settings of {now})"
        )
        client.get_waiter("function_updated_v2").wait(FunctionName=name)


def _zappa(account: Account, step: str, stage: str, *words: str, say: Say) -> None:
    folder = package.BUILD / "zappa"
    folder.mkdir(parents=True, exist_ok=True)
    settings = folder / "zappa_settings.json"
    settings.write_text(json.dumps(rendered(account)), encoding="utf-8")
    command = [sys.executable, "-c", ZAPPA, step, stage, "--settings_file", settings.name]
    # In a folder of its own: Zappa reads every source below the one that it runs in.
    ran = subprocess.run(
        [*command, *words],
        cwd=folder,
        env={**os.environ, "AWS_DEFAULT_REGION": account.region},
        stdout=None if step == "tail" else subprocess.PIPE,
        stderr=None if step == "tail" else subprocess.STDOUT,
        text=True,
        check=False,
    )
    if ran.returncode:
        raise Refused(f"zappa {step} {stage} failed:\n{(ran.stdout or '')[-4000:]}")
    for line in (ran.stdout or "").splitlines()[-1:]:
        say(f"  {line}")


def _uploaded(account: Account, say: Say) -> str:
    manifest = package.BUILD / "zips.json"
    if not manifest.is_file():
        raise Refused("Nothing is packed: make package")
    release: str = json.loads(manifest.read_text(encoding="utf-8"))["release"]
    for function in FUNCTIONS:
        zipped = package.zip_of(function)
        say(f"upload {zipped.name} as release {release}")
        account.client("s3").upload_file(
            str(zipped), account.releases_bucket, _key(release, function)
        )
    return release


def _key(release: str, function: Function) -> str:
    return f"releases/{release}/{function.name}.zip"


def _remember(account: Account, stage: str, release: str) -> None:
    row = {"release": release, "at": datetime.now(UTC).isoformat(timespec="seconds")}
    rows = [*history(account, stage=stage), row][-MOST_REMEMBERED:]
    account.client("s3").put_object(
        Bucket=account.releases_bucket,
        Key=HISTORY.format(stage=stage),
        Body=json.dumps(rows).encode(),
    )


def _hear_of_mail(account: Account, stage: str, url: str) -> None:
    """Subscribe the API to what SES tells of its emails; subscribing again changes nothing."""
    topic = outputs.of_stage(account, stage=stage)["MailEventsTopicArn"]
    account.client("sns").subscribe(
        TopicArn=topic, Protocol=urlsplit(url).scheme, Endpoint=f"{url}/emails/events"
    )
