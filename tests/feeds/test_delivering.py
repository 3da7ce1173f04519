from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, cast

import pytest

from app.core import dynamo, json
from app.feeds import service as feeds
from app.feeds.models.connections import FeedConnection
from app.feeds.service import delivering, reading
from app.providers.socket_gateway.interface import ConnectionGone, GiveUp, TryAgain
from tests.conftest import NOON
from tests.feeds.test_reading import expire

pytestmark = pytest.mark.usefixtures("aws")
CREDENTIAL = {"user_id": "ada"}


@dataclass
class RememberedSockets:
    """A gateway that remembers what was sent, and fails as a test says."""

    sent: list[tuple[str, str]] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    troubles: dict[str, Exception] = field(default_factory=dict)
    meanwhile: Callable[[], object] = lambda: None
    takes: int | None = None

    def send(self, *, connection_id, text):
        self.meanwhile()
        if connection_id in self.troubles and (self.takes is None or len(self.sent) >= self.takes):
            raise self.troubles[connection_id]
        self.sent.append((connection_id, json.loads(text)["id"]))

    def close(self, *, connection_id):
        self.closed.append(connection_id)
        if connection_id in self.troubles:
            raise self.troubles[connection_id]

    def ids(self, connection_id="c1"):
        return [event_id for to, event_id in self.sent if to == connection_id]


@dataclass
class RememberedJobs:
    enqueued: list[tuple[str, dict[str, Any], int]] = field(default_factory=list)

    def enqueue(self, task, arguments, *, delay_seconds=0):
        self.enqueued.append((task, arguments, delay_seconds))


@pytest.fixture
def sockets():
    return RememberedSockets()


@pytest.fixture
def jobs():
    return RememberedJobs()


def opened(connection_id="c1", *, channel="trades", number=0, user_id="ada"):
    feeds.open_connection(
        channel=channel,
        connection_id=connection_id,
        user_id=user_id,
        credential=CREDENTIAL,
        number=number,
        until=NOON + timedelta(minutes=15),
        jobs=cast("Any", RememberedJobs()),
        now=NOON,
    )


def stored(connection_id="c1", channel="trades"):
    return FeedConnection.of(channel=channel, connection_id=connection_id)


def pushed(sockets, *connection_ids, channel="trades", now=NOON, holds=lambda *_: True):
    reach = feeds.Reach(gateway=sockets, holds=holds, clock=lambda: now)
    return feeds.push_to_connections(
        channel=channel, connection_ids=connection_ids or ["c1"], reach=reach
    )


class TestOpenConnection:
    def test_has_a_task_send_what_is_due_once_it_is_open(self, jobs):
        for _ in range(2):  # API Gateway may tell of it twice
            feeds.open_connection(
                channel="trades",
                connection_id="c1",
                user_id="ada",
                credential=CREDENTIAL,
                number=3,
                until=NOON,
                jobs=jobs,
                now=NOON,
            )
        task, arguments, delay = jobs.enqueued[0]
        assert task == "feeds.push_to_connections"
        assert arguments == {"channel": "trades", "connection_ids": ["c1"]}
        assert delay == 1
        assert stored().cursor == 3


class TestCloseConnection:
    def test_forgets_it_and_no_other(self):
        opened("c1")
        opened("c2", channel="equity")
        feeds.close_connection(connection_id="c1")
        feeds.close_connection(connection_id="c1")
        assert stored("c1") is None
        assert stored("c2", "equity") is not None


class TestPushEvents:
    def test_names_a_task_for_every_few_connections_of_the_channel(self, jobs, monkeypatch):
        monkeypatch.setattr(delivering, "A_TASK", 2)
        monkeypatch.setattr(delivering, "A_PAGE", 4)
        for number in range(5):
            opened(f"c{number}")
        opened("other", channel="equity")
        feeds.push_events(channel="trades", beyond=None, jobs=jobs)
        assert [arguments for _, arguments, _ in jobs.enqueued] == [
            {"channel": "trades", "connection_ids": ["c0", "c1"]},
            {"channel": "trades", "connection_ids": ["c2", "c3"]},
            {"channel": "trades", "beyond": "c3"},
        ]
        feeds.push_events(channel="trades", beyond="c3", jobs=jobs)
        assert jobs.enqueued[3:] == [
            ("feeds.push_to_connections", {"channel": "trades", "connection_ids": ["c4"]}, 0)
        ]


class TestPushToConnections:
    def test_sends_what_follows_once(self, append, sockets):
        append("trades", *map(str, range(45)))
        opened(number=3)
        assert pushed(sockets) == []
        assert pushed(sockets) == []
        assert sockets.ids() == [str(number) for number in range(4, 46)]
        append("trades", "46")
        assert pushed(sockets) == []
        assert sockets.ids()[-2:] == ["45", "46"]

    def test_sends_the_newest_first_and_then_what_follows(self, append, sockets):
        append("equity", "1", "2")
        opened(channel="equity", number=None)
        pushed(sockets, channel="equity")
        append("equity", "3")
        pushed(sockets, channel="equity")
        assert sockets.ids() == ["2", "3"]

    def test_sends_nothing_to_one_that_has_ended(self, append, sockets):
        append("trades", "1")
        assert pushed(sockets, "nobody") == []
        assert sockets.sent == []

    def test_leaves_one_that_another_delivery_is_at_to_that_one(self, append, sockets):
        """Which looks again: nothing comes twice, and nothing out of order."""
        append("trades", "1")
        opened()
        others = RememberedSockets()

        def second_delivery():
            if not others.sent and len(sockets.sent) == 0:
                sockets.meanwhile = lambda: None
                append("trades", "2")
                assert pushed(others) == []

        sockets.meanwhile = second_delivery
        assert pushed(sockets) == []
        assert (sockets.ids(), others.sent) == (["1", "2"], [])
        assert stored().holder is None

    def test_misses_nothing_that_happens_as_it_lets_go(self, append, sockets, monkeypatch):
        opened()
        following, others = reading.following, RememberedSockets()

        def found_nothing_and_then_there_is_news(**given):
            found = following(**given)
            if not found and not sockets.sent:
                append("trades", "1")
                assert pushed(others) == []
            return found

        monkeypatch.setattr(reading, "following", found_nothing_and_then_there_is_news)
        # The delivery within this one finds the connection taken, so it reads nothing itself.
        assert pushed(sockets) == []
        assert (sockets.ids(), others.sent) == (["1"], [])

    def test_takes_over_from_a_worker_that_died(self, append, sockets):
        append("trades", "1")
        opened()
        dynamo.commit(
            stored().taking(holder="dead", now=NOON, until=NOON + delivering.LONGEST_HOLD)
        )
        assert pushed(sockets, now=NOON + timedelta(seconds=181)) == []
        assert sockets.ids() == ["1"]

    def test_goes_on_where_it_was_when_a_message_did_not_go_out(self, append, sockets):
        append("trades", "1", "2", "3")
        opened()
        sockets.troubles["c1"], sockets.takes = TryAgain("busy"), 2
        assert pushed(sockets) == ["c1"]
        sockets.troubles.clear()
        assert pushed(sockets) == []
        assert sockets.ids() == ["1", "2", "3"]

    def test_lets_one_that_fails_hold_up_no_other(self, append, sockets):
        append("trades", "1")
        for connection_id in ("c1", "c2", "c3"):
            opened(connection_id)
        sockets.troubles["c2"] = GiveUp("no")
        assert pushed(sockets, "c1", "c2", "c3") == ["c2"]
        assert (sockets.ids("c1"), sockets.ids("c3")) == (["1"], ["1"])

    def test_forgets_one_that_is_gone_but_not_while_it_is_being_opened(self, append, sockets):
        append("trades", "1")
        opened()
        sockets.troubles["c1"] = ConnectionGone("410")
        assert pushed(sockets) == ["c1"]
        assert stored() is not None
        assert pushed(sockets, now=NOON + timedelta(seconds=16)) == []
        assert stored() is None

    def test_ends_one_whose_token_has_expired(self, append, sockets):
        append("trades", "1")
        opened()
        assert pushed(sockets, now=NOON + timedelta(minutes=15)) == []
        assert (sockets.sent, sockets.closed, stored()) == ([], ["c1"], None)

    def test_ends_one_whose_token_was_revoked_within_a_minute(self, append, sockets):
        asked = []

        def holds(channel, credential):
            asked.append((channel, credential))
            return len(asked) < 2

        opened()
        append("trades", "1")
        pushed(sockets, now=NOON + timedelta(seconds=59), holds=holds)
        assert (sockets.ids(), asked) == (["1"], [])
        append("trades", "2")
        pushed(sockets, now=NOON + timedelta(seconds=60), holds=holds)
        assert (sockets.ids(), asked) == (["1", "2"], [("trades", CREDENTIAL)])
        append("trades", "3")
        pushed(sockets, now=NOON + timedelta(seconds=121), holds=holds)
        assert (sockets.ids(), sockets.closed, stored()) == (["1", "2"], ["c1"], None)

    def test_ends_one_whose_events_are_no_longer_kept(self, append, sockets):
        append("trades", "1", "2")
        opened()
        expire("trades", 1)
        assert pushed(sockets) == []
        assert (sockets.sent, sockets.closed, stored()) == ([], ["c1"], None)

    def test_stops_when_another_took_over(self, append, sockets):
        append("trades", "1")
        opened()
        sockets.meanwhile = lambda: dynamo.commit(
            stored().taking(
                holder="other", now=NOON + timedelta(hours=1), until=NOON + timedelta(hours=2)
            )
        )
        assert pushed(sockets) == []
        assert stored().holder == "other"

    def test_stops_when_it_ended_meanwhile(self, append, sockets):
        append("trades", "1")
        opened()
        sockets.meanwhile = lambda: feeds.close_connection(connection_id="c1")
        assert pushed(sockets) == []
        assert stored() is None

    def test_leaves_the_rest_of_a_long_log_to_the_next_try(self, append, sockets, monkeypatch):
        monkeypatch.setattr(delivering, "READS_A_TRY", 1)
        append("trades", *map(str, range(30)))
        opened()
        assert pushed(sockets) == ["c1"]
        assert len(sockets.ids()) == 20
        assert pushed(sockets) == ["c1"]
        assert pushed(sockets) == []
        assert sockets.ids() == [str(number) for number in range(1, 31)]


class TestDropConnections:
    def test_ends_those_that_take_nothing(self, sockets):
        opened("c1")
        opened("c2")
        sockets.troubles["c2"] = TryAgain("no answer")
        feeds.drop_connections(channel="trades", connection_ids=["c1", "c2"], gateway=sockets)
        assert sockets.closed == ["c1", "c2"]
        assert (stored("c1"), stored("c2")) == (None, None)


class TestOwnedBy:
    def test_is_exported_and_erased(self):
        opened("c1")
        opened("c2", channel="equity", user_id="bob")
        assert feeds.export_owned_by(user_id="ada") == {"feed_connections": [{"channel": "trades"}]}
        for _ in range(2):
            feeds.erase_owned_by(user_id="ada")
        assert stored("c1") is None
        assert stored("c2", "equity") is not None


class TestAnnounce:
    def test_names_the_task_that_fans_out(self, jobs):
        feeds.announce(channel="trades", jobs=jobs)
        assert jobs.enqueued == [("feeds.push_events", {"channel": "trades"}, 0)]
