from datetime import UTC, datetime
from decimal import Decimal

import pytest

from app.workspace.rules import answers, figures, pictures, suggestions


class TestUnfounded:
    @pytest.mark.parametrize(
        ("answer", "values"),
        [
            ("The total is 37.", [Decimal("37.00")]),
            ("The total is 1,234.57.", [Decimal("1234.567")]),
            ("About 1.2 million.", [1234567]),
            ("About 12k rows.", [12345]),
            ("About $1.2bn in all.", [Decimal("1234567890.12")]),
            ("A share of 12.3 %.", [Decimal("0.1234")]),
            ("A share of 12.3%.", [Decimal("12.34")]),
            ("It fell by 5.", [-5]),
            ("It is 2.5 (half-even 2).", [Decimal("2.5")]),
            ("On 2024-01-05 it was highest.", ["2024-01-05"]),
            ("1. North\n2. South", []),
            ("- 1. North", []),
            ("Room B12 is best.", []),
            ("No numbers.", []),
            ("It is 7.", [[7, {"a": 8}]]),
            ("It is 8.", [[7, {"a": 8}]]),
            ("It is 0.", [0.0]),
        ],
    )
    def test_finds_nothing_wrong_with(self, answer, values):
        assert figures.unfounded(answer=answer, values=values, words=()) == []

    @pytest.mark.parametrize(
        ("answer", "values", "missing"),
        [
            ("The total is 38.", [Decimal("37.00")], ["38"]),
            ("The total is 1,235.", [Decimal("1234.4")], ["1,235"]),
            ("It is 12.35.", [Decimal("12.3")], ["12.35"]),
            ("A share of 12.3 %.", [Decimal("0.2")], ["12.3 %"]),
            ("It is 5 million.", [5], ["5 million"]),
            ("It is 42, again 42, and 43.", [], ["42", "43"]),
            ("It is 1.", [True, None, float("inf"), "no", 1e300], ["1"]),
            ("It is 9" + "9" * 300 + ".", [], []),  # nobody's figure
        ],
    )
    def test_finds(self, answer, values, missing):
        assert figures.unfounded(answer=answer, values=values, words=()) == missing

    def test_allows_what_the_question_and_the_queries_say(self):
        found = figures.unfounded(
            answer="The top 5 of 2024, above 1,000.",
            values=(),
            words=("The top 5 above 1,000?", "SELECT ... WHERE year = 2024"),
        )
        assert found == []

    def test_passes_over_what_is_no_number(self):
        class Odd:
            def __str__(self):
                return "odd"

        assert figures.unfounded(answer="It is 3.", values=[Odd(), 3], words=()) == []


class TestTitleOf:
    @pytest.mark.parametrize(
        ("question", "title"),
        [
            ("How many?", "How many"),
            ("  What   is\tit?\nPlease", "What is it"),
            ("???", "Session"),
            ("word " * 30, "word word word word word word word word word word word word" + "…"),
            ("x" * 80, "x" * 59 + "…"),
        ],
    )
    def test_is_its_beginning(self, question, title):
        assert answers.title_of(question) == title


def test_reservation_of_each_try_is_another():
    names = [answers.reservation_of(message_id="a", attempt=at) for at in (1, 2, 3)]
    assert names == ["a", "a#2", "a#3"]


ROWS = [["North", 1, Decimal("2.5")], ["South", 2, None], ["West", 3, 4], [None, 5, 6]]
COLUMNS = ["region", "count", "total"]


class TestDrawn:
    def drawn(self, wanted=None, columns=COLUMNS, rows=ROWS):
        return pictures.drawn(wanted=wanted, columns=columns, rows=rows)

    def test_draws_what_the_model_wants(self):
        wanted = {"kind": "bar", "title": "Totals\n\nnow", "x": "region", "y": ["total"]}

        assert self.drawn(wanted) == {
            "kind": "bar",
            "title": "Totals now",
            "x": "region",
            "y": ["total"],
            "points": [["North", Decimal("2.5")], ["West", 4], ["(none)", 6]],
        }

    def test_takes_one_column_by_its_name(self):
        drawn = self.drawn({"kind": "scatter", "x": "count", "y": "total"})
        assert (drawn["kind"], drawn["title"]) == ("scatter", "total by count")

    def test_puts_lines_in_order(self):
        rows = [["2024-03-01", 3], ["2024-01-01", 1], ["2024-02-01T10:00:00", 2]]
        drawn = self.drawn({"kind": "line", "x": "day", "y": ["n"]}, ["day", "n"], rows)
        assert [point[1] for point in drawn["points"]] == [1, 2, 3]

    @pytest.mark.parametrize(
        "wanted",
        [
            {},
            {"kind": "pie", "x": "region", "y": ["total"]},
            {"kind": "bar", "x": "region", "y": []},
            {"kind": "bar", "x": "region", "y": [1]},
            {"kind": "bar", "x": "nowhere", "y": ["total"]},
            {"kind": "line", "x": "region", "y": ["total"]},
            {"kind": "scatter", "x": "region", "y": ["total"]},
            {"kind": "bar", "title": 5, "x": "region", "y": ["region"]},
        ],
    )
    def test_leaves_what_can_not_be_drawn(self, wanted):
        assert self.drawn(wanted) is None

    @pytest.mark.parametrize(
        ("rows", "kind"),
        [
            ([["a", 1], ["b", 2], ["c", 3]], "bar"),
            ([["2024-01-01", 1], ["2024-01-02", 2], ["2024-01-03", 3]], "line"),
            ([["a", 1], ["b", 2]], None),
            ([[1, 1], [2, 2], [3, 3]], None),
            ([["a", "x"], ["b", "y"], ["c", "z"]], None),
            ([[str(at), at] for at in range(41)], None),
        ],
    )
    def test_suggests_itself_for_names_with_amounts(self, rows, kind):
        drawn = self.drawn(None, ["name", "n"], rows)
        assert (drawn and drawn["kind"]) == kind

    def test_suggests_nothing_for_two_columns_of_one_name(self):
        assert self.drawn(None, ["n", "n"], [["a", 1], ["b", 2], ["c", 3]]) is None


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-01-05", datetime(2024, 1, 5, tzinfo=UTC)),
        ("2024-01-05T10:00:00", datetime(2024, 1, 5, 10, tzinfo=UTC)),
        ("2024-01-05T10:00:00+02:00", datetime.fromisoformat("2024-01-05T10:00:00+02:00")),
        ("2024-13-05", None),
        ("not a day at all", None),
        ("short", None),
        (5, None),
    ],
)
def test_moment_of(text, moment):
    assert pictures.moment_of(text) == moment


def column(name, kind, *, distinct=5, nulls=0):
    return {"name": name, "type": kind, "distinct": distinct, "nulls": nulls}


class TestQuestionsAbout:
    def test_are_of_every_kind_that_the_columns_allow(self):
        table = {
            "name": "sales",
            "row_count": 100,
            "columns": [
                column("id", "integer", distinct=100),
                column("region", "text"),
                column("amount", "decimal", distinct=90),
                column("tax", "decimal", distinct=80),
                column("day", "date", nulls=3),
            ],
        }
        assert suggestions.questions_about([table]) == [
            "What is the total amount by region?",
            "How did amount develop by month of day?",
            "How are amount and tax correlated?",
            "What are the mean, median and maximum of amount?",
            "How many rows are there by region?",
            "Which columns have missing values?",
        ]

    def test_take_turns_and_name_the_table_where_there_are_several(self):
        tables = [
            {"name": name, "row_count": 5, "columns": [column("note", "text", distinct=1)]}
            for name in "ab"
        ]
        assert suggestions.questions_about(tables, live=["portfolio"]) == [
            "What is the total current_value by asset_type in portfolio?",
            "How many rows are there in a?",
            "How many rows are there in b?",
            "What are the top 5 symbol by gain_loss in portfolio?",
            "Are there duplicate rows in a?",
            "Are there duplicate rows in b?",
        ]

    def test_are_none_of_nothing(self):
        assert suggestions.questions_about([]) == []
