"""How is a ledger written as a CSV that reads back to the very same ledger?

A row of the file is a row of the ledger, with every digit and in UTC. No cell starts a formula (app.core.csv_cells).
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from app.core import csv_cells, money
from app.portfolio.rules.imports import values
from app.portfolio.rules.imports.rows import (
    LONGEST_EXTERNAL_ID,
    BadValue,
    Line,
    OwnAsset,
    Parsed,
    currency,
    entry,
    refused,
    shown,
    symbol,
)
from app.portfolio.rules.imports.sheets import Row
from app.portfolio.rules.new_entries import NewEntry

NAME: Final = "investforge"
HEADER: Final = (
    *(
        "transaction_id",
        "executed_at",
        "type",
        "asset_type",
        "symbol",
        "quantity",
        "price",
        "fee",
        "currency",
    ),
    *("external_id", "own_asset", "opening", "name"),
)
LONGEST_NAME: Final = 255
_ID = re.compile(r"[A-Za-z0-9-]{1,64}")


def row_of(
    *,
    transaction_id: str,
    type: str,  # noqa: A002 - the ledger's word
    asset_type: str | None,
    symbol: str | None,
    quantity: Decimal,
    price: Decimal,
    fee: Decimal,
    currency: str,
    executed_at: datetime,
    external_id: str | None,
    own_asset: str | None,
    opening: bool,
    name: str | None,
) -> tuple[str, ...]:
    """A row of the ledger as cells, in the order of HEADER."""
    return (
        transaction_id,
        executed_at.astimezone(UTC).isoformat(timespec="microseconds"),
        type,
        asset_type or "",
        symbol or "",
        *(str(money.Plain(amount)) for amount in (quantity, price, fee)),
        currency,
        external_id or "",
        own_asset or "",
        "yes" if opening else "",
        name or "",
    )


def is_name(fingerprint: str | None) -> bool:
    """Whether a row's fingerprint is the id that it had in the ledger it was exported from."""
    return fingerprint is not None and fingerprint.startswith(f"{NAME}:")


def is_one(rows: Sequence[Row]) -> bool:
    """Whether a file is such an export."""
    return bool(rows) and set(rows[0].cells).issuperset(HEADER[:9])


def lines_of(rows: Sequence[Row]) -> list[Line]:
    """What the rows tell of, one by one."""
    header = rows[0].cells
    return [_line(row, dict(zip(header, row.cells, strict=False))) for row in rows[1:]]


def _line(row: Row, cells: dict[str, str]) -> Line:
    told = dict.fromkeys(HEADER, "") | {
        name: csv_cells.restored(text) for name, text in cells.items()
    }
    try:
        known_as = _id(told["transaction_id"])
        own = _id(told["own_asset"])
        return Parsed(
            line=row.line,
            entries=(_entry(told, known_as),),
            known_as=known_as,
            asset=_own_asset(own, told) if own else None,
        )
    except BadValue as problem:
        return refused(row.line, problem)


def _entry(told: dict[str, str], known_as: str | None) -> NewEntry:
    ticker, given = told["symbol"], told["external_id"]
    if len(given) > LONGEST_EXTERNAL_ID or not (given.isprintable() or not given):
        raise BadValue(
            f"The id {shown(given)} is longer than {LONGEST_EXTERNAL_ID} characters, or not plain text."
        )
    found = entry(
        type=told["type"],
        asset_type=told["asset_type"] or None,
        symbol=symbol(ticker) if ticker else None,
        currency=currency(told["currency"]),
        executed_at=values.moment(told["executed_at"]),
        external_id=given or None,
        **{
            name: values.number(told[name], style=values.POINT)
            for name in ("quantity", "price", "fee")
        },
    )
    if found.symbol is not None and found.asset_type is None:
        raise BadValue("A row with a symbol needs an asset_type, crypto or stock.")
    if known_as is None or found.external_id is not None:
        return found
    return NewEntry(**{**vars(found), "fingerprint": f"{NAME}:{known_as}"})


def _own_asset(label: str, told: dict[str, str]) -> OwnAsset:
    name = told["name"]
    if len(name) > LONGEST_NAME:
        raise BadValue(f"The name {shown(name)} is longer than {LONGEST_NAME} characters.")
    return OwnAsset(label=label, name=name or None, opening=told["opening"] == "yes")


def _id(text: str) -> str | None:
    if text and not _ID.fullmatch(text):
        raise BadValue(f"{shown(text)} is no id.")
    return text or None
