"""What do the query and the JSON of a year's gains look like?"""

from decimal import Decimal
from typing import Any

from marshmallow import fields, validate

from app.core import money, schemas
from app.portfolio.rules import gains, lots

JSON, CSV = "json", "csv"
FORMATS = (JSON, CSV)
FIRST_YEAR, LAST_YEAR = 1900, 9998


class Amount(schemas.Money):
    """An amount that was computed: written without zeros at its end."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Decimal | None:
        told = None if value is None else money.trimmed(value)
        return super()._serialize(told, attr, obj, **kwargs)


class GainsArgs(schemas.QueryArgs):
    """Which year, and how."""

    year = fields.Integer(
        load_default=None,
        validate=validate.Range(min=FIRST_YEAR, max=LAST_YEAR),
        metadata={"description": "A calendar year in UTC; this one if left out", "example": 2025},
    )
    cost_basis = fields.String(
        load_default=lots.FIFO,
        validate=validate.OneOf(lots.METHODS),
        metadata={
            "description": "Which units a sale takes: the first acquired, the last, those that cost most, or the "
            "first at the average cost of all"
        },
    )
    format = fields.String(
        load_default=JSON,
        validate=validate.OneOf(FORMATS),
        metadata={"description": "csv downloads the rows"},
    )
    cursor = fields.String(
        load_default=None,
        validate=validate.Length(min=1, max=2_048),
        metadata={"description": "next_cursor of the part before"},
    )


class ResultOut(schemas.Schema):
    """What sales brought, what the units had cost, and the difference."""

    proceeds = Amount(required=True, metadata={"description": "Fees of the sales taken off"})
    cost = Amount(required=True, metadata={"description": "With the fees of the purchases"})
    gain = Amount(required=True, metadata={"description": "proceeds - cost"})


class SumsOut(ResultOut):
    """A year in figures, in the base currency."""

    short_term = fields.Nested(
        ResultOut, required=True, metadata={"description": "Held for a year at most"}
    )
    long_term = fields.Nested(
        ResultOut, required=True, metadata={"description": "Held for more than a year"}
    )
    dividends = Amount(required=True)
    interest = Amount(required=True)
    income = Amount(required=True, metadata={"description": "dividends + interest"})
    fees = Amount(
        required=True,
        metadata={"description": "Those that belong to no purchase, sale or income"},
    )


class SubjectOut(schemas.Schema):
    """What an amount belongs to; the first three are null for what belongs to no asset."""

    asset_id = fields.String(required=True, allow_none=True, attribute="subject.asset_id")
    asset_type = fields.String(required=True, allow_none=True, attribute="subject.asset_type")
    symbol = fields.String(required=True, allow_none=True, attribute="subject.symbol")
    currency = fields.String(
        required=True,
        attribute="subject.currency",
        metadata={"description": "Of the amounts outside `base` and base_amount"},
    )
    transaction_id = fields.String(required=True, attribute="subject.transaction_id")


class DisposalOut(SubjectOut):
    """Units of one purchase that one sale sold."""

    quantity = Amount(required=True, attribute="disposal.quantity")
    acquired_at = schemas.Timestamp(required=True, attribute="disposal.acquired_at")
    sold_at = schemas.Timestamp(required=True, attribute="disposal.sold_at")
    holding_days = fields.Integer(required=True, attribute="disposal.holding_days")
    term = fields.String(
        required=True,
        validate=validate.OneOf(gains.TERMS),
        metadata={"description": "long: held for more than a year, counted as the IRS does"},
    )
    proceeds = Amount(required=True, attribute="disposal.proceeds")
    cost = Amount(required=True, attribute="disposal.cost")
    gain = Amount(required=True, attribute="disposal.gain")
    base = fields.Nested(
        ResultOut,
        required=True,
        allow_none=True,
        metadata={
            "description": "In the base currency, each amount at the rate of its day; null where a rate is not known"
        },
    )
    purchase_id = fields.String(
        required=True,
        attribute="disposal.purchase_id",
        metadata={"description": "The transaction that the units came in with"},
    )


class IncomeOut(SubjectOut):
    """A dividend or interest."""

    type = fields.String(
        required=True,
        attribute="income.type",
        validate=validate.OneOf(["dividend", "interest"]),
    )
    received_at = schemas.Timestamp(required=True, attribute="income.received_at")
    amount = Amount(
        required=True, attribute="income.amount", metadata={"description": "Its fee taken off"}
    )
    base_amount = Amount(required=True, allow_none=True, attribute="base")


class FeeOut(SubjectOut):
    """A fee that belongs to no purchase, sale or income: the account's, or a transfer's."""

    paid_at = schemas.Timestamp(required=True, attribute="fee.paid_at")
    amount = Amount(required=True, attribute="fee.amount")
    base_amount = Amount(required=True, allow_none=True, attribute="base")


class AssetSumsOut(SumsOut):
    """A year of one asset in the base currency; of what belongs to none where asset_id is null."""

    asset_id = fields.String(required=True, allow_none=True)
    asset_type = fields.String(required=True, allow_none=True)
    symbol = fields.String(required=True, allow_none=True)
    currency = fields.String(required=True, metadata={"description": "The asset's own"})


class UncountedOut(SubjectOut):
    """A row that no sum counts."""

    reason = fields.String(required=True, validate=validate.OneOf(["no_exchange_rate"]))


class GainsOut(schemas.Schema):
    """A year of a ledger: sums of the whole year, and up to 5,000 rows in the order of time."""

    year = fields.Integer(required=True)
    cost_basis = fields.String(required=True, validate=validate.OneOf(lots.METHODS))
    currency = fields.String(required=True, metadata={"description": "The base currency"})
    totals = fields.Nested(SumsOut, required=True)
    by_asset = fields.List(fields.Nested(AssetSumsOut), required=True)
    disposals = fields.List(fields.Nested(DisposalOut), required=True)
    income = fields.List(fields.Nested(IncomeOut), required=True)
    fees = fields.List(fields.Nested(FeeOut), required=True)
    row_count = fields.Integer(
        required=True, metadata={"description": "Disposals, income and fees of the whole year"}
    )
    uncounted = fields.List(
        fields.Nested(UncountedOut),
        required=True,
        metadata={"description": "Those of the rows here that no sum counts, and why"},
    )
    uncounted_count = fields.Integer(required=True, metadata={"description": "Of the whole year"})
    pending = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "Currencies whose rates are being loaded: ask again in a moment"},
    )
    next_cursor = fields.String(
        required=True, allow_none=True, metadata={"description": "null with the last rows"}
    )
