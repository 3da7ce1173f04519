from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from app.core import dynamo
from app.feeds import service as feeds
from app.feeds.models import LoggedEvent
from app.trading.models import SystemStatus
from tests.conftest import NOON

pytestmark = pytest.mark.usefixtures("aws")


class TestAppend:
    def test_numbers_the_events_of_a_channel_one_after_another(self, append):
        assert [event.id for event in append("equity", "1", "2")] == ["1", "2"]
        assert [event.id for event in append("equity", "3")] == ["3"]
        assert [event.id for event in append("trades", "1")] == ["1"]

    def test_carries_out_the_callers_writes_with_the_event(self, append):
        append("status", "on", writes=[SystemStatus.starting(now=NOON)])
        assert SystemStatus.current().started_at == NOON

    def test_changes_nothing_where_a_condition_of_the_callers_fails(self, append):
        dynamo.commit(SystemStatus.starting(now=NOON))
        other = dynamo.put(SystemStatus("other"))
        with pytest.raises(dynamo.ConditionFailed) as failure:
            append("status", "on", writes=[other, SystemStatus.starting(now=NOON)])
        assert failure.value.failed == {1}
        assert feeds.latest(channel="status") is None
        assert dynamo.find(SystemStatus, "other") is None

    def test_all_of_100_at_once_succeed_and_leave_no_hole(self, append):
        with ThreadPoolExecutor(100) as together:
            made = list(together.map(lambda number: append("equity", str(number)), range(100)))
        assert sorted(int(event.id) for (event,) in made) == list(range(1, 101))
        log = feeds.events_after(channel="equity", after=None)
        assert [event.id for event in log] == [str(number) for number in range(1, 101)]
        assert {event.data["amount"] for event in log} == {str(number) for number in range(100)}

    def test_takes_99_writes_in_all(self, append):
        assert (
            len(append("trades", *map(str, range(98)), writes=[dynamo.put(SystemStatus("x"))]))
            == 98
        )

    def test_says_that_it_could_not_where_others_were_first_all_the_while(
        self, append, monkeypatch
    ):
        monkeypatch.setattr("app.feeds.service.appending.ATTEMPTS", 2)
        monkeypatch.setattr("app.feeds.service.appending.LONGEST_PAUSE_SECONDS", 0)
        stray = LoggedEvent.numbered(
            channel="equity", sequence=1, event="equity", data={}, now=NOON
        )
        dynamo.commit(stray.arrival())
        with pytest.raises(dynamo.Busy):
            append("equity", "1")

    @pytest.mark.parametrize(
        ("channel", "events", "complaint"),
        [
            ("gossip", [feeds.NewEvent(event="gossip", data={})], "no channel 'gossip'"),
            ("equity", [], "at least one event"),
            ("equity", [feeds.NewEvent(event="equity", data={})] * 100, "100 events"),
            ("equity", [feeds.NewEvent(event="trade", data={})], "not 'trade'"),
            ("equity", [feeds.NewEvent(event="equity", data={"a": "x" * 16_384})], "bytes"),
        ],
    )
    def test_refuses_what_it_can_not_carry(self, channel, events, complaint):
        with pytest.raises(ValueError, match=complaint):
            feeds.append(channel=channel, events=events, now=NOON)

    def test_keeps_an_event_for_7_days(self, append):
        append("equity", "1")
        (row,) = LoggedEvent.following(channel="equity", after=0, limit=10)
        assert row.expires_at - NOON == timedelta(days=7)
