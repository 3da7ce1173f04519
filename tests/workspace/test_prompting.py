import json
from datetime import UTC, datetime

import pytest

from app.workspace.service import prompting
from app.workspace.service.files import Table
from app.workspace.service.live_tables import LiveTable

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def table(number, *, columns, letters):
    return Table(
        name=f"table_{number}",
        file_id=f"file-{number}",
        filename=f"table {number}.csv",
        object_key="key",
        columns=[
            {
                "name": f"column {at}",
                "type": "text",
                "nulls": 0,
                "distinct": 5,
                "minimum": "a",
                "maximum": "b",
                "quantiles": [],
                "samples": ["x" * letters],
            }
            for at in range(columns)
        ],
        row_count=5,
    )


def told(tables, live=()):
    text = prompting.system_text(tables=tables, live=live, now=NOW)
    assert len(text) < prompting.MOST_PROMPTED + 5_000
    return json.loads(text.partition("<tables>")[2].partition("</tables>")[0])


class TestSystemText:
    def test_names_the_day(self):
        assert "2026-11-20" in prompting.system_text(tables=[], live=[], now=NOW)

    @pytest.mark.parametrize(
        ("count", "columns", "letters", "keys"),
        [
            (2, 3, 5, 8),
            (5, 100, 60, 6),
            (20, 60, 60, 2),
        ],
    )
    def test_tells_as_much_of_columns_as_there_is_room_for(self, count, columns, letters, keys):
        shown = told([table(at, columns=columns, letters=letters) for at in range(count)])

        assert len(shown) == count
        assert len(shown[0]["columns"]) == columns
        assert len(shown[0]["columns"][0]) == keys

    def test_names_the_tables_where_there_are_too_many_columns(self):
        shown = told([table(at, columns=1_000, letters=5) for at in range(90)])

        assert len(shown) == 90
        assert shown[0]["columns"] == []

    def test_leaves_off_what_has_no_room_even_so(self):
        shown = told([table(at, columns=10, letters=5) for at in range(2_000)])

        assert 100 < len(shown) < 2_000

    def test_tells_of_live_tables(self):
        live = LiveTable(name="portfolio", columns={"symbol": "text"}, rows=[("BTC",), (None,)])
        empty = LiveTable(name="empty", columns={"symbol": "text"}, rows=[])

        shown = told([], live=[live, empty])

        assert [(one["table"], one["row_count"], one["live"]) for one in shown] == [
            ("portfolio", 2, True),
            ("empty", 0, True),
        ]
        column = shown[0]["columns"][0]
        assert (column["nulls"], column["distinct"]) == (1, 1)
