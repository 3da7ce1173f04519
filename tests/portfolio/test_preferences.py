"""Can a user settle what holds for the whole portfolio, and nothing that makes no sense?"""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.core import dynamo
from app.emails import rules as email_rules
from app.emails import service as emails
from app.emails.models import Suppression
from app.portfolio.models import Profile
from app.portfolio.service import preferences
from app.prices import service as prices
from tests.portfolio.ledger import write
from tests.portfolio.market import NOON, ToldMarket, WorkingJobs

STALE_AFTER = 900


def change(market: ToldMarket, *, now: datetime = NOON, **changes: Any) -> preferences.Preferences:
    return preferences.change_preferences(
        user_id="ann",
        changes=changes,
        jobs=WorkingJobs(market, lambda: now),
        now=now,
        sleep=lambda _: None,
        wait_seconds=3,
    )


@pytest.mark.usefixtures("aws")
class TestPreferences:
    def test_are_the_usual_ones_before_they_are_settled(self) -> None:
        assert preferences.get_preferences(user_id="ann") == preferences.Preferences(
            base_currency="USD", weekly_digest=True
        )

    def test_change_one_by_one(self, market: ToldMarket) -> None:
        market.tell("currency", "EUR", "1.25")

        first = change(market, weekly_digest=False)
        second = change(market, base_currency="EUR")

        assert first == preferences.Preferences(base_currency="USD", weekly_digest=False)
        assert second == preferences.Preferences(base_currency="EUR", weekly_digest=False)
        assert preferences.get_preferences(user_id="ann") == second

    def test_open_the_profile_once_and_leave_the_ledgers_part_of_it(
        self, market: ToldMarket
    ) -> None:
        market.tell("currency", "EUR", "1.25")
        change(market, base_currency="EUR")
        write("buy", 1, 40000, now=NOON + timedelta(days=1))
        change(market, weekly_digest=False, now=NOON + timedelta(days=2))

        profile = Profile.of("ann")

        assert profile is not None
        assert (profile.base_currency, profile.weekly_digest) == ("EUR", False)
        assert (profile.user_id, profile.created_at) == ("ann", NOON)
        assert profile.transaction_count == 1

    def test_let_no_snapshot_hold_when_the_currency_changes(self, market: ToldMarket) -> None:
        market.tell("currency", "EUR", "1.25")
        change(market, weekly_digest=False)
        profile = Profile.of("ann")
        assert profile is not None
        profile.update(actions=[Profile.snapshots_until.set(date(2026, 3, 1))])

        change(market, weekly_digest=True)
        kept = Profile.of("ann")
        change(market, base_currency="EUR")
        anew = Profile.of("ann")

        assert kept is not None
        assert anew is not None
        assert kept.snapshots_until == date(2026, 3, 1)
        assert anew.snapshots_until is None
        assert anew.past_version > kept.past_version

    def test_write_nothing_when_nothing_changes(self, market: ToldMarket) -> None:
        change(market)
        assert Profile.of("ann") is None

    def test_refuse_a_currency_that_has_no_rate(self, market: ToldMarket) -> None:
        with pytest.raises(preferences.UnknownCurrency) as caught:
            change(market, base_currency="XXX")

        assert caught.value.details == {"base_currency": "XXX"}
        assert Profile.of("ann") is None

    def test_accept_one_while_nobody_can_be_asked(self, market: ToldMarket) -> None:
        market.down = True
        assert change(market, base_currency="CHF").base_currency == "CHF"

    def test_keep_the_rate_fresh(self, market: ToldMarket) -> None:
        market.tell("currency", "EUR", "1.25")
        change(market, base_currency="EUR")

        later = NOON + timedelta(days=20)
        market.tell("currency", "EUR", "1.3", at=later)
        prices.refresh_quotes(market=market, now=later)

        found = prices.rates(
            currencies=["EUR"], to="USD", now=later, stale_after_seconds=STALE_AFTER
        )
        assert found["EUR"].amount == Decimal("1.3")


class TestPreferencesRoute:
    @pytest.fixture
    def ann(self, clock: Any, sign_up: Any, told_market: ToldMarket) -> Any:
        clock.set(NOON)
        told_market.tell("currency", "EUR", "1.25")
        return sign_up(email="ann@example.com")

    def test_needs_a_token(self, client: Any) -> None:
        assert client.get("/portfolio/preferences").status_code == 401
        assert client.put("/portfolio/preferences", json={}).status_code == 401

    def test_shows_and_changes(self, client: Any, ann: Any) -> None:
        before = client.get("/portfolio/preferences", headers=ann.headers)
        changed = client.put(
            "/portfolio/preferences",
            json={"base_currency": " eur ", "weekly_digest": False},
            headers=ann.headers,
        )
        after = client.get("/portfolio/preferences", headers=ann.headers)

        assert (before.status_code, changed.status_code) == (200, 200)
        assert before.json == {"base_currency": "USD", "weekly_digest": True}
        assert changed.json == after.json == {"base_currency": "EUR", "weekly_digest": False}
        assert client.get("/portfolio/summary", headers=ann.headers).json["currency"] == "EUR"

    @pytest.mark.parametrize(
        "body",
        [
            {"base_currency": "EURO"},
            {"base_currency": "E1R"},
            {"base_currency": None},
            {"weekly_digest": "yes"},
            {"weekly_digest": 1},
            {"cost_basis": "fifo"},
        ],
    )
    def test_refuses_what_makes_no_sense(self, client: Any, ann: Any, body: Any) -> None:
        answer = client.put("/portfolio/preferences", json=body, headers=ann.headers)
        assert (answer.status_code, answer.json["error_code"]) == (422, "VALIDATION_ERROR")

    def test_refuses_an_unknown_currency(self, client: Any, ann: Any) -> None:
        answer = client.put(
            "/portfolio/preferences", json={"base_currency": "XXX"}, headers=ann.headers
        )
        assert (answer.status_code, answer.json["error_code"]) == (422, "UNKNOWN_CURRENCY")
        assert answer.json["details"] == {"base_currency": "XXX"}


@pytest.mark.usefixtures("aws")
class TestDigestThatIsWantedAgain:
    def test_comes_again_to_who_unsubscribed_by_the_link_in_one(self, market, sign_up) -> None:
        user = sign_up()
        _suppressed(user.email, category=preferences.DIGEST, reason="unsubscribed")

        _change_of(user.user_id, market, weekly_digest=False)
        assert emails.why_unwanted(template="weekly_digest", to=user.email) == "unsubscribed"
        _change_of(user.user_id, market, weekly_digest=True)
        assert emails.why_unwanted(template="weekly_digest", to=user.email) is None

    def test_comes_not_where_mail_bounced(self, market, sign_up) -> None:
        user = sign_up()
        _suppressed(user.email, category=preferences.DIGEST, reason="bounced")

        _change_of(user.user_id, market, weekly_digest=True)

        assert emails.why_unwanted(template="weekly_digest", to=user.email) == "bounced"


def _suppressed(email: str, *, category: str, reason: str) -> None:
    key = email_rules.address_key(email)
    dynamo.commit(Suppression.creation(scope=category, address_key=key, reason=reason, now=NOON))


def _change_of(user_id: str, market: ToldMarket, **changes: Any) -> None:
    preferences.change_preferences(
        user_id=user_id,
        changes=changes,
        jobs=WorkingJobs(market, lambda: NOON),
        now=NOON,
        sleep=lambda _: None,
        wait_seconds=3,
    )
