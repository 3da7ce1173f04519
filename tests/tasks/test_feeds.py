from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from app import extensions
from app.feeds import service as feeds
from app.feeds.models.connections import FeedConnection
from app.providers.registry import Providers
from app.providers.socket_gateway.interface import TryAgain
from tasks import feeds as tasks
from tests.conftest import NOON
from tests.feeds.conftest import happened


class RememberedSockets:
    """A gateway that remembers what it was asked."""

    def __init__(self):
        self.sent, self.closed, self.trouble = [], [], None

    def send(self, *, connection_id, text):
        if self.trouble:
            raise self.trouble
        self.sent.append((connection_id, text))

    def close(self, *, connection_id):
        self.closed.append(connection_id)


@dataclass
class RememberedJobs:
    """A queue that only remembers."""

    enqueued: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def enqueue(self, task, arguments, *, delay_seconds=0):
        self.enqueued.append((task, arguments))


class AskedForRetry(Exception):
    """Stands for Celery's own."""


class Running:
    """A running task, which remembers what it wants to be tried again."""

    def __init__(self):
        self.request = SimpleNamespace(retries=0)

    def retry(self, *, args, kwargs, exc, countdown):
        self.again = (kwargs, countdown, str(exc))
        return AskedForRetry()


@pytest.fixture
def providers(aws, settings, monkeypatch, clock):
    made = Providers(settings)
    made.__dict__.update(socket_gateway=RememberedSockets(), job_queue=RememberedJobs())
    monkeypatch.setattr(extensions, "_of_process", made)
    return made


def opened(connection_id, *, credential=None):
    feeds.open_connection(
        channel="trades",
        connection_id=connection_id,
        user_id="ada",
        credential=credential
        or feeds.as_stored(credential=feeds.Credential(user_id="ada", key_id="k")),
        number=0,
        until=NOON + timedelta(minutes=15),
        jobs=cast("Any", RememberedJobs()),
        now=NOON,
    )


def push(running, *connection_ids):
    tasks.push_to_connections.run.__func__(running, "trades", list(connection_ids))


class TestPushEvents:
    def test_fans_out(self, providers):
        opened("c1")
        tasks.push_events("trades")
        assert providers.job_queue.enqueued == [
            ("feeds.push_to_connections", {"channel": "trades", "connection_ids": ["c1"]})
        ]

    def test_does_nothing_where_no_gateway_is(self, providers):
        opened("c1")
        providers.socket_gateway = None
        tasks.push_events("trades")
        push(Running(), "c1")
        assert providers.job_queue.enqueued == []


class TestPushToConnections:
    def test_sends_what_is_due(self, providers):
        happened("trades", "1")
        opened("c1")
        push(Running(), "c1")
        assert providers.socket_gateway.sent == [
            ("c1", '{"event":"trade","data":{"amount":"1"},"id":"1"}')
        ]

    def test_tries_those_again_that_took_nothing(self, providers):
        happened("trades", "1")
        opened("c1")
        providers.socket_gateway.trouble = TryAgain("busy")
        running = Running()
        with pytest.raises(AskedForRetry):
            push(running, "c1", "nobody")
        arguments, countdown, _ = running.again
        assert arguments == {"channel": "trades", "connection_ids": ["c1"]}
        assert countdown == 2

    def test_drops_those_that_never_do(self, providers):
        happened("trades", "1")
        opened("c1")
        providers.socket_gateway.trouble = TryAgain("busy")
        running = Running()
        running.request.retries = tasks.TRIES
        push(running, "c1")
        assert providers.socket_gateway.closed == ["c1"]
        assert FeedConnection.of(channel="trades", connection_id="c1") is None

    def test_asks_whether_the_token_still_counts(self, providers, sign_in_as, client, clock):
        from app.core import tokens

        viewer = sign_in_as("viewer")
        with client.application.app_context():
            claims = tokens.read(viewer.access_token, kind="access", now=clock.now())
        happened("trades", "1")
        credential = feeds.Credential(user_id=viewer.user_id, claims=claims)
        opened("c1", credential=feeds.as_stored(credential=credential))
        clock.advance(seconds=61)
        push(Running(), "c1")
        assert len(providers.socket_gateway.sent) == 1
        client.post("/auth/logout", headers=viewer.headers)
        clock.advance(seconds=61)
        happened("trades", "2")
        push(Running(), "c1")
        assert len(providers.socket_gateway.sent) == 1
        assert providers.socket_gateway.closed == ["c1"]
