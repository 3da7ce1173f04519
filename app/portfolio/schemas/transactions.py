"""What does the JSON of the ledger look like?"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from app.core import schemas
from app.portfolio import rules
from app.portfolio.rules import entries, new_entries
from app.portfolio.schemas.assets import EARLIEST_PURCHASE, UpperCaseText

SYMBOL: Final = "[A-Za-z0-9.^=&-]{1,20}"
SYMBOL_WANTED: Final = "Use 1 to 20 letters, digits or . ^ = & -"
LONGEST_EXTERNAL_ID: Final = 255

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_AMOUNTS: Final = ("quantity", "price", "fee")


class Bound(schemas.Timestamp):
    """A moment, or a day, which is meant as a whole.

    Args:
        is_end: whether a day means its end.
    """

    def __init__(self, *, is_end: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.is_end = is_end

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> datetime:
        moment = super()._deserialize(value, attr, data, **kwargs)
        if self.is_end and _DAY.fullmatch(value) and moment.year < 9999:  # noqa: PLR2004 - the last year there is
            return moment + timedelta(days=1, microseconds=-1)
        return moment


def _is_late_enough(moment: datetime) -> None:
    if moment.date() < EARLIEST_PURCHASE:
        message = f"Must not be before {EARLIEST_PURCHASE.isoformat()}."
        raise ValidationError(message)


def _symbol(**options: Any) -> UpperCaseText:
    return UpperCaseText(pattern=SYMBOL, wanted=SYMBOL_WANTED, **options)


def _quantity(**options: Any) -> schemas.Money:
    description = "The units. Of a split, how many each unit becomes (4 for four for one)"
    return schemas.Money(
        positive=True, metadata={"description": description, "example": 0.5}, **options
    )


def _price(**options: Any) -> schemas.Money:
    description = (
        "Of one unit. transfer_in: what one unit had cost. dividend, interest, fee: the amount; "
        "split, transfer_out: none"
    )
    return schemas.Money(
        minimum=Decimal(0), metadata={"description": description, "example": 42000.5}, **options
    )


def _fee(**options: Any) -> schemas.Money:
    return schemas.Money(
        minimum=Decimal(0),
        metadata={"description": "Paid besides: added to a cost, taken off what was brought"},
        **options,
    )


def _executed_at(**options: Any) -> schemas.Timestamp:
    return schemas.Timestamp(
        validate=_is_late_enough,
        metadata={"description": "When it happened; a day alone is its beginning in UTC"},
        **options,
    )


class TransactionIn(schemas.Schema):
    """What happened."""

    type = fields.String(required=True, validate=validate.OneOf(entries.TYPES))
    asset_id = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Length(min=1, max=64),
        metadata={"description": "Whose units move; without one, the position in the symbol"},
    )
    asset_type = fields.String(
        load_default=None, allow_none=True, validate=validate.OneOf(rules.ASSET_TYPES)
    )
    symbol = _symbol(
        load_default=None,
        allow_none=True,
        metadata={"description": "Upper-cased: BTC, AAPL, BRK-B, 0700.HK", "example": "BTC"},
    )
    quantity = _quantity(load_default=None, allow_none=True)
    price = _price(load_default=None, allow_none=True)
    fee = _fee(load_default=None, allow_none=True)
    currency = UpperCaseText(
        pattern="[A-Za-z]{3}",
        wanted="Use an ISO 4217 code of 3 letters, such as USD.",
        load_default=None,
        allow_none=True,
        metadata={
            "description": "ISO 4217 code of price and fee; the asset's, or USD, where left out",
            "example": "USD",
        },
    )
    executed_at = _executed_at(required=True)
    external_id = schemas.Text(
        minimum=1,
        maximum=LONGEST_EXTERNAL_ID,
        load_default=None,
        allow_none=True,
        metadata={"description": "What its source calls it; it counts once, however often sent"},
    )

    @validates_schema
    def _must_fit_together(self, data: Mapping[str, Any], **_: Any) -> None:
        found: dict[str, str] = dict(_problems(data))
        if data["asset_id"] is None and (data["asset_type"], data["symbol"]) != (None, None):
            for name in ("asset_type", "symbol"):
                if data[name] is None:
                    found[name] = "asset_type and symbol go together."
        elif data["asset_id"] is None and data["type"] not in {entries.INTEREST, entries.FEE}:
            found["symbol"] = (
                f"A {data['type']} needs asset_type and symbol, or the asset_id of an asset."
            )
        if found:
            raise ValidationError({name: [sentence] for name, sentence in found.items()})

    @post_load
    def _complete(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return data | _completed(data)


def _completed(data: Mapping[str, Any]) -> dict[str, Decimal | None]:
    return new_entries.completed(
        type_name=data["type"], given={name: data[name] for name in _AMOUNTS}
    )


def _problems(data: Mapping[str, Any]) -> dict[str, str]:
    amounts = _completed(data)
    return new_entries.problems(
        type_name=data["type"],
        quantity=amounts["quantity"],
        price=amounts["price"],
        fee=amounts["fee"] or Decimal(0),
    )


class TransactionUpdate(schemas.Schema):
    """What to correct; what is left out stays."""

    quantity = _quantity()
    price = _price()
    fee = _fee()
    executed_at = _executed_at()


class TransactionOut(schemas.Schema):
    """A row of the ledger."""

    id = fields.String(required=True, attribute="transaction_id")
    asset_id = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "null for interest and fees that belong to no asset"},
    )
    type = fields.String(required=True, validate=validate.OneOf(entries.TYPES))
    asset_type = fields.String(
        required=True, allow_none=True, validate=validate.OneOf([*rules.ASSET_TYPES, None])
    )
    symbol = fields.String(required=True, allow_none=True)
    quantity = schemas.Money(required=True)
    price = schemas.Money(required=True)
    fee = schemas.Money(required=True)
    currency = fields.String(required=True)
    executed_at = schemas.Timestamp(required=True)
    external_id = fields.String(required=True, allow_none=True)
    created_at = schemas.Timestamp(required=True)


class TransactionArgs(schemas.PageArgs):
    """Which transactions are wanted."""

    asset_id = fields.String(load_default=None, validate=validate.Length(min=1, max=64))
    symbol = _symbol(load_default=None)
    type = fields.String(load_default=None, data_key="type", validate=validate.OneOf(entries.TYPES))
    start = Bound(
        load_default=None, metadata={"description": "The earliest: a moment, or a day (UTC)."}
    )
    end = Bound(
        is_end=True,
        load_default=None,
        metadata={"description": "The latest: a moment, or a day (UTC), which counts."},
    )

    @validates_schema
    def _must_not_end_before_its_start(self, data: Mapping[str, Any], **_: Any) -> None:
        start, end = data["start"], data["end"]
        if start is not None and end is not None and start > end:
            message = "Must not be before start."
            raise ValidationError(message, "end")

    @post_load
    def _named(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        data["type_name"] = data.pop("type")
        return data


class TransactionListOut(schemas.Schema):
    """One page of the ledger, the newest first."""

    transactions = fields.List(fields.Nested(TransactionOut), required=True)
    next_cursor = fields.String(
        required=True, allow_none=True, metadata={"description": "null on the last page"}
    )
