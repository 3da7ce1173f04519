"""Is money computed without losing a digit?"""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import money

AMOUNTS = st.decimals(
    min_value=-(10**18) + 1, max_value=10**18 - 1, places=18, allow_nan=False, allow_infinity=False
)


class TestMultiply:
    @given(left=AMOUNTS, right=AMOUNTS)
    def test_is_exact(self, left: Decimal, right: Decimal):
        assert Fraction(money.multiply(left, right)) == Fraction(left) * Fraction(right)


class TestTotal:
    @given(amounts=st.lists(AMOUNTS, max_size=20))
    def test_is_exact_in_any_order(self, amounts: list[Decimal]):
        expected = sum((Fraction(amount) for amount in amounts), Fraction(0))
        assert Fraction(money.total(amounts)) == expected
        assert money.total(reversed(amounts)) == money.total(amounts)

    def test_of_nothing_is_zero(self):
        assert money.total([]) == 0

    def test_of_a_tenth_and_a_fifth_is_three_tenths(self):
        assert money.total([Decimal("0.1"), Decimal("0.2")]) == Decimal("0.3")


class TestSubtract:
    @given(left=AMOUNTS, right=AMOUNTS)
    def test_is_exact(self, left: Decimal, right: Decimal):
        assert Fraction(money.subtract(left, right)) == Fraction(left) - Fraction(right)


class TestPercentage:
    @pytest.mark.parametrize(
        ("part", "whole", "percent"),
        [
            ("1", "3", "33.33"),
            ("2", "3", "66.67"),
            ("1", "800", "0.13"),
            ("-1", "800", "-0.13"),
            ("5", "0", "0.00"),
            ("0", "7", "0.00"),
            ("3", "2", "150.00"),
            ("999999999999999999", "0.000000000000000001", "9" * 18 + "0" * 20 + ".00"),
        ],
    )
    def test_has_two_decimals_with_halves_away_from_zero(self, part: str, whole: str, percent: str):
        assert str(money.percentage(Decimal(part), Decimal(whole))) == percent

    @given(part=AMOUNTS, whole=AMOUNTS.filter(bool))
    def test_is_the_nearest_hundredth(self, part: Decimal, whole: Decimal):
        found = money.percentage(part, whole)
        off = abs(Fraction(found) - Fraction(part) / Fraction(whole) * 100)
        assert off <= Fraction(1, 200)
        assert found.as_tuple().exponent == -2


class TestPlain:
    @pytest.mark.parametrize(
        ("amount", "text"), [("1E+2", "100"), ("0.10", "0.10"), ("1E-18", "0." + "0" * 17 + "1")]
    )
    def test_is_written_without_an_exponent(self, amount: str, text: str):
        assert str(money.Plain(amount)) == text
