"""Is a CSV read as its owner means it, and is what is none refused with the line?"""

import codecs
import csv
import time
from decimal import Decimal
from pathlib import Path

import pytest

from app.workspace.engine import ingest
from app.workspace.engine.ingest import Limits, NotACsv, convert

DATA = Path(__file__).parents[2] / "app/local/data"
MEGABYTE = 1024 * 1024


@pytest.fixture
def read(tmp_path):
    def read(content, **limits):
        source, target = tmp_path / "source.csv", tmp_path / "made" / "data.parquet"
        source.write_bytes(content.encode() if isinstance(content, str) else content)
        target.parent.mkdir()
        return convert(source=source, target=target, limits=Limits(**limits))

    return read


@pytest.fixture
def columns(read):
    def columns(content):
        return {column.name: column for column in read(content).columns}

    return columns


@pytest.fixture
def refused(read):
    def refused(content, **limits):
        with pytest.raises(NotACsv) as raised:
            read(content, **limits)
        return raised.value.reason, raised.value.line

    return refused


class TestEncoding:
    @pytest.mark.parametrize(
        ("content", "told"),
        [
            ("Ort,Größe\nKöln,1\n".encode(), "UTF-8"),
            ("Ort,Größe\nKöln,1\n".encode("utf-8-sig"), "UTF-8"),
            ("Ort,Größe\nKöln,1\n".encode("utf-16"), "UTF-16"),
            (codecs.BOM_UTF16_BE + "Ort,Größe\nKöln,1\n".encode("utf-16-be"), "UTF-16"),
            ("Ort,Größe\nKöln,1\n".encode("utf-16-le"), "UTF-16"),
            ("Ort,Größe\nKöln,1\n".encode("utf-16-be"), "UTF-16"),
            ("Ort,Größe\nKöln,1\n".encode("cp1252"), "Windows-1252"),
        ],
    )
    def test_is_found(self, read, content, told):
        found = read(content)

        assert (found.encoding, found.preview) == (told, [["Köln", "1"]])
        assert [column.name for column in found.columns] == ["Ort", "Größe"]

    def test_survives_a_letter_that_is_cut_in_two(self, read):
        # The chunk ends in the middle of the letter's two bytes.
        first = b"a,b\n" + b"x,1\n" * (MEGABYTE // 4 - 2)
        rest = "yyyé,2\n".encode()
        found = read(first + rest)

        assert found.row_count == MEGABYTE // 4 - 1
        assert found.columns[0].distinct == 2

    @pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
    def test_ends_lines_as_any_machine_does(self, read, ending):
        found = read(ending.join(["a,b", "1,2", "3,4"]))

        assert (found.row_count, found.columns[1].maximum) == (2, 4)

    def test_takes_lines_that_end_now_so_now_so(self, read):
        assert read("a,b\r\n1,2\n3,4\r5,6\r\n").row_count == 3


class TestDelimiter:
    @pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
    def test_is_found(self, read, delimiter):
        rows = [["name", "note, more"], ["a", "x; y"], ["b", "z"]]
        text = "\n".join(delimiter.join(f'"{cell}"' for cell in row) for row in rows)

        found = read(text)

        assert (found.delimiter, found.row_count) == (delimiter, 2)
        assert [column.name for column in found.columns] == ["name", "note, more"]

    def test_is_no_part_of_numbers(self, columns):
        found = columns("preis;menge\n1,50;2\n2,25;3\n")

        assert (found["preis"].type, found["preis"].maximum) == ("decimal", Decimal("2.25"))


class TestHeader:
    def test_may_be_missing(self, read):
        found = read("1,Rome\n2,Oslo\n")

        assert (found.has_header, found.row_count) == (False, 2)
        assert [column.name for column in found.columns] == ["column_1", "column_2"]

    def test_may_be_doubled_or_empty(self, columns):
        assert list(columns("id,Total,total,,id\n1,2,3,4,5\n")) == [
            "id",
            "Total",
            "total_2",
            "column_4",
            "id_2",
        ]

    def test_may_hold_what_sql_would_take_for_its_own(self, columns):
        found = columns('a""b\',"x""); DROP TABLE t; --"\n1,2\n')

        assert len(found) == 2
        assert {column.maximum for column in found.values()} == {1, 2}

    def test_may_name_years(self, read):
        found = read("city,2023,2024\nRome,7,8\nOslo,9,10\n")

        assert [column.name for column in found.columns] == ["city", "2023", "2024"]


class TestType:
    @pytest.mark.parametrize(
        ("values", "kind", "least", "most"),
        [
            (["1", "-20", "+3"], "integer", -20, 3),
            (["1,234", "12", "1,000,000"], "integer", 12, 1_000_000),
            (["1.5", "-.25", "7"], "decimal", Decimal("-0.25"), Decimal("7.00")),
            (["1,234.50", "0.5"], "decimal", Decimal("0.50"), Decimal("1234.50")),
            (["1.234,50", "0,5"], "decimal", Decimal("0.50"), Decimal("1234.50")),
            (["1 234,50", "2"], "decimal", Decimal("2.00"), Decimal("1234.50")),
            (["1'234.50", "2"], "decimal", Decimal("2.00"), Decimal("1234.50")),
            (["1e3", "2.5"], "decimal", Decimal("2.5"), Decimal("1000.0")),
            (["$1,234.50", "-$7", "($2.25)"], "decimal", Decimal("-7.00"), Decimal("1234.50")),
            (["5,20 €", "7 €"], "decimal", Decimal("5.20"), Decimal("7.00")),
            (["12.5%", "3%"], "decimal", Decimal("3.0"), Decimal("12.5")),
            (["2024-01-31", "2023-12-01"], "date", "2023-12-01", "2024-01-31"),
            (["31/12/2023", "01/02/2024"], "date", "2023-12-31", "2024-02-01"),
            (["12/31/2023", "01/02/2024"], "date", "2023-12-31", "2024-01-02"),
            (["31.12.2023", "1.2.2024"], "date", "2023-12-31", "2024-02-01"),
            (["5 Jan 2024", "6 Feb 2024"], "date", "2024-01-05", "2024-02-06"),
            (["20240131", "20240201"], "date", "2024-01-31", "2024-02-01"),
            (
                ["2024-01-05T10:00:00Z", "2024-01-05 11:00+02:00"],
                "timestamp",
                "2024-01-05T09:00:00",
                "2024-01-05T10:00:00",
            ),
            (
                ["01/05/2024 10:30 PM", "01/13/2024 1:00 AM"],
                "timestamp",
                "2024-01-05T22:30:00",
                "2024-01-13T01:00:00",
            ),
            (["yes", "No"], "boolean", False, True),
            (["007", "012"], "text", "007", "012"),
            (["1", "two"], "text", "1", "two"),
            (["=1+1", "+cmd|calc", "@x"], "text", "+cmd|calc", "@x"),
            (["99999999999999999999", "1"], "decimal", None, None),
        ],
    )
    def test_is_found_and_read(self, columns, values, kind, least, most):
        lines = "".join(f'"{value}";x\n' for value in values)

        found = columns(f"v;w\n{lines}")["v"]

        assert found.type == kind
        if least is not None:
            assert (found.minimum, found.maximum) == (least, most)

    def test_is_that_of_every_row_and_not_of_the_first_ones(self, columns):
        lines = "1,01/02/2024,1\n" * 50_000
        found = columns(f"a,day,b\n{lines}x,13/02/2024,1.5\n")

        assert [column.type for column in found.values()] == ["text", "date", "decimal"]
        assert found["day"].format == "%d/%m/%Y"
        assert found["day"].minimum == "2024-02-01"

    def test_leaves_gaps_empty_whatever_stands_for_them(self, columns):
        found = columns("n,t\n1,NA\nN/A,x\n-,\n,null\n2,y\n")

        assert (found["n"].type, found["n"].nulls) == ("integer", 3)
        assert (found["t"].type, found["t"].nulls) == ("text", 1)  # where NA may be a name

    def test_keeps_the_unit(self, columns):
        found = columns('price,share\n"$1,000.00",5%\n$2.50,7%\n')

        assert (found["price"].unit, found["share"].unit) == ("$", "%")

    def test_of_one_column_decides_for_another(self, columns):
        found = columns("a;b\n1.234;1,5\n5.678;2,25\n")

        assert (found["a"].type, found["a"].maximum) == ("integer", 5678)


class TestProfile:
    def test_agrees_with_counting_by_hand(self, tmp_path):
        source, target = DATA / "seattle-weather.csv", tmp_path / "data.parquet"
        with source.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))

        found = convert(source=source, target=target)

        by_name = {column.name: column for column in found.columns}
        assert found.row_count == len(rows) == 1_461
        assert (by_name["date"].minimum, by_name["date"].maximum) == ("2012-01-01", "2015-12-31")
        assert by_name["weather"].distinct == len({row["weather"] for row in rows})
        highest = sorted(Decimal(row["temp_max"]) for row in rows)
        assert (by_name["temp_max"].minimum, by_name["temp_max"].maximum) == (
            highest[0],
            highest[-1],
        )
        assert by_name["temp_max"].quantiles[1] == highest[730]

    def test_of_another_file_too(self, tmp_path):
        found = convert(source=DATA / "airports.csv", target=tmp_path / "data.parquet")

        types = {column.name: column.type for column in found.columns}
        assert found.row_count == 3_376
        assert types["iata"] == types["name"] == "text"
        assert types["latitude"] == types["longitude"] == "decimal"
        assert found.columns[0].distinct == 3_376

    def test_keeps_cells_short(self, columns):
        found = columns(f"a,b\n{'x' * 5_000},1\n")["a"]

        assert len(found.maximum) == len(found.samples[0]) == 60


class TestHostileFile:
    """Each gets a clear answer, in little time and memory (40-security.md, line 13)."""

    @pytest.mark.parametrize(
        ("content", "line", "said"),
        [
            (b"", None, "empty"),
            (b"\n\n \n", 1, "blank"),
            (b"a,b\n1,2\n1,2,3\n", 3, "3 fields where the first line has 2"),
            (b"a,b\n1,2\n1\n", 3, "1 field where"),
            (b'a,b\n1,"x\n2,3\n', 2, "quote that is not closed"),
            (b"a,b\n1,\x002\n", 2, "NUL"),
            ("a,é\n".encode() + b"x,\xe9\n", 2, "mixes encodings"),
            (b"\x81\x8d,b\n1,2\n", 1, "neither UTF-8 nor Windows-1252"),
            (b"PK\x03\x04" + b"x" * 100, 1, "zip archive or an Excel workbook"),
            (b"\x1f\x8b\x08", 1, "gzip"),
            (b"%PDF-1.7", 1, "PDF"),
            (b'{"a": 1}', 1, "JSON"),
            (b"<!DOCTYPE html><p>", 1, "web page"),
            (b"a,b\n", 1, "no row"),
            (b",".join([b"a"] * 501) + b"\n1\n", 1, "501 columns"),
            (b"a," * 1_000_000 + b"\n1\n", 1, "longer than"),
            (b"a,b\n1," + b"x" * 10 * MEGABYTE + b"\n", 2, "longer than"),
            (b'a,b\n1,"' + b"x\n" * 5 * MEGABYTE + b'"\n', 2, "begins a row of more than"),
            (b"x" * 20 * MEGABYTE, 1, "longer than"),
        ],
        ids=lambda value: "" if isinstance(value, bytes) else str(value),
    )
    def test_is_refused_with_the_line(self, refused, content, line, said):
        began = time.monotonic()

        reason, at = refused(content)

        assert said in reason
        assert at == line
        assert time.monotonic() - began < 20

    def test_may_hold_formulas_which_stay_text(self, read):
        found = read('a,b\n=HYPERLINK("x"),1\n"=1+1",2\n'.replace('("x")', "(x)"))

        assert found.preview == [["=HYPERLINK(x)", "1"], ["=1+1", "2"]]
        assert found.columns[0].type == "text"

    def test_is_given_up_on_in_time(self, refused):
        reason, _ = refused(b"a,b\n" + b"1,2\n" * 1_000_000, seconds=0.05)

        assert "took more than 0.05 seconds" in reason

    def test_is_given_up_on_for_its_memory(self, refused):
        rows = "".join(f"{n:0200},{n}\n" for n in range(150_000))

        reason, line = refused(f"a,b\n{rows}", memory_mb=12)

        assert ("too much memory" in reason, line) == (True, None)

    def test_reaches_nothing_by_its_name_or_cells(self, columns):
        found = columns("path\n/etc/passwd\n'); COPY t TO '/tmp/x'; --\n")

        assert found["path"].type == "text"


class TestRows:
    def test_are_limited(self, refused, monkeypatch):
        monkeypatch.setattr(ingest, "MOST_ROWS", 2)

        assert refused("a,b\n1,2\n3,4\n5,6\n") == ("The file has 3 rows; 2 is the most.", None)
