import pytest

from app.core import dynamo
from app.feeds import service as feeds
from app.feeds.models import FeedHead, LoggedEvent

pytestmark = pytest.mark.usefixtures("aws")


def expire(channel, *numbers):
    """What DynamoDB's TTL does, in its own time and order."""
    for number in numbers:
        dynamo.commit(dynamo.delete(LoggedEvent(channel, number)))


def ids(events):
    return [event.id for event in events]


class TestLatest:
    def test_is_the_newest_event_and_nothing_where_there_never_was_one(self, append):
        assert feeds.latest(channel="equity") is None
        append("equity", "1", "2")
        assert feeds.latest(channel="equity") == feeds.FeedEvent(
            id="2", event="equity", data={"amount": "2"}
        )

    def test_outlives_the_log(self, append):
        append("status", "on")
        expire("status", 1)
        assert feeds.latest(channel="status").id == "1"


class TestEventsAfter:
    def test_goes_on_where_it_stopped_page_by_page(self, append):
        append("trades", *map(str, range(7)))
        first = feeds.events_after(channel="trades", after=None, limit=3)
        second = feeds.events_after(channel="trades", after=first[-1].id, limit=3)
        third = feeds.events_after(channel="trades", after=second[-1].id, limit=3)
        assert ids([*first, *second, *third]) == ["1", "2", "3", "4", "5", "6", "7"]
        assert feeds.events_after(channel="trades", after="7") == []

    def test_starts_at_the_end_when_asked_to(self, append):
        append("trades", "1")
        assert feeds.events_after(channel="trades", after="latest") == []

    def test_starts_at_the_oldest_that_is_kept(self, append):
        append("trades", "1", "2", "3")
        expire("trades", 1)
        assert ids(feeds.events_after(channel="trades", after=None)) == ["2", "3"]
        assert feeds.events_after(channel="equity", after=None) == []

    def test_says_that_events_are_gone_and_where_to_go_on(self, append):
        append("trades", "1", "2", "3", "4")
        expire("trades", 2, 3)
        assert ids(feeds.events_after(channel="trades", after="0")) == ["1"]
        with pytest.raises(feeds.EventsExpired) as gap:
            feeds.events_after(channel="trades", after="1")
        assert gap.value.details == {"after": "1", "resume_after": "3"}
        expire("trades", 1, 4)
        with pytest.raises(feeds.EventsExpired) as gap:
            feeds.events_after(channel="trades", after="2")
        assert gap.value.details["resume_after"] == "4"
        assert feeds.events_after(channel="trades", after="4") == []
        assert feeds.events_after(channel="trades", after=None) == []

    def test_waits_for_a_transaction_that_is_still_being_applied(self, append, monkeypatch):
        append("trades", "1", "2")
        late = LoggedEvent.get("trades", 1)
        expire("trades", 1)
        monkeypatch.setattr(
            "app.feeds.service.reading.time.sleep",
            lambda seconds: dynamo.commit(dynamo.put(late)) if seconds else None,
        )
        assert ids(feeds.events_after(channel="trades", after="0")) == ["1", "2"]

    def test_gives_only_what_stands_before_a_hole(self, append):
        append("trades", "1", "2", "3")
        expire("trades", 2)
        assert ids(feeds.events_after(channel="trades", after="0")) == ["1"]

    @pytest.mark.parametrize("after", ["3", "99999", "-1", "1.0", "", "x", "1" * 16, "٣"])
    def test_refuses_an_id_that_was_never_given_out(self, append, after):
        append("trades", "1", "2")
        with pytest.raises(feeds.InvalidPosition) as refusal:
            feeds.events_after(channel="trades", after=after)
        assert refusal.value.details["after"] == after

    def test_refuses_an_unknown_channel(self):
        with pytest.raises(feeds.UnknownChannel):
            feeds.events_after(channel="gossip", after=None)


class TestEnds:
    def test_tells_all_channels_ends_in_one_request(self, append):
        append("trades", "1", "2")
        with dynamo.counting() as cost:
            ends = feeds.ends()
        assert ends == {"status": 0, "equity": 0, "trades": 2, "balance": 0, "prices": 0}
        assert cost.operations == ["BatchGetItem"]


class TestPoll:
    def poll(self, sleep, after="0", wait_seconds=25, limit=100, channel="equity"):
        return feeds.poll(
            channel=channel, after=after, limit=limit, wait_seconds=wait_seconds, sleep=sleep
        )

    def test_answers_at_once_what_there_is(self, append):
        append("equity", "1", "2", "3")
        events, next_after = self.poll(lambda _: pytest.fail("it waited"), after="1", limit=1)
        assert (ids(events), next_after) == (["2"], "2")

    def test_answers_when_something_happens(self, append):
        waited: list[float] = []

        def sleep(seconds):
            waited.append(seconds)
            if len(waited) == 3:
                append("equity", "1")

        events, next_after = self.poll(sleep)
        assert (ids(events), next_after, waited) == (["1"], "1", [0.25, 0.5, 1.0])

    def test_gives_up_after_the_time_that_was_asked_for(self):
        waited: list[float] = []
        assert self.poll(waited.append) == ([], "0")
        assert sum(waited) == 25
        assert len(waited) == 27

    def test_costs_half_a_unit_a_look(self):
        with dynamo.counting() as cost:
            self.poll(lambda _: None, wait_seconds=10)
        assert cost.requests < 15

    def test_does_not_wait_unless_asked_to(self):
        assert self.poll(lambda _: pytest.fail("it waited"), wait_seconds=0) == ([], "0")

    def test_keeps_the_place_that_latest_was_when_it_began(self, append):
        append("equity", "1", "2")
        assert self.poll(lambda _: None, after="latest", wait_seconds=1) == ([], "2")
        events, next_after = self.poll(lambda _: append("equity", "3"), after="latest")
        assert (ids(events), next_after) == (["3"], "3")


class TestFeedHead:
    def test_is_number_0_where_nothing_ever_happened(self):
        assert FeedHead.of("equity").last == 0
