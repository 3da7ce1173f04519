from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from app.core import dynamo
from app.prices import service
from app.prices.models import PriceClose

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
STALE_AFTER = 900
THURSDAY, FRIDAY = date(2026, 11, 12), date(2026, 11, 13)
SATURDAY, SUNDAY, MONDAY = date(2026, 11, 14), date(2026, 11, 15), date(2026, 11, 16)

pytestmark = pytest.mark.usefixtures("aws")


def tell(market, now=NOW, **in_usd):
    market.prices |= {("currency", code): price for code, price in in_usd.items()}
    service.refresh_symbols(asset_type="currency", symbols=list(in_usd), market=market, now=now)


def rates(*currencies, to, now=NOW):
    return service.rates(currencies=currencies, to=to, now=now, stale_after_seconds=STALE_AFTER)


def daily(currency, to, start=THURSDAY, end=MONDAY):
    return service.daily_rates(currency=currency, to=to, start=start, end=end)


def close(currency, **closes):
    days = {date(2026, 11, int(name[1:])): Decimal(close) for name, close in closes.items()}
    PriceClose.store(asset_type="currency", symbol=currency, closes=days)


class TestRates:
    def test_in_usd_are_what_the_source_says(self, market):
        tell(market, EUR="1.0834")

        assert rates("EUR", to="USD") == {
            "EUR": service.Rate(amount=Decimal("1.0834"), quoted_at=NOW, stale=False)
        }

    def test_of_usd_and_of_other_pairs_have_18_digits(self, market):
        tell(market, EUR="1.0834", JPY="0.00662")

        found = rates("USD", "JPY", to="EUR")

        assert found["USD"].amount == Decimal("0.923020121838656083")
        assert found["JPY"].amount == Decimal("0.00611039320657190327")

    def test_between_a_currency_and_itself_are_one_and_never_stale(self):
        same = service.Rate(amount=Decimal(1), quoted_at=None, stale=False)

        assert rates("XAU", to="XAU") == {"XAU": same}
        with dynamo.counting() as cost:
            assert rates("USD", to="USD") == {"USD": same}
        assert cost.requests == 0

    def test_that_are_not_known_are_none_and_stale(self, market):
        tell(market, EUR="1.0834")

        unknown = service.Rate(amount=None, quoted_at=None, stale=True)
        assert rates("EUR", to="CHF") == {"EUR": unknown}
        assert rates("CHF", to="EUR") == {"CHF": unknown}

    def test_are_as_old_as_the_older_and_stale_with_either(self, market):
        before = NOW - timedelta(hours=1)
        market.quoted_at = before
        tell(market, now=before, EUR="1.0834")
        market.quoted_at = NOW
        tell(market, GBP="1.25")

        assert rates("EUR", to="GBP")["EUR"].quoted_at == before
        assert rates("EUR", to="GBP")["EUR"].stale is True
        assert rates("GBP", to="EUR")["GBP"].stale is True
        assert rates("GBP", to="USD")["GBP"].stale is False

    def test_of_many_take_one_request(self, market):
        codes = [f"{one}{two}X" for one in "ABCDEFG" for two in "ABCDEFG"]
        tell(market, **dict.fromkeys(codes, "2"))

        with dynamo.counting() as cost:
            assert len(rates(*codes, to="USD")) == 49
        assert cost.operations == ["BatchGetItem"]


class TestDailyRates:
    def test_of_a_weekend_are_the_last_before_it(self):
        close("EUR", d12="1.08", d13="1.09", d16="1.10")

        assert daily("EUR", "USD") == {
            THURSDAY: Decimal("1.08"),
            FRIDAY: Decimal("1.09"),
            SATURDAY: Decimal("1.09"),
            SUNDAY: Decimal("1.09"),
            MONDAY: Decimal("1.10"),
        }

    def test_begin_with_the_last_before_the_first_day(self):
        close("EUR", d13="1.09")

        assert daily("EUR", "USD", SUNDAY, MONDAY) == dict.fromkeys(
            (SUNDAY, MONDAY), Decimal("1.09")
        )

    def test_are_missing_where_none_is_stored_or_it_is_older_than_14_days(self):
        close("EUR", d01="1.09")

        last = date(2026, 11, 15)
        assert daily("EUR", "USD", last, MONDAY) == {last: Decimal("1.09")}
        assert daily("CHF", "USD") == {}
        assert daily("EUR", "CHF") == {}

    def test_of_other_pairs_are_crossed_day_by_day(self):
        close("EUR", d12="1.08", d13="1.09")
        close("GBP", d12="1.25", d13="1.20")

        assert daily("GBP", "EUR", THURSDAY, FRIDAY) == {
            THURSDAY: Decimal("1.15740740740740741"),
            FRIDAY: Decimal("1.10091743119266055"),
        }
        assert daily("USD", "EUR", FRIDAY, FRIDAY) == {FRIDAY: Decimal("0.917431192660550459")}

    def test_between_a_currency_and_itself_are_one(self):
        with dynamo.counting() as cost:
            assert daily("EUR", "EUR", THURSDAY, FRIDAY) == dict.fromkeys(
                (THURSDAY, FRIDAY), Decimal(1)
            )
        assert cost.requests == 0

    def test_take_a_query_for_each_currency_but_usd(self):
        with dynamo.counting() as cost:
            daily("EUR", "USD")
        assert cost.operations == ["Query"]
        with dynamo.counting() as cost:
            daily("EUR", "GBP")
        assert cost.operations == ["Query", "Query"]

    def test_of_no_day_are_none(self):
        assert daily("EUR", "USD", MONDAY, FRIDAY) == {}
