"""What does a CSV say that no parser knows, once it is settled which column holds what?"""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from app.portfolio.rules import entries as ledger
from app.portfolio.rules import valuation
from app.portfolio.rules.imports import values
from app.portfolio.rules.imports.coins import SURELY
from app.portfolio.rules.imports.mapping import (
    DATE_ORDER,
    DECIMAL_SEPARATOR,
    DEFAULT_ASSET_TYPE,
    DEFAULT_CURRENCY,
    Columns,
)
from app.portfolio.rules.imports.rows import (
    BadValue,
    Line,
    Parsed,
    content_of,
    currency,
    entry,
    external_id,
    refused,
    shown,
    symbol,
)
from app.portfolio.rules.imports.sheets import Row
from app.portfolio.rules.new_entries import NewEntry

NAME: Final = "generic"
NUMBERS: Final = ("quantity", "price", "amount", "fee")
LONG_ENOUGH: Final = 8
"""Characters of what a row says, which tell rows of one id apart."""

_TYPES: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        [
            "buy",
            "bought",
            "purchase",
            "b",
            "kauf",
            "achat",
            "compra",
            "acquisto",
            "market_buy",
            "limit_buy",
            "long",
        ],
        ledger.BUY,
    ),
    **dict.fromkeys(
        [
            "sell",
            "sold",
            "sale",
            "s",
            "verkauf",
            "vente",
            "venta",
            "vendita",
            "market_sell",
            "limit_sell",
        ],
        ledger.SELL,
    ),
    **dict.fromkeys(
        ["dividend", "dividends", "div", "dividende", "dividendo", "cash_dividend"], ledger.DIVIDEND
    ),
    **dict.fromkeys(
        ["interest", "zinsen", "interes", "staking", "reward", "rewards", "income"], ledger.INTEREST
    ),
    **dict.fromkeys(["fee", "fees", "commission", "tax", "gebühr"], ledger.FEE),
    **dict.fromkeys(["split", "stock_split"], ledger.SPLIT),
    **dict.fromkeys(["transfer_in", "receive", "received", "deposit", "in"], ledger.TRANSFER_IN),
    **dict.fromkeys(
        ["transfer_out", "send", "sent", "withdrawal", "withdraw", "out"], ledger.TRANSFER_OUT
    ),
}
_ASSET_TYPES: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        ["crypto", "cryptocurrency", "cryptocurrencies", "coin", "token"], valuation.CRYPTO
    ),
    **dict.fromkeys(
        [
            "stock",
            "stocks",
            "equity",
            "equities",
            "share",
            "shares",
            "etf",
            "etfs",
            "fund",
            "funds",
            "stk",
            "common_stock",
        ],
        valuation.STOCK,
    ),
}
_PAIR = re.compile(r"(?P<coin>[A-Z0-9]{2,10})[-/](?P<money>USD|USDT|USDC|EUR|GBP|CHF|CAD|AUD|JPY)")
_SIGNS = re.compile(r"[\s-]+")


@dataclass(frozen=True, kw_only=True)
class _Habits:
    """How the file as a whole writes numbers and dates."""

    columns: Columns
    style: str | None
    order: str | None


@dataclass(frozen=True, kw_only=True)
class _Told:
    """A row, by our own words."""

    cells: Sequence[str]
    habits: _Habits

    def __getitem__(self, word: str) -> str:
        place = self.habits.columns.places.get(word)
        return self.cells[place].strip() if place is not None and place < len(self.cells) else ""

    def amount(self, word: str) -> Decimal | None:
        text = self[word]
        return values.number(text, style=self.habits.style) if text not in {"", "-", "--"} else None

    def setting(self, word: str) -> str | None:
        return self.habits.columns.settings.get(word)


def lines_of(rows: Sequence[Row], *, columns: Columns, delimiter: str) -> list[Line]:
    """What the rows below the header tell of, one by one."""
    habits = _habits(rows, columns, delimiter)
    lines = [
        _line(row, habits)
        for row in rows
        if tuple(cell.strip() for cell in row.cells) != columns.header
    ]
    return _told_apart(lines)


def _told_apart(lines: Sequence[Line]) -> list[Line]:
    """The lines, their ids made good for what they are used for.

    An id is often an order's, which several rows share, and another broker may use it, too. With what the row says,
    and its number among those that say the same, it is the row's alone.
    """
    counts: Counter[str] = Counter()

    def alone(row: NewEntry) -> NewEntry:
        if row.external_id is None:
            return row
        name = f"{row.external_id}#{content_of(row)[:LONG_ENOUGH]}"
        counts[name] += 1
        number = f"#{counts[name]}" if counts[name] > 1 else ""
        return replace(row, external_id=f"{name}{number}")

    return [
        replace(line, entries=tuple(alone(row) for row in line.entries))
        if isinstance(line, Parsed)
        else line
        for line in lines
    ]


def _habits(rows: Sequence[Row], columns: Columns, delimiter: str) -> _Habits:
    def cells(words: Sequence[str]) -> list[str]:
        places = [columns.places[word] for word in words if word in columns.places]
        return [row.cells[place] for row in rows for place in places if place < len(row.cells)]

    numbers = cells(NUMBERS)
    style = columns.settings.get(DECIMAL_SEPARATOR) or values.number_style(numbers)
    if style is None and delimiter == values.COMMA and not any("." in cell for cell in numbers):
        style = values.POINT  # where commas part the cells, those within one part thousands
    return _Habits(
        columns=columns,
        style=style,
        order=columns.settings.get(DATE_ORDER) or values.date_order(cells(("date",))),
    )


def _line(row: Row, habits: _Habits) -> Line:
    told = _Told(cells=row.cells, habits=habits)
    try:
        if len(row.cells) > len(habits.columns.header) and any(
            cell.strip() for cell in row.cells[len(habits.columns.header) :]
        ):
            raise BadValue(  # noqa: TRY301 - every refusal leaves by one door
                f"The row has {len(row.cells)} cells, the header {len(habits.columns.header)}."
            )
        return Parsed(line=row.line, entries=(_entry(told),))
    except BadValue as problem:
        return refused(row.line, problem)


def _entry(told: _Told) -> NewEntry:
    quantity, price, amount = (told.amount(word) for word in ("quantity", "price", "amount"))
    type_ = _type(told["type"], quantity)
    asset_type, ticker, money = _asset(told, type_)
    shape = _cash if type_ in ledger.CASH_ONLY else _split if type_ == ledger.SPLIT else _units
    quantity, price = shape(quantity, price, amount)
    return entry(
        type=type_,
        asset_type=asset_type,
        symbol=ticker,
        quantity=quantity,
        price=price,
        fee=(told.amount("fee") or Decimal(0)).copy_abs(),
        currency=money,
        executed_at=values.moment(_moment_text(told), order=told.habits.order),
        external_id=external_id(NAME, told["external_id"]),
    )


def _moment_text(told: _Told) -> str:
    """The date, and where it has no time, the time beside it."""
    date, time = told["date"], told["time"]
    return f"{date} {time}" if time and ":" not in date else date


def _type(text: str, quantity: Decimal | None) -> str:
    if not text:
        if quantity is None:
            raise BadValue("There is neither a type nor a quantity.")
        return ledger.BUY if quantity > 0 else ledger.SELL
    plain = _SIGNS.sub("_", text.lower())
    known = _TYPES.get(plain)
    if known is None:
        raise BadValue(
            f"{shown(text)} is no type that is known here; {', '.join(ledger.TYPES)} are."
        )
    return known


def _asset(told: _Told, type_: str) -> tuple[str | None, str | None, str]:
    """Which asset, and in which currency."""
    money = told["currency"] or told.setting(DEFAULT_CURRENCY) or ""
    if not told["symbol"]:
        if type_ in {ledger.FEE, ledger.INTEREST}:
            return None, None, currency(money or valuation.DEFAULT_CURRENCY)
        raise BadValue("There is no symbol.")
    text = told["symbol"].upper()
    pair = _PAIR.fullmatch(text)
    class_ = told["asset_type"]
    asset_type = _ASSET_TYPES.get(_SIGNS.sub("_", class_.lower())) if class_ else None
    if class_ and asset_type is None:
        raise BadValue(
            f"{shown(class_)} is no type of asset that is kept here; crypto and stock are."
        )
    ticker = pair["coin"] if pair and asset_type != valuation.STOCK else text
    if asset_type is None:
        surely = pair is not None or text in SURELY
        asset_type = told.setting(DEFAULT_ASSET_TYPE) or (
            valuation.CRYPTO if surely else valuation.STOCK
        )
    if not money and pair:
        money = pair["money"][:3]  # a dollar of the coin's makers is a dollar
    return asset_type, symbol(ticker), currency(money or valuation.DEFAULT_CURRENCY)


_Amounts = tuple[Decimal, Decimal]
_Shape = Callable[[Decimal | None, Decimal | None, Decimal | None], _Amounts]


def _units(quantity: Decimal | None, price: Decimal | None, amount: Decimal | None) -> _Amounts:
    """Of what moves units: how many, and what one cost."""
    if not quantity:
        raise BadValue(
            "The quantity must be more than 0." if quantity is not None else "There is no quantity."
        )
    units = quantity.copy_abs()
    if price is not None:
        return units, price
    if amount is None:
        raise BadValue("There is neither a price nor an amount.")
    return units, values.ratio(amount.copy_abs(), units)


def _split(quantity: Decimal | None, price: Decimal | None, amount: Decimal | None) -> _Amounts:
    """Of a split: how many units each became."""
    found = next((one for one in (quantity, price, amount) if one), None)
    if found is None:
        raise BadValue("A split needs as quantity how many units each unit becomes, such as 4.")
    return found, Decimal(0)


def _cash(quantity: Decimal | None, price: Decimal | None, amount: Decimal | None) -> _Amounts:
    """Of money alone: the amount, or so many units with so much for each."""
    if amount:
        return Decimal(1), amount.copy_abs()
    if price is None:
        raise BadValue("There is neither a price nor an amount.")
    return (quantity or Decimal(1)).copy_abs(), price.copy_abs()
