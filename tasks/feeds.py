"""Which tasks push the news of feeds to the WebSockets that hang on API Gateway?"""

import logging
from collections.abc import Mapping
from typing import Any

from app.core import clock
from app.extensions import providers, settings
from app.feeds import service as feeds
from app.providers.socket_gateway.interface import SocketGateway
from tasks.celery_app import app

log = logging.getLogger(__name__)

TRIES = 4


class NotTold(Exception):
    """Some connections did not take what they are due, and should be tried again."""


@app.task(name="feeds.push_events")
def push_events(channel: str, beyond: str | None = None) -> None:
    """Fan a channel's news out: one task for every few connections."""
    if providers.socket_gateway is None:
        log.debug("feeds.push_disabled", extra={"channel": channel})
        return
    feeds.push_events(channel=channel, beyond=beyond, jobs=providers.job_queue)


@app.task(name="feeds.push_to_connections", bind=True, max_retries=TRIES)
def push_to_connections(self: Any, channel: str, connection_ids: list[str]) -> None:
    """Send connections what they are due; those that take nothing are tried again, and then dropped."""
    gateway = providers.socket_gateway
    if gateway is None:
        return
    left = feeds.push_to_connections(
        channel=channel, connection_ids=connection_ids, reach=_reach(gateway)
    )
    if left and self.request.retries >= TRIES:
        feeds.drop_connections(channel=channel, connection_ids=left, gateway=gateway)
    elif left:
        raise self.retry(
            kwargs={"channel": channel, "connection_ids": left},
            args=(),
            exc=NotTold(f"{len(left)} connections of {channel}"),
            countdown=2 ** (self.request.retries + 1),
        )


def _reach(gateway: SocketGateway) -> feeds.Reach:
    def holds(channel: str, credential: Mapping[str, Any]) -> bool:
        return feeds.still_counts(
            channel=channel,
            credential=feeds.from_stored(found=credential),
            require_verified_email=settings.require_verified_email,
            now=clock.now(),
        )

    return feeds.Reach(gateway=gateway, holds=holds, clock=clock.now)
