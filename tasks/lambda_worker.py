"""How do tasks run on Lambda? One handler takes SQS's batches, and EventBridge's tick every minute.

Each record goes through Celery's own tracer, so retry, back-off, chains and callbacks are Celery's and not an
imitation. A record that failed is reported as such; SQS keeps it, and its redrive policy moves it to the
dead-letter queue after the fifth time.
"""

import json
import logging
import socket
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

from celery import states
from celery.app.trace import build_tracer

from app.core import clock
from app.core import logging as core_logging
from app.entrypoints import parameters
from app.extensions import providers
from tasks import envelope
from tasks.celery_app import app, prepare, settings
from tasks.reporting import OUTCOMES

log = logging.getLogger(__name__)

DONE = frozenset({"succeeded", "retrying", "ignored", "expired", "postponed"})
HOST = f"lambda@{socket.gethostname()}"
SHORTEST_USEFUL_MS = 2_000

_tracers: dict[str, Callable[..., Any]] = {}


class UnknownEvent(Exception):
    """The function was called for something that it doesn't do; returning would acknowledge it."""


def handler(event: Mapping[str, Any], context: Any = None) -> dict[str, Any] | None:
    """Lambda's entry: a batch of SQS records, or EventBridge's scheduled event.

    Raises:
        UnknownEvent: it is neither.
    """
    match event:
        case {"Records": [{"eventSource": "aws:sqs"}, *_]}:
            return run_batch(event, context)
        case {"source": "aws.events"} | {"detail-type": "Scheduled Event"}:
            tick(event, context)
            return None
    raise UnknownEvent(f"an event with {sorted(event)} is none of SQS or EventBridge")


def run_batch(event: Mapping[str, Any], context: Any = None) -> dict[str, Any]:
    """Run the tasks of a batch, and name the records that SQS should keep.

    Records for which the function has no time left are kept, too.
    """
    _start()
    kept = [
        record["messageId"]
        for record in event["Records"]
        if _is_time_up(context) or _measured(record) not in DONE
    ]
    return {"batchItemFailures": [{"itemIdentifier": one} for one in kept]}


def tick(event: Mapping[str, Any], context: Any = None) -> None:  # noqa: ARG001 - Lambda's signature
    """Start the recurring jobs that are due."""
    _start()
    try:
        app.tasks["jobs.tick"]()
    except TypeError as error:
        # Zappa takes a TypeError for a handler of another signature, and calls again.
        raise RuntimeError("the tick failed") from error


def _start() -> None:
    """Make the process ready; all but the first call find it so."""
    if _tracers:
        return
    parameters.load()
    core_logging.configure(level=settings().log_level)
    prepare()
    app.loader.import_default_modules()
    app.finalize()
    for name, task in app.tasks.items():
        _tracers[name] = build_tracer(name, task, app.loader, HOST, app=app)


def _is_time_up(context: Any) -> bool:
    return context is not None and context.get_remaining_time_in_millis() < SHORTEST_USEFUL_MS


def _measured(record: Mapping[str, Any]) -> str:
    began = time.perf_counter()
    task: str | None = None
    try:
        message = envelope.opened(record["body"])
        task = message.headers["task"] if message.headers["task"] in _tracers else None
        outcome = _run(message, record)
    except envelope.Unreadable as error:
        log.error("tasks.refused", extra={"reason": str(error), "task": task})  # noqa: TRY400 - the reason is enough
        outcome = "refused"
    except Exception:
        # One record must not take the rest of its batch with it.
        log.exception("tasks.crashed", extra={"task": task})
        outcome = "crashed"
    _write_metric(task or "unknown", outcome, (time.perf_counter() - began) * 1000)
    return outcome


def _run(message: envelope.Envelope, record: Mapping[str, Any]) -> str:
    headers, now = message.headers, clock.now()
    trace = _tracers.get(headers["task"])
    if trace is None:
        raise envelope.Unreadable("no such task")
    if message.has_expired(now=now):
        log.info("tasks.expired", extra={"task": headers["task"], "task_id": headers["id"]})
        return "expired"
    early = message.seconds_early(now=now)
    if early:
        providers.job_queue.postpone(record["body"], delay_seconds=early)
        return "postponed"
    _, info, _, _ = trace(headers["id"], message.args, message.kwargs, _request(message, record))
    state = info.state if info is not None else states.SUCCESS
    return OUTCOMES.get(state, "failed")


def _request(message: envelope.Envelope, record: Mapping[str, Any]) -> dict[str, Any]:
    delivery = message.properties.get("delivery_info") or {}
    return {
        **message.headers,
        **message.embedded,
        "args": message.args,
        "kwargs": message.kwargs,
        "hostname": HOST,
        "is_eager": False,
        "properties": message.properties,
        "correlation_id": message.properties.get("correlation_id"),
        "reply_to": message.properties.get("reply_to"),
        "delivery_info": {
            "exchange": delivery.get("exchange"),
            "routing_key": delivery.get("routing_key"),
            "priority": message.properties.get("priority"),
            "redelivered": int(record["attributes"]["ApproximateReceiveCount"]) > 1,
        },
    }


def _write_metric(task: str, outcome: str, duration_ms: float) -> None:
    """Write CloudWatch's embedded metric format: a line of the log that becomes a metric."""
    line = {
        "_aws": {
            "Timestamp": round(time.time() * 1000),
            "CloudWatchMetrics": [
                {
                    "Namespace": f"InvestForge/{settings().stage}",
                    "Dimensions": [["task", "outcome"]],
                    "Metrics": [{"Name": "duration_ms", "Unit": "Milliseconds"}],
                }
            ],
        },
        "task": task,
        "outcome": outcome,
        "duration_ms": round(duration_ms, 3),
    }
    sys.stdout.write(json.dumps(line) + "\n")
