"""What does a parser make of a file? For each line the rows of a ledger that it tells of, or why there are none."""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from app.core import money
from app.portfolio.rules import entries as ledger
from app.portfolio.rules import valuation
from app.portfolio.rules.entries import Entry
from app.portfolio.rules.new_entries import NewEntry

LARGEST_FILE: Final = 4 * 1024 * 1024
MOST_ROWS: Final = 20_000
LONGEST_SHOWN: Final = 40
LONGEST_REASON: Final = 240
NOTHING: Final = Decimal(0)
ONE: Final = Decimal(1)
# As the API takes them: BTC, BRK-B, ^GSPC, 0700.HK, M&M.NS.
SYMBOL: Final = re.compile(r"[A-Z0-9.^=&-]{1,20}")
CURRENCY: Final = re.compile(r"[A-Z]{3}")
LONGEST_EXTERNAL_ID: Final = 128


class BadValue(Exception):
    """A line that can't be read; its text is the sentence for whoever sent the file."""


class NotImportable(Exception):
    """The file as a whole can't be read.

    Attributes:
        reason: a sentence that says what is wrong and what to do.
        details: what helps to mend it.
    """

    def __init__(self, reason: str, **details: object) -> None:
        super().__init__(reason)
        self.reason = reason
        self.details = details


@dataclass(frozen=True, kw_only=True)
class OwnAsset:
    """An asset that stands for itself beside others of its symbol, as our export names it."""

    label: str
    name: str | None
    opening: bool


@dataclass(frozen=True, kw_only=True)
class Parsed:
    """A line that tells of something.

    Attributes:
        line: where it begins, counted from 1; in JSON the number of the activity.
        entries: what happened: one row, or several for an exchange of two coins or a reward.
        known_as: the id that a row has in the ledger it was exported from.
        asset: the asset of its own that it belongs to; None for the one that a user has of each symbol.
    """

    line: int
    entries: tuple[NewEntry, ...]
    known_as: str | None = None
    asset: OwnAsset | None = None


@dataclass(frozen=True, kw_only=True)
class Refused:
    """A line that the ledger doesn't take, and the sentence that says why."""

    line: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class Twin:
    """A line that tells what another line of the file told already."""

    line: int
    reason: str


Line = Parsed | Refused | Twin


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What a file holds.

    Attributes:
        format: one of `formats.FORMATS`.
        mapping: how the columns were read, where the format has no columns of its own.
        unknown_columns: columns that nothing was read from.
    """

    format: str
    lines: Sequence[Line]
    mapping: Mapping[str, str] = field(default_factory=dict)
    unknown_columns: Sequence[str] = ()


def shown(value: str) -> str:
    """A cell as a sentence can show it: in quotes, on one line, and not for ever."""
    plain = " ".join(value.split())
    return f"'{plain if len(plain) <= LONGEST_SHOWN else plain[: LONGEST_SHOWN - 1] + '…'}'"


def refused(line: int, reason: object) -> Refused:
    """A refusal whose sentence has an end."""
    return Refused(line=line, reason=str(reason)[:LONGEST_REASON])


def symbol(text: str) -> str:
    """A ticker in capitals.

    Raises:
        BadValue.
    """
    found = text.strip().upper()
    if not found:
        raise BadValue("There is no symbol.")
    if not SYMBOL.fullmatch(found):
        raise BadValue(f"{shown(text)} is no symbol: 1 to 20 letters, digits or . ^ = & - are one.")
    return found


def currency(text: str) -> str:
    """A currency's code in capitals.

    Raises:
        BadValue.
    """
    found = text.strip().upper()
    if not CURRENCY.fullmatch(found):
        raise BadValue(f"{shown(text)} is no currency; its code has 3 letters, such as USD.")
    return found


def external_id(source: str, text: str) -> str | None:
    """A broker's own name of a row, apart from other brokers' names; None where it gave none.

    Raises:
        BadValue.
    """
    found = text.strip()
    if not found:
        return None
    if len(found) > LONGEST_EXTERNAL_ID or not found.isprintable():
        raise BadValue(
            f"The id {shown(text)} is longer than {LONGEST_EXTERNAL_ID} characters, or not plain text."
        )
    return f"{source}:{found}"


def entry(
    *,
    type: str,  # noqa: A002 - the ledger's word
    asset_type: str | None,
    symbol: str | None,
    executed_at: datetime,
    currency: str,
    quantity: Decimal = ONE,
    price: Decimal = NOTHING,
    fee: Decimal = NOTHING,
    external_id: str | None = None,
) -> NewEntry:
    """A row for the ledger, if it can be one.

    Raises:
        BadValue: an amount is not what its type needs.
    """
    if type not in ledger.TYPES:
        raise BadValue(f"{shown(type)} is no type; these are: {', '.join(ledger.TYPES)}.")
    if asset_type is not None and asset_type not in valuation.ASSET_TYPES:
        raise BadValue(f"{shown(asset_type)} is no type of asset; crypto and stock are.")
    if quantity <= 0:
        raise BadValue(f"The quantity of a {_told(type)} must be more than 0, not {quantity:f}.")
    if price < 0 or fee < 0:
        raise BadValue("Neither price nor fee may be less than 0.")
    if type in ledger.CASH_ONLY and price == 0:
        raise BadValue(f"The amount of a {_told(type)} must be more than 0.")
    if symbol is None and type not in {ledger.INTEREST, ledger.FEE}:
        raise BadValue(f"A {_told(type)} needs a symbol.")
    return NewEntry(
        type=type,
        asset_type=asset_type if symbol is not None else None,
        symbol=symbol,
        quantity=quantity,
        price=NOTHING if type in {ledger.TRANSFER_OUT, ledger.SPLIT} else price,
        fee=fee,
        currency=currency,
        executed_at=executed_at,
        external_id=external_id,
    )


def content_of(row: NewEntry | Entry) -> str:
    """What a row says, as a short text: rows that say the same have the same."""
    quantity, price = row.quantity, row.price
    if row.type in ledger.CASH_ONLY:  # an amount may be told by the unit
        quantity, price = ONE, money.multiply(quantity, price)
    said = "\n".join(
        (
            row.type,
            row.asset_type or "",
            row.symbol or "",
            *(f"{amount.normalize():f}" for amount in (quantity, price, row.fee)),
            row.currency,
            row.executed_at.astimezone(UTC).isoformat(),
        )
    )
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def numbered(lines: Iterable[Line]) -> list[Line]:
    """The lines, each row without a broker's id now told by what it says and its number among those that say the same.

    So two equal rows of a file are two, and the same file again, in whatever order, has the same two.
    """
    counts: dict[str, int] = {}

    def told(row: NewEntry) -> NewEntry:
        if row.external_id is not None or row.fingerprint is not None:
            return row
        content = content_of(row)
        counts[content] = counts.get(content, 0) + 1
        return replace(row, fingerprint=f"{content}#{counts[content]}")

    return [
        replace(line, entries=tuple(told(row) for row in line.entries))
        if isinstance(line, Parsed)
        else line
        for line in lines
    ]


def _told(type_: str) -> str:
    return type_.replace("_", " ")
