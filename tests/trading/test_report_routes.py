"""Do the reports show what was pushed, as document 004 writes it?"""

from decimal import Decimal
from typing import Any

import pytest

from app.core import dynamo
from app.trading.models import Tally
from app.trading.models.tallies import TOTAL
from app.trading.rules.trades import Totals
from app.trading.service import ledger as paging
from tests.trading.conftest import Bot, trade


class TestEquityCurve:
    def test_shows_pairs_oldest_first(self, bot: Bot) -> None:
        bot.equity("10500", "2026-11-20T11:50:00Z")
        bot.equity("10000", "2026-11-20T11:40:00Z")

        assert bot.read("/equity-curve") == [
            ["2026-11-20T11:40:00+00:00", "10000.00"],
            ["2026-11-20T11:50:00+00:00", "10500.00"],
        ]

    def test_shows_the_last_thirty_days_by_default(self, bot: Bot) -> None:
        bot.equity("1", "2026-10-21T11:59:59Z")
        bot.equity("2", "2026-10-21T12:00:00Z")

        assert [equity for _, equity in bot.read("/equity-curve")] == ["2.00"]

    def test_includes_both_ends_of_its_range(self, bot: Bot) -> None:
        for minute in range(5):
            bot.equity(str(minute), f"2026-11-20T11:0{minute}:00Z")

        shown = bot.read(
            "/equity-curve", start="2026-11-20T11:01:00Z", end="2026-11-20T11:03:00+00:00"
        )
        assert [equity for _, equity in shown] == ["1.00", "2.00", "3.00"]
        assert len(bot.read("/equity-curve", start="2026-11-20", end="2026-11-20")) == 5
        assert bot.read("/equity-curve", end="2026-11-19") == []

    def test_keeps_the_newest_of_a_limit(self, bot: Bot) -> None:
        for minute in range(5):
            bot.equity(str(minute), f"2026-11-20T11:0{minute}:00Z")

        shown = bot.read("/equity-curve", limit=2)
        assert [equity for _, equity in shown] == ["3.00", "4.00"]

    def test_draws_with_fewer_points_that_keep_the_peaks(self, bot: Bot) -> None:
        for minute, equity in enumerate(["5", "6", "99", "6", "5", "-3", "5", "6"]):
            bot.equity(equity, f"2026-11-20T11:0{minute}:00Z")

        shown = [equity for _, equity in bot.read("/equity-curve", points=4)]
        assert shown == ["5.00", "99.00", "-3.00", "6.00"]

    @pytest.mark.parametrize(
        ("query", "status", "code"),
        [
            ({"start": "soon"}, 400, "invalid_datetime"),
            ({"end": "2026-13-01"}, 400, "invalid_datetime"),
            ({"start": ""}, 400, "invalid_datetime"),
            ({"start": "0001-01-01T00:00:00+23:00"}, 400, "invalid_datetime"),
            ({"start": "2026-11-20", "end": "2026-11-19"}, 400, "invalid_range"),
            ({"limit": 0}, 422, "validation_error"),
            ({"limit": 1_001}, 422, "validation_error"),
            ({"points": 3}, 422, "validation_error"),
        ],
    )
    def test_refuses_what_is_no_range(
        self, bot: Bot, query: dict[str, Any], status: int, code: str
    ) -> None:
        answer = bot.get("/equity-curve", **query)

        assert (answer.status_code, answer.json["error"]["code"]) == (status, code)


class TestProfit:
    def test_of_10000_that_became_10500_is_5_percent(self, bot: Bot) -> None:
        bot.equity("10000", "2026-11-20T11:00:00Z")
        bot.equity("10500", "2026-11-20T12:00:00Z")
        bot.push_many(trade("t1", pnl="3"), trade("t2", pnl="-1"), trade("t3", pnl="0"))

        assert bot.read("/profit") == {
            "current_balance": "10500.00",
            "total_pl_amount": "500.00",
            "total_pl_percent": "5.00",
            "win_rate": Decimal("0.3333"),
        }

    def test_is_unknown_without_a_snapshot(self, bot: Bot) -> None:
        assert bot.read("/profit") == {
            "current_balance": None,
            "total_pl_amount": None,
            "total_pl_percent": None,
            "win_rate": None,
        }

    def test_looks_at_the_newest_snapshot_though_a_late_one_came(self, bot: Bot) -> None:
        bot.equity("110", "2026-11-20T12:00:00Z")
        bot.equity("100", "2026-11-20T10:00:00Z")
        bot.equity("500", "2026-11-20T11:00:00Z")

        assert bot.read("/profit")["current_balance"] == "110.00"
        assert bot.read("/profit")["total_pl_percent"] == "10.00"


class TestCalendar:
    @pytest.mark.parametrize(
        ("day", "opens", "closes", "now"),
        [
            ("2026-03-08", "2026-03-08T06:00:00Z", "2026-03-09T05:00:00Z", "2026-03-10"),
            ("2026-11-01", "2026-11-01T05:00:00Z", "2026-11-02T06:00:00Z", "2026-11-03"),
        ],
    )
    def test_cuts_days_at_midnight_in_chicago_when_the_clock_changes(
        self, bot: Bot, day: str, opens: str, closes: str, now: str
    ) -> None:
        year_month, number = day[:8], int(day[8:])
        before, after = f"{year_month}{number - 1:02}", f"{year_month}{number + 1:02}"
        if number == 1:
            before = "2026-10-31"
        bot.push("just before", pnl="1", timestamp=just_before(opens))
        bot.push("first", pnl="2", timestamp=opens)
        bot.push("last", pnl="-4", timestamp=just_before(closes))
        bot.push("just after", pnl="8", timestamp=closes)

        assert bot.read("/calendar", start=before, end=after) == {
            before: {"pnl": "1.00", "color": "green"},
            day: {"pnl": "-2.00", "color": "red"},
            after: {"pnl": "8.00", "color": "green"},
        }
        assert bot.read("/calendar", start=opens, end=just_before(closes)) == {
            day: {"pnl": "-2.00", "color": "red"}
        }
        assert bot.read("/stats", start=day, end=day)["trade_count"] == 2

    def test_holds_every_day_though_nothing_was_traded(self, bot: Bot) -> None:
        bot.push("t1", pnl="12.5")

        calendar = bot.read("/calendar")

        assert len(calendar) == 30
        assert calendar["2026-11-20"] == {"pnl": "12.50", "color": "green"}
        assert calendar["2026-10-22"] == {"pnl": "0.00", "color": "neutral"}

    def test_shows_366_days_at_most(self, bot: Bot) -> None:
        assert len(bot.read("/calendar", start="2025-11-20", end="2026-11-20")) == 366
        answer = bot.get("/calendar", start="2025-11-19", end="2026-11-20")

        assert answer.status_code == 400
        assert answer.json["error"]["code"] == "invalid_range"
        assert answer.json["error"]["details"] == {"days": 367, "most": 366}

    @pytest.mark.parametrize(
        ("query", "code"),
        [
            ({"start": "today"}, "invalid_datetime"),
            ({"start": "2026-11-21", "end": "2026-11-20"}, "invalid_range"),
        ],
    )
    def test_refuses_what_is_no_range(self, bot: Bot, query: dict[str, str], code: str) -> None:
        answer = bot.get("/calendar", **query)

        assert (answer.status_code, answer.json["error"]["code"]) == (400, code)

    def test_goes_on_to_today_from_its_start(self, bot: Bot) -> None:
        assert list(bot.read("/calendar", start="2026-11-19")) == ["2026-11-19", "2026-11-20"]
        assert list(bot.read("/calendar", start="2026-12-01")) == ["2026-12-01"]


class TestTrades:
    @pytest.fixture
    def ledger(self, bot: Bot) -> Bot:
        """Ten trades, an hour apart, of two symbols and all sides."""
        sides = ["buy", "sell", "short", "cover"]
        bot.push_many(
            *(
                trade(
                    f"t{hour}",
                    symbol="BTC" if hour < 6 else "ETH",
                    side=sides[hour % 4],
                    timestamp=f"2026-11-20T0{hour}:00:00Z",
                )
                for hour in range(10)
            )
        )
        return bot

    def test_are_listed_newest_first_with_their_total(self, ledger: Bot) -> None:
        page = ledger.read("/trades", page=2, page_size=4)

        assert [item["id"] for item in page["items"]] == ["t5", "t4", "t3", "t2"]
        assert (page["page"], page["page_size"], page["total"]) == (2, 4, 10)
        assert set(page["items"][0]) == {"id", "symbol", "side", "size", "pnl", "timestamp"}

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ({"symbol": "eth"}, ["t9", "t8", "t7", "t6"]),
            ({"side": "short"}, ["t6", "t2"]),
            ({"symbol": "BTC", "side": "buy"}, ["t4", "t0"]),
            ({"symbol": "DOGE"}, []),
            (
                {"start": "2026-11-20T02:00:00Z", "end": "2026-11-20T04:00:00Z"},
                ["t4", "t3", "t2"],
            ),
            ({"start": "2026-11-20T07:00:00Z"}, ["t9", "t8", "t7"]),
            ({"end": "2026-11-20T01:00:00Z"}, ["t1", "t0"]),
            ({"start": "2026-11-20", "end": "2026-11-20", "side": "cover"}, ["t7", "t3"]),
            (
                {"start": "2026-11-19T06:00:00Z", "end": "2026-11-20T06:30:00Z", "side": "buy"},
                ["t4", "t0"],
            ),
        ],
    )
    def test_are_filtered_with_totals_that_agree(
        self, ledger: Bot, query: dict[str, str], expected: list[str]
    ) -> None:
        page = ledger.read("/trades", **query)

        assert [item["id"] for item in page["items"]] == expected
        assert page["total"] == len(expected)

    def test_go_on_with_a_cursor(self, ledger: Bot) -> None:
        seen, cursor = [], None
        while True:
            page = ledger.read("/trades", page_size=3, **({"cursor": cursor} if cursor else {}))
            seen += [item["id"] for item in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break

        assert seen == [f"t{hour}" for hour in reversed(range(10))]

    def test_behind_the_last_page_are_none(self, ledger: Bot) -> None:
        assert ledger.read("/trades", page=200)["items"] == []
        assert ledger.read("/trades", page=6, page_size=2) == {
            "items": [],
            "page": 6,
            "page_size": 2,
            "total": 10,
            "next_cursor": None,
        }

    @pytest.mark.parametrize("query", [{}, {"side": "short"}, {"symbol": "BTC"}])
    def test_are_skipped_in_several_reads_where_one_holds_too_few(
        self, ledger: Bot, monkeypatch: pytest.MonkeyPatch, query: dict[str, str]
    ) -> None:
        whole = [item["id"] for item in ledger.read("/trades", **query)["items"]]
        monkeypatch.setattr(paging, "MOST_SKIPPED_AT_ONCE", 2)
        pages = [ledger.read("/trades", page=page, page_size=3, **query) for page in range(1, 6)]

        assert [item["id"] for page in pages for item in page["items"]] == whole
        assert {page["total"] for page in pages} == {len(whole)}

    def test_are_none_where_the_index_is_behind_the_counter(
        self, ledger: Bot, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(paging, "MOST_SKIPPED_AT_ONCE", 4)
        zero = Decimal(0)
        more = Totals(trade_count=90, best=zero, worst=zero)
        dynamo.commit(Tally.adding(TOTAL, more, known=Tally.of(TOTAL)))

        page = ledger.read("/trades", page=5, page_size=4)
        assert (page["items"], page["total"], page["next_cursor"]) == ([], 100, None)

    @pytest.mark.parametrize(
        ("query", "status", "code"),
        [
            ({"page": 201}, 400, "page_too_deep"),
            ({"page": 10_001, "page_size": 1}, 400, "page_too_deep"),
            ({"page": 10**30}, 400, "page_too_deep"),
            ({"page_size": 201}, 422, "validation_error"),
            ({"page": 0}, 422, "validation_error"),
            ({"side": "hold"}, 422, "validation_error"),
            ({"cursor": "mine"}, 422, "invalid_cursor"),
            ({"start": "x"}, 400, "invalid_datetime"),
            ({"start": "2026-11-20", "end": "2026-11-01"}, 400, "invalid_range"),
        ],
    )
    def test_refuses_what_can_not_be_listed(
        self, bot: Bot, query: dict[str, Any], status: int, code: str
    ) -> None:
        answer = bot.get("/trades", **query)

        assert (answer.status_code, answer.json["error"]["code"]) == (status, code)


class TestStats:
    def test_tells_every_figure(self, bot: Bot) -> None:
        bot.push_many(
            trade("t1", timestamp="2026-10-30T12:00:00Z"),
            trade("t2", side="sell", pnl="30", timestamp="2026-10-30T13:00:00Z"),
            trade("t3", symbol="ETH", side="short", timestamp="2026-11-20T10:00:00Z"),
            trade("t4", symbol="ETH", side="cover", pnl="-10", timestamp="2026-11-20T10:30:00Z"),
        )
        for equity, moment in [
            ("100", "10-19"),
            ("120", "10-30"),
            ("90", "11-02"),
            ("130", "11-19"),
        ]:
            bot.equity(equity, f"2026-{moment}T12:00:00Z")

        stats = bot.read("/stats")

        assert stats.pop("by_symbol") == [
            figures(
                symbol="BTC", counts=(2, 1, 0), share="0.5", amounts=("30.00", "0.00", "30.00")
            ),
            figures(symbol="ETH", counts=(2, 0, 1), share="0", amounts=("0.00", "10.00", "-10.00")),
        ]
        assert [week["week"] for week in stats.pop("by_week")] == ["2026-W44", "2026-W47"]
        assert [(month["month"], month["net_profit"]) for month in stats.pop("by_month")] == [
            ("2026-10", "30.00"),
            ("2026-11", "-10.00"),
        ]
        assert stats.pop("max_drawdown") == {
            "amount": "30.00",
            "percent": "25.00",
            "start": "2026-10-30T12:00:00+00:00",
            "end": "2026-11-02T12:00:00+00:00",
        }
        cagr = Decimal(stats.pop("cagr"))
        assert Decimal(stats.pop("calmar")) == pytest.approx(cagr / 25, abs=Decimal("0.001"))
        assert cagr == pytest.approx(
            Decimal("1.3") ** (Decimal(365) / 31) * 100 - 100, abs=Decimal("0.01")
        )
        assert Decimal(stats.pop("sharpe")) > 0
        assert Decimal(stats.pop("sortino")) > 0
        assert stats == {
            "trade_count": 4,
            "win_count": 1,
            "loss_count": 1,
            "win_rate": Decimal("0.25"),
            "gross_profit": "30.00",
            "gross_loss": "10.00",
            "net_profit": "20.00",
            "profit_factor": "3.0000",
            "expectancy": "5.00",
            "best_trade": "30.00",
            "worst_trade": "-10.00",
            "average_duration_seconds": Decimal("2700.0"),
        }

    def test_tells_nothing_of_nothing(self, bot: Bot) -> None:
        stats = bot.read("/stats")

        assert (stats["trade_count"], stats["net_profit"], stats["by_symbol"]) == (0, "0.00", [])
        unknown = {"win_rate", "profit_factor", "expectancy", "best_trade", "worst_trade", "sharpe"}
        assert {name for name in unknown if stats[name] is None} == unknown
        assert stats["average_duration_seconds"] is None
        assert stats["max_drawdown"] == {
            "amount": "0.00",
            "percent": None,
            "start": None,
            "end": None,
        }

    @pytest.mark.parametrize(
        ("query", "code"),
        [
            ({"start": "x"}, "invalid_datetime"),
            ({"start": "2026-11-20", "end": "2026-11-01"}, "invalid_range"),
        ],
    )
    def test_refuses_what_is_no_range(self, bot: Bot, query: dict[str, str], code: str) -> None:
        answer = bot.get("/stats", **query)

        assert (answer.status_code, answer.json["error"]["code"]) == (400, code)


def figures(
    *, symbol: str, counts: tuple[int, int, int], share: str, amounts: tuple[str, str, str]
) -> dict[str, Any]:
    gained, lost, net = amounts
    return {
        "symbol": symbol,
        "trade_count": counts[0],
        "win_count": counts[1],
        "loss_count": counts[2],
        "win_rate": Decimal(share),
        "gross_profit": gained,
        "gross_loss": lost,
        "net_profit": net,
        "profit_factor": "0.0000" if lost != "0.00" else None,
        "expectancy": str((Decimal(net) / 2).quantize(Decimal("0.01"))),
        "best_trade": max(gained, "0.00"),
        "worst_trade": f"-{lost}" if lost != "0.00" else "0.00",
    }


def just_before(moment: str) -> str:
    """A microsecond before a full hour in UTC."""
    day, hour = moment[:11], int(moment[11:13])
    return f"{day}{hour - 1:02}:59:59.999999Z"
