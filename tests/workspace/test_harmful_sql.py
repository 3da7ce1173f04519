"""Does SQL that means harm reach nothing, and does the next query run?"""

from pathlib import Path

import duckdb
import pytest

from app.workspace.engine import sql

LIMITS = sql.Limits(seconds=1, memory_mb=256)
HARM = (
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_text('/proc/self/environ')",
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM glob('/**')",
    "SELECT * FROM read_parquet('s3://investforge-local/workspace/*')",
    "SELECT * FROM read_csv('http://127.0.0.1:1/x.csv')",
    "ATTACH '/etc/passwd' AS p",
    "INSTALL httpfs",
    "LOAD httpfs",
    "PRAGMA database_list",
    "COPY sales TO '/etc/out.csv'",
    "SET memory_limit = '100GB'",
    "SELECT getenv('AWS_SECRET_ACCESS_KEY')",
    "SELECT 1; DROP TABLE sales",
    "DROP TABLE sales",
    "SELECT * FROM somebody_elses_sales",
    "SELECT * FROM duckdb_settings()",
    "SELECT * FROM information_schema.tables",
    "WITH RECURSIVE r AS (SELECT 1 AS a UNION ALL SELECT a + 1 FROM r) SELECT count(*) FROM r",
    "SELECT repeat('x', 2000000000)",
    "SELECT list_sum(range(2000000000))",
    "SELECT count(*) FROM sales a, sales b, sales c, sales d",
)


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Two columns and a thousand rows."""
    path = tmp_path_factory.mktemp("tables") / "sales.parquet"
    duckdb.sql(f"COPY (SELECT i AS a, i % 3 AS b FROM range(1000) r(i)) TO '{path}'")  # noqa: S608 - the test's own
    return {"sales": path}


class TestRun:
    @pytest.mark.parametrize("query", HARM)
    def test_refuses_harm_and_goes_on(self, tables: dict[str, Path], query: str) -> None:
        with pytest.raises((sql.QueryRefused, sql.QueryFailed, sql.QueryTooLarge)) as problem:
            sql.run(tables=tables, query=query, limits=LIMITS)
        assert str(problem.value)
        assert "root:" not in str(problem.value)
        result = sql.run(tables=tables, query="SELECT count(*) FROM sales", limits=LIMITS)
        assert result.rows == ((1000,),)
