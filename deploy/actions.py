"""Which actions of AWS does each function ask for? Recorded while the tests and the rehearsal run, and committed.

`make record-actions` writes infrastructure/actions.json. A guard test holds each role of deploy/roles.py against it:
what a function asks for is allowed, and what is allowed is asked for, or has a stated reason.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from deploy.functions import FUNCTIONS, Function

ROOT: Final = Path(__file__).parent.parent
FILE: Final = ROOT / "infrastructure" / "actions.json"
SUITE: Final = "suite"
REHEARSAL: Final = "rehearsal"

PREFIXES: Final = {
    "apigatewaymanagementapi": "execute-api",
    "bedrock-runtime": "bedrock",
    "sesv2": "ses",
}
"""What IAM calls a service, where botocore has another name for it."""

OTHERWISE: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("apigatewaymanagementapi", "DeleteConnection"): ("ManageConnections",),
    ("apigatewaymanagementapi", "GetConnection"): ("ManageConnections",),
    ("apigatewaymanagementapi", "PostToConnection"): ("ManageConnections",),
    ("bedrock-runtime", "Converse"): ("InvokeModel",),
    ("bedrock-runtime", "ConverseStream"): ("InvokeModelWithResponseStream",),
    ("dynamodb", "TransactGetItems"): ("GetItem",),
    ("s3", "CompleteMultipartUpload"): ("PutObject",),
    # botocore signs a form for an upload under this name; no function makes a bucket.
    ("s3", "CreateBucket"): ("PutObject",),
    ("s3", "CopyObject"): ("GetObject", "PutObject"),
    ("s3", "CreateMultipartUpload"): ("PutObject",),
    ("s3", "DeleteObjects"): ("DeleteObject",),
    ("s3", "HeadBucket"): ("ListBucket",),
    ("s3", "HeadObject"): ("GetObject",),
    ("s3", "ListObjectsV2"): ("ListBucket",),
    ("s3", "UploadPart"): ("PutObject",),
    ("sqs", "ChangeMessageVisibilityBatch"): ("ChangeMessageVisibility",),
    ("sqs", "DeleteMessageBatch"): ("DeleteMessage",),
    ("sqs", "SendMessageBatch"): ("SendMessage",),
}
"""The actions that IAM checks for a call, where they are not named like it.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

IN_TRANSACTION: Final = {
    "ConditionCheck": "ConditionCheckItem",
    "Delete": "DeleteItem",
    "Put": "PutItem",
    "Update": "UpdateItem",
}

Recording = dict[str, dict[str, frozenset[str]]]


def asked_by(*, service: str, operation: str, parameters: Mapping[str, Any]) -> frozenset[str]:
    """The actions that IAM checks for one call.

    Args:
        service: as botocore names it, like "sesv2".
        operation: the call, like "SendEmail".
        parameters: what the call was given; a transaction is as many actions as it has kinds of items.

    >>> sorted(asked_by(service="sqs", operation="SendMessageBatch", parameters={}))
    ['sqs:SendMessage']
    """
    prefix = PREFIXES.get(service, service)
    if operation == "TransactWriteItems":
        kinds = {kind for item in parameters["TransactItems"] for kind in item}
        return frozenset(f"{prefix}:{IN_TRANSACTION[kind]}" for kind in kinds)
    named = OTHERWISE.get((service, operation), (operation,))
    return frozenset(f"{prefix}:{name}" for name in named)


def recording() -> Recording:
    """By function's name and action, where the action was asked for: in the suite, in the rehearsal or in both."""
    found = json.loads(FILE.read_text(encoding="utf-8")) if FILE.is_file() else {}
    return {
        function.name: {
            action: frozenset(places.split(", "))
            for action, places in found.get(function.name, {}).items()
        }
        for function in FUNCTIONS
    }


def seen(function: Function, *, where: str | None = None) -> frozenset[str]:
    """The actions that the function was recorded asking for, everywhere or in one place."""
    rows = recording()[function.name].items()
    return frozenset(action for action, places in rows if where is None or where in places)


def record(asked: Iterable[tuple[str, str]], *, where: str) -> None:
    """Keep what was asked for in one place, instead of what was recorded there before.

    Args:
        asked: pairs of a function's name and an action.
        where: SUITE or REHEARSAL.
    """
    places = {
        (name, action): {place for place in found if place != where}
        for name, actions in recording().items()
        for action, found in actions.items()
    }
    for pair in asked:
        places.setdefault(pair, set()).add(where)
    kept: dict[str, dict[str, str]] = {function.name: {} for function in FUNCTIONS}
    for (name, action), found in sorted(places.items()):
        if found:
            kept[name][action] = ", ".join(sorted(found))
    FILE.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
