from collections.abc import Callable

import pytest

from app.feeds import service as feeds
from tests.conftest import NOON


def happened(channel="equity", *amounts, now=NOON, writes=()):
    """Append an event for each amount."""
    word = {"trades": "trade", "prices": "price"}.get(channel, channel)
    return feeds.append(
        channel=channel,
        events=[feeds.NewEvent(event=word, data={"amount": amount}) for amount in amounts],
        writes=writes,
        now=now,
    )


@pytest.fixture
def append(aws) -> Callable[..., list[feeds.FeedEvent]]:
    return happened
