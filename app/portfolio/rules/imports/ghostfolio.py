"""What does ghostfolio's export say?

A JSON object with `activities`, each with type, symbol, dataSource, quantity, unitPrice, fee, currency and date, and
from newer versions an id (https://github.com/ghostfolio/ghostfolio#import-activities). Symbols are those of the source
that prices came from: of Yahoo BTCUSD means Bitcoin, of CoinGecko it is called bitcoin.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from app.core import json
from app.portfolio.rules import entries as ledger
from app.portfolio.rules import valuation
from app.portfolio.rules.imports import values
from app.portfolio.rules.imports.coins import COINGECKO, COINS
from app.portfolio.rules.imports.rows import (
    MOST_ROWS,
    BadValue,
    Line,
    NotImportable,
    Parsed,
    currency,
    entry,
    external_id,
    refused,
    shown,
    symbol,
)
from app.portfolio.rules.new_entries import NewEntry

NAME: Final = "ghostfolio"

_TYPES: Final = {
    "BUY": ledger.BUY,
    "SELL": ledger.SELL,
    "DIVIDEND": ledger.DIVIDEND,
    "INTEREST": ledger.INTEREST,
    "FEE": ledger.FEE,
}
_BY_HAND: Final = "MANUAL"


def is_one(text: str) -> bool:
    """Whether a file may be such an export: it is an object or a list, and no table."""
    return text.lstrip()[:1] in {"{", "["}


def activities_of(text: str) -> list[Any]:
    """The export's activities, whatever they are.

    Raises:
        NotImportable: it is no JSON, or holds no activities, or too many.
    """
    activities = _activities(_read(text))
    if len(activities) > MOST_ROWS:
        raise NotImportable(
            f"The file has {len(activities):,} rows; at most {MOST_ROWS:,} are read at once. Split it."
        )
    return activities


def lines_of(text: str) -> list[Line]:
    """What the export's activities tell of, one by one; a line is an activity's number, counted from 1.

    Raises:
        NotImportable: it is no JSON, or holds no activities.
    """
    export = _read(text)
    coins = _coins_of(export)
    return [_line(number, told, coins) for number, told in enumerate(_activities(export), start=1)]


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except json.MalformedJson as problem:
        raise NotImportable(
            f"The file is no JSON that can be read: {problem.details.get('reason')}."
        ) from None


def _activities(export: Any) -> list[Any]:
    activities = export.get("activities") if isinstance(export, dict) else export
    if not isinstance(activities, list):
        raise NotImportable("The JSON has no list of activities, as an export of ghostfolio has.")
    return activities


def _coins_of(export: Any) -> frozenset[str]:
    """The symbols that the export itself calls coins."""
    profiles = export.get("assetProfiles") if isinstance(export, dict) else None
    return frozenset(
        str(profile.get("symbol"))
        for profile in (profiles if isinstance(profiles, list) else ())
        if isinstance(profile, dict) and profile.get("assetSubClass") == "CRYPTOCURRENCY"
    )


def _line(number: int, told: Any, coins: frozenset[str]) -> Line:
    try:
        if not isinstance(told, dict):
            raise BadValue("An activity is an object.")  # noqa: TRY301 - every refusal leaves by one door
        return Parsed(line=number, entries=(_entry(told, coins),))
    except BadValue as problem:
        return refused(number, problem)


def _entry(told: Mapping[str, Any], coins: frozenset[str]) -> NewEntry:
    kind = _text(told, "type").upper()
    type_ = _TYPES.get(kind)
    if type_ is None:
        raise BadValue(
            f"{shown(kind)} has no place in the ledger; BUY, SELL, DIVIDEND, INTEREST and FEE have."
        )
    money = currency(_text(told, "currency"))
    asset_type, ticker = _asset(told, type_, money, coins)
    quantity, price, fee = (_amount(told, name) for name in ("quantity", "unitPrice", "fee"))
    if type_ == ledger.FEE and not price * quantity:
        quantity, price, fee = Decimal(1), fee, Decimal(0)
    return entry(
        type=type_,
        asset_type=asset_type,
        symbol=ticker,
        quantity=quantity,
        price=price,
        fee=fee,
        currency=money,
        executed_at=values.moment(_text(told, "date")),
        external_id=external_id(NAME, _text(told, "id")),
    )


def _asset(
    told: Mapping[str, Any], type_: str, money: str, coins: frozenset[str]
) -> tuple[str | None, str | None]:
    source, name = _text(told, "dataSource").upper(), _text(told, "symbol").strip()
    if source == _BY_HAND or not name:
        if type_ in {ledger.FEE, ledger.INTEREST}:
            return None, None
        raise BadValue(
            "Its symbol was made up in ghostfolio (MANUAL), so no price would ever be found."
        )
    if source == "COINGECKO":
        if name not in COINGECKO:
            raise BadValue(
                f"Which coin CoinGecko calls {shown(name)} is not known here; record it by hand."
            )
        return valuation.CRYPTO, COINGECKO[name]
    coin = name.upper().removesuffix(money).removesuffix("-")
    if coin != name.upper() and (
        coin in COINS or name in coins or name.upper() == f"{coin}-{money}"
    ):
        return valuation.CRYPTO, symbol(coin)
    return valuation.STOCK, symbol(name)


def _text(told: Mapping[str, Any], name: str) -> str:
    found = told.get(name)
    if found is None:
        return ""
    if not isinstance(found, str):
        raise BadValue(f"{name} is not a text.")
    return found


def _amount(told: Mapping[str, Any], name: str) -> Decimal:
    found = told.get(name, 0)
    if isinstance(found, bool) or not isinstance(found, (int, Decimal)):
        raise BadValue(f"{name} is not a number.")
    amount = Decimal(found)
    values.check_digits(amount, told=str(found))
    return amount
