from datetime import UTC, datetime

import pytest

from app.core import dynamo, errors
from app.usage import service
from app.usage.models import Usage
from tests.core.together import together

TODAY = "2026-11-20#api_calls"


@pytest.fixture
def near_the_end(person):
    """On growth, with two of today's hundred calls left."""
    somebody = person(plan="growth")
    for _ in range(98):
        somebody.call()
    return somebody


class TestChargeApiCall:
    def test_counts_by_the_day_in_one_request(self, person):
        growth = person(plan="growth")
        with dynamo.counting() as cost:
            growth.call()

        assert cost.operations == ["UpdateItem"]
        assert growth.counts() == {TODAY: 1}

    def test_refuses_the_one_after_the_last_until_midnight_in_utc(self, near_the_end, clock):
        near_the_end.call()
        near_the_end.call()

        with dynamo.counting() as cost, pytest.raises(errors.CallLimitExceeded) as refused:
            near_the_end.call()

        assert cost.operations == ["UpdateItem"]
        assert refused.value.retry_after_seconds == 12 * 3_600
        assert refused.value.status == 429
        assert refused.value.details == {
            "feature": "api_calls",
            "limit": 100,
            "used": 100,
            "requested": 1,
            "plan": "growth",
            "resets_at": "2026-11-21T00:00:00+00:00",
            "upgrade": {"plans": ["pro"], "how": "POST /stripe/create-checkout-session"},
            "retry_after": 12 * 3_600,
        }
        clock.set(datetime(2026, 11, 21, tzinfo=UTC))
        near_the_end.call()
        assert near_the_end.counts() == {TODAY: 100, "2026-11-21#api_calls": 1}

    def test_refuses_every_call_on_the_free_plan_without_asking(self, ada):
        with dynamo.counting() as cost, pytest.raises(errors.CallLimitExceeded) as refused:
            ada.call()

        assert cost.requests == 0
        assert refused.value.details["limit"] == 0
        assert refused.value.details["upgrade"]["plans"] == ["growth", "pro"]

    def test_names_no_larger_plan_where_there_is_none(self, person):
        pro = person(plan="pro")
        dynamo.commit(
            Usage.counter(user_id="ada", feature="api_calls", window="2026-11-20").raised(
                by=1_000, limit=-1
            )
        )

        with pytest.raises(errors.CallLimitExceeded) as refused:
            pro.call()

        assert refused.value.details["upgrade"] is None

    @pytest.mark.parametrize("scope", ["trading:read", "trading:write"])
    def test_does_not_count_trading(self, ada, scope):
        ada.call(scope)

        assert ada.counts() == {}

    def test_lets_exactly_as_many_pass_as_are_left(self, near_the_end):
        def attempt(_):
            try:
                near_the_end.call()
            except errors.CallLimitExceeded:
                return False
            return True

        assert together(12, attempt).count(True) == 2
        assert near_the_end.counts() == {TODAY: 100}


class TestWithAKey:
    @pytest.fixture
    def bot(self, client, sign_up, give_plan):
        def key_of(plan: str, *scopes: str):
            ada = sign_up("ada@example.com")
            if plan != "free":
                give_plan(ada.user_id, plan)
            body = {"name": "bot", "scopes": list(scopes)}
            made = client.post("/users/me/api-keys", json=body, headers=ada.headers)
            assert made.status_code == 201, made.json
            return ada, {"X-API-Key": made.json["key"]}

        return key_of

    def test_a_call_is_counted_and_one_with_a_token_is_not(self, client, bot):
        ada, headers = bot("growth", "portfolio:read", "usage:read")
        client.get("/portfolio/assets", headers=headers)
        client.get("/portfolio/assets", headers=ada.headers)

        found = client.get("/users/usage", headers=headers).json

        assert found["usage"]["api_calls"] == {
            "count": 2, "limit": None, "remaining": None, "percentage": None,
        }  # fmt: skip
        assert found["limits"]["api_calls"] == 100

    def test_a_call_beyond_the_plan_is_refused(self, client, bot):
        _, headers = bot("free", "portfolio:read")

        answer = client.get("/portfolio/assets", headers=headers)

        assert answer.status_code == 429
        assert answer.json["error_code"] == "USAGE_LIMIT_EXCEEDED"
        assert answer.headers["Retry-After"] == str(12 * 3_600)

    def test_a_call_that_is_refused_for_its_scope_is_not_counted(self, client, bot):
        ada, headers = bot("growth", "portfolio:read")

        assert client.get("/users/usage", headers=headers).status_code == 403

        assert list(Usage.owned_by(ada.user_id)) == []

    def test_reports_are_free(self, client, sign_in_as):
        viewer = sign_in_as("viewer")
        body = {"name": "bot", "scopes": ["trading:read"]}
        key = client.post("/users/me/api-keys", json=body, headers=viewer.headers).json["key"]

        assert client.get("/api/v1/status", headers={"X-API-Key": key}).status_code == 200


class TestCheckUse:
    def test_of_calls_looks_at_today(self, near_the_end, clock):
        def left():
            found = service.check_use(
                user_id="ada", plan="growth", feature="api_calls", count=3, now=clock.now()
            )
            return (found.allowed, found.remaining, found.limit, found.current_count)

        assert left() == (False, 2, 100, 98)
        clock.advance(days=1)
        assert left() == (True, 100, 100, 0)
