"""Are fields in JSON exact, capped and strict, the same at every door?"""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from app.core import json
from app.core.schemas import Date, Money, PageArgs, QueryArgs, Schema, Switch, Text, Timestamp

LONGEST = "123456789012345678.876543210987654321"
ACCEPTED_AMOUNTS = st.decimals(
    min_value=-(10**18) + 1, max_value=10**18 - 1, places=18, allow_nan=False, allow_infinity=False
)


class Probe(Schema):
    amount = Money()
    price = Money(minimum=Decimal(0))
    quantity = Money(positive=True)
    text = Text(minimum=1, maximum=10)
    raw = Text(maximum=10, strip=False)
    moment = Timestamp()
    day = Date()
    switch = Switch()


class ProbeArgs(QueryArgs):
    text = Text(maximum=5)


def load(**fields: Any) -> dict[str, Any]:
    loaded: dict[str, Any] = Probe().load(json.loads(json.dumps(fields)))
    return loaded


def refusal(**fields: Any) -> dict[str, Any]:
    with pytest.raises(ValidationError) as refused:
        load(**fields)
    found: dict[str, Any] = refused.value.normalized_messages()
    return found


class TestMoney:
    @given(amount=ACCEPTED_AMOUNTS)
    def test_is_the_same_from_number_and_text_and_back(self, amount: Decimal):
        text = format(amount, "f")
        from_number = load(amount=amount)["amount"]
        assert from_number == load(amount=text)["amount"] == amount
        assert Decimal(json.dumps(Probe().dump({"amount": from_number}))[10:-1]) == amount

    @pytest.mark.parametrize("text", ["0.1", LONGEST, f"-{LONGEST}", "0", "1.50", "007"])
    def test_keeps_what_was_sent_as_text(self, text: str):
        assert load(amount=text)["amount"] == Decimal(text)

    def test_adds_up(self):
        loaded = Probe().load(json.loads('{"amount": 0.1, "price": 0.2}'))
        total = loaded["amount"] + loaded["price"]
        assert json.dumps(Probe().dump({"amount": total})) == '{"amount":0.3}'

    @pytest.mark.parametrize(
        ("amount", "written"),
        [("1E+2", "100"), ("1E-18", "0." + "0" * 17 + "1"), ("0E+5", "0"), (LONGEST, LONGEST)],
    )
    def test_is_written_with_every_digit_and_no_exponent(self, amount: str, written: str):
        shown = json.dumps(Probe().dump({"amount": Decimal(amount)}))
        assert shown == f'{{"amount":{written}}}'

    def test_that_is_unknown_is_written_as_null(self):
        assert json.dumps(Probe().dump({"amount": None})) == '{"amount":null}'

    @pytest.mark.parametrize("text", ["-0", "-0.00"])
    def test_has_no_negative_zero(self, text: str):
        assert str(load(price=text)["price"]).startswith("0")

    @pytest.mark.parametrize(
        "amount",
        [
            10**18,
            "1000000000000000000",
            Decimal("1E+18"),
            Decimal("0." + "0" * 18 + "1"),
            "0." + "0" * 18 + "1",
            Decimal("1E+300"),
            Decimal("1E-300"),
        ],
    )
    def test_has_18_digits_either_side_of_the_point_at_most(self, amount: Any):
        assert "amount" in refusal(amount=amount)

    @pytest.mark.parametrize(
        "amount",
        ["", " 1", "1 ", "1,5", "1e5", "+1", ".5", "5.", "NaN", "Infinity", "0x10", "1_000", "٣",
         "1\n", True, False, [], {}, None, "--1"],
    )  # fmt: skip
    def test_refuses_what_is_no_amount(self, amount: Any):
        assert "amount" in refusal(amount=amount)

    @pytest.mark.parametrize("amount", ["-0.01", -1, Decimal("-1E-18")])
    def test_refuses_less_than_its_minimum(self, amount: Any):
        assert refusal(price=amount) == {"price": ["Must be at least 0."]}

    @pytest.mark.parametrize("amount", [0, "0.00", "-0", -1])
    def test_refuses_zero_where_it_must_be_positive(self, amount: Any):
        assert "quantity" in refusal(quantity=amount)
        assert load(quantity="0." + "0" * 17 + "1")


class TestText:
    @pytest.mark.parametrize("character", ["\x00", "\x07", "\x0b", "\x1f", "\x7f"])
    def test_refuses_control_characters(self, character: str):
        assert refusal(text=f"a{character}b") == {"text": ["Must not hold control characters."]}

    def test_accepts_lines_and_tabs(self):
        assert load(text="a\tb\r\nc")["text"] == "a\tb\r\nc"

    def test_loses_the_space_around_it(self):
        assert load(text=" 12345678 ")["text"] == "12345678"
        assert "text" in refusal(text="   ")

    def test_is_measured_with_the_space_around_it(self):
        assert "text" in refusal(text=" 123456789 ")
        assert "text" in refusal(text="12345678901")

    def test_keeps_the_space_where_that_matters(self):
        assert load(raw=" a ")["raw"] == " a "

    @pytest.mark.parametrize("value", [1, True, [], {}])
    def test_refuses_what_is_no_text(self, value: Any):
        assert "text" in refusal(text=value)


class TestSwitch:
    @pytest.mark.parametrize("value", [True, False])
    def test_is_true_or_false(self, value: bool):
        assert load(switch=value) == {"switch": value}

    @pytest.mark.parametrize("value", [0, 1, Decimal("1.0"), "true", "", [], {}])
    def test_is_nothing_like_them(self, value: Any):
        assert "switch" in refusal(switch=value)


class TestTimestamp:
    @pytest.mark.parametrize(
        "text", ["2026-11-20T12:00:00Z", "2026-11-20T14:00:00+02:00", "2026-11-20T12:00:00"]
    )
    def test_is_told_in_utc(self, text: str):
        moment = load(moment=text)["moment"]
        assert moment == datetime(2026, 11, 20, 12, tzinfo=UTC)
        assert Probe().dump({"moment": moment}) == {"moment": "2026-11-20T12:00:00+00:00"}

    @pytest.mark.parametrize(
        "value", ["yesterday", "2026-13-01T00:00:00Z", "0001-01-01T00:00:00+14:00", 5, ""]
    )
    def test_refuses_what_is_no_moment(self, value: Any):
        assert "moment" in refusal(moment=value)


class TestDate:
    def test_is_a_day(self):
        assert load(day="2024-02-29")["day"] == date(2024, 2, 29)

    @pytest.mark.parametrize("value", ["2023-02-29", "20240229", "2024-W01-1", "2024-1-1", 5, ""])
    def test_refuses_what_is_no_day(self, value: Any):
        assert "day" in refusal(day=value)


class TestUnknownFields:
    @pytest.mark.parametrize("name", ["role", "status", "user_id", "__class__", ""])
    def test_are_refused_in_a_body(self, name: str):
        assert refusal(**{name: 1}) == {name: ["Unknown field."]}

    def test_are_ignored_in_a_query(self):
        assert ProbeArgs().load({"text": "a", "other": "b"}) == {"text": "a"}


class TestPageArgs:
    def test_is_fifty_from_the_start_unless_told(self):
        assert PageArgs().load({}) == {"limit": 50, "cursor": None}

    @pytest.mark.parametrize("limit", ["0", "101", "-1", "ten", "1.5", "", "1e2"])
    def test_refuses_a_limit_outside_1_to_100(self, limit: str):
        with pytest.raises(ValidationError, match="limit"):
            PageArgs().load({"limit": limit})

    @pytest.mark.parametrize("cursor", ["", "x" * 2_049])
    def test_refuses_a_cursor_that_is_too_long_or_empty(self, cursor: str):
        with pytest.raises(ValidationError, match="cursor"):
            PageArgs().load({"cursor": cursor})
