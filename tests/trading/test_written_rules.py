"""Are amounts and sizes written as document 004 writes them?"""

from decimal import Decimal

import pytest

from app.trading.rules.written import amount_text, digits_text


class TestAmountText:
    @pytest.mark.parametrize(
        ("value", "text"),
        [
            ("12.5", "12.50"),
            ("12.50", "12.50"),
            ("0", "0.00"),
            ("-3", "-3.00"),
            ("1E+3", "1000.00"),
            ("0.123450", "0.12345"),
            ("-0.001", "-0.001"),
        ],
    )
    def test_has_every_digit_and_cents(self, value: str, text: str) -> None:
        assert amount_text(Decimal(value)) == text


class TestDigitsText:
    @pytest.mark.parametrize(
        ("value", "text"), [("1.50", "1.5"), ("100", "100"), ("1E+2", "100"), ("2.00", "2")]
    )
    def test_has_every_digit_and_no_zeros_behind(self, value: str, text: str) -> None:
        assert digits_text(Decimal(value)) == text
