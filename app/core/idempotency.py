"""Has this very request been carried out already? Then its first answer is given again.

A creating POST may carry `Idempotency-Key`. Its scope is caller, method and path; it is kept for 24 hours. The
same key and body replays the first answer, without its secrets; another body is 422; one that is still running
is 409, and its lock ends after 60 seconds, so that a crash does not block the caller.
"""

import hashlib
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, TypeVar, cast

from flask import Response, current_app, make_response, request
from pynamodb.attributes import (
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)

from app.core import auth, clock, dynamo, errors, ids, json

log = logging.getLogger(__name__)

View = TypeVar("View", bound=Callable[..., Any])

HEADER = "Idempotency-Key"
KEPT_FOR = timedelta(hours=24)
LOCKED_FOR = timedelta(seconds=60)
LONGEST_KEY = 255
LARGEST_KEPT_BODY = 300_000
SECRETS = frozenset({"key", "access_token", "refresh_token", "id_token", "password", "dev_otp"})


class InvalidIdempotencyKey(errors.BadRequest):
    """The header is empty or too long."""

    code = "invalid_idempotency_key"
    message = f"Idempotency-Key must be 1 to {LONGEST_KEY} visible characters."


class KeyReused(errors.Unprocessable):
    """The same key came with another body."""

    code = "idempotency_key_reused"
    message = (
        "This Idempotency-Key was sent with another body before. Use a new key for a new request."
    )


class StillRunning(errors.Conflict):
    """The first request with this key has not finished."""

    code = "request_in_progress"
    message = (
        "The first request with this Idempotency-Key is still running. Try again in a few seconds."
    )


class IdempotencyRecord(dynamo.Model):
    """What was answered to a key, or that the answer is being worked out."""

    class Meta(dynamo.Meta):
        """Table `idempotency`."""

        name = "idempotency"

    key = UnicodeAttribute(hash_key=True)
    attempt = UnicodeAttribute()
    body_hash = UnicodeAttribute()
    locked_until = UTCDateTimeAttribute()
    status = NumberAttribute(null=True)
    answer = UnicodeAttribute(null=True)
    expires_at = TTLAttribute()

    @classmethod
    def begin(cls, *, key: str, body_hash: str, now: datetime) -> "IdempotencyRecord":
        """Claim the key; the condition fails where it is claimed already and its lock or answer stands."""
        record = cls(
            key,
            attempt=ids.new_id(),
            body_hash=body_hash,
            locked_until=now + LOCKED_FOR,
            expires_at=now + KEPT_FOR,
        )
        lapsed = (
            cls.status.does_not_exist() & (cls.locked_until < now) & (cls.body_hash == body_hash)
        )
        over = cls.expires_at < now
        try:
            dynamo.commit(dynamo.put(record, cls.key.does_not_exist() | lapsed | over))
        except dynamo.ConditionFailed:
            kept = dynamo.find(cls, key, consistent_read=True)
            if kept is None or kept.attempt != record.attempt:
                raise
            # It is our own claim, stored by a first try whose answer was lost.
        return record

    def finish(self, *, status: int, answer: str) -> None:
        """Keep the answer, unless a later attempt took the key over."""
        actions = [IdempotencyRecord.status.set(status), IdempotencyRecord.answer.set(answer)]
        dynamo.commit(dynamo.update(self, actions, IdempotencyRecord.attempt == self.attempt))

    def abandon(self) -> None:
        """Free the key: the request failed and may be tried again."""
        dynamo.commit(dynamo.delete(self, IdempotencyRecord.attempt == self.attempt))


def idempotent(view: View) -> View:
    """Let the caller repeat this creating POST safely by an Idempotency-Key."""

    @wraps(view)
    def once(*args: Any, **kwargs: Any) -> Any:
        key = request.headers.get(HEADER)
        if key is None:
            return current_app.ensure_sync(view)(*args, **kwargs)
        if not 1 <= len(key) <= LONGEST_KEY or not key.isprintable():
            raise InvalidIdempotencyKey
        scope = f"{_caller()}\n{request.method}\n{request.path}\n{key}"
        hashed = hashlib.sha256(scope.encode()).hexdigest()
        body_hash = hashlib.sha256(request.get_data(cache=True)).hexdigest()
        try:
            record = IdempotencyRecord.begin(key=hashed, body_hash=body_hash, now=clock.now())
        except dynamo.ConditionFailed:
            return _replayed(hashed, body_hash)
        return _carried_out(view, record, args, kwargs)

    once.__failures__ = (  # type: ignore[attr-defined]
        *getattr(view, "__failures__", ()),
        InvalidIdempotencyKey,
        KeyReused,
        StillRunning,
    )
    once.__idempotent__ = True  # type: ignore[attr-defined]
    return cast("View", once)


def _caller() -> str:
    """Whose key it is: the account's, or the address's where anyone may call, signed in or not."""
    caller = auth.caller_if_any()
    return caller.user_id if caller is not None else f"address {request.remote_addr}"


def _carried_out(
    view: Callable[..., Any], record: IdempotencyRecord, args: Any, kwargs: Any
) -> Any:
    try:
        result = current_app.ensure_sync(view)(*args, **kwargs)
    except BaseException:
        _quietly(record.abandon)
        raise
    request.environ["investforge.idempotency_record"] = record
    return result


def keep_answer(response: Response) -> Response:
    """After the request: keep a successful answer under its key, or free the key."""
    record: IdempotencyRecord | None = request.environ.pop("investforge.idempotency_record", None)
    if record is None:
        return response
    answer = response.get_data(as_text=True)
    if response.status_code < 400 and len(answer) <= LARGEST_KEPT_BODY:  # noqa: PLR2004 - errors start at 400
        _quietly(
            lambda: record.finish(status=response.status_code, answer=_without_secrets(answer))
        )
    else:
        _quietly(record.abandon)
    return response


def _quietly(step: Callable[[], None]) -> None:
    """A later attempt that took the key over owns it now; there is nothing left to do here.

    The work is done by now, so an outage must not turn its answer into an error: the lock lapses by itself.
    """
    try:
        step()
    except dynamo.ConditionFailed:
        return
    except Exception as error:
        if not dynamo.is_outage(error):
            raise
        log.warning("idempotency.answer_not_kept", extra={"reason": type(error).__name__})


def _replayed(key: str, body_hash: str) -> Response:
    record = dynamo.find(IdempotencyRecord, key, consistent_read=True)
    if record is None or (record.body_hash == body_hash and record.status is None):
        raise StillRunning(retry_after_seconds=1)
    if record.body_hash != body_hash:
        raise KeyReused
    response = make_response(record.answer, int(record.status))
    response.mimetype = "application/json"
    response.headers["Idempotency-Replayed"] = "true"
    return response


def _without_secrets(answer: str) -> str:
    found = json.loads(answer)
    if isinstance(found, dict):
        found = {name: value for name, value in found.items() if name not in SECRETS}
    return json.dumps(found)
