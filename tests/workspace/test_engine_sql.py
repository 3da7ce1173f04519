import uuid
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest

from app.workspace.engine import live, results, sql

COLUMNS = {
    "name": "text",
    "n": "integer",
    "amount": "decimal",
    "day": "date",
    "at": "timestamp",
    "ok": "boolean",
}
MOMENT = datetime(2024, 1, 5, 10, tzinfo=UTC)
ROWS = [
    ("O'Hara", 1, Decimal("10.50"), date(2024, 1, 5), MOMENT, True),
    ("b", 2, Decimal("0.1"), None, None, False),
    ("nul\x00", None, Decimal("1e30"), None, None, None),
]


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    target = tmp_path_factory.mktemp("data") / "it's.parquet"
    live.write(columns=COLUMNS, rows=ROWS, target=target)
    return target


@pytest.fixture
def run(table):
    def run(query, **limits):
        return sql.run(tables={"things": table}, query=query, limits=sql.Limits(**limits))

    return run


class TestRun:
    def test_gives_exact_and_plain_values(self, run):
        result = run("SELECT * FROM things ORDER BY n NULLS LAST")

        assert result.columns == tuple(COLUMNS)
        assert result.rows == (
            ("O'Hara", 1, Decimal("10.5"), "2024-01-05", "2024-01-05T10:00:00", True),
            ("b", 2, Decimal("0.1"), None, None, False),
            ("nul", None, None, None, None, None),
        )
        assert (result.row_count, result.truncated) == (3, False)

    def test_gives_nested_and_odd_values(self, run):
        (row,) = run("SELECT [1, 2], {'a': 1.5}, 'inf'::DOUBLE, INTERVAL 1 DAY, 'a'::BLOB").rows

        assert row == ([1, 2], {"a": Decimal("1.5")}, "inf", "1 day, 0:00:00", "61")

    def test_cuts_rows_and_texts(self, run):
        result = run("SELECT repeat('x', 50) AS x FROM range(5)", rows=2, cell_characters=10)

        assert (result.row_count, result.truncated) == (2, True)
        assert result.rows[0] == ("xxxxxxxxx…",)

    def test_cuts_what_is_too_large_as_a_whole(self, run):
        result = run("SELECT repeat('x', 50) AS x FROM range(5)", result_bytes=150)

        assert (result.row_count, result.truncated) == (2, True)

    def test_refuses_too_many_columns(self, run):
        with pytest.raises(sql.QueryRefused, match="3 columns; at most 2"):
            run("SELECT 1, 2, 3", columns=2)

    def test_repeats_what_duckdb_says(self, run):
        with pytest.raises(sql.QueryFailed, match="amout"):
            run("SELECT amout FROM things")

    def test_ends_what_takes_too_long(self, run):
        with pytest.raises(sql.QueryTooLarge, match=r"longer than 0\.5 s"):
            run("SELECT count(*) FROM range(10000000) a, range(10000000) b", seconds=0.5)

    def test_ends_what_takes_too_much_memory(self, run):
        with pytest.raises(sql.QueryTooLarge, match="512 MB"):
            run("SELECT repeat('x', 1000000000)")

    def test_reaches_no_file_besides(self, table):
        with pytest.raises(RuntimeError, match="the engine ended with 1"):
            sql.run(
                tables={"things": table.with_name("none.parquet")},
                query="SELECT 1",
                limits=sql.Limits(),
            )


class TestHash:
    def hash_of(self, *rows):
        return results.hash_of(columns=["a", "b"], rows=rows)

    def test_is_the_same_in_every_order(self):
        assert self.hash_of([1, "x"], [2, "y"]) == self.hash_of([2, "y"], [1, "x"])

    @pytest.mark.parametrize(
        ("left", "right"),
        [
            (Decimal("1.50"), 1.5),
            (2, Decimal("2.0")),
            (0.1 + 0.2, Decimal("0.3")),
            (0, Decimal("-0.0")),
            ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ],
    )
    def test_counts_numbers_by_value(self, left, right):
        assert self.hash_of([left, None]) == self.hash_of([right, None])

    @pytest.mark.parametrize(
        ("left", "right"), [(1, "1"), (1, True), (None, "null"), ([1], 1), (1, 10)]
    )
    def test_tells_values_apart(self, left, right):
        assert self.hash_of([left, None]) != self.hash_of([right, None])

    def test_counts_repeated_rows(self):
        assert self.hash_of([1, 2]) != self.hash_of([1, 2], [1, 2])


class TestPlain:
    @pytest.mark.parametrize(
        ("value", "shown"),
        [
            (time(10, 30), "10:30:00"),
            (timedelta(hours=1), "1:00:00"),
            (uuid.UUID(int=0), "00000000-0000-0000-0000-000000000000"),
            ({1: (2, 3)}, {"1": [2, 3]}),
            (b"\xff", "ff"),
            (float("nan"), "nan"),
        ],
    )
    def test_is_as_json_has_it(self, value, shown):
        assert results.plain(value, longest=100) == shown
