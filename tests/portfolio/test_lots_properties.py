"""Is nothing lost and nothing made up, whatever the ledger, and does a slow and obvious way agree?"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings

from app.core import money
from app.portfolio.rules import entries as ledger
from app.portfolio.rules import lots
from app.portfolio.rules.entries import Entry
from tests.portfolio.lot_ledgers import ledgers

CLOSE = Decimal("1e-12")

Unit = tuple[Fraction, datetime, int]


def one_by_one(
    entries: Sequence[Entry], *, method: str
) -> tuple[list[tuple[datetime, datetime, Fraction]], list[Unit]]:
    """What each unit that was sold gained, and the units left: every unit is kept by itself, with exact fractions.

    Only for whole units and splits into more of them.
    """
    held: list[Unit] = []
    sold: list[tuple[datetime, datetime, Fraction]] = []
    for number, each in enumerate(ledger.ordered(entries)):
        count = int(each.quantity)
        if each.type in ledger.COMING_IN:
            fee = Fraction(each.fee) if each.type == ledger.BUY else Fraction(0)
            cost = Fraction(each.price) + fee / count
            held += [(cost, each.executed_at, number)] * count
        elif each.type == ledger.SPLIT:
            held = [(cost / count, at, made) for cost, at, made in held for _ in range(count)]
        elif each.type in ledger.GOING_OUT:
            if method == "average":
                mean = sum((cost for cost, _, _ in held), Fraction(0)) / len(held)
                held = [(mean, at, made) for _, at, made in held]
            held.sort(key=whose_turn(method))
            out, held = held[:count], held[count:]
            if each.type == ledger.SELL:
                brought = Fraction(each.price) - Fraction(each.fee) / count
                sold += [(at, each.executed_at, brought - cost) for cost, at, _ in out]
    return sold, held


def whose_turn(method: str):
    return {
        "fifo": lambda unit: unit[2],
        "average": lambda unit: unit[2],
        "lifo": lambda unit: -unit[2],
        "hifo": lambda unit: (-unit[0], unit[2]),
    }[method]


@pytest.mark.parametrize("method", lots.METHODS)
class TestFollowing:
    @settings(max_examples=40)
    @given(entries=ledgers(places=0, ratios=("2", "3")))
    def test_agrees_with_units_counted_one_by_one(self, method: str, entries: list[Entry]) -> None:
        book = lots.follow(entries, method=method)

        sold, held = one_by_one(entries, method=method)
        gains: dict[tuple[datetime, datetime], Fraction] = {}
        for acquired_at, sold_at, gain in sold:
            key = (acquired_at, sold_at)
            gains[key] = gains.get(key, Fraction(0)) + gain
        found: dict[tuple[datetime, datetime], Decimal] = {}
        for each in book.disposals:
            key = (each.acquired_at, each.sold_at)
            found[key] = money.EXACT.add(found.get(key, money.ZERO), each.gain)
        assert found.keys() == gains.keys()
        assert all(abs(Fraction(found[key]) - gains[key]) < Fraction(CLOSE) for key in gains)
        assert money.total(lot.quantity for lot in book.open_lots) == len(held)
        kept = sum((cost for cost, _, _ in held), Fraction(0))
        assert abs(Fraction(money.total(lot.cost for lot in book.open_lots)) - kept) < Fraction(
            CLOSE
        )

    @settings(max_examples=40)
    @given(entries=ledgers())
    def test_conserves_cost(self, method: str, entries: list[Entry]) -> None:
        book = lots.follow(entries, method=method)

        came_in = money.total(
            money.EXACT.add(
                money.multiply(each.quantity, each.price),
                each.fee if each.type == ledger.BUY else money.ZERO,
            )
            for each in entries
            if each.type in ledger.COMING_IN
        )
        went: list[Any] = [*book.open_lots, *book.disposals, *book.transfers]
        assert money.total(part.cost for part in went) == came_in
        assert all(part.cost >= 0 for part in went)

    @settings(max_examples=40)
    @given(entries=ledgers())
    def test_conserves_units_through_splits(self, method: str, entries: list[Entry]) -> None:
        book = lots.follow(entries, method=method)

        held = money.ZERO
        for each in entries:
            if each.type in ledger.COMING_IN:
                held = money.EXACT.add(held, each.quantity)
            elif each.type in ledger.GOING_OUT:
                held = money.subtract(held, each.quantity)
            elif each.type == ledger.SPLIT:
                ratio = lots.split_ratio(each.quantity)
                exact = Fraction(held) * ratio
                rounded = Decimal(int(exact * 10**18 + Fraction(1, 2))).scaleb(-18, money.EXACT)
                held = max(lots.FINEST, rounded) if held else held
        assert money.total(lot.quantity for lot in book.open_lots) == held
        assert all(lot.quantity > 0 for lot in book.open_lots)
        for each in entries:
            if each.type == ledger.SELL:
                parts = [
                    part for part in book.disposals if part.transaction_id == each.transaction_id
                ]
                assert money.total(part.quantity for part in parts) == each.quantity

    @settings(max_examples=40)
    @given(entries=ledgers())
    def test_gains_what_sales_brought_beyond_their_cost(
        self, method: str, entries: list[Entry]
    ) -> None:
        book = lots.follow(entries, method=method)

        brought = money.total(
            money.subtract(money.multiply(each.quantity, each.price), each.fee)
            for each in entries
            if each.type == ledger.SELL
        )
        assert money.total(part.proceeds for part in book.disposals) == brought
        cost = money.total(part.cost for part in book.disposals)
        assert money.total(part.gain for part in book.disposals) == money.subtract(brought, cost)

    @settings(max_examples=40)
    @given(entries=ledgers())
    def test_conserves_cash_and_assets(self, method: str, entries: list[Entry]) -> None:
        """What was paid and received, with what is held and was moved at cost, is what was earned and nothing else."""
        book = lots.follow(entries, method=method)

        cash = money.total(_cash(each) for each in entries)
        assets = money.total(
            [
                *(lot.cost for lot in book.open_lots),
                *(part.cost for part in book.transfers),
                *(
                    money.multiply(each.quantity, each.price).copy_negate()
                    for each in entries
                    if each.type == ledger.TRANSFER_IN
                ),
            ]
        )
        earned = money.total(
            [
                *(part.gain for part in book.disposals),
                *(each.amount for each in book.income),
                *(each.amount.copy_negate() for each in book.fees),
            ]
        )
        assert money.EXACT.add(cash, assets) == earned

    @settings(max_examples=40)
    @given(entries=ledgers())
    def test_does_not_depend_on_the_order_of_writing(
        self, method: str, entries: list[Entry]
    ) -> None:
        assert lots.follow(reversed(entries), method=method) == lots.follow(entries, method=method)


class TestMethods:
    @settings(max_examples=40)
    @given(entries=ledgers(places=2, ratios=("2",)))
    def test_of_the_last_sale_none_costs_more_than_hifo(self, entries: list[Entry]) -> None:
        outs = [each for each in entries if each.type in ledger.GOING_OUT]
        until = entries.index(outs[0]) + 1 if outs else len(entries)
        costs = {
            method: _cost_of_what_went(lots.follow(entries[:until], method=method))
            for method in lots.METHODS
        }
        assert max(costs.values()) - costs["hifo"] <= CLOSE


def _cost_of_what_went(book: lots.Book) -> Decimal:
    went: list[Any] = [*book.disposals, *book.transfers]
    return money.total(part.cost for part in went)


def _cash(each: Entry) -> Decimal:
    """How the entry changed the cash: worked from the meaning of entries alone."""
    amount = money.multiply(each.quantity, each.price)
    change = {
        ledger.BUY: amount.copy_negate(),
        ledger.SELL: amount,
        ledger.DIVIDEND: amount,
        ledger.INTEREST: amount,
        ledger.FEE: amount.copy_negate(),
    }.get(each.type, money.ZERO)
    return money.subtract(change, each.fee)
