"""Do the totals of parts add up to the whole, and is each position paired with what closed it?"""

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.trading.rules import trades

START = datetime(2026, 11, 20, 15, tzinfo=UTC)

pnls = st.decimals(min_value=-10_000, max_value=10_000, places=8)


def totals_of(*pnl: str | Decimal) -> trades.Totals:
    totals = trades.Totals()
    for each in pnl:
        totals = totals.plus(trades.Totals.of(Decimal(each)))
    return totals


def fill(side: str, size: str | int, minute: int, symbol: str = "BTC") -> trades.Fill:
    return trades.Fill(
        symbol=symbol, side=side, size=Decimal(size), at=START + timedelta(minutes=minute)
    )


@st.composite
def ledgers(draw: st.DrawFn) -> list[trades.Fill]:
    """Trades of whole sizes, oldest first."""
    sides, symbols = st.sampled_from(trades.SIDES), st.sampled_from(["BTC", "ETH"])
    rows = draw(st.lists(st.tuples(sides, symbols, st.integers(1, 5)), max_size=30))
    return [fill(side, size, number, symbol) for number, (side, symbol, size) in enumerate(rows)]


def obvious_pairs(ledger: list[trades.Fill]) -> tuple[int, int, Counter[tuple[str, str, int]]]:
    """Pairs unit by unit: how many, their seconds, and how many units of which trade stay open."""
    units: list[tuple[str, str, int]] = []
    pairs: set[tuple[int, int]] = set()
    for number, trade in enumerate(ledger):
        for _ in range(int(trade.size)):
            opens = trades.CLOSES.get(trade.side)
            if opens is None:
                units.append((trade.symbol, trade.side, number))
                continue
            oldest = next((each for each in units if each[:2] == (trade.symbol, opens)), None)
            if oldest is not None:
                units.remove(oldest)
                pairs.add((oldest[2], number))
    seconds = sum(60 * (closed - opened) for opened, closed in pairs)
    return len(pairs), seconds, Counter(units)


class TestTotals:
    def test_counts_gains_losses_and_those_that_are_neither(self) -> None:
        totals = totals_of("12.50", "-4", "0")
        assert totals == trades.Totals(
            trade_count=3,
            win_count=1,
            loss_count=1,
            gross_profit=Decimal("12.50"),
            gross_loss=Decimal(4),
            best=Decimal("12.50"),
            worst=Decimal(-4),
        )
        assert totals.net_profit == Decimal("8.50")

    def test_knows_no_best_of_nothing(self) -> None:
        assert (trades.Totals().best, trades.Totals().worst) == (None, None)
        assert trades.Totals().net_profit == 0

    def test_keeps_every_digit_of_a_loss(self) -> None:
        loss = Decimal("-123456789012345678.123456789012345678")
        assert trades.Totals.of(loss).gross_loss == Decimal("123456789012345678.123456789012345678")
        assert totals_of(loss, "1").net_profit == Decimal("-123456789012345677.123456789012345678")

    @given(whole=st.lists(pnls, max_size=20), cuts=st.lists(st.integers(0, 20), max_size=3))
    def test_merge_to_the_totals_of_the_whole(self, whole: list[Decimal], cuts: list[int]) -> None:
        edges = [0, *sorted(cuts), len(whole)]
        merged = trades.Totals()
        for start, end in reversed(list(pairwise(edges))):
            merged = merged.plus(totals_of(*whole[start:end]))
        gains = [each for each in whole if each > 0]
        losses = [each for each in whole if each < 0]
        assert merged == trades.Totals(
            trade_count=len(whole),
            win_count=len(gains),
            loss_count=len(losses),
            gross_profit=sum(gains, Decimal(0)),
            gross_loss=-sum(losses, Decimal(0)),
            best=max(whole, default=None),
            worst=min(whole, default=None),
        )
        assert merged.net_profit == sum(whole, Decimal(0))


class TestWinRate:
    @pytest.mark.parametrize(
        ("wins", "count", "rate"),
        [
            (1, 3, "0.3333"),
            (2, 3, "0.6667"),
            (1, 20_000, "0.0001"),  # 0.00005, a half
            (0, 5, "0.0000"),
            (5, 5, "1.0000"),
        ],
    )
    def test_is_the_share_of_gains_with_4_decimals(self, wins: int, count: int, rate: str) -> None:
        assert str(trades.win_rate(win_count=wins, trade_count=count)) == rate

    def test_is_unknown_without_trades(self) -> None:
        assert trades.win_rate(win_count=0, trade_count=0) is None


class TestProfitFactor:
    def test_divides_gains_by_losses(self) -> None:
        assert trades.profit_factor(totals_of("30", "-10", "-5")) == 2
        assert trades.profit_factor(totals_of("-10")) == 0

    def test_is_unknown_where_nothing_was_lost(self) -> None:
        assert trades.profit_factor(totals_of("30", "0")) is None


class TestExpectancy:
    def test_is_the_average_of_a_trade(self) -> None:
        # Tharp's words: 1/3 x 30 - 2/3 x 7.5
        assert trades.expectancy(totals_of("30", "-10", "-5")) == 5

    def test_is_unknown_without_trades(self) -> None:
        assert trades.expectancy(trades.Totals()) is None


class TestPair:
    def test_closes_the_oldest_first(self) -> None:
        found = trades.pair([fill("buy", 1, 0), fill("buy", 2, 10), fill("sell", 2, 30)])
        # 1 for 30 minutes, and 1 of the 2 for 20.
        assert (found.closed_count, found.closed_seconds_total) == (2, Decimal(50 * 60))
        assert found.open_lots == (fill("buy", 1, 10),)

    def test_goes_on_with_a_lot_that_was_closed_in_part(self) -> None:
        found = trades.pair(
            [fill("buy", 2, 0), fill("buy", 1, 10), fill("sell", 1, 20), fill("sell", 1, 30)]
        )
        assert (found.closed_count, found.closed_seconds_total) == (2, Decimal(50 * 60))

    def test_closes_only_the_same_symbol_and_direction(self) -> None:
        ledger = [
            fill("buy", 1, 0, "ETH"),
            fill("short", 1, 1),
            fill("sell", 1, 2),
            fill("cover", 1, 3, "ETH"),
            fill("cover", 1, 4),
        ]
        found = trades.pair(ledger)
        assert (found.closed_count, found.closed_seconds_total) == (1, Decimal(3 * 60))
        assert found.open_lots == (fill("buy", 1, 0, "ETH"),)

    def test_goes_on_from_what_an_earlier_call_left_open(self) -> None:
        ledger = [fill("buy", "0.3", 0), fill("sell", "0.1", 5), fill("sell", "0.2", 9)]
        first = trades.pair(ledger[:2])
        second = trades.pair(ledger[2:], first.open_lots)
        assert first.closed_count + second.closed_count == 2
        assert first.closed_seconds_total + second.closed_seconds_total == 14 * 60
        assert second.open_lots == ()

    def test_ignores_what_closes_more_than_is_open(self) -> None:
        found = trades.pair([fill("sell", 3, 0), fill("buy", 1, 1), fill("sell", 5, 2)])
        assert found == (1, Decimal(60), ())

    def test_counts_fractions_of_a_second_exactly(self) -> None:
        lot = fill("buy", 1, 0)
        later = trades.Fill(
            symbol="BTC", side="sell", size=Decimal(1), at=lot.at + timedelta(microseconds=1)
        )
        assert trades.pair([later], [lot]).closed_seconds_total == Decimal("0.000001")

    @given(ledger=ledgers(), cut=st.integers(0, 30))
    def test_pairs_as_unit_by_unit_wherever_it_is_cut(
        self, ledger: list[trades.Fill], cut: int
    ) -> None:
        first = trades.pair(ledger[:cut])
        second = trades.pair(ledger[cut:], first.open_lots)
        count, seconds, still_open = obvious_pairs(ledger)
        assert first.closed_count + second.closed_count == count
        assert first.closed_seconds_total + second.closed_seconds_total == seconds
        assert [(lot.symbol, lot.side, lot.at, int(lot.size)) for lot in second.open_lots] == [
            (symbol, side, ledger[number].at, units)
            for (symbol, side, number), units in sorted(
                still_open.items(), key=lambda row: row[0][2]
            )
        ]
