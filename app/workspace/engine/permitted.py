"""May this query run? One SELECT, over the tables it was given and nothing else.

DuckDB itself says what a query is: it parses the text, and its tree is walked here. The connection that the query
then runs on is locked as well (see `locked`), so that what this overlooked still reaches nothing.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

import duckdb
import simplejson

LONGEST_QUERY: Final = 10_000
# Functions that stand where a table stands and read nothing but their arguments.
TABLE_FUNCTIONS: Final = frozenset({"range", "generate_series", "unnest"})
# Functions that tell of, or touch, more than the values they are given.
FORBIDDEN_FUNCTIONS: Final = frozenset(
    {
        "current_setting",
        "currval",
        "getenv",
        "getvariable",
        "nextval",
        "query",
        "query_table",
        "setseed",
        "txid_current",
        "which_secret",
        "write_log",
    }
)
FORBIDDEN_BEGINNINGS: Final = (
    "duckdb_",
    "pragma_",
    "read_",
    "json_execute",
    "json_serialize",
    "pg_",
)
DESCRIPTIONS: Final = frozenset({"DESCRIBE", "SUMMARY"})


class NotPermitted(Exception):
    """The query may not run; the text says why and what may."""


def check(*, query: str, tables: Collection[str], connection: duckdb.DuckDBPyConnection) -> None:
    """Refuse what is not one SELECT over these tables.

    Raises:
        NotPermitted.
        duckdb.Error: it is no SQL.
    """
    if len(query) > LONGEST_QUERY:
        raise NotPermitted(
            f"The query has {len(query)} characters; at most {LONGEST_QUERY} are read."
        )
    statements = connection.extract_statements(query)
    if len(statements) != 1:
        raise NotPermitted(
            f"Send one SELECT statement; these are {len(statements)} (a PIVOT counts as several)."
        )
    if statements[0].type != duckdb.StatementType.SELECT:
        raise NotPermitted(
            f"Only SELECT is allowed; this is {statements[0].type.name}. Nothing can be changed, loaded or set."
        )
    # As a literal: to bind a parameter, DuckDB imports numpy and pandas where it finds them, which takes seconds.
    literal = query.replace("'", "''")
    row = connection.execute(f"SELECT json_serialize_sql('{literal}')").fetchone()
    tree = simplejson.loads(row[0]) if row else {"error": True}
    if tree["error"]:
        raise NotPermitted("Only plain SELECT statements are allowed.")
    _check_tree(tree["statements"], {name.lower() for name in tables})


def _check_tree(tree: Any, tables: set[str]) -> None:
    nodes = list(_nodes(tree))
    named_within = {name for node in nodes for name in _names_of_parts(node)}
    for node in nodes:
        kind = node.get("type")
        if kind == "BASE_TABLE":
            _check_table(node, tables, named_within)
        elif kind == "TABLE_FUNCTION":
            _check_table_function(node["function"])
        elif kind == "SHOW_REF":
            _check_description(node)
        elif isinstance(node.get("function_name"), str):
            _check_function(node["function_name"].lower())


def _nodes(tree: Any) -> Iterator[Mapping[str, Any]]:
    """Every object of the tree, without recursion: a query may be nested as deep as it is long."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)


def _names_of_parts(node: Mapping[str, Any]) -> Iterator[str]:
    """What a WITH names: its parts are read like tables."""
    parts = node.get("cte_map")
    if isinstance(parts, dict):
        yield from (str(part["key"]).lower() for part in parts.get("map", ()))


def _check_table(node: Mapping[str, Any], tables: set[str], named_within: set[str]) -> None:
    name = str(node["table_name"])
    is_plain = not node["catalog_name"] and str(node["schema_name"]).lower() in {"", "main"}
    if is_plain and name.lower() in tables | named_within:
        return
    full = ".".join(part for part in (node["catalog_name"], node["schema_name"], name) if part)
    raise NotPermitted(
        f"There is no table {full[:100]!r}. The tables are: {', '.join(sorted(tables)) or 'none'}."
    )


def _check_table_function(function: Mapping[str, Any]) -> None:
    name = str(function["function_name"]).lower()
    if name not in TABLE_FUNCTIONS:
        raise NotPermitted(
            f"{name[:100]}() can't be read from: neither files nor the network can be reached. Read the tables."
        )


def _check_function(name: str) -> None:
    if name in FORBIDDEN_FUNCTIONS or name.startswith(FORBIDDEN_BEGINNINGS):
        raise NotPermitted(f"The function {name[:100]}() is not available here.")


def _check_description(node: Mapping[str, Any]) -> None:
    if node.get("show_type") not in DESCRIPTIONS or node.get("query") is None:
        raise NotPermitted("Only DESCRIBE and SUMMARIZE of a table are available, not SHOW.")
