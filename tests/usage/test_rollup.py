from datetime import UTC, date, datetime, timedelta

import pytest

from app.core import dynamo
from app.usage import service
from app.usage.models import Reservation

TODAY, YESTERDAY = date(2026, 11, 20), date(2026, 11, 19)


@pytest.fixture
def roll_up(aws, clock):
    return lambda: service.roll_up(now=clock.now())


def totals(clock, **given):
    found = service.list_totals(start=given.get("start"), end=given.get("end"), now=clock.now())
    return [(one.date, one.plan, one.feature, one.count) for one in found.usage]


class TestRollUp:
    def test_sums_by_day_plan_and_feature(self, person, clock, roll_up):
        person("ada").reserve("a", count=2)
        person("bob").count(increment=3)
        person("bob").reserve("b", "backtests")
        person("cyd", "pro").reserve("c", count=40)
        for user_id, plan in (("cyd", "pro"), ("dan", "pro"), ("eve", "growth")):
            person(user_id, plan).call()
        roll_up()

        assert totals(clock) == [
            (TODAY, "free", "analyses", 5),
            (TODAY, "free", "backtests", 1),
            (TODAY, "growth", "api_calls", 1),
            (TODAY, "pro", "analyses", 40),
            (TODAY, "pro", "api_calls", 2),
        ]

    def test_is_the_same_however_often_it_runs(self, ada, clock, roll_up):
        ada.reserve("a")
        for _ in range(3):
            roll_up()
        assert totals(clock) == [(TODAY, "free", "analyses", 1)]

        ada.reserve("b")
        roll_up()
        assert totals(clock) == [(TODAY, "free", "analyses", 2)]

    def test_leaves_out_what_was_given_back(self, ada, clock, roll_up):
        ada.reserve("a")
        ada.reserve("b")
        roll_up()
        ada.give_back("a")
        roll_up()

        assert totals(clock) == [(TODAY, "free", "analyses", 1)]

    def test_gives_back_what_lapsed_and_corrects_its_day(self, ada, clock, roll_up):
        ada.reserve("died")
        roll_up()
        clock.advance(hours=13)  # the day after

        roll_up()

        assert totals(clock) == []
        assert ada.counts() == {}

    def test_counts_a_use_on_its_day_although_its_counter_is_the_months(self, ada, clock, roll_up):
        ada.count()
        clock.advance(days=1)
        ada.count(increment=2)
        roll_up()

        assert totals(clock) == [
            (TODAY, "free", "analyses", 1),
            (TODAY + timedelta(days=1), "free", "analyses", 2),
        ]

    def test_counts_yesterdays_last_calls(self, person, clock, roll_up):
        bob = person("bob", "growth")
        bob.call()
        roll_up()
        bob.call()
        clock.advance(days=1)
        roll_up()

        assert totals(clock) == [(TODAY, "growth", "api_calls", 2)]

    def test_sums_today_and_yesterday_where_it_runs_hourly(self, ada, clock, roll_up):
        roll_up()
        clock.advance(hours=1)

        assert roll_up() == 2

    def test_makes_up_for_days_on_which_it_did_not_run(self, ada, clock, roll_up):
        roll_up()
        clock.advance(days=3)
        ada.count()
        clock.advance(days=4)

        assert roll_up() == 8
        assert totals(clock) == [(TODAY + timedelta(days=3), "free", "analyses", 1)]

    def test_reaches_back_as_far_as_the_ledger(self, ada, clock, roll_up):
        ada.count()
        clock.advance(days=35)

        assert roll_up() == 36
        assert totals(clock, start=TODAY) == [(TODAY, "free", "analyses", 1)]

    def test_makes_up_for_days_of_the_year_before(self, clock, roll_up):
        clock.set(datetime(2026, 12, 30, tzinfo=UTC))
        roll_up()
        clock.set(datetime(2027, 1, 2, tzinfo=UTC))

        assert roll_up() == 4

    def test_that_began_earlier_does_not_overwrite_a_later_one(self, ada, clock, roll_up):
        ada.count()
        roll_up()
        ada.count()

        service.roll_up(now=clock.now() - timedelta(minutes=1))

        assert totals(clock) == [(TODAY, "free", "analyses", 1)]

    def test_keeps_what_was_summed_when_an_account_is_erased_later(self, ada, clock, roll_up):
        ada.count()
        roll_up()
        clock.advance(days=2)
        roll_up()
        service.erase_owned_by(user_id="ada")
        roll_up()

        assert totals(clock) == [(TODAY, "free", "analyses", 1)]

    def test_scans_nothing(self, ada, clock, roll_up):
        ada.count()
        with dynamo.counting() as cost:
            roll_up()

        assert "Scan" not in cost.operations


class TestListTotals:
    def test_shows_the_last_thirty_days(self, clock, roll_up):
        found = service.list_totals(start=None, end=None, now=clock.now())

        assert (found.start, found.end) == (date(2026, 10, 22), TODAY)
        assert (found.usage, found.rolled_up_at) == ([], None)

    def test_shows_the_days_that_were_asked_for(self, ada, clock, roll_up):
        for _ in range(3):
            ada.count()
            clock.advance(days=1)
        roll_up()

        days = [
            one[0] for one in totals(clock, start=TODAY + timedelta(days=1), end=date(2027, 1, 5))
        ]

        assert days == [TODAY + timedelta(days=1), TODAY + timedelta(days=2)]

    @pytest.mark.parametrize(
        ("start", "end"),
        [
            (TODAY, YESTERDAY),
            (TODAY - timedelta(days=366), TODAY),
            (TODAY + timedelta(days=1), None),
        ],
    )
    def test_refuses_days_that_make_no_range(self, aws, clock, start, end):
        with pytest.raises(service.InvalidUsageRange):
            service.list_totals(start=start, end=end, now=clock.now())

    def test_shows_a_whole_leap_year(self, aws, clock):
        found = service.list_totals(start=date(2028, 1, 1), end=date(2028, 12, 31), now=clock.now())

        assert found.usage == []


class TestErasing:
    def test_leaves_nothing_and_may_be_repeated(self, person):
        ada, bob = person(), person("bob", "growth")
        for somebody in (ada, bob):
            somebody.reserve("a")
        bob.call()

        for _ in range(2):
            service.erase_owned_by(user_id="bob")

        assert service.export_owned_by(user_id="bob") == {"counts": [], "uses": []}
        assert list(Reservation.owned_by("bob")) == []
        assert ada.counts() == {"2026-11#analyses": 1}


class TestExport:
    def test_holds_counts_and_uses(self, person, clock):
        bob = person("bob", "growth")
        bob.count(increment=2)
        bob.call()

        assert service.export_owned_by(user_id="bob") == {
            "counts": [
                {"period": "2026-11", "feature": "analyses", "count": 2},
                {"period": "2026-11-20", "feature": "api_calls", "count": 1},
            ],
            "uses": [
                {
                    "feature": "analyses",
                    "count": 2,
                    "plan": "growth",
                    "state": "committed",
                    "at": clock.now(),
                }
            ],
        }
