"""Does everyone who wants it get one digest a week, with the figures that the API tells?"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.accounts import service as accounts
from app.accounts.models import User
from app.core import dynamo
from app.emails import rules as email_rules
from app.emails import service as emails
from app.emails.models import Email, Suppression
from app.portfolio import service as portfolio
from app.portfolio.models.alerts import Alert
from app.portfolio.rules import alerts as alert_rules
from app.portfolio.rules import digests as rules
from app.portfolio.service import digests, performance, preferences, transactions
from app.prices import service as prices
from tests.conftest import NOON
from tests.portfolio.kept_jobs import KeptJobs
from tests.portfolio.past_prices import PastMarket

STALE_AFTER = 900
TODAY = NOON.date()
WEEK = "2026-W47"


class Loading(KeptJobs):
    """A queue that keeps what it is given, with a worker for prices, unless that is `asleep`."""

    def __init__(self, market: PastMarket) -> None:
        super().__init__()
        self.past = market
        self.asleep = False

    def ask(self, task: str, arguments: Mapping[str, Any] | None = None) -> None:
        given = dict(arguments or {})
        if self.asleep:
            return
        if task == "prices.load_history":
            start = date.fromisoformat(given.pop("start"))
            prices.load_history(**given, start=start, market=self.past, now=NOON)
        else:
            prices.refresh_symbols(**given, market=self.past, now=NOON)


@pytest.fixture
def past() -> PastMarket:
    """BTC rises by 1 % of 50,000 a day, AAPL falls by a dollar."""
    found = PastMarket()
    days = [TODAY - timedelta(days=number) for number in range(60, -1, -1)]
    found.remember("crypto", "BTC", {day: Decimal(50000 + 500 * n) for n, day in enumerate(days)})
    found.remember("stock", "AAPL", {day: Decimal(300 - n) for n, day in enumerate(days)})
    return found


@pytest.fixture
def jobs(past: PastMarket) -> Loading:
    return Loading(past)


@pytest.fixture
def person(aws: object, settings: Any) -> Callable[..., User]:
    assert aws is not None

    def made(name: str = "ann", *, is_verified: bool = True) -> User:
        user = accounts.create_account(
            email=f"{name}@example.com",
            username=name,
            password="Str0ngPass!",
            role="user",
            settings=settings,
            now=NOON,
        )
        if not is_verified:
            user.update(actions=[User.email_verified.set(False)])
        return user

    return made


@pytest.fixture
def buy(jobs: Loading) -> Callable[..., str]:
    def bought(
        user: User, asset_type: str = "crypto", symbol: str = "BTC", *, days_ago: int = 30
    ) -> str:
        asset = portfolio.add_asset(
            user_id=user.user_id,
            asset_type=asset_type,
            symbol=symbol,
            quantity=Decimal("0.5"),
            purchase_price=Decimal(100),
            purchase_date=TODAY - timedelta(days=days_ago),
            name=None,
            currency="USD",
            jobs=jobs,
            now=NOON,
            sleep=lambda _: None,
            wait_seconds=1,
            stale_after_seconds=STALE_AFTER,
        )
        return asset.asset_id

    return bought


def send(user: User, jobs: KeptJobs, *, week: str = WEEK, is_last_try: bool = False) -> bool:
    return digests.send_digest(
        user_id=user.user_id,
        week=week,
        is_last_try=is_last_try,
        jobs=jobs,
        now=NOON,
        sleep=lambda _: None,
        wait_seconds=1,
        stale_after_seconds=STALE_AFTER,
    )


def digest_to(user: User) -> Email:
    (email,) = [each for each in Email.sent_to(user.user_id) if each.template == "weekly_digest"]
    return email


class TestDigest:
    def test_tells_what_the_performance_of_seven_days_tells(self, person, buy, jobs):
        user = person()
        buy(user)

        assert send(user, jobs)

        told = digest_to(user).context
        report = performance.performance_of(
            user_id=user.user_id,
            range_name="7d",
            jobs=jobs,
            now=NOON,
            sleep=lambda _: None,
            wait_seconds=1,
        )
        assert told["value"] == f"{report.end_value:,.2f} USD" == "40,000.00 USD"
        assert told["value_before"] == f"{report.start_value:,.2f} USD" == "38,250.00 USD"
        assert told["time_weighted_return"] == f"+{report.time_weighted_return} %" == "+4.58 %"
        assert (told["paid_in"], told["taken_out"]) == (None, None)
        assert (told["first_day"], told["last_day"]) == ("13 November 2026", "20 November 2026")

    def test_tells_what_was_paid_in_or_taken_out(self, person, buy, jobs):
        ann, bob = person(), person("bob")
        buy(ann, days_ago=2)
        sold = buy(bob)
        transactions.add_transaction(
            user_id=bob.user_id,
            row={
                "type": "sell",
                "asset_id": sold,
                "asset_type": "crypto",
                "symbol": "BTC",
                "quantity": Decimal("0.25"),
                "price": Decimal(80000),
                "fee": Decimal(0),
                "currency": "USD",
                "executed_at": NOON - timedelta(days=1),
                "external_id": None,
            },
            jobs=jobs,
            now=NOON,
            sleep=lambda _: None,
            wait_seconds=1,
        )
        send(ann, jobs)
        send(bob, jobs)

        told = [digest_to(user).context for user in (ann, bob)]

        assert [each["paid_in"] for each in told] == ["50.00 USD", None]
        assert [each["taken_out"] for each in told] == [None, "20,000.00 USD"]

    def test_names_what_moved_most_first(self, person, buy, jobs):
        user = person()
        buy(user)
        buy(user, "stock", "AAPL")
        send(user, jobs)

        assert digest_to(user).context["movers"] == [
            {"symbol": "BTC", "change": "+4.58 %", "price": "80,000.00 USD", "is_up": True},
            {"symbol": "AAPL", "change": "-2.83 %", "price": "240.00 USD", "is_up": False},
        ]

    def test_carries_the_picture_of_those_days(self, person, buy, jobs):
        user = person()
        buy(user)
        send(user, jobs)

        pictures = email_rules.unpacked_pictures(digest_to(user).pictures)

        assert "<svg" in pictures["performance"]
        assert "$40,000.00" in pictures["performance"]

    def test_names_alerts_that_fired_in_those_days(self, person, buy, jobs):
        user = person()
        buy(user)
        this_week = [NOON - timedelta(days=days) for days in (1, 2)]
        fired = [
            ("percent_change", this_week[0]),
            ("above", this_week[1]),
            ("above", NOON - timedelta(days=8)),
        ]
        for number, (condition, moment) in enumerate(fired):
            alert = Alert.set_up(
                user_id=user.user_id,
                alert_id=str(number),
                asset_type="crypto",
                symbol="BTC",
                terms=alert_rules.Terms(
                    condition=condition, threshold=Decimal(79), cooldown=timedelta(days=1)
                ),
                standing=alert_rules.Standing(side="beyond", reference=Decimal(1)),
                note=None,
                now=moment,
            )
            alert.last_triggered_at = moment
            dynamo.commit(*alert.creation())
        send(user, jobs)

        told = digest_to(user).context["alerts"]

        assert [each["headline"] for each in told] == [
            "BTC moved by 79 % or more",
            "BTC above 79 USD",
        ]
        assert [datetime.fromisoformat(each["at"]) for each in told] == this_week

    def test_goes_out_once_a_week_however_often_it_is_asked_for(self, person, buy, jobs):
        user = person()
        buy(user)

        assert [send(user, jobs) for _ in range(3)] == [True, False, False]
        assert jobs.of("emails.send_email").count({"email_id": digest_to(user).email_id}) == 1

    def test_goes_out_again_in_the_next_week(self, person, buy, jobs):
        user = person()
        buy(user)

        assert [send(user, jobs, week=week) for week in (WEEK, "2026-W48")] == [True, True]

    def test_waits_for_closes_and_at_last_goes_out_without_them(self, person, buy, jobs):
        user = person()
        buy(user)
        jobs.asleep = True

        with pytest.raises(digests.DigestNotReady):
            send(user, jobs)
        assert send(user, jobs, is_last_try=True)
        assert digest_to(user).context["unpriced"] == ["BTC"]


class TestNobody:
    def test_gets_a_digest_without_an_address_that_is_confirmed(self, person, buy, jobs):
        user = person(is_verified=False)
        buy(user)

        assert not send(user, jobs)

    def test_gets_one_who_holds_nothing(self, person, buy, jobs):
        user = person()
        asset_id = buy(user)
        portfolio.remove_asset(user_id=user.user_id, asset_id=asset_id, now=NOON)

        assert not send(user, jobs)

    def test_gets_one_who_never_had_a_portfolio(self, person, jobs):
        assert not send(person(), jobs)

    def test_gets_one_who_said_no_in_the_preferences(self, person, buy, jobs):
        user = person()
        buy(user)
        preferences.change_preferences(
            user_id=user.user_id,
            changes={"weekly_digest": False},
            jobs=jobs,
            now=NOON,
            sleep=lambda _: None,
            wait_seconds=1,
        )

        assert not send(user, jobs)
        assert digests.send_digest_page(week=WEEK, cursor=None, jobs=jobs) == 0

    def test_gets_one_whose_mail_bounced(self, person, buy, jobs):
        user = person()
        buy(user)
        key = email_rules.address_key("ann@example.com")
        bounced = Suppression.creation(
            scope=email_rules.EVERY_EMAIL, address_key=key, reason="bounced", now=NOON
        )
        dynamo.commit(bounced)

        assert not send(user, jobs)

    def test_gets_one_who_unsubscribed_from_it_and_they_get_everything_else(
        self, person, buy, jobs, settings
    ):
        user = person()
        buy(user)
        token = email_rules.unsubscribe_token(
            category="weekly_digest", address="ann@example.com", secret=settings.jwt_secret
        )
        emails.unsubscribe(token=token, settings=settings, now=NOON)

        assert not send(user, jobs)
        assert emails.why_unwanted(template="price_alert", to="ann@example.com") is None

    def test_gets_one_whose_account_is_gone(self, person, buy, jobs):
        user = person()
        buy(user)
        user.delete()

        assert not send(user, jobs)


class TestFanningOut:
    def test_names_a_task_for_each_who_may_want_it(self, person, buy, jobs):
        ann, bob, unverified = person(), person("bob"), person("cid", is_verified=False)
        person("dan")  # has no portfolio
        for user in (ann, bob, unverified):
            buy(user)

        assert digests.send_digest_page(week=WEEK, cursor=None, jobs=jobs) == 2

        named = jobs.of("portfolio.send_digest")
        assert {each["user_id"] for each in named} == {ann.user_id, bob.user_id}
        assert {each["week"] for each in named} == {WEEK}

    def test_goes_on_page_by_page(self, person, buy, jobs, monkeypatch):
        monkeypatch.setattr(digests, "ACCOUNTS_AT_ONCE", 1)
        for name in ("ann", "bob"):
            buy(person(name))

        digests.send_digest_page(week=WEEK, cursor=None, jobs=jobs)
        pages = jobs.of("portfolio.send_digest_page")
        for page in pages:
            digests.send_digest_page(**page, jobs=jobs)
            if len(pages) < len(jobs.of("portfolio.send_digest_page")):
                pages.append(jobs.of("portfolio.send_digest_page")[-1])

        assert len(jobs.of("portfolio.send_digest")) == 2


class TestTopMovers:
    MOVER = rules.Mover(symbol="BTC", before=Decimal(100), price=Decimal(110), currency="USD")

    def test_are_five_at_most_by_how_far_they_moved(self):
        movers = [
            replace(self.MOVER, symbol=f"S{number}", price=Decimal(100 + number * (-1) ** number))
            for number in range(1, 8)
        ]

        found = [mover.symbol for mover in rules.top_movers(movers)]

        assert found == ["S7", "S6", "S5", "S4", "S3"]

    def test_leave_out_what_stands_still_or_cost_nothing(self):
        still = replace(self.MOVER, price=Decimal(100))
        free = replace(self.MOVER, before=Decimal(0))

        assert rules.top_movers([still, free]) == []


class TestWeek:
    @pytest.mark.parametrize(
        ("day", "week"),
        [((2026, 11, 23), "2026-W48"), ((2027, 1, 1), "2026-W53"), ((2027, 1, 4), "2027-W01")],
    )
    def test_is_the_one_of_iso_8601(self, day, week):
        year, month, number = day
        assert digests.week_named(moment=datetime(year, month, number, 7, tzinfo=UTC)) == week
