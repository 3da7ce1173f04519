"""What does a message ask for, and is it due?"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from kombu.utils import json as kombu_json

SOON_SECONDS = 1  # SQS counts delays in whole seconds


class Unreadable(Exception):
    """The message is no task; the text says why."""


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """A message in Celery's protocol 2, read.

    Attributes:
        headers: the task's name, id, retries and the like.
        embedded: callbacks, errbacks, chain and chord.
    """

    headers: Mapping[str, Any]
    properties: Mapping[str, Any]
    eta: datetime | None
    expires: datetime | None
    args: list[Any]
    kwargs: dict[str, Any]
    embedded: Mapping[str, Any]

    def seconds_early(self, *, now: datetime) -> float:
        """How long before its eta the message has come; 0 where it is due, or as good as due."""
        return seconds_early(self.eta, now=now)

    def has_expired(self, *, now: datetime) -> bool:
        """Whether the message has come too late to be worth running."""
        return self.expires is not None and self.expires < now


def opened(text: str) -> Envelope:
    """Read a message as SQS delivers it: JSON, or JSON in base64.

    Raises:
        Unreadable: it is no task.
    """
    try:
        plain = text if text.lstrip().startswith("{") else base64.b64decode(text, validate=True)
        outer = json.loads(plain)
        headers, properties = outer["headers"], outer["properties"]
        if not isinstance(headers["task"], str) or not isinstance(headers["id"], str):
            raise Unreadable("task and id must be text")
        if outer["content-type"] != "application/json":
            raise Unreadable("only JSON is accepted")
        body = outer["body"]
        if properties.get("body_encoding") == "base64":
            body = base64.b64decode(body, validate=True)
        args, kwargs, embedded = _parts(kombu_json.loads(body))  # type: ignore[no-untyped-call]
        return Envelope(
            headers=headers,
            properties=properties,
            eta=moment(headers.get("eta")),
            expires=moment(headers.get("expires")),
            args=args,
            kwargs=kwargs,
            embedded=embedded,
        )
    except (AttributeError, binascii.Error, KeyError, TypeError, ValueError) as error:
        raise Unreadable(f"{type(error).__name__} while reading") from error


def _parts(payload: Any) -> tuple[list[Any], dict[str, Any], Mapping[str, Any]]:
    match payload:
        case [list(args), dict(kwargs), None | dict() as embedded]:
            return args, kwargs, embedded or {}
    raise Unreadable("the payload must be arguments, keyword arguments and options")


def seconds_early(eta: datetime | None, *, now: datetime) -> float:
    """How long `now` is before `eta`; 0 where it is due, or as good as due."""
    early = (eta - now).total_seconds() if eta is not None else 0
    return early if early > SOON_SECONDS else 0


def moment(text: str | None) -> datetime | None:
    """The moment that a header names; without an offset, in UTC.

    Raises:
        ValueError, TypeError: it names none.
    """
    if text is None:
        return None
    named = datetime.fromisoformat(text)
    return named if named.tzinfo is not None else named.replace(tzinfo=UTC)
