from datetime import UTC, datetime
from typing import Any, cast

import pytest

from app.usage import service
from tests.core.together import together
from tests.emails.outside import ToldQueue


@pytest.fixture
def ada(sign_up):
    return sign_up("ada@example.com")


@pytest.fixture
def count(client, ada):
    def count(feature="analyses", headers=None, **body):
        return client.post(
            f"/users/usage/{feature}", json=body, headers={**ada.headers, **(headers or {})}
        )

    return count


@pytest.fixture
def counted_at(ada):
    """Counts analyses at another time than that of the token."""

    def counted_at(moment, increment):
        service.count_use(
            user_id=ada.user_id,
            feature="analyses",
            plan="free",
            increment=increment,
            jobs=cast("Any", ToldQueue()),
            now=moment,
        )

    return counted_at


@pytest.fixture
def usage(client, ada):
    def usage(path="", **args):
        return client.get(f"/users/usage{path}", query_string=args, headers=ada.headers)

    return usage


class TestGetUsage:
    def test_shows_every_feature_from_the_start(self, usage):
        answer = usage()

        assert answer.status_code == 200
        assert answer.json == {
            "period": "current_month",
            "plan": "free",
            "usage": {
                "analyses": {"count": 0, "limit": 5, "remaining": 5, "percentage": 0},
                "backtests": {"count": 0, "limit": 2, "remaining": 2, "percentage": 0},
                "portfolio_optimizations": {
                    "count": 0,
                    "limit": 1,
                    "remaining": 1,
                    "percentage": 0,
                },
                "api_calls": {"count": 0, "limit": None, "remaining": None, "percentage": None},
            },
            "limits": {"analyses": 5, "backtests": 2, "portfolio_optimizations": 1, "api_calls": 0},
            "resets_at": "2026-12-01T00:00:00+00:00",
        }

    def test_shows_what_was_counted(self, usage, count):
        count(increment=4)
        count("backtests")

        found = usage().json["usage"]

        assert found["analyses"] == {"count": 4, "limit": 5, "remaining": 1, "percentage": 80}
        assert found["backtests"] == {"count": 1, "limit": 2, "remaining": 1, "percentage": 50}

    def test_shows_a_larger_plan_as_unlimited(self, usage, count, ada, give_plan):
        count(increment=5)
        give_plan(ada.user_id, "pro")

        found = usage().json

        assert found["plan"] == "pro"
        assert found["usage"]["analyses"] == {
            "count": 5, "limit": -1, "remaining": -1, "percentage": 0,
        }  # fmt: skip
        assert found["limits"]["api_calls"] == 1_000

    def test_shows_other_periods(self, usage, counted_at):
        counted_at(datetime(2026, 9, 30, 23, 59, tzinfo=UTC), 1)
        counted_at(datetime(2026, 10, 1, tzinfo=UTC), 2)
        counted_at(datetime(2026, 11, 1, tzinfo=UTC), 3)

        def shown(period):
            found = usage(period=period).json
            assert found["period"] == period
            return found["usage"]["analyses"]["count"], found["resets_at"]

        assert shown("current_month") == (3, "2026-12-01T00:00:00+00:00")
        assert shown("2026-11") == (3, "2026-12-01T00:00:00+00:00")
        assert shown("last_month") == (2, None)
        assert shown("2026-09") == (1, None)
        assert shown("2027-03") == (0, None)
        assert shown("current_year") == (6, None)
        assert usage(period="current_year").json["usage"]["analyses"]["limit"] is None
        assert usage(period="last_month").json["usage"]["analyses"]["limit"] == 5

    @pytest.mark.parametrize(
        "period", ["", "2026", "2026-13", "next_month", "2026-11-20", "x" * 50]
    )
    def test_refuses_what_is_no_period(self, usage, period):
        assert usage(period=period).status_code == 422

    def test_shows_ones_own(self, client, count, sign_up):
        count()
        bob = sign_up("bob@example.com")

        found = client.get("/users/usage", headers=bob.headers).json

        assert found["usage"]["analyses"]["count"] == 0


class TestCountUse:
    def test_counts_one_unless_told(self, count):
        assert [count().json, count(increment=3).json] == [
            {"feature": "analyses", "new_count": 1, "limit": 5, "remaining": 4},
            {"feature": "analyses", "new_count": 4, "limit": 5, "remaining": 1},
        ]

    def test_takes_no_body_for_one(self, client, ada):
        answer = client.post("/users/usage/analyses", headers=ada.headers)

        assert (answer.status_code, answer.json["new_count"]) == (200, 1)

    def test_refuses_what_is_over_the_limit_and_counts_nothing(self, count, usage):
        count(increment=4)

        answer = count(increment=2)

        assert answer.status_code == 403
        assert answer.json["error_code"] == "USAGE_LIMIT_EXCEEDED"
        assert answer.json["details"]["limit"] == 5
        assert answer.json["details"]["used"] == 4
        assert answer.json["details"]["plan"] == "free"
        assert answer.json["details"]["resets_at"] == "2026-12-01T00:00:00+00:00"
        assert answer.json["details"]["upgrade"]["plans"] == ["growth", "pro"]
        assert usage().json["usage"]["analyses"]["count"] == 4

    @pytest.mark.parametrize(
        ("feature", "status", "code"),
        [
            ("coffee", 404, "UNKNOWN_FEATURE"),
            ("api_calls", 403, "COUNTED_AUTOMATICALLY"),
            ("x" * 65, 404, "NOT_FOUND"),
        ],
    )
    def test_refuses_what_nobody_counts_here(self, count, feature, status, code):
        answer = count(feature)

        assert (answer.status_code, answer.json["error_code"]) == (status, code)

    @pytest.mark.parametrize("increment", [0, -1, 1_001, "two", 1.5, None, True])
    def test_refuses_what_is_no_number_of_units(self, count, usage, increment):
        assert count(increment=increment).status_code == 422
        assert usage().json["usage"]["analyses"]["count"] == 0

    def test_counts_once_for_an_idempotency_key(self, count, usage):
        for _ in range(3):
            assert count(headers={"Idempotency-Key": "once"}).json["new_count"] == 1

        assert usage().json["usage"]["analyses"]["count"] == 1

    def test_of_forty_at_once_lets_five_pass(self, app, ada, usage):
        def attempt(_):
            return app.test_client().post("/users/usage/analyses", headers=ada.headers).status_code

        statuses = together(40, attempt)

        assert sorted(statuses) == [200] * 5 + [403] * 35
        assert usage().json["usage"]["analyses"]["count"] == 5


class TestCheckUsage:
    def test_counts_nothing(self, usage, count):
        count(increment=3)

        answers = [usage("/check", feature="analyses", count=wanted).json for wanted in (2, 3)]

        left = {"remaining": 2, "limit": 5, "current_count": 3}
        assert answers == [{"allowed": True, **left}, {"allowed": False, **left}]

    def test_is_about_one_unless_told(self, usage):
        assert usage("/check", feature="portfolio_optimizations").json["allowed"] is True

    def test_knows_no_end_on_a_larger_plan(self, usage, ada, give_plan):
        give_plan(ada.user_id, "growth")

        assert usage("/check", feature="analyses", count=1_000).json == {
            "allowed": True, "remaining": -1, "limit": -1, "current_count": 0,
        }  # fmt: skip

    def test_of_calls_is_about_the_day(self, usage):
        assert usage("/check", feature="api_calls").json == {
            "allowed": False, "remaining": 0, "limit": 0, "current_count": 0,
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("args", "status"),
        [({"feature": "coffee"}, 404), ({}, 422), ({"feature": "analyses", "count": 0}, 422)],
    )
    def test_refuses_what_is_not_counted(self, usage, args, status):
        assert usage("/check", **args).status_code == status


class TestGetHistory:
    def test_shows_months_without_use_too(self, usage, count, counted_at):
        counted_at(datetime(2026, 9, 15, tzinfo=UTC), 2)
        count("backtests")

        found = usage("/history", months=3).json

        none = dict.fromkeys(service.FEATURES, 0)
        assert found == {
            "history": [
                {"period": "2026-11", "usage": {**none, "backtests": 1}},
                {"period": "2026-10", "usage": none},
                {"period": "2026-09", "usage": {**none, "analyses": 2}},
            ],
            "next_cursor": None,
        }

    @pytest.mark.parametrize(("months", "shown"), [(None, 12), (1, 1), (24, 24)])
    def test_goes_back_as_far_as_asked(self, usage, months, shown):
        answer = usage("/history", **({"months": months} if months else {}))

        assert len(answer.json["history"]) == shown

    @pytest.mark.parametrize("months", [0, 25, "x"])
    def test_refuses_other_lengths(self, usage, months):
        assert usage("/history", months=months).status_code == 422


class TestListUsageTotals:
    @pytest.fixture
    def totals(self, client, sign_in_as):
        admin = sign_in_as("admin")

        def totals(**args):
            return client.get("/api/v1/admin/usage", query_string=args, headers=admin.headers)

        return totals

    def test_shows_what_everybody_used(self, totals, count, clock):
        count(increment=2)
        service.roll_up(now=clock.now())

        answer = totals(start="2026-11-20", end="2026-11-20")

        assert answer.status_code == 200
        assert answer.json == {
            "start": "2026-11-20",
            "end": "2026-11-20",
            "usage": [{"date": "2026-11-20", "plan": "free", "feature": "analyses", "count": 2}],
            "rolled_up_at": "2026-11-20T12:00:00+00:00",
        }

    @pytest.mark.parametrize(
        ("args", "code"),
        [
            ({"start": "2026-11-20", "end": "2026-11-19"}, "invalid_usage_range"),
            ({"start": "2020-01-01"}, "invalid_usage_range"),
            ({"start": "soon"}, "validation_error"),
        ],
    )
    def test_refuses_what_is_no_range(self, totals, args, code):
        answer = totals(**args)

        assert (answer.status_code, answer.json["error"]["code"]) == (422, code)

    def test_is_for_admins(self, client, ada):
        assert client.get("/api/v1/admin/usage", headers=ada.headers).status_code == 403
