"""Does the planner understand what people ask, and is every number the one that plain Python computes?"""

import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from app.providers.language_model.planner.numbers import Writer
from tests.providers.planner_shop import TYPES, Shop, sales

ROWS = sales()
Row = dict[str, Any]


@pytest.fixture(scope="module")
def counter() -> Shop:
    """The shop's table is only read, so it is made once."""
    return Shop(ROWS, TYPES)


@pytest.fixture
def shop(counter: Shop) -> Shop:
    counter.turns.clear()
    return counter


def written(value: Any) -> str:
    return Writer().write(value)


def of(name: str, rows: Iterable[Row] = ROWS, **wanted: Any) -> list[Any]:
    return [row[name] for row in where(rows, **wanted) if row[name] is not None]


def where(rows: Iterable[Row] = ROWS, **wanted: Any) -> list[Row]:
    return [row for row in rows if all(row[name] == value for name, value in wanted.items())]


def within(first: str, last: str, rows: Iterable[Row] = ROWS) -> list[Row]:
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    return [row for row in rows if start <= row["sold_on"] <= end]


def mean(values: list[Any]) -> Decimal:
    return sum(values, Decimal(0)) / len(values)


def grouped(
    column: str, measure: str, compute: Callable[[list[Any]], Any], rows: Iterable[Row] = ROWS
) -> dict[Any, Any]:
    found = defaultdict(list)
    for row in rows:
        found[row[column]].append(row[measure])
    return {key: compute(values) for key, values in found.items()}


IN_2024 = within("2024-01-01", "2024-12-31")
SUMS = grouped("region", "revenue", sum)

ONE_NUMBER = [
    ("How many rows are there?", len(ROWS)),
    ("how many sales are there in 2024", len(IN_2024)),
    ("count the rows", len(ROWS)),
    ("number of rows where region is North", len(where(region="North"))),
    ("How many rows with quantity over 10?", sum(row["quantity"] > 10 for row in ROWS)),
    ("how many rows have a quantity of at least 10", sum(row["quantity"] >= 10 for row in ROWS)),
    ("rows with unit price under 5.5", sum(row["unit_price"] < Decimal("5.5") for row in ROWS)),
    ("how many with quantity between 5 and 7", sum(5 <= row["quantity"] <= 7 for row in ROWS)),
    ("how many rows have more than 10 units", sum(row["quantity"] > 10 for row in ROWS)),
    ("how many rows over 1,000 in revenue", sum(row["revenue"] > 1000 for row in ROWS)),
    ("how many rows over $1k in revenue", sum(row["revenue"] > 1000 for row in ROWS)),
    ("how many rows are not in the North?", len(ROWS) - len(where(region="North"))),
    ("how many rows where email is missing", len(ROWS) - len(of("email"))),
    ("how many rows where email is not missing", len(of("email"))),
    ("how many rows have no email", len(ROWS) - len(of("email"))),
    ("how many returned sales", len(where(returned=True))),
    ("how many rows where returned is false", len(where(returned=False))),
    ("how many different products are there?", 5),
    ("how many regions?", 4),
    (
        "How many units were sold in March 2024?",
        sum(of("quantity", within("2024-03-01", "2024-03-31"))),
    ),
    ("What is the total revenue?", sum(of("revenue"))),
    ("sum of revenue", sum(of("revenue"))),
    ("total turnover in 2024", sum(of("revenue", IN_2024))),
    ("what was the revenue in Q2 2024", sum(of("revenue", within("2024-04-01", "2024-06-30")))),
    ("total revenue since 2024-03-01", sum(of("revenue", within("2024-03-01", "2030-01-01")))),
    ("total revenue before 2023-07-01", sum(of("revenue", within("2000-01-01", "2023-06-30")))),
    (
        "total revenue between 2023-02-01 and 2023-02-15",
        sum(of("revenue", within("2023-02-01", "2023-02-15"))),
    ),
    ("total revenue from 2023 to 2023", sum(of("revenue", within("2023-01-01", "2023-12-31")))),
    ("total revenue for O'Neil Shelf", sum(of("revenue", product="O'Neil Shelf"))),
    ('total revenue for "New York Sofa"', sum(of("revenue", product="New York Sofa"))),
    ("TOTAL REVENUE IN THE WEST", sum(of("revenue", region="West"))),
    ("total revenue excluding West", sum(of("revenue")) - sum(of("revenue", region="West"))),
    ("Average unit price", mean(of("unit_price"))),
    ("what's the mean price of a Desk?", mean(of("unit_price", product="Desk"))),
    (
        "average revenue where category is Office and region is East",
        mean(of("revenue", category="Office", region="East")),
    ),
    ("median of unit_price", statistics.median(of("unit_price"))),
    ("median revenue in the South", statistics.median(of("revenue", region="South"))),
    ("highest revenue", max(of("revenue"))),
    ("what is the maximum quantity?", 20),
    ("minimum unit price", min(of("unit_price"))),
    ("lowest price in the East", min(of("unit_price", region="East"))),
    ("standard deviation of revenue", Decimal(statistics.stdev(map(float, of("revenue"))))),
    ("when was the first sale?", min(of("sold_on")).isoformat()),
    ("latest sale", max(of("sold_on")).isoformat()),
    ("average revenue per row", mean(of("revenue"))),
    ("rows where product contains sofa", len(where(product="New York Sofa"))),
]


class TestOneNumber:
    @pytest.mark.parametrize(("question", "number"), ONE_NUMBER, ids=[row[0] for row in ONE_NUMBER])
    def test_is_what_python_computes(self, shop, question, number):
        answer = shop.ask(question)
        shown = Decimal(number) if isinstance(number, float) else number
        assert f" {written(shown)}" in answer.replace(".\n", " ").replace(",\n", " "), answer


GROUPS = [
    ("revenue by region", SUMS),
    ("What is the total revenue by region?", SUMS),
    ("sum revenue grouped by region", SUMS),
    ("revenue per region", SUMS),
    ("Total revenue for each region", SUMS),
    ("average price by category in 2024", grouped("category", "unit_price", mean, IN_2024)),
    ("median revenue by product", grouped("product", "revenue", statistics.median)),
    ("how many rows by region", Counter(row["region"] for row in ROWS)),
    ("rows per category", Counter(row["category"] for row in ROWS)),
    ("sales by returned in the North", {}),
    ("list the regions", Counter(row["region"] for row in ROWS)),
    ("which products are there?", Counter(row["product"] for row in ROWS)),
    ("distribution of category", Counter(row["category"] for row in ROWS)),
    ("maximum quantity by region", grouped("region", "quantity", max)),
    ("compare revenue in North vs South", {key: SUMS[key] for key in ("North", "South")}),
    (
        "revenue by year",
        {
            "2023": sum(of("revenue", within("2023-01-01", "2023-12-31"))),
            "2024": sum(of("revenue", IN_2024)),
        },
    ),
    (
        "monthly revenue in 2024",
        {
            f"2024-{month:02}": sum(
                row["revenue"] for row in IN_2024 if row["sold_on"].month == month
            )
            for month in range(1, 13)
        },
    ),
    (
        "How did revenue develop by month of sold_on in 2023?",
        {"2023-01": sum(of("revenue", within("2023-01-01", "2023-01-31")))},
    ),
]


class TestGroups:
    @pytest.mark.parametrize(("question", "groups"), GROUPS, ids=[row[0] for row in GROUPS])
    def test_are_what_python_computes(self, shop, question, groups):
        answer = shop.ask(question)
        for name, number in groups.items():
            shown = Decimal(number) if isinstance(number, float) else number
            assert f"- {name}: {written(shown)}" in answer, answer

    @pytest.mark.parametrize(
        ("question", "kind"),
        [
            ("revenue by region", "bar"),
            ("revenue over time", "line"),
            ("share of revenue by region", "bar"),
            ("total revenue", None),
            ("revenue by region and category", None),
        ],
    )
    def test_are_drawn_where_a_picture_says_it_better(self, shop, question, kind):
        shop.ask(question)
        chart = shop.queries[-1].get("chart")
        assert (chart or {}).get("kind") == kind
        if chart is not None:
            made = shop.run(shop.queries[-1]["sql"])["columns"]
            assert {chart["x"], *chart["y"]} <= set(made)


class TestTop:
    def test_ranks_groups_by_their_sum(self, shop):
        best = sorted(grouped("product", "revenue", sum).items(), key=lambda row: -row[1])
        answer = shop.ask("top 3 products by revenue")
        lines = [line for line in answer.splitlines() if line.startswith("- ")]
        assert lines == [f"- {name}: {written(value)}" for name, value in best[:3]]

    @pytest.mark.parametrize(
        ("question", "value"),
        [
            ("Which region has the highest revenue?", max(SUMS.values())),
            ("which region had the lowest total revenue?", min(SUMS.values())),
            ("what is the most common product?", max(Counter(of("product")).values())),
            ("which category has the most rows", max(Counter(of("category")).values())),
            ("most expensive product", max(of("unit_price"))),
            (
                "which product has the highest average unit price?",
                max(grouped("product", "unit_price", mean).values()),
            ),
            (
                "which month of 2024 had the most revenue?",
                max(
                    sum(row["revenue"] for row in IN_2024 if row["sold_on"].month == month)
                    for month in range(1, 13)
                ),
            ),
        ],
    )
    def test_names_the_one(self, shop, question, value):
        assert shop.ask(question).split("\n")[0].endswith(f": {written(value)}.")

    def test_lists_rows_where_nothing_groups_them(self, shop):
        answer = shop.ask("show the 3 largest rows by revenue")
        shown = [
            line.partition("revenue: ")[2].partition(", ")[0] for line in answer.splitlines()[1:]
        ]
        assert shown == [written(value) for value in sorted(of("revenue"), reverse=True)[:3]]


class TestShare:
    def test_is_of_the_whole(self, shop):
        answer = shop.ask("What share of revenue is each region?")
        whole = sum(SUMS.values())
        for name, value in SUMS.items():
            percent = (100 * value / whole).quantize(Decimal("0.01"))
            assert f"- {name}: {written(value)} ({written(percent)} %)" in answer

    def test_is_of_the_rows_that_are_so(self, shop):
        part = len(where(region="North"))
        percent = (Decimal(100 * part) / len(ROWS)).quantize(Decimal("0.01"))
        answer = shop.ask("What percentage of rows are in the North?")
        assert answer.startswith(
            f"{written(percent)} % of the rows: {part} of {len(ROWS)} are where"
        )

    def test_asks_of_what(self, shop):
        assert shop.ask("what is the share?").startswith("A share of what?")


class TestOthers:
    def test_correlates(self, shop):
        value = statistics.correlation(
            list(map(float, of("quantity"))), list(map(float, of("revenue")))
        )
        for question in (
            "correlation between quantity and revenue",
            "Is quantity related to revenue?",
            "How are quantity and revenue correlated?",
            "quantity vs revenue",
        ):
            assert f"is {written(Decimal(value))}, from {len(ROWS)} pairs: " in shop.ask(question)

    def test_correlates_only_two_columns_of_numbers(self, shop):
        assert "needs two columns of numbers" in shop.ask("correlation of revenue with region")

    def test_finds_missing_values(self, shop):
        missing = len(ROWS) - len(of("email"))
        for question in ("Are values missing?", "which columns have missing values", "any nulls?"):
            assert f"- email: {missing} of {len(ROWS)} (" in shop.ask(question)
        assert shop.ask("missing values in region").startswith("No value is missing")

    def test_finds_duplicates(self, shop):
        assert shop.ask("Are there duplicate rows?").startswith(
            "1 of 301 rows repeat an earlier one"
        )
        assert "(1):\n- 300: 2 times" in shop.ask("duplicate sale ids")

    def test_describes_a_column(self, shop):
        answer = shop.ask("describe revenue")
        values = of("revenue")
        for label, value in (
            ("values", len(values)),
            ("lowest", min(values)),
            ("median", statistics.median(values)),
            ("average", mean(values)),
            ("highest", max(values)),
        ):
            assert f"- {label}: {written(value)}" in answer

    def test_describes_the_table_to_who_does_not_know_where_to_start(self, shop):
        answer = shop.ask("How should I analyze this customer data?")
        assert f"- quantity: {len(ROWS)} values, 20 different, from 1 to 20" in answer
        assert "For instance, ask:" in answer

    def test_shows_rows(self, shop):
        answer = shop.ask("show me the first 2 rows")
        assert answer.count("\n- sale_id: ") == 2

    def test_runs_sql_that_somebody_writes(self, shop):
        answer = shop.ask("SELECT max(quantity) AS most FROM sales")
        assert answer == "Your query gave:\n- most: 20"


class TestGoingOn:
    def test_keeps_what_is_not_changed(self, shop):
        shop.ask("average price by category in 2024")
        answer = shop.ask("and by region?")
        for name, value in grouped("region", "unit_price", mean, IN_2024).items():
            assert f"- {name}: {written(value)}" in answer
        answer = shop.ask("only in the North")
        north = mean(of("unit_price", IN_2024, region="North"))
        assert f"- North: {written(north)}" in answer
        answer = shop.ask("and the median?")
        north = statistics.median(of("unit_price", IN_2024, region="North"))
        assert f"- North: {written(north)}" in answer
        assert "- South" not in answer

    def test_replaces_a_filter_of_the_same_column(self, shop):
        shop.ask("total revenue in 2024")
        answer = shop.ask("what about 2023?")
        total = sum(of("revenue", within("2023-01-01", "2023-12-31")))
        assert f"is {written(total)}, from" in answer

    def test_does_not_carry_over_what_stands_by_itself(self, shop):
        shop.ask("total revenue in 2024")
        assert shop.ask("How many rows are there?") == f"There are {len(ROWS)} rows."
