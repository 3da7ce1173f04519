"""How does the rehearsal's AWS hold each function to its role, and note what the role was asked for?

A script for the environment `.venv-aws`: ministack, told by AUTH=true to check every call of a function against the
policies of the function's role. Each action that was checked becomes a line of a file: who, which action, on what,
and whether it was allowed. It ends when its standard input does, so however the rehearsal ends, no server is left.
"""

import asyncio
import json
import os
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypercorn.asyncio import serve
from hypercorn.config import Config
from ministack import app as ministack
from ministack.core import iam_evaluator

KEEP_ALIVE_SECONDS = 75
UNKNOWN = "*"
BATCHES = {
    "sqs:ChangeMessageVisibilityBatch",
    "sqs:DeleteMessageBatch",
    "sqs:SendMessageBatch",
}

Policies = list[list[Any]]


def note_actions(file: Path) -> None:
    """Write down every action from now on."""
    evaluate = iam_evaluator.evaluate
    lines = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def noted(asked: Any, policies: Policies, *limits: Policies) -> Any:
        # The bucket wants TLS, which the loopback hasn't.
        asked = replace(asked, secure_transport=True)
        # IAM has one action for a message and for a batch of them.
        if asked.action in BATCHES:
            asked = replace(asked, action=asked.action.removesuffix("Batch"))
        known = asked.resource_arn != UNKNOWN
        result = evaluate(asked, policies if known else of_any_resource(policies), *limits)
        if sys._getframe(1).f_code.co_name != "enforce":  # noqa: SLF001 - a queue's or a bucket's own policy
            return result
        line = {
            "who": asked.principal_arn,
            "action": asked.action,
            "resource": asked.resource_arn,
            "decision": result.decision,
        }
        os.write(lines, (json.dumps(line) + "\n").encode())
        return result

    iam_evaluator.evaluate = noted


def of_any_resource(policies: Policies) -> Policies:
    """The policies as if they named no resource: of some actions ministack can't tell what they are about."""
    return [
        [replace(statement, resources=[UNKNOWN], not_resources=[]) for statement in policy]
        for policy in policies
    ]


async def run(port: int) -> None:
    """Serve on the loopback interface until standard input ends, or a signal comes."""
    config = Config()
    config.bind = [f"127.0.0.1:{port}"]
    config.keep_alive_timeout = KEEP_ALIVE_SECONDS
    config.loglevel = "INFO"
    loop, over = asyncio.get_running_loop(), asyncio.Event()

    def wait_for_the_end() -> None:
        sys.stdin.buffer.read()
        loop.call_soon_threadsafe(over.set)

    threading.Thread(target=wait_for_the_end, daemon=True).start()
    await serve(ministack.app, config, shutdown_trigger=over.wait)


if __name__ == "__main__":
    note_actions(Path(sys.argv[2]))
    asyncio.run(run(int(sys.argv[1])))
