"""How is an ordinary Celery task run here, by a worker and on Lambda alike?

A message is acknowledged when its task has ended well. One whose task failed, or whose worker died, stays in
the queue: SQS hands it out again after the visibility timeout, and moves it to the dead-letter queue after the
fifth time. So a task may run twice, and each is safe to.
"""

import math
import os
import pkgutil
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import celery
from celery import signals
from celery.schedules import crontab
from kombu.entity import Queue

from app import extensions
from app.config import Settings
from app.core import dynamo, logging
from app.extensions import providers
from app.providers.job_queue import routing
from app.providers.job_queue.interface import GiveUp, TryAgain
from app.providers.job_queue.message import HIDDEN, LONGEST_DELAY_SECONDS
from app.providers.registry import Providers

MACHINERY = frozenset(
    {"celery_app", "consumer", "envelope", "lambda_worker", "reporting", "transport"}
)
LONGEST_TASK_SECONDS = 900  # Lambda's own limit, so that a task that fits here fits there
MISSED_TICK_SECONDS = 55  # a tick that waited so long is worth nothing: the next one catches up


@cache
def settings() -> Settings:
    """The settings of this process."""
    return Settings.from_env(os.environ)


class Task(celery.Task):  # type: ignore[misc] # Celery ships no types
    """What every task does besides its work."""

    abstract = True
    Strategy = "tasks.consumer:in_time"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the task, and send what it enqueued only if it succeeded.

        A message that can't be sent makes the task fail, so that it runs again.
        """
        if self.request.called_directly:
            return self.run(*args, **kwargs)
        providers.job_queue.discard_enqueued()
        try:
            result = self.run(*args, **kwargs)
            providers.job_queue.send_enqueued()
        finally:
            providers.job_queue.discard_enqueued()
        return result

    def apply_async(
        self, args: Any = None, kwargs: Any = None, *rest: Any, **options: Any
    ) -> celery.result.AsyncResult:
        """Send the task, held back by SQS itself (kombu would leave the waiting to the worker)."""
        seconds = _seconds_to_wait(options.get("countdown"), options.get("eta"))
        if seconds > 0:
            options["DelaySeconds"] = min(math.ceil(seconds), LONGEST_DELAY_SECONDS)
        # Celery logs these two; arguments may be personal.
        options.update(argsrepr=HIDDEN, kwargsrepr=HIDDEN)
        return super().apply_async(args, kwargs, *rest, **options)


def _seconds_to_wait(countdown: float | None, eta: datetime | str | None) -> float:
    if countdown is not None:
        return countdown
    if eta is None:
        return 0
    moment = datetime.fromisoformat(eta) if isinstance(eta, str) else eta
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return (aware - datetime.now(UTC)).total_seconds()


class _Queues(Mapping[str, Mapping[str, str]]):
    """The queues, whose addresses are asked when the transport needs them and not at import."""

    def __getitem__(self, name: str) -> Mapping[str, str]:
        if name not in self._names():
            raise KeyError(name)
        prepare()
        try:
            return {"url": providers.job_queue.url_of(queue_name=name)}
        except (TryAgain, GiveUp) as error:
            raise ConnectionError(str(error)) from error  # which makes the worker try again

    def __iter__(self) -> Iterator[str]:
        return iter(self._names())

    def __len__(self) -> int:
        return len(self._names())

    @staticmethod
    def _names() -> tuple[str, ...]:
        return routing.all_queues(settings().queue_name)


def task_modules() -> list[str]:
    """The modules of this package that hold tasks."""
    found = pkgutil.iter_modules([str(Path(__file__).parent)], prefix="tasks.")
    return [module.name for module in found if module.name.split(".")[1] not in MACHINERY]


def _configuration() -> dict[str, Any]:
    name, endpoint = settings().queue_name, urlsplit(settings().aws_endpoint_url or "")
    return {
        "broker_url": f"sqs://{endpoint.netloc}//" if endpoint.netloc else "sqs://",
        "broker_transport": "tasks.transport:Transport",
        "broker_transport_options": {
            "region": settings().region,
            "is_secure": endpoint.scheme != "http",
            "predefined_queues": _Queues(),
            "sqs_base64_encoding": False,
            "wait_time_seconds": 5,  # also how soon the task of a process that died is run again
            # Only while every process is busy does this wait come in: it is how soon the next message is fetched.
            "polling_interval": 0.01,
            "client-config": {"connect_timeout": 2, "read_timeout": 15},
        },
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "include": task_modules(),
        "task_default_queue": name,
        # An ordinary worker reads every queue; `celery worker -Q <name>` reads one.
        "task_queues": [Queue(one, routing_key=one) for one in routing.all_queues(name)],  # type: ignore[no-untyped-call]
        "task_routes": (_route,),
        "task_create_missing_queues": False,
        "task_serializer": "json",
        "accept_content": ["json"],
        "enable_utc": True,
        "timezone": "UTC",
        "task_ignore_result": True,
        "task_acks_late": True,
        "task_acks_on_failure": False,
        "task_acks_on_timeout": False,
        "task_reject_on_worker_lost": True,
        "task_time_limit": LONGEST_TASK_SECONDS,
        # Through a local SQS, 8 runs half as many again as 4, and 4 twice as many as 1. What waits behind a task
        # that outlasts the visibility timeout is handed to another worker, which is safe and a waste, so not more.
        "worker_prefetch_multiplier": 8,
        "worker_consumer": "tasks.consumer:Consumer",
        "worker_enable_remote_control": False,
        "worker_hijack_root_logger": False,
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        # In memory: what is due is remembered in a table, so that Celery's own file would say nothing.
        "beat_scheduler": "celery.beat:Scheduler",
        "beat_schedule": {
            "tick": {
                "task": "jobs.tick",
                "schedule": crontab(),
                "options": {"expires": MISSED_TICK_SECONDS},
            }
        },
    }


def _route(name: str, *_: Any, **__: Any) -> dict[str, str]:
    """Where Celery sends a task: a retry, a link of a chain, or what `make job` asks for."""
    return {"queue": routing.queue_of(name, queue_name=settings().queue_name)}


app = celery.Celery("investforge", task_cls=Task, set_as_current=True)
app.add_defaults(_configuration)

_prepared_process: int | None = None


def prepare() -> None:
    """Connect this process to its tables and providers, once; a forked one makes its own connections."""
    global _prepared_process  # noqa: PLW0603 - what is connected is the process
    if _prepared_process == os.getpid():
        return
    dynamo.connect(settings())
    extensions.use(Providers(settings()))
    _prepared_process = os.getpid()


@signals.worker_init.connect
@signals.worker_process_init.connect
def _prepare_worker(**_: Any) -> None:
    prepare()


@signals.setup_logging.connect
def _configure_logging(**_: Any) -> None:
    logging.configure(level=settings().log_level)
