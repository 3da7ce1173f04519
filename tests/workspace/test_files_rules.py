import pytest

from app.core import waiting
from app.workspace.rules import dialect, files, readings


class TestCleanFilename:
    @pytest.mark.parametrize(
        ("given", "clean"),
        [
            ("sales.csv", "sales.csv"),
            ("../../etc/passwd", "passwd"),
            ("C:\\data\\sales 2024.csv", "sales 2024.csv"),
            ('a"b*c?.csv', "abc.csv"),
            ("a\x00b\u202ec.csv", "abc.csv"),
            ("..", "data.csv"),
            ("", "data.csv"),
            ("x" * 300 + ".csv", "x" * 251 + ".csv"),
            ("x" * 300, "x" * 255),
            ("x." + "y" * 300, "x." + "y" * 253),
            ("Größe.csv", "Größe.csv"),
        ],
    )
    def test_leaves_a_name(self, given, clean):
        assert files.clean_filename(given) == clean


class TestPlainFilename:
    @pytest.mark.parametrize(
        ("filename", "plain"), [("Größe.csv", "Grosse.csv"), ("数据", "data.csv")]
    )
    def test_is_in_letters_of_any_header(self, filename, plain):
        assert files.plain_filename(filename) == plain


class TestTableNames:
    def test_need_no_quotes_and_differ(self):
        given = [
            "Sales 2024.csv",
            "sales-2024.CSV",
            "2024.csv",
            "order.csv",
            "数据.csv",
            "portfolio",
        ]

        assert files.table_names(given) == [
            "sales_2024",
            "sales_2024_2",
            "t_2024",
            "order_",
            "data",
            "portfolio_",
        ]


class TestDialect:
    def test_of_what_can_not_be_cut_up_is_the_comma(self):
        assert dialect.delimiter_of('"' + "x" * (dialect.LONGEST_FIELD + 1)) == ","

    def test_of_a_first_row_of_nothing_is_no_header(self):
        assert not dialect.has_header([["", ""], ["1", "2"]])

    def test_takes_a_year_below_years_for_a_value(self):
        assert not dialect.has_header([["Rome", "2024"], ["Oslo", "2023"]])
        assert not dialect.has_header([["Rome", "2024"]])
        assert dialect.has_header([["city", "2024"], ["Oslo", "7"], ["Lima", ""]])


class TestCandidates:
    def test_are_none_for_a_column_without_values(self):
        assert readings.candidates(["", "NA", "-"]) == []

    def test_are_none_for_marks_without_a_number(self):
        assert readings.candidates(["$", "%"]) == []


class TestPollDelays:
    def test_add_up_to_the_wait(self):
        delays = list(waiting.poll_delays(20))

        assert sum(delays) == pytest.approx(20)
        assert max(delays) == waiting.LONGEST_SECONDS
        assert list(waiting.poll_delays(0)) == []
