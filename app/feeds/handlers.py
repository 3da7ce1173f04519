"""Who may connect to a feed, and what are they sent first? The same for every kind of WebSocket.

The laptop's server (app/local/sockets) and API Gateway's events (app/entrypoints/lambda_websocket.py) bring what came
with the request, and carry out what is decided here. Call within an app context.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.core import auth, clock
from app.extensions import providers, settings
from app.feeds import rules, service
from app.feeds.service import Credential, FeedEvent

LONGEST_STAY = timedelta(hours=2)
"""API Gateway's own limit."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """What somebody came with.

    Attributes:
        token: an access token, from ?token= or from the Authorization header.
        key: an API key, from the X-API-Key header; a token goes before it.
        after: an event's id, 'latest', or None.
    """

    channel: str
    token: str | None = field(repr=False)
    key: str | None = field(repr=False)
    after: str | None

    @classmethod
    def of(cls, *, channel: str, query: Mapping[str, str], headers: Mapping[str, str]) -> "Request":
        """What a query and headers (their names in lower case) say."""
        scheme, _, bearer = headers.get("authorization", "").strip().partition(" ")
        given = bearer.strip() if scheme.lower() == "bearer" else scheme or None
        return cls(
            channel=channel,
            token=query.get("token") or given,
            key=headers.get("x-api-key"),
            after=query.get("after"),
        )


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Somebody who was let in.

    Attributes:
        until: when what they came with ends.
        credential: what they came with, to ask again whether it still counts.
        number: the number of the last event that they know; None where they are to be sent the newest first.
    """

    channel: str
    user_id: str
    until: datetime
    credential: Credential
    number: int | None


def admit(request: Request) -> Reader:
    """Let a reader in.

    Raises:
        errors.AppError: who they are, or what they ask for, is not accepted; `text` is fit to be told.
    """
    if request.channel not in rules.CHANNELS:
        raise service.UnknownChannel
    caller = auth.admitted(
        token=request.token,
        key=request.key,
        role=rules.ROLE_NEEDED[request.channel],
        scope=rules.SCOPE_NEEDED[request.channel],
    )
    longest = clock.now() + LONGEST_STAY
    return Reader(
        channel=request.channel,
        user_id=caller.user_id,
        until=min(caller.claims.expires_at, longest) if caller.claims else longest,
        credential=Credential(
            user_id=caller.user_id,
            claims=caller.claims,
            key_id=caller.token_id if caller.claims is None else None,
        ),
        number=_beginning(request),
    )


def opening(reader: Reader) -> tuple[list[FeedEvent], int]:
    """What a reader is sent at once, and the number after which it is told the rest."""
    if reader.number is not None:
        return [], reader.number
    newest = service.latest(channel=reader.channel)
    return ([newest], int(newest.id)) if newest is not None else ([], 0)


def connect(*, connection_id: str, request: Request) -> None:
    """Let in a connection that API Gateway holds; a task sends what it is due first.

    Raises:
        errors.AppError: as `admit`.
    """
    reader = admit(request)
    service.open_connection(
        channel=reader.channel,
        connection_id=connection_id,
        user_id=reader.user_id,
        credential=service.as_stored(credential=reader.credential),
        number=reader.number,
        until=reader.until,
        jobs=providers.job_queue,
        now=clock.now(),
    )


def disconnect(*, connection_id: str) -> None:
    """Forget a connection that API Gateway no longer holds."""
    service.close_connection(connection_id=connection_id)


def still_counts(reader: Reader) -> bool:
    """Whether a reader may go on, but for the time that is over at `until`."""
    return service.still_counts(
        channel=reader.channel,
        credential=reader.credential,
        require_verified_email=settings.require_verified_email,
        now=clock.now(),
    )


def _beginning(request: Request) -> int | None:
    """After which event the reader is told; checked now, while it can be told that this won't do."""
    if request.after is not None:
        number = service.position(channel=request.channel, after=request.after)
        service.following(channel=request.channel, number=number, limit=1)
        return number
    if request.channel in rules.PRIMED:
        return None if service.latest(channel=request.channel) is not None else 0
    return service.position(channel=request.channel, after=rules.NEWEST)
