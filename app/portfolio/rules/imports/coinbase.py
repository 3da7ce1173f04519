"""What does Coinbase's transaction history say?

Its columns changed over the years: 'USD Spot Price at Transaction' became 'Spot Price Currency' and 'Spot Price at
Transaction', then 'Price Currency' and 'Price at Transaction' with an ID before; lines about the account stand above
the header. Signs, currency symbols and thousands separators came and went, so amounts are read without their sign.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from app.core import money
from app.portfolio.rules import entries as ledger
from app.portfolio.rules import valuation
from app.portfolio.rules.imports import values
from app.portfolio.rules.imports.rows import (
    BadValue,
    Line,
    Parsed,
    currency,
    entry,
    external_id,
    refused,
    shown,
    symbol,
)
from app.portfolio.rules.imports.sheets import Row
from app.portfolio.rules.new_entries import NewEntry

NAME: Final = "coinbase"
HEADER_WITHIN: Final = 20
NEEDED: Final = ("timestamp", "transaction type", "asset", "quantity transacted")

# What a coin is called that was renamed one for one.
_RENAMED: Final = {"ETH2": "ETH", "CGLD": "CELO"}
# Coins that are worth a dollar or a euro by design; trades that were paid with them count as paid with those.
_PEGGED: Final = {"USDC": "USD", "USDT": "USD", "DAI": "USD", "PYUSD": "USD", "EURC": "EUR"}
_CASH: Final = frozenset(
    [
        "AUD",
        "BRL",
        "CAD",
        "CHF",
        "CZK",
        "DKK",
        "EUR",
        "GBP",
        "HKD",
        "HUF",
        "JPY",
        "MXN",
        "NOK",
        "NZD",
        "PLN",
        "SEK",
        "SGD",
        "TRY",
        "USD",
    ]
)
_CONVERTED = re.compile(
    r"Converted\s+[0-9.,]+\s+(?P<sold>[A-Z0-9]{1,20})\s+to\s+(?P<quantity>[0-9.,]+)\s+(?P<bought>[A-Z0-9]{1,20})",
    re.IGNORECASE,
)
_OWN_CURRENCY = re.compile(
    r"(?P<currency>[a-z]{3}) (?P<name>spot price|subtotal|total|fees|amount)"
)


@dataclass(frozen=True, kw_only=True)
class _Told:
    """A row by the names of its columns, those in an old export without the currency before them."""

    line: int
    cells: Mapping[str, str]
    currency: str

    def __getitem__(self, name: str) -> str:
        return self.cells.get(name, "").strip()

    def amount(self, *names: str) -> Decimal | None:
        """The number in the first column whose name begins like one of these, without its sign."""
        for column, text in self.cells.items():
            if column.startswith(names) and text.strip():
                return values.number(text, style=values.POINT).copy_abs()
        return None

    @property
    def fee(self) -> Decimal:
        return self.amount("fees") or Decimal(0)

    @property
    def quantity(self) -> Decimal:
        found = self.amount("quantity transacted")
        if not found:
            raise BadValue("The quantity must be more than 0.")
        return found


@dataclass(frozen=True, kw_only=True)
class _Event:
    """What all rows of one line have in common."""

    told: _Told
    symbol: str
    currency: str
    at: datetime
    name: str | None

    def entry(
        self,
        type_: str,
        *,
        price: Decimal,
        fee: Decimal = Decimal(0),
        quantity: Decimal = Decimal(1),
        part: str = "",
        of: str | None = None,
    ) -> NewEntry:
        """One row; `part` tells it from the line's others, which share Coinbase's name."""
        return entry(
            type=type_,
            asset_type=valuation.CRYPTO,
            symbol=of or self.symbol,
            quantity=quantity,
            price=price,
            fee=fee,
            currency=self.currency,
            executed_at=self.at,
            external_id=self.name and self.name + part,
        )


def header_at(rows: Sequence[Row]) -> int | None:
    """Which of the first rows names the columns; None where the file is no such history."""
    for place, row in enumerate(rows[:HEADER_WITHIN]):
        if {cell.strip().lower() for cell in row.cells}.issuperset(NEEDED):
            return place
    return None


def lines_of(rows: Sequence[Row]) -> list[Line]:
    """What the history's rows tell of, one by one."""
    start = header_at(rows) or 0
    header = [cell.strip().lower() for cell in rows[start].cells]
    own = next((match for name in header if (match := _OWN_CURRENCY.match(name))), None)
    names = [_OWN_CURRENCY.sub(r"\g<name>", name) for name in header]
    return [
        _line(
            _Told(
                line=row.line,
                cells=dict(zip(names, row.cells, strict=False)),
                currency=own["currency"] if own else "",
            )
        )
        for row in rows[start + 1 :]
        if [cell.strip().lower() for cell in row.cells] != header  # long histories repeat it
    ]


def _line(told: _Told) -> Line:
    try:
        return Parsed(line=told.line, entries=_entries(told))
    except BadValue as problem:
        return refused(told.line, problem)


def _entries(told: _Told) -> tuple[NewEntry, ...]:
    kind = " ".join(told["transaction type"].lower().split())
    if kind in _INSIDE:
        raise BadValue(
            f"Left out: {shown(told['transaction type'])} moves nothing out of your account."
        )
    read = _KINDS.get(kind)
    if read is None:
        raise BadValue(
            f"{shown(told['transaction type'])} is a kind of transaction that is not known here."
        )
    coin = told["asset"].upper()
    if coin in _CASH:
        raise BadValue(
            "Left out: cash that is paid in, taken out or exchanged is not part of the ledger."
        )
    return read(
        _Event(
            told=told,
            symbol=symbol(_RENAMED.get(coin, coin)),
            currency=_paid_with(told),
            at=values.moment(told["timestamp"], order=values.MONTH_FIRST),
            name=external_id(NAME, told["id"]),
        )
    )


def _paid_with(told: _Told) -> str:
    code = (told["price currency"] or told["spot price currency"] or told.currency).upper()
    return currency(_PEGGED.get(code, code))


def _price(event: _Event, *, total: Decimal | None) -> Decimal:
    told = event.told
    return values.unit_price(
        quantity=told.quantity, told=told.amount("price at", "spot price at"), total=total
    )


def _subtotal(told: _Told) -> Decimal | None:
    """What was paid or received apart from the fee; the oldest histories only tell the two together."""
    found = told.amount("subtotal")
    whole = told.amount("total", "amount transacted") if found is None else None
    if whole is None:
        return found
    bought = "buy" in told["transaction type"].lower()
    return max(money.subtract(whole, told.fee) if bought else whole + told.fee, Decimal(0))


def _buy(event: _Event) -> tuple[NewEntry, ...]:
    told = event.told
    price = _price(event, total=_subtotal(told))
    return (event.entry(ledger.BUY, quantity=told.quantity, price=price, fee=told.fee),)


def _sell(event: _Event) -> tuple[NewEntry, ...]:
    told = event.told
    price = _price(event, total=_subtotal(told))
    return (event.entry(ledger.SELL, quantity=told.quantity, price=price, fee=told.fee),)


def _receive(event: _Event) -> tuple[NewEntry, ...]:
    """Coinbase doesn't know what it had cost elsewhere, so it counts with what it was worth."""
    price = event.told.amount("price at", "spot price at") or Decimal(0)
    return (event.entry(ledger.TRANSFER_IN, quantity=event.told.quantity, price=price),)


def _send(event: _Event) -> tuple[NewEntry, ...]:
    return (event.entry(ledger.TRANSFER_OUT, quantity=event.told.quantity, price=Decimal(0)),)


def _reward(event: _Event) -> tuple[NewEntry, ...]:
    """Units that were earned: income of what they were worth, and a purchase for just that."""
    told = event.told
    price = told.amount("price at", "spot price at") or Decimal(0)
    worth = money.multiply(told.quantity, price)
    bought = event.entry(ledger.BUY, quantity=told.quantity, price=price)
    if worth == 0:
        return (bought,)
    return (
        bought,
        event.entry(ledger.INTEREST, quantity=told.quantity, price=price, part="#income"),
    )


def _convert(event: _Event) -> tuple[NewEntry, ...]:
    """One coin for another: a sale, and a purchase for what it brought after the fee."""
    told = event.told
    match = _CONVERTED.search(told["notes"])
    if match is None:
        raise BadValue(
            "The notes don't say 'Converted ... to ...', so what was received is not known."
        )
    received = values.number(match["quantity"], style=values.POINT)
    bought = symbol(_RENAMED.get(match["bought"].upper(), match["bought"]))
    if not received:
        raise BadValue("The notes say that nothing was received.")
    spot = told.amount("price at", "spot price at")
    brought = told.amount("subtotal")
    if brought is None:
        if spot is None:
            raise BadValue("There is neither a price nor a subtotal.")
        brought = max(money.subtract(money.multiply(told.quantity, spot), told.fee), Decimal(0))
    gross = money.EXACT.add(brought, told.fee)
    price = values.unit_price(quantity=told.quantity, told=spot, total=gross)
    return (
        event.entry(ledger.SELL, quantity=told.quantity, price=price, fee=told.fee),
        event.entry(
            ledger.BUY,
            quantity=received,
            price=values.ratio(brought, received),
            part="#received",
            of=bought,
        ),
    )


_INSIDE: Final = frozenset(
    {
        "retail staking transfer",
        "retail unstaking transfer",
        "retail eth2 deprecation",
        "retail eth deprecation",
        "vault deposit",
        "vault withdrawal",
    }
)
_KINDS: Final[Mapping[str, Callable[[_Event], tuple[NewEntry, ...]]]] = {
    **dict.fromkeys(("buy", "advanced trade buy", "advance trade buy", "card buy back"), _buy),
    **dict.fromkeys(("sell", "advanced trade sell", "advance trade sell", "card spend"), _sell),
    **dict.fromkeys(("receive", "deposit", "pro withdrawal", "exchange withdrawal"), _receive),
    **dict.fromkeys(
        ("send", "withdrawal", "pro deposit", "exchange deposit", "prime deposit"), _send
    ),
    **dict.fromkeys(
        (
            "rewards income",
            "reward income",
            "staking income",
            "inflation reward",
            "interest payout",
            "coinbase earn",
            "learning reward",
            "incentives rewards payout",
            "airdrop",
            "subscription rebate",
            "subscription rebates (24 hours)",
        ),
        _reward,
    ),
    "convert": _convert,
}
