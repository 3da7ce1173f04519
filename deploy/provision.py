"""How does a stage come to have its infrastructure? Through a change set that is looked at before it is carried out."""

import secrets
import uuid
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from botocore.exceptions import ClientError, WaiterError

from deploy import template
from deploy.aws import Account, Refused
from deploy.functions import settings_path, stack_name

HOLDING_DATA: Final = frozenset({"AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::SQS::Queue"})
RELEASE_DAYS: Final = 365
POLL_SECONDS: Final = 2
UNFINISHED: Final = "REVIEW_IN_PROGRESS"
NOTHING_TO_DO: Final = ("didn't contain changes", "No updates are to be performed")

Change = Mapping[str, Any]


def provision(
    account: Account,
    *,
    stage: str,
    parameters: Mapping[str, str],
    may_replace: Collection[str] = (),
    only_show: bool = False,
) -> list[str]:
    """Make the infrastructure of a stage, or bring it up to the template; return what changed, a line each.

    Args:
        account: where.
        stage: which.
        parameters: values of the template's parameters, besides the stage; an update keeps those not given.
        may_replace: logical ids of what holds data and may be replaced or removed all the same.
        only_show: stop before anything changes.

    Raises:
        Refused: the change would replace or remove what holds data, or failed.
    """
    ensure_releases_bucket(account)
    changes = _prepared(account, stage, parameters)
    if changes is None:
        ensure_secrets(account, stage=stage)
        return []
    name, found = changes
    endangered = endangers_data(found, may_replace=may_replace)
    if endangered or only_show:
        _withdraw(account, stage, name)
    if endangered:
        listed = "\n".join(f"- {line}" for line in endangered)
        raise Refused(
            f"This would replace or remove what holds data, and was not done:\n{listed}\n"
            "docs/operations.md tells how to move the data first; then name each: REPLACE=UsersTable"
        )
    if not only_show:
        _carry_out(account, stage, name)
        ensure_secrets(account, stage=stage)
    return [_line(change) for change in found]


def ensure_releases_bucket(account: Account) -> None:
    """Make the bucket for templates and zips, which the stack itself is made from."""
    s3, bucket = account.client("s3"), account.releases_bucket
    try:
        s3.head_bucket(Bucket=bucket)
    except ClientError as error:
        if error.response["Error"]["Code"] not in {"404", "NoSuchBucket"}:
            raise
        place = (
            {}
            if account.region == "us-east-1"
            else {"CreateBucketConfiguration": {"LocationConstraint": account.region}}
        )
        s3.create_bucket(Bucket=bucket, **place)
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=dict(template.PRIVATE))
    s3.put_bucket_lifecycle_configuration(
        Bucket=bucket,
        LifecycleConfiguration={
            "Rules": [
                {
                    "ID": "old-releases",
                    "Status": "Enabled",
                    "Filter": {"Prefix": "releases/"},
                    "Expiration": {"Days": RELEASE_DAYS},
                }
            ]
        },
    )


def ensure_secrets(account: Account, *, stage: str) -> None:
    """Give the stage a signing key of its own, if nobody has yet."""
    ssm, name = account.client("ssm"), f"{settings_path(stage)}JWT_SECRET"
    try:
        ssm.get_parameter(Name=name)
    except ssm.exceptions.ParameterNotFound:
        put_secret(account, stage=stage, name="JWT_SECRET", value=secrets.token_hex(32))


def put_secret(account: Account, *, stage: str, name: str, value: str) -> None:
    """Keep a setting in Parameter Store, encrypted; functions read it at their next start."""
    account.client("ssm").put_parameter(
        Name=f"{settings_path(stage)}{name}", Value=value, Type="SecureString", Overwrite=True
    )


def endangers_data(changes: Sequence[Change], *, may_replace: Collection[str]) -> list[str]:
    """Which of the changes would replace or remove something that holds data."""
    return [
        _line(change)
        for change in changes
        if change["ResourceType"] in HOLDING_DATA
        and change["LogicalResourceId"] not in may_replace
        and (
            change["Action"] == "Remove"
            or (change["Action"] == "Modify" and change.get("Replacement", "False") != "False")
        )
    ]


def stack(account: Account, *, stage: str) -> dict[str, Any] | None:
    """The stack as CloudFormation describes it, or None."""
    try:
        found = account.client("cloudformation").describe_stacks(StackName=stack_name(stage))
    except ClientError as error:
        if "does not exist" in error.response["Error"]["Message"]:
            return None
        raise
    described: dict[str, Any] = found["Stacks"][0]
    return described


def _prepared(
    account: Account, stage: str, parameters: Mapping[str, str]
) -> tuple[str, list[Change]] | None:
    """A change set's name and what it would change; None where there is nothing to change."""
    cloudformation, present = account.client("cloudformation"), stack(account, stage=stage)
    exists = present is not None and present["StackStatus"] != UNFINISHED
    name = f"provision-{uuid.uuid4()}"
    cloudformation.create_change_set(
        StackName=stack_name(stage),
        ChangeSetName=name,
        ChangeSetType="UPDATE" if exists else "CREATE",
        TemplateURL=_uploaded(account, stage),
        Parameters=_values(stage, parameters, present if exists else None),
        Capabilities=["CAPABILITY_NAMED_IAM"],
        Tags=[{"Key": "project", "Value": "investforge"}, {"Key": "stage", "Value": stage}],
    )
    reference = {"StackName": stack_name(stage), "ChangeSetName": name}
    try:
        cloudformation.get_waiter("change_set_create_complete").wait(
            **reference, WaiterConfig={"Delay": POLL_SECONDS}
        )
    except WaiterError as error:
        reason = cloudformation.describe_change_set(**reference).get("StatusReason", "")
        _withdraw(account, stage, name)
        if any(text in reason for text in NOTHING_TO_DO):
            return None
        raise Refused(f"CloudFormation refused the change: {reason}") from error
    pages = cloudformation.get_paginator("describe_change_set").paginate(**reference)
    found = [row["ResourceChange"] for page in pages for row in page["Changes"]]
    if not found:
        _withdraw(account, stage, name)
        return None
    return name, found


def _values(
    stage: str, parameters: Mapping[str, str], present: Mapping[str, Any] | None
) -> list[dict[str, Any]]:
    kept = {row["ParameterKey"] for row in (present or {}).get("Parameters", ())}
    given = {"Stage": stage, **parameters}
    return [
        {"ParameterKey": name, "ParameterValue": given[name]}
        if name in given
        else {"ParameterKey": name, "UsePreviousValue": True}
        for name in template.PARAMETERS
        if name in given or name in kept
    ]


def _uploaded(account: Account, stage: str) -> str:
    key = f"templates/{stage}.json"
    s3 = account.client("s3")
    s3.put_object(Bucket=account.releases_bucket, Key=key, Body=template.FILE.read_bytes())
    return f"https://s3.{account.region}.amazonaws.com/{account.releases_bucket}/{key}"


def _carry_out(account: Account, stage: str, name: str) -> None:
    cloudformation = account.client("cloudformation")
    creating = stack(account, stage=stage)
    fresh = creating is not None and creating["StackStatus"] == UNFINISHED
    cloudformation.execute_change_set(StackName=stack_name(stage), ChangeSetName=name)
    waiter = cloudformation.get_waiter(
        "stack_create_complete" if fresh else "stack_update_complete"
    )
    try:
        waiter.wait(
            StackName=stack_name(stage), WaiterConfig={"Delay": POLL_SECONDS, "MaxAttempts": 900}
        )
    except WaiterError as error:
        raise Refused(f"The stack failed: {_first_failure(account, stage)}") from error


def _first_failure(account: Account, stage: str) -> str:
    events = account.client("cloudformation").describe_stack_events(StackName=stack_name(stage))
    failed = [
        f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}"
        for event in events["StackEvents"]
        if event["ResourceStatus"].endswith("FAILED")
    ]
    return failed[-1] if failed else "see its events in the console"


def _withdraw(account: Account, stage: str, name: str) -> None:
    cloudformation = account.client("cloudformation")
    cloudformation.delete_change_set(StackName=stack_name(stage), ChangeSetName=name)
    present = stack(account, stage=stage)
    if present is not None and present["StackStatus"] == UNFINISHED:
        cloudformation.delete_stack(StackName=stack_name(stage))


def _line(change: Change) -> str:
    replaced = {"True": ", replacing it", "Conditional": ", perhaps replacing it"}
    how = replaced.get(change.get("Replacement", ""), "") if change["Action"] == "Modify" else ""
    return f"{change['Action']} {change['LogicalResourceId']} ({change['ResourceType']}){how}"
