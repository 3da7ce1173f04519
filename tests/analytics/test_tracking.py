from datetime import timedelta

import pytest

from app.analytics import service as analytics
from app.analytics.models import EventBundle
from app.core import dynamo
from tests.conftest import NOON


def events(count, **fields):
    return [analytics.NewEvent(event_type="view", **fields) for _ in range(count)]


def named(count, event_type="view"):
    return [analytics.NewEvent(event_type=event_type, event_id=f"e{n}") for n in range(count)]


class TestTrackEvents:
    def test_counts_an_id_once_within_a_call(self, teller):
        found = analytics.track_events(
            events=[*named(3), *named(3)], user_id=None, now=teller.now()
        )

        assert (found.tracked, found.duplicates) == (3, 3)
        assert teller.counts() == ({"11-20": 3}, 0)

    def test_counts_an_id_once_across_calls_types_and_times(self, teller):
        teller.tell(event_id="a")
        again = teller.tell("click", event_id="a", ago=timedelta(days=3))

        assert (again.tracked, again.duplicates) == (0, 1)
        assert teller.counts("click") == ({}, 0)

    def test_counts_what_is_new_beside_what_is_not(self, teller):
        analytics.track_events(events=named(20), user_id=None, now=teller.now())
        found = analytics.track_events(events=named(50), user_id=None, now=teller.now())

        assert (found.tracked, found.duplicates) == (30, 20)
        assert teller.counts() == ({"11-20": 50}, 0)

    def test_counts_each_event_without_an_id(self, teller):
        for _ in range(2):
            analytics.track_events(events=events(2), user_id=None, now=teller.now())

        assert teller.counts() == ({"11-20": 4}, 0)

    @pytest.mark.parametrize("ids", [True, False])
    def test_costs_one_request_for_fifty(self, teller, ids):
        sent = named(50) if ids else events(50)
        with dynamo.counting() as cost:
            analytics.track_events(events=sent, user_id="ada", now=teller.now())
        assert cost.operations == ["TransactWriteItems"]

    def test_costs_two_requests_for_a_hundred_over_a_month(self, teller):
        sent = [
            analytics.NewEvent(
                event_type="view",
                event_id=f"e{n}",
                timestamp=teller.now() - timedelta(hours=n * 7 % 720),
            )
            for n in range(100)
        ]
        with dynamo.counting() as cost:
            analytics.track_events(events=sent, user_id=None, now=teller.now())
        assert cost.requests == 2

    def test_costs_two_requests_for_fifty_that_have_nothing_in_common(self, teller):
        sent = [
            analytics.NewEvent(event_type=f"type{number}", event_id=f"e{number}")
            for number in range(50)
        ]
        with dynamo.counting() as cost:
            analytics.track_events(events=sent, user_id=None, now=teller.now())
        assert cost.requests == 2

    @pytest.mark.parametrize("ago", [timedelta(days=90, seconds=1), timedelta(minutes=-6)])
    def test_refuses_a_time_that_is_too_far_away_and_counts_nothing(self, teller, ago):
        late = analytics.NewEvent(event_type="view", timestamp=NOON - ago)
        with pytest.raises(analytics.InvalidEventTime) as refused:
            analytics.track_events(events=[*events(1), late], user_id=None, now=NOON)

        assert refused.value.details["index"] == 1
        assert teller.counts() == ({}, 0)

    def test_takes_what_is_ahead_as_now(self, teller, clock):
        clock.set(NOON.replace(hour=23, minute=58))
        teller.tell(ago=timedelta(minutes=-5))

        assert teller.counts() == ({"11-20": 1}, 0)

    def test_refuses_an_event_over_32_kb(self, teller):
        large = analytics.NewEvent(event_type="view", event_data={"text": "x" * 33_000})
        with pytest.raises(analytics.EventTooLarge) as refused:
            analytics.track_events(events=[large], user_id=None, now=NOON)

        assert refused.value.details["bytes"] > 33_000
        assert teller.counts() == ({}, 0)

    def test_stores_more_than_a_row_holds(self, teller):
        large = events(31, event_data={"text": "x" * 32_000})
        analytics.track_events(events=large, user_id=None, now=teller.now())

        assert teller.counts() == ({"11-20": 31}, 0)
        assert len(teller.shown().events) <= 31

    def test_spreads_a_type_over_partitions(self, teller):
        for _ in range(30):
            teller.tell()
        kept = EventBundle.between(event_type="view", first="2026-11-20", last="2026-11-20")
        assert len({bundle.event_type for bundle in kept}) == 4


class TestHappened:
    def test_counts_with_what_it_tells_of(self, teller):
        dynamo.commit(
            *analytics.happened(
                event_type="upgrade", user_id="ada", event_data={"plan": "pro"}, now=teller.now()
            )
        )
        assert teller.counts("upgrade", user_id="ada") == ({"11-20": 1}, 1)
        assert teller.shown("upgrade").events[0].event_data == {"plan": "pro"}

        teller.roll_up()
        assert teller.counts("upgrade") == ({"11-20": 1}, 1)
