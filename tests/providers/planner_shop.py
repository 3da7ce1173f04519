"""A shop's sales, and how tests ask the planner about them: a table in DuckDB, and the same rows for plain Python."""

import json
import random
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import duckdb

from app.providers.language_model.interface import (
    ASSISTANT,
    FINISHED,
    USER,
    Tool,
    ToolResult,
    Turn,
)
from app.providers.language_model.planner import Planner

TOOLS = (Tool(name="query", description="", parameters={}),)
TYPES = {
    "sale_id": "integer",
    "sold_on": "date",
    "region": "text",
    "product": "text",
    "category": "text",
    "quantity": "integer",
    "unit_price": "decimal",
    "revenue": "decimal",
    "email": "text",
    "returned": "boolean",
}
SQL_TYPES = {
    "integer": "BIGINT",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "text": "VARCHAR",
    "decimal": "DECIMAL(12, 2)",
    "boolean": "BOOLEAN",
}
MOST_ROUNDS = 4


def sales() -> list[dict[str, Any]]:
    """Two years of made-up sales, the same every time; a few emails are missing, and one sale is there twice."""
    dice = random.Random(8)  # noqa: S311 - made-up sales are no secret
    rows = []
    for number in range(1, 301):
        quantity = dice.randint(1, 20)
        price = Decimal(dice.randint(100, 9_999)) / 100
        rows.append(
            {
                "sale_id": number,
                "sold_on": date(2023, 1, 1) + timedelta(days=dice.randint(0, 729)),
                "region": dice.choice(["North", "South", "East", "West"]),
                "product": dice.choice(["Chair", "Desk", "Lamp", "New York Sofa", "O'Neil Shelf"]),
                "category": dice.choice(["Home", "Office"]),
                "quantity": quantity,
                "unit_price": price,
                "revenue": quantity * price,
                "email": dice.choice([None, "ann@example.com", "bob@example.com"]),
                "returned": dice.random() < 0.1,
            }
        )
    return [*rows, dict(rows[-1])]


def profile(rows: list[dict[str, Any]], types: dict[str, str], table: str) -> dict[str, Any]:
    """A table as a model is told of it; of each column only two values, as of a large file."""
    columns = []
    for name, kind in types.items():
        values = [row[name] for row in rows if row[name] is not None]
        distinct = sorted(set(values))
        columns.append(
            {
                "name": name,
                "type": kind,
                "nulls": len(rows) - len(values),
                "distinct": len(distinct),
                "minimum": str(distinct[0]) if distinct else None,
                "maximum": str(distinct[-1]) if distinct else None,
                "samples": [str(value) for value in distinct[:2]],
            }
        )
    return {"table": table, "file": f"{table}.csv", "row_count": len(rows), "columns": columns}


@dataclass
class Shop:
    """A conversation with the planner about one table."""

    rows: list[dict[str, Any]]
    types: dict[str, str]
    table: str = "sales"
    turns: list[Turn] = field(default_factory=list)
    queries: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.connection = duckdb.connect()
        columns = ", ".join(
            f"{quoted(name)} {SQL_TYPES[kind]}" for name, kind in self.types.items()
        )
        self.connection.execute(f"CREATE TABLE {quoted(self.table)} ({columns})")
        marks = ", ".join("?" for _ in self.types)
        if self.rows:
            values = [[row[name] for name in self.types] for row in self.rows]
            self.connection.executemany(
                f"INSERT INTO {quoted(self.table)} VALUES ({marks})",  # noqa: S608 - of this test alone
                values,
            )
        tables = json.dumps([profile(self.rows, self.types, self.table)])
        for mark, escape in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026")):
            tables = tables.replace(mark, escape)
        self.system = f"You answer questions.\n<tables>{tables}</tables>\nToday is 2026-11-20."

    def ask(self, question: str) -> str:
        """What is answered in the end; the session remembers it, as texts."""
        turns = [*self.turns, Turn(role=USER, text=question)]
        self.queries.clear()
        for _ in range(MOST_ROUNDS):
            reply = Planner().converse(
                system=self.system, turns=turns, tools=TOOLS, most_tokens=2_000
            )
            if reply.stop == FINISHED:
                self.turns += [
                    Turn(role=USER, text=question),
                    Turn(role=ASSISTANT, text=reply.text),
                ]
                return reply.text
            (call,) = reply.calls
            self.queries.append(dict(call.arguments))
            content = json.dumps(self.run(call.arguments["sql"]), default=shown)
            result = ToolResult(call_id=call.call_id, content=content)
            turns += [
                Turn(role=ASSISTANT, text=reply.text, calls=reply.calls),
                Turn(role=USER, results=(result,)),
            ]
        raise AssertionError(f"no end: {self.queries}")

    def run(self, query: str) -> dict[str, Any]:
        """What a query gives, as the tool tells it; DuckDB's error is the test's."""
        cursor = self.connection.execute(query)
        rows = cursor.fetchall()
        return {
            "columns": [column[0] for column in cursor.description or ()],
            "rows": rows[:100],
            "row_count": len(rows),
            "truncated": False,
        }


def quoted(name: str) -> str:
    """A name as SQL quotes it."""
    return '"' + name.replace('"', '""') + '"'


def shown(value: Any) -> Any:
    """A value as JSON tells it."""
    if isinstance(value, date | datetime):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else str(value)
