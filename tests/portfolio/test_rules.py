"""Is the arithmetic of a portfolio exact, and does it say what it left out?"""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import money
from app.portfolio import rules

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)

# As wide as the API accepts: 18 digits before the point and 18 behind it.
amounts = st.decimals(
    min_value=Decimal(0), max_value=Decimal("999999999999999999.999999999999999999"), places=18
)
quantities = amounts.filter(lambda amount: amount > 0)


def price(
    amount: str | None, *, currency: str = "USD", at: datetime = NOON, stale: bool = False
) -> rules.Price:
    """A price as the market told it."""
    known = amount is not None
    return rules.Price(
        amount=Decimal(amount) if amount is not None else None,
        currency=currency,
        quoted_at=at if known else None,
        stale=stale,
    )


def valued(
    quantity: str, paid: str, now_costs: rules.Price | None, *, currency: str = "USD"
) -> rules.Valuation:
    """The valuation of one holding."""
    return rules.value_holding(
        quantity=Decimal(quantity),
        cost=money.multiply(Decimal(quantity), Decimal(paid)),
        currency=currency,
        price=now_costs,
    )


def half_up(ratio: Fraction) -> Fraction:
    """The fraction rounded to hundredths, halves away from zero, apart from the code under test."""
    hundredths = abs(ratio) * 100 + Fraction(1, 2)
    rounded = Fraction(hundredths.numerator // hundredths.denominator, 100)
    return rounded if ratio >= 0 else -rounded


class TestValueHolding:
    def test_multiplies_and_subtracts_exactly(self) -> None:
        valuation = valued("0.1", "0.2", price("0.3"))
        assert valuation.cost == Decimal("0.02")
        assert valuation.value == Decimal("0.03")
        assert valuation.gain_loss == Decimal("0.01")
        assert valuation.gain_loss_percentage == Decimal("50.00")
        assert (valuation.price, valuation.priced_at) == (Decimal("0.3"), NOON)
        assert valuation.missing is None
        assert valuation.stale is False

    @pytest.mark.parametrize(
        ("paid", "now_costs", "percentage"),
        [
            ("800", "801", "0.13"),  # 0.125: the half goes up
            ("800", "799", "-0.13"),  # and away from zero below it
            ("3", "4", "33.33"),
            ("3", "5", "66.67"),
            ("0", "5", "0.00"),  # nothing was paid: no percentage of nothing
            ("5", "0", "-100.00"),
        ],
    )
    def test_rounds_the_percentage_half_up(
        self, paid: str, now_costs: str, percentage: str
    ) -> None:
        assert str(valued("1", paid, price(now_costs)).gain_loss_percentage) == percentage

    def test_counts_a_price_of_zero_as_a_price(self) -> None:
        valuation = valued("2", "5", price("0"))
        assert (valuation.value, valuation.gain_loss) == (Decimal(0), Decimal(-10))
        assert valuation.missing is None

    @pytest.mark.parametrize("unknown", [None, price(None, stale=True)])
    def test_has_no_value_without_a_price(self, unknown: rules.Price | None) -> None:
        valuation = valued("2", "5", unknown)
        assert valuation.missing == rules.NO_PRICE
        assert valuation.cost == 10
        assert valuation.stale is True
        assert [
            valuation.price,
            valuation.value,
            valuation.gain_loss,
            valuation.gain_loss_percentage,
            valuation.priced_at,
        ] == [None] * 5

    def test_has_no_value_from_a_price_in_another_currency(self) -> None:
        valuation = valued("2", "5", price("7", currency="HKD"))
        assert valuation.missing == rules.NO_EXCHANGE_RATE
        assert (valuation.price, valuation.value, valuation.stale) == (None, None, True)

    def test_is_stale_with_its_price(self) -> None:
        assert valued("2", "5", price("7", stale=True)).stale is True

    @given(quantity=quantities, paid=amounts, now_costs=amounts)
    def test_agrees_with_fractions(
        self, quantity: Decimal, paid: Decimal, now_costs: Decimal
    ) -> None:
        valuation = valued(str(quantity), str(paid), price(str(now_costs)))
        assert valuation.value is not None
        assert valuation.gain_loss is not None
        assert valuation.gain_loss_percentage is not None
        cost = Fraction(quantity) * Fraction(paid)
        gain = Fraction(quantity) * Fraction(now_costs) - cost
        assert Fraction(valuation.cost) == cost
        assert Fraction(valuation.value) == cost + gain
        assert Fraction(valuation.gain_loss) == gain
        assert Fraction(valuation.gain_loss_percentage) == (
            half_up(gain / cost * 100) if cost else 0
        )


class TestTotal:
    def test_is_zero_of_nothing(self) -> None:
        assert rules.total(valuations=[], currency="USD") == rules.Totals(
            value=Decimal(0),
            invested=Decimal(0),
            gain_loss=Decimal(0),
            gain_loss_percentage=Decimal("0.00"),
            as_of=None,
            stale=False,
        )

    def test_compares_the_value_with_what_the_same_assets_cost(self) -> None:
        totals = rules.total(
            valuations=[
                valued("2", "100", price("150")),
                valued("1", "1000", None),
                valued("1", "500", price("600", currency="EUR"), currency="EUR"),
            ],
            currency="USD",
        )
        assert (totals.value, totals.invested) == (Decimal(300), Decimal(200))
        assert totals.gain_loss == Decimal(100)
        assert totals.gain_loss_percentage == Decimal("50.00")

    def test_is_as_old_as_its_oldest_price(self) -> None:
        older = NOON - timedelta(hours=3)
        oldest_of_another_currency = price("1", currency="EUR", at=NOON - timedelta(days=9))
        totals = rules.total(
            valuations=[
                valued("1", "1", price("1")),
                valued("1", "1", price("1", at=older)),
                valued("1", "1", oldest_of_another_currency, currency="EUR"),
            ],
            currency="USD",
        )
        assert totals.as_of == older

    @pytest.mark.parametrize("stale", [True, False])
    def test_is_stale_with_any_price_it_counts(
        self,
        stale: bool,
    ) -> None:
        valuations = [valued("1", "1", price("1")), valued("1", "1", price("1", stale=stale))]
        assert rules.total(valuations=valuations, currency="USD").stale is stale

    def test_is_not_stale_for_what_it_leaves_out(self) -> None:
        uncounted = [
            valued("1", "1", None),
            valued("1", "1", price("1", currency="EUR", stale=True), currency="EUR"),
        ]
        assert (
            rules.total(valuations=[valued("1", "1", price("1")), *uncounted], currency="USD").stale
            is False
        )

    @given(holdings=st.lists(st.tuples(quantities, amounts, st.none() | amounts), max_size=12))
    def test_is_the_sum_of_what_it_counts(
        self, holdings: list[tuple[Decimal, Decimal, Decimal | None]]
    ) -> None:
        valuations = [
            valued(str(quantity), str(paid), price(None if now_costs is None else str(now_costs)))
            for quantity, paid, now_costs in holdings
        ]
        totals = rules.total(valuations=valuations, currency="USD")
        counted = [(q, paid, now_costs) for q, paid, now_costs in holdings if now_costs is not None]
        value = sum((Fraction(q) * Fraction(now_costs) for q, _, now_costs in counted), Fraction(0))
        invested = sum((Fraction(q) * Fraction(paid) for q, paid, _ in counted), Fraction(0))
        gain = value - invested
        assert Fraction(totals.value) == value
        assert Fraction(totals.invested) == invested
        assert Fraction(totals.gain_loss) == gain
        assert Fraction(totals.gain_loss_percentage) == (
            half_up(gain / invested * 100) if invested else 0
        )


class TestWhyUncounted:
    def test_is_silent_about_what_counts(self) -> None:
        assert rules.why_uncounted(valued("1", "1", price("1")), currency="USD") is None

    def test_names_a_missing_price(self) -> None:
        assert rules.why_uncounted(valued("1", "1", None), currency="USD") == rules.NO_PRICE

    def test_names_a_missing_exchange_rate(self) -> None:
        euros = valued("1", "1", price("1", currency="EUR"), currency="EUR")
        assert rules.why_uncounted(euros, currency="USD") == rules.NO_EXCHANGE_RATE
        assert rules.why_uncounted(euros, currency="EUR") is None


class TestIsInTheFuture:
    @pytest.mark.parametrize(
        ("purchase_date", "future"),
        [
            (date(2026, 3, 1), False),
            (date(2026, 3, 2), False),
            (date(2026, 3, 3), False),  # today already on Kiritimati
            (date(2026, 3, 4), True),
        ],
    )
    def test_allows_the_day_that_has_begun_somewhere(
        self,
        purchase_date: date,
        future: bool,
    ) -> None:
        assert rules.is_in_the_future(purchase_date=purchase_date, now=NOON) is future
