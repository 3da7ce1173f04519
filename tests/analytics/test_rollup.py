from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.analytics import rules
from app.analytics import service as analytics
from app.analytics.models import Arrival, PersonDays, Rollup, RollUpRun
from app.core import dynamo
from bench import analytics as independent

DAY = timedelta(days=1)


class TestRollUp:
    def test_changes_no_answer(self, teller):
        for ago in (0, 0, 3):
            teller.tell(user_id="ada", ago=ago * DAY)
        teller.tell(anonymous_id="v1", ago=DAY)
        before = teller.counts(), teller.counts(user_id="ada")
        assert teller.roll_up() == 3

        assert (teller.counts(), teller.counts(user_id="ada")) == before
        assert before == (({"11-17": 1, "11-19": 1, "11-20": 2}, 2), ({"11-17": 1, "11-20": 2}, 1))

    def test_does_nothing_where_nothing_changed(self, teller):
        teller.tell()
        assert [teller.roll_up() for _ in range(3)] == [1, 0, 0]
        assert teller.counts() == ({"11-20": 1}, 0)

    def test_counts_a_late_event_in_its_day(self, teller):
        teller.tell(user_id="ada")
        teller.roll_up()
        teller.tell(user_id="bob", ago=89 * DAY)
        assert teller.counts(days=90) == ({"08-23": 1, "11-20": 1}, 2)

        assert teller.roll_up() == 1
        assert teller.counts(days=90) == ({"08-23": 1, "11-20": 1}, 2)
        assert teller.counts(days=30) == ({"11-20": 1}, 1)

    def test_leaves_what_came_just_now_to_the_next(self, teller):
        teller.tell()
        assert analytics.roll_up(now=teller.now()) == 0
        assert teller.counts() == ({"11-20": 1}, 0)

    def test_counts_a_known_user_once_over_days(self, teller):
        for days in range(5):
            teller.tell(user_id="ada", ago=days * DAY)
        teller.roll_up()
        teller.tell(user_id="ada")

        assert teller.counts()[1] == 1
        assert Rollup.of("view").daily["2026-11-18"] == [1, 1, 0]
        assert Rollup.of("view").daily["2026-11-20"] == [1, 1, 1]

    def test_takes_a_visitor_for_the_user_they_turned_out_to_be(self, teller):
        teller.tell(anonymous_id="v1", ago=DAY)
        teller.tell(user_id="ada", ago=DAY)
        teller.roll_up()
        assert Rollup.of("view").daily["2026-11-19"] == [2, 2, 2]

        teller.tell("login", user_id="ada", anonymous_id="v1")
        teller.roll_up()

        assert teller.counts() == ({"11-19": 2}, 1)
        assert Rollup.of("view").daily["2026-11-19"] == [2, 1, 1]
        teller.tell(anonymous_id="v1")  # not rolled up yet
        assert teller.counts()[1] == 1

    def test_takes_a_shared_visitor_for_the_earlier_user_whichever_is_told_first(self, teller):
        teller.tell(user_id="ada", anonymous_id="v1")
        teller.roll_up()
        teller.tell(user_id="zoe", anonymous_id="v1", ago=DAY)
        teller.tell("click", anonymous_id="v1")
        teller.tell("click", user_id="zoe")
        teller.roll_up()

        assert teller.counts("click")[1] == 1

    def test_is_done_by_one_at_a_time(self, teller, clock):
        teller.tell()
        clock.advance(minutes=3)
        dynamo.commit(
            RollUpRun.beginning(
                run_id="other", lapses_at=clock.now() + timedelta(minutes=16), now=clock.now()
            )
        )
        assert analytics.roll_up(now=clock.now()) == 0

        clock.advance(minutes=17)
        assert analytics.roll_up(now=clock.now()) == 1

    def test_writes_nothing_once_another_took_over(self, teller):
        teller.tell(user_id="ada")
        row = PersonDays.made(
            event_type="view", person="u:ada", days={"2026-11-20": 9}, hours={}, cutoff="1"
        )
        with pytest.raises(dynamo.ConditionFailed):
            dynamo.commit(RollUpRun.still("a run that lapsed"), row.replacement())
        assert teller.roll_up() == 1
        assert teller.counts() == ({"11-20": 1}, 1)

    def test_that_died_is_done_again(self, teller, monkeypatch):
        teller.tell(user_id="ada", anonymous_id="v1", ago=DAY)
        teller.tell("click", anonymous_id="v1")
        store, calls = Rollup.replacement, []

        def dying(row):
            calls.append(row)
            if len(calls) == 2:
                raise ConnectionError
            return store(row)

        monkeypatch.setattr(Rollup, "replacement", dying)
        with pytest.raises(ConnectionError):
            teller.roll_up()

        assert teller.roll_up() == 2
        assert teller.counts() == ({"11-19": 1}, 1)
        assert Rollup.of("click").daily["2026-11-20"] == [1, 1, 1]


class TestHoursOfRollUp:
    def test_change_no_answer(self, teller):
        for hours in (0, 0.5, 13, 30, 31):
            teller.tell(user_id="ada", ago=timedelta(hours=hours))
        teller.tell(anonymous_id="v1", ago=timedelta(hours=13))
        before = teller.hours(), teller.hours(user_id="ada")
        teller.roll_up()

        assert (teller.hours(), teller.hours(user_id="ada")) == before
        assert before == (
            {"19T05": 1, "19T06": 1, "19T23": 2, "20T11": 1, "20T12": 1},
            {"19T05": 1, "19T06": 1, "19T23": 1, "20T11": 1, "20T12": 1},
        )

    def test_take_late_events_and_repeated_ones_and_runs(self, teller):
        teller.tell(user_id="ada", event_id="e1", ago=timedelta(hours=3))
        teller.roll_up()
        teller.tell(user_id="ada", event_id="e1", ago=timedelta(hours=9))
        teller.tell(user_id="ada", event_id="e2", ago=timedelta(hours=27))
        for user_id in (None, "ada"):
            assert teller.hours(user_id=user_id) == {"19T09": 1, "20T09": 1}
        for _ in range(3):
            teller.roll_up()
            for user_id in (None, "ada"):
                assert teller.hours(user_id=user_id) == {"19T09": 1, "20T09": 1}

    def test_end_with_the_hour_it_is(self, teller):
        teller.tell()
        found = analytics.show_hours_of_all(event_type="view", days=1, now=teller.now())

        assert [stat.hour.hour for stat in found.hourly_stats] == list(range(13))
        assert found.hourly_stats[-1].count == 1

    def test_are_kept_for_31_days(self, teller):
        teller.tell(user_id="ada", ago=30 * DAY)
        teller.tell(user_id="ada", ago=89 * DAY)
        teller.roll_up()
        assert teller.hours(days=31) == {"21T12": 1}
        assert list(Rollup.of("view").hourly) == ["2026-10-21T12"]

        teller.advance(days=5)
        teller.tell(user_id="ada")
        teller.roll_up()
        assert list(Rollup.of("view").hourly) == ["2026-11-25T12"]
        assert teller.hours(days=31, user_id="ada") == {"25T12": 1}
        assert teller.counts(days=90)[0] == {"10-21": 1, "11-25": 1}

    def test_of_rows_from_before_there_were_any_come_with_the_next_change(self, teller):
        teller.tell(user_id="ada", ago=DAY)
        arrival = next(Arrival.between(start="0", end="9"))
        arrival.gains = [gain[:4] for gain in arrival.gains]
        dynamo.commit(dynamo.put(arrival))
        assert (teller.counts()[0], teller.hours()) == ({"11-19": 1}, {})
        teller.roll_up()
        rollup = Rollup.of("view")
        own = PersonDays.owned_by("u:ada")[0]
        rollup.hourly = own.hours = None
        dynamo.commit(rollup.replacement(), own.replacement())
        assert (teller.hours(), teller.hours(user_id="ada")) == ({}, {})

        teller.tell(user_id="ada", ago=DAY)
        teller.roll_up()
        assert (teller.hours(), teller.hours(user_id="ada")) == ({"19T12": 2}, {"19T12": 2})


EVENT = st.tuples(
    st.sampled_from(independent.TYPES),
    st.sampled_from([None, "u1", "u2", "u3"]),
    st.sampled_from([None, "v1", "v2"]),
    st.integers(min_value=0, max_value=40 * 24),
)


class TestAnyOrderOfEvents:
    @settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        told=st.lists(EVENT, min_size=1, max_size=10),
        order=st.randoms(use_true_random=False),
    )
    def test_leads_to_the_same_sums(self, aws, teller, clock, told, order):
        aws.reset()
        events = [
            independent.Told(
                event_id=f"e{number}",
                event_type=event_type,
                user_id=user_id,
                anonymous_id=visitor,
                at=independent.NOON - timedelta(hours=hours),
            )
            for number, (event_type, user_id, visitor, hours) in enumerate(told)
        ]
        sent = [*events, *order.sample(events, len(events) // 2)]
        order.shuffle(sent)
        for event in sent:
            independent.tell([event], now=clock.now())
            if order.random() < 0.3:
                teller.roll_up()
        fresh = {kind: independent.counts(events, kind) for kind in independent.TYPES}
        for kind in independent.TYPES:
            assert teller.counts(kind, days=60)[0] == {d[5:]: n for d, n in fresh[kind].items()}
            for user_id in (None, "u1", "u2"):
                assert teller.hours(kind, 31, user_id) == slow_hours(
                    events, kind, user_id, now=clock.now()
                )
        teller.roll_up()

        assert independent.differences(events, now=clock.now(), days=60) == []
        for kind, user_id in product(independent.TYPES, ("u1", "u2", "u3")):
            assert teller.hours(kind, 31, user_id) == slow_hours(
                events, kind, user_id, now=clock.now()
            )


def slow_hours(events, kind, user_id, *, now):
    """The hours of the last 31 days, counted one by one."""
    found: dict[Any, Any] = {}
    for event in events:
        is_asked_for = event.event_type == kind and user_id in {None, event.user_id}
        if is_asked_for and (now.date() - event.at.date()).days < 31:
            hour = event.at.strftime("%dT%H")
            found[hour] = found.get(hour, 0) + 1
    return found


class TestMonthOfEvents:
    def test_is_as_an_independent_computation_has_it(self, aws, clock):
        found = independent.run(count=600, seed=7, clock=clock)

        assert found.differences == []
        assert found.requests_of_overview <= 15
        assert found.requests_per_50_events <= 1.0
        assert rules.MOST_DAYS == 365
