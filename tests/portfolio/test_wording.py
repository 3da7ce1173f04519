"""Are amounts written as a person reads them?"""

from decimal import Decimal

import pytest

from app.portfolio.rules import wording


class TestAmount:
    @pytest.mark.parametrize(
        ("value", "shown"),
        [
            ("0", "0.00 USD"),
            ("1234567.891", "1,234,567.89 USD"),
            ("-12.5", "-12.50 USD"),
            ("0.5", "0.50 USD"),
            ("0.12345678", "0.123457 USD"),
            ("0.0000123456789", "0.0000123457 USD"),
            ("0.99999999", "1.00 USD"),
        ],
    )
    def test_has_two_decimals_or_six_digits(self, value, shown):
        assert wording.amount(Decimal(value), "USD") == shown


class TestExact:
    @pytest.mark.parametrize(
        ("value", "shown"),
        [("100000", "100,000 EUR"), ("1E+3", "1,000 EUR"), ("0.10", "0.1 EUR"), ("0", "0 EUR")],
    )
    def test_keeps_every_digit_and_no_idle_zeros(self, value, shown):
        assert wording.exact(Decimal(value), "EUR") == shown


class TestPercentage:
    @pytest.mark.parametrize(
        ("value", "shown"),
        [
            ("3.005", "+3.01 %"),
            ("-0.2", "-0.20 %"),
            ("0", "0.00 %"),
            ("-0.001", "0.00 %"),
        ],
    )
    def test_shows_its_sign(self, value, shown):
        assert wording.percentage(Decimal(value)) == shown
