"""Are numbers and dates read however they are written, and refused where they could be two?"""

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from app.portfolio.rules.imports import values
from app.portfolio.rules.imports.rows import BadValue


class TestNumber:
    @pytest.mark.parametrize(
        ("text", "style", "expected"),
        [
            ("1234.5", None, "1234.5"),
            ("1,234.50", None, "1234.50"),
            ("1.234,50", None, "1234.50"),
            ("1 234,50", None, "1234.50"),
            ("1'234.50", None, "1234.50"),
            ("1\N{NO-BREAK SPACE}234,5", None, "1234.5"),
            ("12,5", None, "12.5"),
            ("0,125", None, "0.125"),
            ("0.125", None, "0.125"),
            ("1,234,567", None, "1234567"),
            ("1.234.567", None, "1234567"),
            ("1,234", ".", "1234"),
            ("1,234", ",", "1.234"),
            ("1.234", ",", "1234"),
            ("-5", None, "-5"),
            ("5-", None, "-5"),
            ("(5.25)", None, "-5.25"),
            ("\N{MINUS SIGN}5", None, "-5"),
            ("$1,234.50", None, "1234.50"),
            ("-$1.50", None, "-1.50"),
            ("\N{EURO SIGN}6.65", None, "6.65"),
            ("6,65 \N{EURO SIGN}", None, "6.65"),
            ("CA$6.65", None, "6.65"),
            ("USD 6.65", None, "6.65"),
            ("6.65 USD", None, "6.65"),
            ("1E-8", None, "1E-8"),
            (".5", None, "0.5"),
        ],
    )
    def test_is_read_however_it_is_written(self, text, style, expected):
        assert values.number(text, style=style) == Decimal(expected)

    @pytest.mark.parametrize(
        ("text", "style", "part"),
        [
            ("1,234", None, "thousands or decimals"),
            ("1.234", None, "thousands or decimals"),
            ("12,5", ".", "after ','"),
            ("1,23,4", None, "separators"),
            ("1.2.3", None, "separators"),
            ("1,2.3,4", None, "separators"),
            ("ten", None, "no number"),
            ("", None, "missing"),
            ("NaN", None, "no number"),
            ("Infinity", None, "no number"),
            ("1e99", None, "too large"),
            ("1" * 19, None, "too large"),
            ("1e-30", None, "too small"),
            ("0." + "1" * 19, None, "more than 18"),
            ("9" * 100, None, "no number"),
            ("1_000_", "x", None),
        ],
    )
    def test_is_refused_where_it_is_none_or_could_be_two(self, text, style, part):
        if part is None:
            assert values.number(text, style=None) == 1000
            return
        with pytest.raises(BadValue, match=part):
            values.number(text, style=style)


class TestMoment:
    @pytest.mark.parametrize(
        ("text", "order", "expected"),
        [
            ("2024-01-31", None, "2024-01-31T00:00:00"),
            ("2024/1/31", None, "2024-01-31T00:00:00"),
            ("20240131", None, "2024-01-31T00:00:00"),
            ("20240131;093000", None, "2024-01-31T09:30:00"),
            ("31.01.2024", None, "2024-01-31T00:00:00"),
            ("03.04.2024", None, "2024-04-03T00:00:00"),
            ("31/01/2024", None, "2024-01-31T00:00:00"),
            ("01/31/2024", None, "2024-01-31T00:00:00"),
            ("05/05/2024", None, "2024-05-05T00:00:00"),
            ("03/04/2024", "day_first", "2024-04-03T00:00:00"),
            ("03/04/2024", "month_first", "2024-03-04T00:00:00"),
            ("31 Jan 2024", None, "2024-01-31T00:00:00"),
            ("Jan 31, 2024", None, "2024-01-31T00:00:00"),
            ("31-January-2024", None, "2024-01-31T00:00:00"),
            ("2024-01-31T09:30:00Z", None, "2024-01-31T09:30:00"),
            ("2024-01-31 09:30:00.123456 UTC", None, "2024-01-31T09:30:00.123456"),
            ("2024-01-31T09:30:00+02:00", None, "2024-01-31T07:30:00"),
            ("2024-01-31T23:30:00-0500", None, "2024-02-01T04:30:00"),
            ("01/31/2024, 9:30 PM", None, "2024-01-31T21:30:00"),
            ("01/31/2024 12:05 am", None, "2024-01-31T00:05:00"),
            ("1706693400", None, "2024-01-31T09:30:00"),
            ("1706693400123", None, "2024-01-31T09:30:00.123000"),
        ],
    )
    def test_is_read_however_it_is_written(self, text, order, expected):
        assert values.moment(text, order=order) == datetime.fromisoformat(f"{expected}+00:00")

    def test_is_in_its_files_zone_where_it_names_none(self):
        new_york = ZoneInfo("America/New_York")

        assert values.moment("2024-07-01 09:30:00", zone=new_york).hour == 13
        assert values.moment("2024-01-02 09:30:00", zone=new_york).hour == 14
        assert values.moment("2024-01-02", zone=new_york) == datetime(2024, 1, 2, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("text", "part"),
        [
            ("03/04/2024", "day/month or month/day"),
            ("", "no date"),
            ("yesterday", "is no date"),
            ("2024-02-30", "calendar"),
            ("31/31/2024", "calendar"),
            ("2024-01-31 25:00", "calendar"),
            ("2024-01-31 13:00 PM", "calendar"),
            ("2024-01-31T09:30:00+19:00", "calendar"),
            ("2024-01-31 late", "no time"),
            ("31.01.24", "is no date"),
            ("31 Foo 2024", "no month"),
            ("0001-01-01", "between the years"),
            ("9999-12-31T23:59:59-10:00", "between the years"),
        ],
    )
    def test_is_refused_where_it_is_none_or_could_be_two(self, text, part):
        with pytest.raises(BadValue, match=part):
            values.moment(text)
