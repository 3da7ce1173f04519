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


RATES = st.decimals(min_value=Decimal("1E-9"), max_value=Decimal("1E+9"), places=9)


class TestRatio:
    @pytest.mark.parametrize(
        ("part", "whole", "ratio"),
        [
            ("1", "3", "0.333333333333333333"),
            ("2", "3", "0.666666666666666667"),
            ("1", "25405", "0.0000393623302499507971"),
            ("1", "4", "0.25"),
            ("1234567890123456785", "10", "123456789012345679"),
        ],
    )
    def test_has_18_significant_digits_with_halves_away_from_zero(
        self, part: str, whole: str, ratio: str
    ):
        assert money.ratio(Decimal(part), Decimal(whole)) == Decimal(ratio)


class TestConverted:
    def test_is_exact_up_to_18_places(self):
        assert money.converted(Decimal("0.1"), rate=Decimal("1.0834")) == Decimal("0.10834")
        assert str(money.converted(Decimal("1.50"), rate=Decimal(1))) == "1.50"

    def test_is_rounded_there_with_halves_away_from_zero(self):
        half = Decimal("0.0000000000000000005")
        assert money.converted(Decimal(1), rate=half) == Decimal("1E-18")
        assert money.converted(Decimal(-1), rate=half) == Decimal("-1E-18")
        assert money.converted(Decimal("0.9"), rate=half) == 0

    def test_of_nothing_is_nothing(self):
        assert str(money.converted(Decimal("0E+3"), rate=Decimal("1.5"))) == "0"

    @given(amount=AMOUNTS, one=RATES, other=RATES)
    def test_there_and_back_is_the_amount_within_the_rounding(
        self, amount: Decimal, one: Decimal, other: Decimal
    ):
        there, back = money.ratio(one, other), money.ratio(other, one)

        again = money.converted(money.converted(amount, rate=there), rate=back)

        # Each rate is right to 18 digits, and each conversion to 18 places.
        of_the_rates = Fraction(abs(amount)) * Fraction("1.01E-17")
        of_the_amounts = (Fraction(back) + 1) * Fraction("5.01E-19")
        assert abs(Fraction(again) - Fraction(amount)) <= of_the_rates + of_the_amounts


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


class TestTrimmed:
    @pytest.mark.parametrize(
        ("amount", "told"),
        [("8.500", "8.5"), ("100", "100"), ("0E-18", "0"), ("-0.010", "-0.01")],
    )
    def test_has_no_zeros_at_its_end(self, amount: str, told: str):
        assert str(money.Plain(money.trimmed(Decimal(amount)))) == told

    @given(amount=AMOUNTS)
    def test_is_the_same_amount(self, amount: Decimal):
        assert money.trimmed(amount) == amount
