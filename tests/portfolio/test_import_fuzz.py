"""Does anything that somebody may send end in rows or in a sentence, and never in a crash?"""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.portfolio.rules import entries
from app.portfolio.rules.imports import formats, ours
from app.portfolio.rules.imports.rows import LONGEST_REASON, NotImportable, Parsed
from tests.portfolio.importing import COINBASE, SAMPLES, TRADES, read

GENERIC = "date,type,symbol,quantity,price,amount,fee,currency,id\n"
LINES = sorted(
    {
        line
        for path in SAMPLES.iterdir()
        if path.suffix == ".csv"
        for line in path.read_bytes().decode("cp1252").splitlines()
    }
)
CELLS = st.one_of(
    st.sampled_from(sorted({cell for line in LINES for cell in line.split(",")})),
    st.text(max_size=20),
    st.decimals(allow_nan=True, allow_infinity=True).map(str),
    st.datetimes().map(str),
)
ROWS = st.one_of(
    st.sampled_from(LINES),
    st.lists(CELLS, max_size=18).map(",".join),
    st.tuples(
        st.sampled_from(["Trades", "Dividends", "Corporate Actions", "Transfers", "Fees"]),
        st.sampled_from(["Header", "Data", "Total"]),
        st.lists(CELLS, max_size=16).map(",".join),
    ).map(",".join),
)
ACTIVITIES = st.dictionaries(
    st.sampled_from(
        ["type", "symbol", "dataSource", "quantity", "unitPrice", "fee", "currency", "date", "id"]
    ),
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(allow_nan=False, allow_infinity=False),
        CELLS,
        st.just([]),
    ),
)


def survives(content, format_name=None):
    """Whatever it is, it is read or refused; every row could stand in a ledger."""
    try:
        lines = read(content, format_name=format_name)
    except NotImportable:
        return
    for line in lines:
        assert line.line >= 1
        if not isinstance(line, Parsed):
            assert 0 < len(line.reason) <= LONGEST_REASON
            continue
        for row in line.entries:
            assert row.type in entries.TYPES
            assert row.quantity > 0
            assert row.price >= 0
            assert row.fee >= 0
            assert row.executed_at.utcoffset() is not None
            assert (row.symbol is None) == (row.asset_type is None)
            assert row.external_id or row.fingerprint


class TestAnything:
    @given(st.binary(max_size=400))
    @example(b"\xff\xfe")
    @example(b'"')
    def test_of_bytes_is_read_or_refused(self, content):
        survives(content)

    @given(
        st.sampled_from([COINBASE, TRADES, ",".join(ours.HEADER) + "\n", GENERIC, ""]),
        st.lists(ROWS, max_size=12),
        st.sampled_from(["\n", "\r\n"]),
    )
    def test_of_lines_is_read_or_refused(self, header, lines, ending):
        survives((header + ending.join(lines)).encode("utf-8", "replace"))

    @pytest.mark.parametrize("name", formats.FORMATS)
    @given(content=st.lists(ROWS, max_size=6).map("\n".join))
    def test_is_read_or_refused_whatever_it_is_said_to_be(self, name, content):
        survives(content.encode("utf-8", "replace"), name)

    @given(st.lists(st.one_of(ACTIVITIES, st.none(), CELLS), max_size=6))
    def test_of_activities_is_read_or_refused(self, activities):
        survives(json.dumps({"activities": activities}, default=str).encode("utf-8", "replace"))
