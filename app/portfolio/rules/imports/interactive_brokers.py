"""What does an activity statement of Interactive Brokers say?

The statement is many tables in one CSV: each row begins with its table's name and with Header, Data, SubTotal or Total,
and the columns are those of the table's last Header. Trades, dividends, taxes, fees, interest, splits and transfers
are read; what tells of the account only (its value, its open positions) has nothing for a ledger and is passed over.

Times are New York's, as IBKR writes them. The broker gives no row a name, so rows are told apart by what they say.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from app.portfolio.rules import entries as ledger
from app.portfolio.rules import valuation
from app.portfolio.rules.imports import values
from app.portfolio.rules.imports.listings import at_yahoo
from app.portfolio.rules.imports.rows import (
    BadValue,
    Line,
    Parsed,
    Twin,
    currency,
    entry,
    refused,
    shown,
)
from app.portfolio.rules.imports.sheets import Row
from app.portfolio.rules.new_entries import NewEntry

NAME: Final = "interactive_brokers"
NEW_YORK: Final = ZoneInfo("America/New_York")

_STOCKS: Final = frozenset({"Stocks", "Equity", "STK"})
_CRYPTO: Final = frozenset({"Crypto", "Cryptocurrencies", "CRYPTO"})
_CANCELLED: Final = "Ca"
_WITH_SYMBOL = re.compile(r"\s*(?P<symbol>[^()]{1,20}?)\s*\((?P<security>[A-Za-z0-9]{5,12})\)")
_SPLIT = re.compile(r"\bSplit\s+(?P<new>[0-9.]+)\s+for\s+(?P<old>[0-9.]+)", re.IGNORECASE)
_LEFT_OUT: Final = {
    "Deposits & Withdrawals": "Left out: cash that is paid in or taken out is not part of the ledger.",
    "Forex P/L Details": "Left out: exchanges of currencies are not part of the ledger.",
}


@dataclass(frozen=True, kw_only=True)
class _Told:
    """A Data row by the names of its table's columns, and what the statement knows besides."""

    line: int
    cells: Mapping[str, str]
    exchanges: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        return self.cells.get(name, "").strip()

    def amount(self, *names: str) -> Decimal:
        """The number in the first of these columns that holds one."""
        text = next((self[name] for name in names if self[name] not in {"", "--"}), "")
        return values.number(text, style=values.POINT)

    def amount_or_none(self, *names: str) -> Decimal | None:
        return self.amount(*names) if any(self[name] not in {"", "--"} for name in names) else None

    def symbol(self, text: str) -> str:
        return at_yahoo(text, exchange=self.exchanges.get(text.strip(), ""))


def is_one(rows: Sequence[Row]) -> bool:
    """Whether a file is such a statement."""
    starts = {row.cells[:2] for row in rows}
    return bool(
        starts & {("Statement", "Header"), ("Trades", "Header"), ("Account Information", "Header")}
    )


def lines_of(rows: Sequence[Row]) -> list[Line]:
    """What the statement's rows tell of, one by one."""
    found: list[Line] = []
    cancelled = _Cancellations()
    splits: dict[tuple[object, ...], int] = {}
    orders = any(row.cells[:3] == ("Trades", "Data", "Order") for row in rows)
    for table, told in _data(rows):
        if table == "Trades" and orders and told["DataDiscriminator"] not in {"Order", ""}:
            continue  # the fills and lots of an order that stands there as a whole
        line = _line(table, told)
        if line is None:
            continue
        if table == "Trades" and isinstance(line, Parsed):
            line = cancelled.seen(line, told)
        if table == "Corporate Actions" and isinstance(line, Parsed):
            line = _first_of_split(line, splits)
        found.append(line)
    return cancelled.settled(found)


def _data(rows: Sequence[Row]) -> Iterator[tuple[str, _Told]]:
    """The rows of data with their tables, without sums."""
    exchanges = _exchanges(rows)
    headers: dict[str, tuple[str, ...]] = {}
    for row in rows:
        table, kind = (*(cell.strip() for cell in row.cells[:2]), "")[:2]
        if kind == "Header":
            headers[table] = tuple(cell.strip() for cell in row.cells[2:])
        elif kind == "Data" and table in headers:
            cells = dict(zip(headers[table], row.cells[2:], strict=False))
            if not any(
                str(cells.get(name, "")).startswith("Total")
                for name in ("Currency", "Subtitle", "Asset Category")
            ):
                yield table, _Told(line=row.line, cells=cells, exchanges=exchanges)


def _exchanges(rows: Sequence[Row]) -> dict[str, str]:
    """Where each symbol of the statement is listed."""
    header: tuple[str, ...] = ()
    found: dict[str, str] = {}
    for row in rows:
        if row.cells[0] != "Financial Instrument Information":
            continue
        if row.cells[1:2] == ("Header",):
            header = row.cells
        cells = dict(zip(header, row.cells, strict=False))
        found[cells.get("Symbol", "").strip()] = cells.get("Listing Exch", "").strip()
    return found


def _line(table: str, told: _Told) -> Line | None:
    if table in _LEFT_OUT:
        return refused(told.line, _LEFT_OUT[table])
    read = _TABLES.get(table)
    if read is None:
        return None
    try:
        return Parsed(line=told.line, entries=read(told))
    except BadValue as problem:
        return refused(told.line, problem)


def _trade(told: _Told) -> tuple[NewEntry, ...]:
    category = told["Asset Category"] or "Stocks"
    if category == "Forex":
        raise BadValue("Left out: exchanges of currencies are not part of the ledger.")
    quantity, money = told.amount("Quantity"), currency(told["Currency"])
    asset_type, symbol = _asset(category, told, told["Symbol"])
    at = values.moment(told["Date/Time"], zone=NEW_YORK)
    cost = _commission(told)
    rows = [
        entry(
            type=ledger.BUY if quantity > 0 else ledger.SELL,
            asset_type=asset_type,
            symbol=symbol,
            quantity=quantity.copy_abs(),
            price=told.amount("T. Price", "TradePrice", "Price"),
            fee=max(-cost, Decimal(0)),
            currency=money,
            executed_at=at,
        )
    ]
    if cost > 0:  # the exchange paid for the order
        rebate = entry(
            type=ledger.INTEREST,
            asset_type=asset_type,
            symbol=symbol,
            price=cost,
            currency=money,
            executed_at=at,
        )
        rows.append(rebate)
    return tuple(rows)


def _asset(category: str, told: _Told, symbol: str) -> tuple[str, str]:
    if category in _STOCKS:
        return valuation.STOCK, told.symbol(symbol)
    if category in _CRYPTO:
        return valuation.CRYPTO, told.symbol(symbol.partition(".")[0].partition("-")[0])
    raise BadValue(f"{shown(category)} are not kept here; stocks, funds and crypto are.")


def _commission(told: _Told) -> Decimal:
    """What the broker took, less than 0, or paid."""
    name = next((name for name in told.cells if name.startswith("Comm")), "")
    return told.amount_or_none(name) or Decimal(0)


def _paid(received: str, *, needs_symbol: bool) -> Callable[[_Told], tuple[NewEntry, ...]]:
    """How a table of money is read: what came in is `received`, what went out is a fee."""

    def read(told: _Told) -> tuple[NewEntry, ...]:
        amount = told.amount("Amount")
        if amount == 0:
            raise BadValue("Left out: the amount is 0.")
        symbol = told["Symbol"] or _security(told["Description"])
        if symbol is None and needs_symbol:
            raise BadValue(f"{shown(told['Description'])} names no symbol that the money is for.")
        return (
            entry(
                type=received if amount > 0 else ledger.FEE,
                asset_type=valuation.STOCK if symbol else None,
                symbol=told.symbol(symbol) if symbol else None,
                price=amount.copy_abs(),
                currency=currency(told["Currency"]),
                executed_at=values.moment(told["Date"] or told["Date/Time"], zone=NEW_YORK),
            ),
        )

    return read


def _security(description: str) -> str | None:
    """The symbol of 'AAPL(US0378331005) Cash Dividend USD 0.24 per Share'."""
    match = _WITH_SYMBOL.match(description)
    return match["symbol"] if match else None


def _corporate_action(told: _Told) -> tuple[NewEntry, ...]:
    description = told["Description"]
    match, symbol = _SPLIT.search(description), _security(description)
    if match is None or symbol is None:
        raise BadValue(
            f"{shown(description)} is no split. Record what it did to your holdings as transfers in and out."
        )
    if _CANCELLED in told["Code"].split(";"):
        raise BadValue(
            "A split that was cancelled; delete the transaction if it was imported before."
        )
    asset_type, ticker = _asset(
        told["Asset Category"] or "Stocks", told, symbol.removesuffix(".OLD")
    )
    new, old = (values.number(match[part], style=values.POINT) for part in ("new", "old"))
    if not new or not old:
        raise BadValue(f"{shown(description)} splits into nothing.")
    return (
        entry(
            type=ledger.SPLIT,
            asset_type=asset_type,
            symbol=ticker,
            quantity=values.ratio(new, old),
            currency=currency(told["Currency"]),
            executed_at=values.moment(told["Date/Time"] or told["Report Date"], zone=NEW_YORK),
        ),
    )


def _transfer(told: _Told) -> tuple[NewEntry, ...]:
    category = told["Asset Category"] or "Stocks"
    if category == "Cash":
        raise BadValue(_LEFT_OUT["Deposits & Withdrawals"])
    quantity = told.amount("Qty", "Quantity")
    inward = told["Direction"] == "In" if told["Direction"] else quantity > 0
    asset_type, symbol = _asset(category, told, told["Symbol"])
    value, price = told.amount_or_none("Market Value", "Value"), told.amount_or_none("Xfer Price")
    if inward and quantity and not price:
        price = values.ratio(value.copy_abs(), quantity.copy_abs()) if value else Decimal(0)
    return (
        entry(
            type=ledger.TRANSFER_IN if inward else ledger.TRANSFER_OUT,
            asset_type=asset_type,
            symbol=symbol,
            quantity=quantity.copy_abs(),
            price=(price or Decimal(0)).copy_abs(),
            currency=currency(told["Currency"]),
            executed_at=values.moment(told["Date"] or told["Date/Time"], zone=NEW_YORK),
        ),
    )


def _first_of_split(line: Parsed, seen: dict[tuple[object, ...], int]) -> Line:
    """A reverse split stands in two rows, one for the units that went and one for those that came."""
    (row,) = line.entries
    first = seen.setdefault((row.symbol, row.quantity, row.executed_at), line.line)
    if first == line.line:
        return line
    return Twin(line=line.line, reason=f"The other half of the split in line {first}.")


class _Cancellations:
    """Trades that a later row takes back: neither of the two happened."""

    def __init__(self) -> None:
        self._trades: dict[tuple[object, ...], list[int]] = {}
        self._taken_back: dict[int, int] = {}

    def seen(self, line: Parsed, told: _Told) -> Line:
        """Note a trade, or find the one that it takes back."""
        row = line.entries[0]
        key = (row.symbol, row.quantity, row.price, row.currency, row.executed_at)
        if _CANCELLED not in told["Code"].split(";"):
            self._trades.setdefault(key, []).append(line.line)
            return line
        earlier = self._trades.get(key)
        if not earlier:
            return refused(
                line.line,
                "A cancellation of a trade that is not in this file; delete that transaction.",
            )
        self._taken_back[earlier[-1]] = line.line
        return refused(line.line, f"It takes back the trade in line {earlier.pop()}.")

    def settled(self, lines: Sequence[Line]) -> list[Line]:
        """The lines, without the trades that were taken back."""
        return [
            refused(line.line, f"The trade was cancelled in line {self._taken_back[line.line]}.")
            if isinstance(line, Parsed) and line.line in self._taken_back
            else line
            for line in lines
        ]


_DIVIDENDS = _paid(ledger.DIVIDEND, needs_symbol=True)
_INTEREST = _paid(ledger.INTEREST, needs_symbol=False)
_TABLES: Final[Mapping[str, Callable[[_Told], tuple[NewEntry, ...]]]] = {
    "Trades": _trade,
    "Dividends": _DIVIDENDS,
    "Payment In Lieu Of Dividends": _DIVIDENDS,
    # A tax that is given back came in like a dividend.
    "Withholding Tax": _DIVIDENDS,
    "871(m) Withholding": _DIVIDENDS,
    "Interest": _INTEREST,
    "Broker Interest Paid": _INTEREST,
    "Broker Interest Received": _INTEREST,
    "Fees": _INTEREST,
    "Other Fees": _INTEREST,
    "Transaction Fees": _INTEREST,
    "Commission Adjustments": _INTEREST,
    "Corporate Actions": _corporate_action,
    "Transfers": _transfer,
}
