"""What may each function do on AWS? Its own tables, queues and parameters, and nothing else."""

from collections.abc import Mapping
from typing import Any, Final

from deploy.functions import ANALYSIS, API, FED, FUNCTIONS, PROJECT, WORKER, Function, queue_ids

BOTH_ON_TABLES: Final = (
    "dynamodb:BatchGetItem",
    "dynamodb:BatchWriteItem",
    "dynamodb:DeleteItem",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:UpdateItem",
)

ON_TABLES: Final[Mapping[str, tuple[str, ...]]] = {
    API.name: (*BOTH_ON_TABLES, "dynamodb:ConditionCheckItem"),
    WORKER.name: BOTH_ON_TABLES,
    ANALYSIS.name: (
        "dynamodb:BatchGetItem",
        "dynamodb:DeleteItem",
        "dynamodb:GetItem",
        "dynamodb:Query",
        "dynamodb:UpdateItem",
    ),
}

BY_LAMBDA_ITSELF: Final[Mapping[str, str]] = {
    "logs:CreateLogStream": "Lambda writes a function's log with the function's role.",
    "logs:PutLogEvents": "Lambda writes a function's log with the function's role.",
    "xray:PutTelemetryRecords": "Lambda sends a function's traces with the function's role.",
    "xray:PutTraceSegments": "Lambda sends a function's traces with the function's role.",
}
"""What roles allow though no code of ours asks for it, and why."""

BY_THE_EVENT_SOURCE: Final[Mapping[str, str]] = {
    "sqs:DeleteMessage": "Lambda deletes what the worker has done, with the worker's role.",
    "sqs:GetQueueAttributes": "Lambda asks how long the queue is, with the worker's role.",
    "sqs:ReceiveMessage": "Lambda receives what the worker is to do, with the worker's role.",
}
"""The same, for a function that Lambda feeds from a queue."""

OF_A_FILE_THAT_IS_NOT_THERE: Final[Mapping[str, str]] = {
    "s3:ListBucket": "To whoever may not list files, S3 says of one that is not there that it is forbidden.",
}
"""The same, for the API, which asks whether an upload has arrived."""

OF_PICTURES: Final[Mapping[str, str]] = {
    "ses:SendRawEmail": "AWS doesn't say which right it checks for an email with attachments (ADR 16).",
}
"""The same, for the worker, whose emails show pictures."""

ONLY_ON_A_LAPTOP: Final[Mapping[str, str]] = {
    "ses:CreateEmailIdentity": "A laptop's SES starts without the sender that an operator verifies on AWS.",
}
"""What code of ours asks for, but not on AWS, so that no role allows it, and why."""

SETTINGS_ARN: Final = (
    "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}"
    f":parameter/{PROJECT}/${{Stage}}/settings"
)

Statement = dict[str, Any]


def unrecorded(function: Function) -> Mapping[str, str]:
    """What the function's role allows though its code does not ask for it, with the reasons."""
    besides = OF_A_FILE_THAT_IS_NOT_THERE if function == API else BY_THE_EVENT_SOURCE
    pictures = OF_PICTURES if function == WORKER else {}
    return {**BY_LAMBDA_ITSELF, **besides, **pictures}


def role_resources(*, tables: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """A role for each function.

    Args:
        tables: the resources of the tables, by logical id.
    """
    own = {
        API.name: _of_the_api(),
        WORKER.name: _of_the_worker(),
        ANALYSIS.name: _of_the_analysis(),
    }
    return {
        role_id(function): _role(
            function, [*_of_both(tables, ON_TABLES[function.name]), *own[function.name]]
        )
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


def _of_both(
    tables: Mapping[str, Mapping[str, Any]], on_tables: tuple[str, ...]
) -> list[Statement]:
    arns = [{"Fn::GetAtt": [table, "Arn"]} for table in tables]
    indexes = [
        {"Fn::Sub": f"${{{table}.Arn}}/index/*"}
        for table, resource in tables.items()
        if "GlobalSecondaryIndexes" in resource["Properties"]
    ]
    return [
        _allow("Tables", on_tables, [*arns, *indexes]),
        _allow(
            "Settings",
            ("ssm:GetParametersByPath",),
            # The path as it is asked for, and as IAM's documentation writes it.
            [{"Fn::Sub": f"{SETTINGS_ARN}/"}, {"Fn::Sub": SETTINGS_ARN}],
        ),
        _allow("Tracing", ("xray:PutTelemetryRecords", "xray:PutTraceSegments"), "*"),
    ]


def _of_the_api() -> list[Statement]:
    return [
        # GET /health asks whether every table is there; ListTables knows no narrower resource.
        _allow("Health", ("dynamodb:ListTables",), "*"),
        _allow(
            "Jobs",
            ("sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:SendMessage"),
            [{"Fn::GetAtt": [queue_ids(function)[0], "Arn"]} for function in FED],
        ),
        # What an administrator sees of failed messages, and sends again.
        _allow(
            "DeadLetters",
            (
                "sqs:ChangeMessageVisibility",
                "sqs:DeleteMessage",
                "sqs:GetQueueAttributes",
                "sqs:GetQueueUrl",
                "sqs:ReceiveMessage",
            ),
            [{"Fn::GetAtt": [queue_ids(function)[1], "Arn"]} for function in FED],
        ),
        # Links to files, and forms to upload them by: whoever follows one does what who signed it may.
        _allow("Files", ("s3:GetObject", "s3:PutObject"), {"Fn::Sub": "${FilesBucket.Arn}/*"}),
        _allow("FindFiles", ("s3:ListBucket",), {"Fn::GetAtt": ["FilesBucket", "Arn"]}),
        # A text message goes to a phone number, which has no ARN: whatever has one is left out.
        {
            "Sid": "TextMessages",
            "Effect": "Allow",
            "Action": ["sns:Publish"],
            "NotResource": "arn:*:sns:*:*:*",
        },
    ]


def _of_the_worker() -> list[Statement]:
    stage_of_any_api = (
        "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:*/${Stage}"
    )
    return [
        # The daily job that keeps every held symbol priced reads the whole table; no request scans.
        _allow(
            "TrackHoldings", ("dynamodb:Scan",), {"Fn::GetAtt": ["PortfolioTrackerTable", "Arn"]}
        ),
        *_on_queues(WORKER),
        # Exports of what an account holds, files to be imported, and their end.
        _allow(
            "Files",
            ("s3:DeleteObject", "s3:GetObject", "s3:PutObject"),
            {"Fn::Sub": "${FilesBucket.Arn}/*"},
        ),
        _allow("FindFiles", ("s3:ListBucket",), {"Fn::GetAtt": ["FilesBucket", "Arn"]}),
        _allow(
            "Mail",
            ("ses:SendEmail", "ses:SendRawEmail"),
            [
                {"Fn::Sub": "arn:${AWS::Partition}:ses:*:${AWS::AccountId}:identity/*"},
                {
                    "Fn::Sub": "arn:${AWS::Partition}:ses:*:${AWS::AccountId}:configuration-set/"
                    f"{PROJECT}-${{Stage}}",
                },
            ],
        ),
        # Zappa makes the WebSocket API, so its id is not known here; its stage and what is asked of it are.
        _allow(
            "Feeds",
            ("execute-api:ManageConnections",),
            {"Fn::Sub": f"{stage_of_any_api}/*/@connections/*"},
        ),
    ]


def _of_the_analysis() -> list[Statement]:
    return [
        *_on_queues(ANALYSIS),
        # Files as they were uploaded, and the Parquet beside them.
        _allow(
            "Files",
            ("s3:DeleteObject", "s3:GetObject", "s3:PutObject"),
            {"Fn::Sub": "${FilesBucket.Arn}/*"},
        ),
        _allow("FindFiles", ("s3:ListBucket",), {"Fn::GetAtt": ["FilesBucket", "Arn"]}),
        # The model that BEDROCK_MODEL_ID names: of Amazon's own, or through a profile of the account's.
        _allow(
            "Model",
            ("bedrock:InvokeModel",),
            [
                {"Fn::Sub": "arn:${AWS::Partition}:bedrock:*::foundation-model/*"},
                {
                    "Fn::Sub": "arn:${AWS::Partition}:bedrock:*:${AWS::AccountId}:inference-profile/*"
                },
            ],
        ),
    ]


def _on_queues(function: Function) -> list[Statement]:
    """What a function that a queue feeds does with queues: it receives from its own, and sends to each."""
    arns = [{"Fn::GetAtt": [queue_ids(one)[0], "Arn"]} for one in FED]
    own = {"Fn::GetAtt": [queue_ids(function)[0], "Arn"]}
    return [
        _allow("Jobs", ("sqs:GetQueueUrl", "sqs:SendMessage"), arns),
        _allow("OwnJobs", tuple(BY_THE_EVENT_SOURCE), own),
    ]


def _allow(sid: str, actions: tuple[str, ...], resource: Any) -> Statement:
    return {"Sid": sid, "Effect": "Allow", "Action": sorted(actions), "Resource": resource}
