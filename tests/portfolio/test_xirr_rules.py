"""Is the money-weighted return the rate that explains the payments?"""

import math
from datetime import date, timedelta
from decimal import Context, Decimal

import pytest
import pyxirr
from hypothesis import given, settings
from hypothesis import strategies as st

from app.portfolio.rules.xirr import yearly_rate

FIRST = date(2020, 1, 1)
PRECISE = Context(prec=80)
amounts = st.decimals(min_value="-100000", max_value="100000", places=2).filter(bool)
payments = st.lists(st.tuples(st.integers(0, 3000), amounts), min_size=2, max_size=30)


def paid(*each: tuple[int, str]) -> list[tuple[date, Decimal]]:
    return [(FIRST + timedelta(days=days), Decimal(amount)) for days, amount in each]


def present_values(rate: Decimal, each: list[tuple[date, Decimal]]) -> list[Decimal]:
    """Each payment discounted by the formula as it is published, with its powers of fractions."""
    growth = PRECISE.add(1, PRECISE.divide(rate, 100))
    years = [PRECISE.divide(Decimal((day - FIRST).days), 365) for day, _ in each]
    return [
        PRECISE.divide(amount, PRECISE.power(growth, after))
        for (_, amount), after in zip(each, years, strict=True)
    ]


class TestYearlyRate:
    def test_is_the_example_of_the_spreadsheets(self) -> None:
        # OASIS OpenFormula and Microsoft Excel, XIRR: 0.373362535.
        each = [
            (date(2008, 1, 1), Decimal(-10000)),
            (date(2008, 3, 1), Decimal(2750)),
            (date(2008, 10, 30), Decimal(4250)),
            (date(2009, 2, 15), Decimal(3250)),
            (date(2009, 4, 1), Decimal(2750)),
        ]
        rate = yearly_rate(each)
        assert rate is not None
        assert round(rate, 5) == Decimal("37.33625")

    @pytest.mark.parametrize(
        ("each", "percent"),
        [
            (paid((0, "-100"), (365, "110")), "10.00"),
            (paid((0, "-100"), (365, "100")), "0.00"),
            (paid((0, "-100"), (365, "50")), "-50.00"),
            (paid((0, "-100"), (730, "121")), "10.00"),
            (paid((0, "-100"), (1, "101")), "3678.34"),
            (paid((0, "-100"), (1, "50")), "-100.00"),
            (paid((0, "-60"), (0, "-40"), (365, "55"), (365, "55")), "10.00"),
        ],
    )
    def test_compounds_by_days_of_a_year(
        self, each: list[tuple[date, Decimal]], percent: str
    ) -> None:
        rate = yearly_rate(each)
        assert rate is not None
        assert round(rate, 2) == Decimal(percent)

    @pytest.mark.parametrize(
        "each",
        [
            [],
            paid((0, "-100")),
            paid((3, "-100"), (3, "110")),
            paid((0, "-100"), (365, "-10")),
            paid((0, "-100"), (365, "0")),
            paid((0, "100"), (365, "10")),
            paid((0, "-100"), (1, "200")),
            paid((0, "100"), (300, "-210"), (600, "111")),
        ],
        ids=str,
    )
    def test_is_unknown_where_no_rate_explains_them(self, each: list[tuple[date, Decimal]]) -> None:
        assert yearly_rate(each) is None

    def test_of_several_rates_is_the_one_nearest_to_nothing(self) -> None:
        # 100 - 230 d + 132 d^2 is 0 at 10 % and at 20 %.
        rate = yearly_rate(paid((0, "-100"), (365, "230"), (730, "-132")))
        assert rate is not None
        assert round(rate, 10) == 10

    def test_finds_what_is_left_of_a_fortune(self) -> None:
        rate = yearly_rate(paid((0, "-999999999999999999"), (1, "0.000000000000000001")))
        assert rate is not None
        assert round(rate, 2) == -100

    @settings(max_examples=300)
    @given(each=payments)
    def test_makes_the_payments_worth_nothing(self, each: list[tuple[int, Decimal]]) -> None:
        dated = [(FIRST + timedelta(days=days), amount) for days, amount in each]
        rate = yearly_rate(dated)
        if rate is not None and rate > -100:
            discounted = present_values(rate, dated)
            size = sum((abs(each) for each in discounted), Decimal(0))
            assert abs(sum(discounted, Decimal(0))) <= size * Decimal("1e-12")

    @settings(max_examples=300)
    @given(
        bought=st.lists(
            st.tuples(st.integers(0, 2900), st.decimals("0.01", "100000", places=2)),
            min_size=1,
            max_size=25,
        ),
        worth=st.decimals("0.3", "3", places=3),
    )
    def test_is_the_public_library_s_where_only_one_rate_can_be(
        self, bought: list[tuple[int, Decimal]], worth: Decimal
    ) -> None:
        put_in = sum((amount for _, amount in bought), Decimal(0))
        dated = [(FIRST + timedelta(days=days), -amount) for days, amount in bought]
        dated.append((FIRST + timedelta(days=3000), put_in * worth))
        theirs = pyxirr.xirr([day for day, _ in dated], [float(amount) for _, amount in dated])
        ours = yearly_rate(dated)
        if theirs is None:  # it gives up on rates near -100 %
            assert ours is None or ours < -85
        else:
            assert ours is not None
            assert math.isclose(float(ours) / 100, theirs, rel_tol=1e-7, abs_tol=1e-9)
