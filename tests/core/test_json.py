"""Is JSON read and written without losing a digit, and is hostile JSON refused?"""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
import simplejson
from hypothesis import given
from hypothesis import strategies as st

from app.core import json
from app.core.money import Plain

EIGHTEEN = "123456789012345678.876543210987654321"

TREES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.decimals(min_value=-(10**18), max_value=10**18, places=18)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4)
    ),
    max_leaves=20,
)


def refusal(text: str | bytes) -> str:
    with pytest.raises(json.MalformedJson) as refused:
        json.loads(text)
    return str(refused.value.details["reason"])


class TestLoads:
    @pytest.mark.parametrize("digits", ["0.1", "0.30000000000000004", EIGHTEEN, "-" + EIGHTEEN])
    def test_keeps_every_digit(self, digits: str):
        assert json.loads(digits) == Decimal(digits)
        assert json.dumps(json.loads(digits)) == digits

    @given(tree=TREES)
    def test_reads_what_was_written(self, tree: Any):
        assert json.loads(json.dumps(tree)) == tree

    @pytest.mark.parametrize("text", ["", " ", "{", '{"a":}', "[1,]", "{'a': 1}", "nul", '"\t"'])
    def test_refuses_what_is_not_json(self, text: str):
        assert refusal(text)

    @pytest.mark.parametrize("text", ["NaN", "[Infinity]", '{"a": -Infinity}'])
    def test_refuses_what_is_not_a_number(self, text: str):
        assert "is not a JSON number" in refusal(text)

    def test_accepts_a_byte_order_mark(self):
        assert json.loads(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}

    @pytest.mark.parametrize("raw", [b'"\xff"', b'"\xed\xa0\x80"', '{"a": 1}'.encode("utf-16")])
    def test_refuses_what_is_not_utf8(self, raw: bytes):
        assert refusal(raw) == "it is not UTF-8"

    @pytest.mark.parametrize("text", ['"\\ud800"', '{"\\udc00": 1}', '["a", {"b": "x\\uDBFFy"}]'])
    def test_refuses_half_of_a_surrogate_pair(self, text: str):
        assert "surrogate" in refusal(text)

    def test_accepts_a_whole_surrogate_pair(self):
        assert json.loads('"\\ud83d\\ude00 \\\\ud800"') == "\N{GRINNING FACE} \\ud800"

    def test_is_nested_32_deep_at_most(self):
        assert json.loads("[" * 32 + "]" * 32)
        assert "nested deeper than 32" in refusal("[" * 33 + "]" * 33)
        assert "nested deeper than 32" in refusal('{"a":' * 33 + "1" + "}" * 33)
        assert "nested" in refusal("[" * 1_000_000)

    def test_counts_no_brackets_inside_text(self):
        text = '[{}, {}, "' + "[{" * 50 + '\\"' + "[" * 50 + '"]'
        assert json.loads(text)[2] == "[{" * 50 + '"' + "[" * 50
        assert len(json.loads("[" + "[]," * 100 + "[]]")) == 101

    @pytest.mark.parametrize(
        "digits",
        ["1" * 400, "-" + "1" * 5_000, "0." + "1" * 400, "1e400", "1E-400", "1e" + "9" * 30],
    )
    def test_refuses_an_endless_number(self, digits: str):
        assert "400 digits or more" in refusal(f"[{digits}]")

    def test_accepts_a_long_text_of_digits(self):
        assert json.loads(f'"{"7" * 1_000}"') == "7" * 1_000


class TestDumps:
    def test_writes_an_amount_as_a_number_with_its_digits(self):
        written = json.dumps({"a": Decimal("0.1") + Decimal("0.2"), "b": Plain("1E+2")})
        assert written == '{"a":0.3,"b":100}'

    def test_writes_moments_in_utc_and_days(self):
        moment = datetime(2026, 11, 20, 12, tzinfo=timezone(timedelta(hours=2)))
        assert json.dumps([moment, date(2026, 11, 20)]) == (
            '["2026-11-20T10:00:00+00:00","2026-11-20"]'
        )

    def test_never_writes_what_is_not_json(self):
        with pytest.raises(ValueError, match=r"(?i)nan"):
            json.dumps(float("nan"))
        with pytest.raises(TypeError, match="object can't be written as JSON"):
            json.dumps({"a": object()})

    def test_writes_text_that_any_reader_understands(self):
        assert (
            simplejson.loads(json.dumps("é\u2028\N{GRINNING FACE}")) == "é\u2028\N{GRINNING FACE}"
        )

    def test_indents_when_asked(self):
        assert json.dumps({"a": datetime(2026, 1, 1, tzinfo=UTC)}, indent=2).startswith('{\n  "a"')
