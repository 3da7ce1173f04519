"""What may each function do on AWS? Its own tables, queues and parameters, and nothing else."""

from collections.abc import Mapping
from typing import Any, Final

from deploy.functions import FUNCTIONS, PROJECT, Function

TABLE_ACTIONS: Final = (
    "dynamodb:BatchGetItem",
    "dynamodb:BatchWriteItem",
    "dynamodb:ConditionCheckItem",
    "dynamodb:DeleteItem",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:UpdateItem",
)
QUEUE_ACTIONS: Final = (
    "sqs:GetQueueAttributes",
    "sqs:GetQueueUrl",
    "sqs:SendMessage",
)
READING_QUEUES: Final = ("sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:ReceiveMessage")

Statement = dict[str, Any]


def role_resources(*, tables: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """A role for each function.

    Args:
        tables: the resources of the tables, by logical id.
    """
    extra = {"api": _only_the_api, "worker": _only_the_worker}
    return {
        role_id(function): _role(function, [*_both(tables), *extra[function.name]()])
        for function in FUNCTIONS
    }


def role_id(function: Function) -> str:
    """A role's logical id."""
    return f"{function.name.capitalize()}Role"


def _role(function: Function, statements: list[Statement]) -> dict[str, Any]:
    name = f"{PROJECT}-${{Stage}}{function.suffix.replace('_', '-')}-ZappaLambdaExecutionRole"
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    logs = _allow(
        "Logs",
        ("logs:CreateLogStream", "logs:PutLogEvents"),
        {"Fn::Sub": f"${{{function.name.capitalize()}LogGroup.Arn}}:*"},
    )
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "RoleName": {"Fn::Sub": name},
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
            "Policies": [
                {
                    "PolicyName": "what-it-does",
                    "PolicyDocument": {
                        "Version": "2012-10-17",
                        "Statement": [logs, *statements],
                    },
                }
            ],
        },
    }


def _both(tables: Mapping[str, Mapping[str, Any]]) -> list[Statement]:
    arns = [{"Fn::GetAtt": [table, "Arn"]} for table in tables]
    indexes = [
        {"Fn::Sub": f"${{{table}.Arn}}/index/*"}
        for table, resource in tables.items()
        if "GlobalSecondaryIndexes" in resource["Properties"]
    ]
    return [
        _allow("Tables", TABLE_ACTIONS, [*arns, *indexes]),
        _allow("Jobs", QUEUE_ACTIONS, {"Fn::GetAtt": ["JobsQueue", "Arn"]}),
        _allow(
            "Settings",
            ("ssm:GetParametersByPath",),
            {
                "Fn::Sub": f"arn:${{AWS::Partition}}:ssm:${{AWS::Region}}:${{AWS::AccountId}}"
                f":parameter/{PROJECT}/${{Stage}}/settings"
            },
        ),
        # Exports of what an account holds: written by the worker, linked to by the API.
        _allow(
            "Files",
            ("s3:DeleteObject", "s3:GetObject", "s3:PutObject"),
            {"Fn::Sub": "${FilesBucket.Arn}/*"},
        ),
        _allow("FindFiles", ("s3:ListBucket",), {"Fn::GetAtt": ["FilesBucket", "Arn"]}),
        # A text message goes to a phone number, which has no ARN: whatever has one is left out.
        {
            "Sid": "TextMessages",
            "Effect": "Allow",
            "Action": ["sns:Publish"],
            "NotResource": "arn:*:sns:*:*:*",
        },
        _allow("Tracing", ("xray:PutTelemetryRecords", "xray:PutTraceSegments"), "*"),
    ]


def _only_the_api() -> list[Statement]:
    return [
        # What an administrator sees of failed messages, and sends again.
        _allow(
            "DeadLetters",
            ("sqs:GetQueueUrl", *READING_QUEUES),
            {"Fn::GetAtt": ["DeadLetterQueue", "Arn"]},
        ),
        # GET /health asks whether every table is there; ListTables knows no narrower resource.
        _allow("Health", ("dynamodb:ListTables",), "*"),
    ]


def _only_the_worker() -> list[Statement]:
    return [
        # The daily job that keeps every held symbol priced reads the whole table; no request scans.
        _allow(
            "TrackHoldings", ("dynamodb:Scan",), {"Fn::GetAtt": ["PortfolioTrackerTable", "Arn"]}
        ),
        _allow("TakeJobs", READING_QUEUES, {"Fn::GetAtt": ["JobsQueue", "Arn"]}),
        _allow(
            "Mail",
            ("ses:SendEmail",),
            [
                {
                    "Fn::Sub": "arn:${AWS::Partition}:ses:*:${AWS::AccountId}:identity/*",
                },
                {
                    "Fn::Sub": "arn:${AWS::Partition}:ses:*:${AWS::AccountId}:configuration-set/"
                    f"{PROJECT}-${{Stage}}",
                },
            ],
        ),
    ]


def _allow(sid: str, actions: tuple[str, ...], resource: Any) -> Statement:
    return {"Sid": sid, "Effect": "Allow", "Action": sorted(actions), "Resource": resource}
