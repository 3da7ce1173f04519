"""Is a row of a file known again by its id or by what it says, and once only?"""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from app.portfolio.rules.imports import mapping, matching, rows
from app.portfolio.rules.imports.listings import at_yahoo
from app.portfolio.rules.imports.matching import Fate, Known, Piece
from app.portfolio.rules.imports.rows import BadValue, Parsed, Reading, Refused, Twin

ENTRY = rows.entry(
    type="buy",
    asset_type="stock",
    symbol="KO",
    quantity=Decimal(2),
    price=Decimal("50.5"),
    currency="USD",
    executed_at=datetime(2024, 1, 2, tzinfo=UTC),
)


def name_of(entry):
    """The id under which a row would be stored."""
    return entry.external_id or entry.fingerprint


def piece(number=1, *, external_id=None, known_as=None):
    entry = replace(ENTRY, external_id=external_id, fingerprint=f"{number}")
    return Piece(place=number, entry=entry, known_as=known_as, asset=None)


def known(transaction_id, *, has_name=False, came_now=False):
    content = rows.content_of(ENTRY)
    return Known(
        transaction_id=transaction_id, content=content, has_name=has_name, came_now=came_now
    )


def there(pieces, *stored):
    return matching.there_already(pieces, known=stored, id_of=name_of)


class TestThereAlready:
    def test_takes_each_row_of_the_ledger_for_one_of_the_file(self):
        assert there([piece(1), piece(2), piece(3)], known("a"), known("b")) == {0: "a", 1: "b"}

    def test_leaves_rows_with_their_own_id_to_whoever_adds_them(self):
        assert there([piece(1), piece(2)], known("1"), known("a")) == {1: "a"}

    def test_tells_two_rows_of_brokers_apart(self):
        named = piece(external_id="broker:2")

        assert there([named], known("broker:1", has_name=True)) == {}
        assert there([named], known("a")) == {0: "a"}
        assert there([piece(1)], known("broker:1", has_name=True)) == {0: "broker:1"}

    def test_takes_no_row_that_this_import_brought_for_another(self):
        assert there([piece(1)], known("a", came_now=True)) == {}

    def test_knows_a_row_of_its_own_export_by_its_id(self):
        exported = [piece(1, known_as="a"), piece(2, known_as="b")]

        assert there(exported, known("a")) == {0: "a"}


class TestFatesOfLines:
    @pytest.mark.parametrize(
        ("fates", "expected"),
        [
            ([Fate(result="imported", transaction_id="a")], ("imported", None, "a")),
            ([Fate(result="refused", reason="No.")], ("refused", "No.", None)),
            (
                [
                    Fate(result="duplicate", transaction_id="a"),
                    Fate(result="imported", transaction_id="b"),
                ],
                ("imported", None, "b"),
            ),
            (
                [
                    Fate(result="refused", reason="Too much."),
                    Fate(result="imported", transaction_id="b"),
                ],
                ("refused", "Only in part: Too much.", "b"),
            ),
        ],
    )
    def test_are_those_of_their_rows_together(self, fates, expected):
        line = Parsed(line=7, entries=(ENTRY,) * len(fates))
        reading = Reading(format="coinbase", lines=[line])
        pieces = matching.pieces_of(reading)

        (row,) = matching.fates_of_lines(reading, pieces, fates)
        assert (row["line"], row["result"], row["reason"], row["transaction_id"]) == (7, *expected)

    def test_of_lines_without_rows_are_their_own(self):
        lines: list[Any] = [Refused(line=1, reason="No."), Twin(line=2, reason="As line 1.")]
        told = matching.fates_of_lines(Reading(format="coinbase", lines=lines), [], [])

        assert [row["result"] for row in told] == ["refused", "duplicate"]
        assert matching.counted(told) == {"imported": 0, "duplicate": 1, "refused": 1}


class TestContentOf:
    def test_is_the_same_however_a_number_is_written(self):
        same = replace(ENTRY, quantity=Decimal("2.000"), price=Decimal("50.50"))

        assert rows.content_of(same) == rows.content_of(ENTRY)
        assert rows.content_of(replace(ENTRY, fee=Decimal(1))) != rows.content_of(ENTRY)

    def test_takes_money_as_a_whole(self):
        each = replace(ENTRY, type="dividend", quantity=Decimal(10), price=Decimal("0.5"))
        whole = replace(ENTRY, type="dividend", quantity=Decimal(1), price=Decimal(5))

        assert rows.content_of(each) == rows.content_of(whole)


class TestEntry:
    @pytest.mark.parametrize(
        ("changes", "part"),
        [
            ({"type": "gift"}, "no type"),
            ({"asset_type": "house"}, "no type of asset"),
            ({"quantity": Decimal(0)}, "more than 0"),
            ({"price": Decimal(-1)}, "less than 0"),
            ({"fee": Decimal(-1)}, "less than 0"),
            ({"type": "dividend"}, "more than 0"),
            ({"symbol": None}, "needs a symbol"),
        ],
    )
    def test_refuses_what_the_ledger_can_not_hold(self, changes, part):
        good: dict[str, Any] = {
            "type": "buy",
            "asset_type": "stock",
            "symbol": "KO",
            "currency": "USD",
        }
        good |= {"executed_at": datetime(2024, 1, 2, tzinfo=UTC)}
        with pytest.raises(BadValue, match=part):
            rows.entry(**{**good, **changes})


class TestExternalId:
    def test_is_apart_from_other_sources(self):
        assert rows.external_id("coinbase", " a1 ") == "coinbase:a1"
        assert rows.external_id("coinbase", " ") is None

    @pytest.mark.parametrize("text", ["x" * 129, "a\x00b"])
    def test_is_short_and_plain(self, text):
        with pytest.raises(BadValue, match="longer than 128"):
            rows.external_id("coinbase", text)


class TestColumnsOf:
    def test_takes_no_column_twice(self):
        columns = mapping.columns_of(["Date", "Time", "Type", "Symbol", "Total"], given={})

        assert columns.told == {
            "date": "Date",
            "time": "Time",
            "type": "Type",
            "symbol": "Symbol",
            "amount": "Total",
        }
        assert columns.missing == ["quantity"]

    def test_gives_way_to_what_is_given(self):
        given = {"symbol": "Paper", "date": "", "price": "Total", "default_currency": "chf"}
        columns = mapping.columns_of(["Date", "Symbol", "Paper", "Total"], given=given)

        assert columns.told == {"symbol": "Paper", "price": "Total", "default_currency": "CHF"}
        assert columns.unknown == ["Date", "Symbol"]

    def test_finds_the_header_below_other_lines(self):
        lines = [["Report"], ["Made by", "somebody"], ["Date", "Symbol", "Quantity", "Price"]]

        assert mapping.header_at(lines) == 2
        assert mapping.header_at(lines[:2]) == 0


class TestAtYahoo:
    @pytest.mark.parametrize("ticker", ["", "A PPLE INC!", "X" * 30])
    def test_refuses_what_is_no_ticker(self, ticker):
        with pytest.raises(BadValue, match="symbol"):
            at_yahoo(ticker, exchange="")

    def test_adds_an_exchange_once(self):
        assert at_yahoo("SAP.DE", exchange="IBIS") == "SAP.DE"
