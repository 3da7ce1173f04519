"""Does a CSV of ours start no formula, and say the same when it is read?"""

import csv
import io
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import csv_cells


class TestDefused:
    @pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
    def test_starts_no_formula(self, start: str) -> None:
        assert csv_cells.defused(f"{start}1+1") == f"'{start}1+1"

    def test_stays_as_it_is_otherwise(self) -> None:
        assert csv_cells.defused("ada@example.com") == "ada@example.com"

    @given(text=st.text(alphabet="='+-@\t\r\na1"))
    def test_is_restored(self, text: str) -> None:
        assert csv_cells.restored(csv_cells.defused(text)) == text


class TestWritten:
    def test_leaves_numbers_numbers(self) -> None:
        moment = datetime(2026, 11, 20, 13, tzinfo=timezone(timedelta(hours=1)))

        text = csv_cells.written(
            [[Decimal("-1E+2"), Decimal("0.10"), -3, None, date(2026, 1, 2), moment]]
        )

        assert text == "-100,0.10,-3,,2026-01-02,2026-11-20T12:00:00+00:00\r\n"
        assert moment.astimezone(UTC).hour == 12

    def test_quotes_what_needs_it(self) -> None:
        text = csv_cells.written([['=a"b', "x,y", "two\nlines"]])

        assert list(csv.reader(io.StringIO(text))) == [["'=a\"b", "x,y", "two\nlines"]]
