"""Where are feeds read by those who hold no WebSocket open?"""

import time
from typing import Any

from app.core import auth
from app.core.openapi import Blueprint
from app.feeds import schemas, service

blp = Blueprint(
    "feeds",
    __name__,
    url_prefix="/api/v1/feeds",
    description="What happens now, by long poll; by WebSocket at /ws/<channel> (docs/feeds.md)",
)


@blp.route("/prices", methods=["GET"])
@auth.signed_in(shows=auth.PUBLIC, scope="portfolio:read")
@blp.arguments(schemas.PollArgs, location="query")
@blp.response(200, schemas.PollOut)
@blp.failures(service.InvalidPosition, service.EventsExpired)
def poll_prices(query: dict[str, Any]) -> dict[str, Any]:
    """Follow prices

    As the other feeds, and for everybody who signed in. A `price` event tells of up to 50 symbols whose price
    changed.
    """
    return _polled("prices", query)


@blp.route("/<channel>", methods=["GET"])
@auth.signed_in(shows=auth.PUBLIC, role="viewer", scope="trading:read")
@blp.arguments(schemas.PollArgs, location="query")
@blp.response(200, schemas.PollOut)
@blp.failures(service.UnknownChannel, service.InvalidPosition, service.EventsExpired)
def poll_feed(query: dict[str, Any], channel: str) -> dict[str, Any]:
    """Follow a feed

    The feeds are `status`, `equity`, `trades` and `balance`. The same log as behind the WebSocket at
    `/ws/<channel>`: pass `next_after` as `after` and no event is missed and none comes twice. With `wait`, the
    answer comes with the first event, or empty when the time is over. Events are kept for 7 days; what was before
    is 410, and `details.resume_after` tells where to go on.
    """
    return _polled(channel, query)


def _polled(channel: str, query: dict[str, Any]) -> dict[str, Any]:
    events, next_after = service.poll(
        channel=channel,
        after=query.get("after"),
        limit=query["limit"],
        wait_seconds=query["wait"],
        sleep=time.sleep,
    )
    return {"events": events, "next_after": next_after}
