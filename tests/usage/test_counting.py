from datetime import UTC, datetime, timedelta

import pytest

from app.core import dynamo
from app.usage import rules, service
from app.usage.models import Reservation, Usage
from tests.core.together import together

NOVEMBER = "2026-11#analyses"


class TestReserve:
    def test_counts_at_once(self, ada):
        reservation = ada.reserve("a", count=3)

        assert reservation.state == service.RESERVED
        assert ada.counts() == {NOVEMBER: 3}

    def test_counts_once_for_an_id(self, ada):
        for _ in range(3):
            assert ada.reserve("a").state == service.RESERVED

        assert ada.counts() == {NOVEMBER: 1}

    def test_knows_an_id_although_nothing_is_left(self, ada):
        for number in range(5):
            ada.reserve(f"r{number}")

        assert ada.reserve("r0").state == service.RESERVED
        assert ada.counts() == {NOVEMBER: 5}

    def test_tells_a_redelivered_task_how_it_ended(self, ada):
        ada.reserve("kept")
        ada.commit("kept")
        ada.reserve("failed")
        ada.give_back("failed")

        assert ada.reserve("kept").state == service.COMMITTED
        assert ada.reserve("failed").state == service.GIVEN_BACK
        assert ada.counts() == {NOVEMBER: 1}

    def test_stores_what_the_work_begins_with_or_counts_nothing(self, ada, clock):
        def begin(reservation_id, condition):
            return service.reserve(
                user_id="ada",
                feature="analyses",
                plan="free",
                reservation_id=reservation_id,
                jobs=ada.jobs,
                now=clock.now(),
                writes=(
                    dynamo.update(Usage("bob", "a#b"), [Usage.used.set(1)]),
                    dynamo.update(Usage("bob", "c#d"), [Usage.used.set(1)], condition),
                ),
            )

        with pytest.raises(dynamo.ConditionFailed) as refused:
            begin("a", Usage.user_id.exists())

        assert refused.value.failed == {1}
        assert ada.counts() == {}
        begin("a", Usage.user_id.does_not_exist())
        # Told again it counts nothing, although the condition holds no more.
        assert begin("a", Usage.user_id.does_not_exist()).state == service.RESERVED
        assert ada.counts() == {NOVEMBER: 1}

    def test_keeps_the_ids_of_users_apart(self, person):
        for user_id in ("ada", "bob"):
            person(user_id).reserve("the-same")

        assert [person(user_id).counts() for user_id in ("ada", "bob")] == [{NOVEMBER: 1}] * 2

    @pytest.mark.parametrize(
        ("feature", "limit"),
        [("analyses", 5), ("backtests", 2), ("portfolio_optimizations", 1)],
    )
    def test_ends_at_the_limit_of_the_plan(self, ada, feature, limit):
        for number in range(limit):
            ada.reserve(f"r{number}", feature)

        with pytest.raises(service.UsageLimitExceeded):
            ada.reserve("one more", feature)

        assert ada.counts() == {f"2026-11#{feature}": limit}
        assert Reservation.of(user_id="ada", reservation_id="one more") is None

    @pytest.mark.parametrize("count", [4, 6, 1_000])
    def test_counts_all_of_it_or_nothing(self, ada, count):
        ada.reserve("a", count=2)

        with pytest.raises(service.UsageLimitExceeded):
            ada.reserve("b", count=count)

        assert ada.counts() == {NOVEMBER: 2}

    def test_counts_nothing_where_all_at_once_are_too_many(self, ada):
        with pytest.raises(service.UsageLimitExceeded):
            ada.reserve("b", count=6)

        assert ada.counts() == {}

    def test_says_what_is_used_and_how_to_have_more(self, ada):
        ada.reserve("a", "portfolio_optimizations")

        with pytest.raises(service.UsageLimitExceeded) as refused:
            ada.reserve("b", "portfolio_optimizations")

        assert refused.value.details == {
            "feature": "portfolio_optimizations",
            "limit": 1,
            "used": 1,
            "requested": 1,
            "plan": "free",
            "resets_at": "2026-12-01T00:00:00+00:00",
            "upgrade": {"plans": ["growth", "pro"], "how": "POST /stripe/create-checkout-session"},
        }
        assert "1 are used" in refused.value.text

    def test_begins_anew_with_the_month(self, ada, clock):
        for number in range(5):
            ada.reserve(f"r{number}")
        clock.set(datetime(2026, 12, 1, tzinfo=UTC))

        ada.reserve("december")

        assert ada.counts() == {NOVEMBER: 5, "2026-12#analyses": 1}

    def test_is_unlimited_on_a_larger_plan_in_one_request(self, person):
        pro = person(plan="pro")
        with dynamo.counting() as cost:
            for number in range(10):
                pro.reserve(f"r{number}")

        assert pro.counts() == {NOVEMBER: 10}
        assert cost.requests == 10

    def test_takes_two_requests_where_there_is_a_limit(self, ada):
        with dynamo.counting() as cost:
            ada.reserve("a")

        assert cost.operations == ["TransactWriteItems", "GetItem"]

    @pytest.mark.parametrize(
        ("feature", "error"),
        [("coffee", service.UnknownFeature), ("api_calls", service.CountedAutomatically)],
    )
    def test_refuses_what_is_not_counted_here(self, ada, feature, error):
        with pytest.raises(error):
            ada.reserve("a", feature)

    def test_refuses_to_count_nothing(self, ada):
        with pytest.raises(ValueError, match="one unit"):
            ada.reserve("a", count=0)

    def test_lets_exactly_as_many_pass_as_there_are(self, ada):
        def attempt(number):
            try:
                ada.reserve(f"r{number}")
            except service.UsageLimitExceeded:
                return False
            return True

        assert together(20, attempt).count(True) == 5
        assert ada.counts() == {NOVEMBER: 5}

    def test_counts_one_id_once_also_when_it_comes_many_times_at_once(self, ada):
        states = together(8, lambda _: ada.reserve("a").state)

        assert states == [service.RESERVED] * 8
        assert ada.counts() == {NOVEMBER: 1}


class TestCommit:
    def test_keeps_what_was_counted(self, ada):
        ada.reserve("a")

        assert [ada.commit("a"), ada.commit("a")] == [True, True]
        assert ada.give_back("a") is False
        assert ada.counts() == {NOVEMBER: 1}

    def test_comes_too_late_after_a_give_back(self, ada):
        ada.reserve("a")
        ada.give_back("a")

        assert ada.commit("a") is False
        assert ada.counts() == {}

    def test_knows_nothing_of_other_ids(self, ada):
        assert ada.commit("nothing") is False
        assert Reservation.of(user_id="ada", reservation_id="nothing") is None

    def test_takes_one_request(self, ada):
        ada.reserve("a")
        with dynamo.counting() as cost:
            ada.commit("a")

        assert cost.operations == ["UpdateItem"]


class TestGiveBack:
    def test_returns_the_units_once(self, ada):
        ada.reserve("a", count=3)
        ada.reserve("b")

        assert [ada.give_back("a"), ada.give_back("a")] == [True, True]
        assert ada.counts() == {NOVEMBER: 1}

    def test_returns_them_to_the_month_that_they_were_counted_in(self, ada, clock):
        ada.reserve("a")
        clock.set(datetime(2026, 12, 1, 0, 5, tzinfo=UTC))
        ada.reserve("b")

        ada.give_back("a")

        assert ada.counts() == {"2026-12#analyses": 1}

    def test_lets_another_have_them(self, ada):
        for number in range(5):
            ada.reserve(f"r{number}")
        ada.give_back("r0")

        assert ada.reserve("another").state == service.RESERVED

    def test_knows_nothing_of_other_ids(self, ada):
        assert ada.give_back("nothing") is False

    def test_acts_once_also_when_it_comes_many_times_at_once(self, ada):
        ada.reserve("a", count=2)
        ada.reserve("b", count=2)

        assert together(8, lambda _: ada.give_back("a")) == [True] * 8
        assert ada.counts() == {NOVEMBER: 2}

    def test_and_commit_at_once_end_in_one_of_the_two(self, ada):
        ada.reserve("a")

        ended = together(8, lambda number: (ada.commit if number % 2 else ada.give_back)("a"))

        kept = Reservation.of(user_id="ada", reservation_id="a").state == service.COMMITTED
        assert ended == [kept if number % 2 else not kept for number in range(8)]
        assert ada.counts() == ({NOVEMBER: 1} if kept else {})

    def test_leaves_alone_what_was_erased_meanwhile(self, ada):
        reservation = ada.reserve("a")
        dynamo.commit(reservation.counter.erasure())

        assert ada.give_back("a") is False


class TestGiveBackLapsed:
    def test_returns_what_nobody_finished_in_twelve_hours(self, ada, person, clock):
        ada.reserve("died", count=2)
        person("bob").reserve("died too")
        ada.reserve("done")
        ada.commit("done")
        clock.advance(hours=12, seconds=-1)
        assert service.give_back_lapsed(now=clock.now()) == 0
        ada.reserve("running")
        clock.advance(seconds=1)

        assert service.give_back_lapsed(now=clock.now()) == 2

        assert service.give_back_lapsed(now=clock.now()) == 0
        assert ada.counts() == {"2026-11#analyses": 2}
        assert person("bob").counts() == {}
        assert ada.reserve("died").state == service.GIVEN_BACK
        assert ada.commit("died") is False

    def test_is_shorter_than_an_id_is_known(self):
        assert rules.OPEN_FOR + timedelta(days=14) < rules.KEPT_FOR
        assert rules.CAUGHT_UP < rules.KEPT_FOR


class TestCountUse:
    def test_says_what_is_left(self, ada):
        counted = [ada.count(increment=2), ada.count(increment=3)]

        assert [(one.new_count, one.limit, one.remaining) for one in counted] == [
            (2, 5, 3), (5, 5, 0),
        ]  # fmt: skip

    def test_has_no_end_on_a_larger_plan(self, person):
        counted = person(plan="growth").count(increment=1_000)

        assert (counted.new_count, counted.limit, counted.remaining) == (1_000, -1, -1)

    def test_is_never_given_back(self, ada, clock):
        ada.count()
        clock.advance(hours=13)

        assert service.give_back_lapsed(now=clock.now()) == 0
        assert ada.counts() == {NOVEMBER: 1}

    def test_counts_nothing_beyond_the_limit(self, ada):
        ada.count(increment=4)

        with pytest.raises(service.UsageLimitExceeded):
            ada.count(increment=2)

        assert ada.counts() == {NOVEMBER: 4}


class TestCounter:
    def test_stands_under_its_documented_key_and_name(self, ada):
        ada.reserve("a")

        (row,) = Usage.owned_by("ada")
        assert row.to_dynamodb_dict() == {
            "user_id": {"S": "ada"},
            "date_feature": {"S": "2026-11#analyses"},
            "count": {"N": "1"},
        }
