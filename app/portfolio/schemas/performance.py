"""What may be asked of a portfolio's performance, and what does it look like in JSON?"""

from datetime import date
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from app.core import schemas

EARLIEST = date(1900, 1, 1)
RANGES = ("1d", "7d", "30d", "90d", "1y", "ytd", "max")
METHODS = ("fifo", "lifo", "hifo", "average")


def _is_late_enough(day: date) -> None:
    if day < EARLIEST:
        message = f"Must not be before {EARLIEST.isoformat()}."
        raise ValidationError(message)


def _day(description: str) -> schemas.Date:
    return schemas.Date(
        load_default=None,
        validate=_is_late_enough,
        metadata={"description": description},
    )


class PerformanceArgs(schemas.QueryArgs):
    """Which days, and what they are compared with."""

    range_name = fields.String(
        data_key="range",
        load_default=None,
        validate=validate.OneOf(RANGES),
        metadata={
            "description": "Up to today; ytd since the end of last year, max since the first transaction. "
            "30d where neither start nor end is given"
        },
    )
    start = _day("The end of this day is where it begins")
    end = _day("The end of this day is where it ends; today by default, and at the latest")
    benchmark = fields.String(
        load_default=None,
        validate=validate.Length(min=1, max=27),
        metadata={
            "description": "What to compare with: stock:SPY, crypto:BTC, or a symbol alone, which is a stock unless "
            "you hold it as crypto"
        },
    )
    cost_basis = fields.String(
        load_default="fifo",
        validate=validate.OneOf(METHODS),
        metadata={"description": "Which units a sale sells, for the realised and unrealised gain"},
    )

    @validates_schema
    def check_one_way(self, data: dict[str, Any], **_: Any) -> None:
        """A range is named, or given by its days."""
        if data["range_name"] is not None and (data["start"] or data["end"]):
            message = "Give either a range, or start and end."
            raise ValidationError(message, field_name="range")


def _percentage(description: str) -> schemas.Money:
    return schemas.Money(required=True, allow_none=True, metadata={"description": description})


def _amount(description: str) -> schemas.Money:
    return schemas.Money(required=True, metadata={"description": description})


class _RisksOut(schemas.Schema):
    """What there was to lose."""

    max_drawdown = _percentage("The worst fall from a peak, in percent of it; deposits aside")
    volatility = _percentage("Standard deviation of the daily returns, in percent a year")
    sharpe = _percentage(
        "Mean over deviation of the daily returns, a year; without a riskless rate"
    )


class BenchmarkOut(_RisksOut):
    """How something else did over the same days, in the same currency; null where it had no price."""

    asset_type = fields.String(required=True)
    symbol = fields.String(required=True)
    total_return = _percentage("In percent")


class PointOut(schemas.Schema):
    """The end of a day."""

    date = schemas.Date(required=True)
    value = _amount("What was held, at its closes")
    cumulative_return = _percentage("Time-weighted, in percent since the first day")
    benchmark_return = _percentage("In percent since the first day")
    benchmark_value = _percentage(
        "What would be there, had every payment gone into and out of the benchmark instead"
    )


class LeftOutOut(schemas.Schema):
    """What only realised_gain counts."""

    asset_id = fields.String(
        required=True, allow_none=True, metadata={"description": "null: cash of the account"}
    )
    symbol = fields.String(required=True, allow_none=True)
    reason = fields.String(required=True, validate=validate.OneOf(["no_price", "no_exchange_rate"]))


class PerformanceOut(_RisksOut):
    """A period in figures. Amounts are in `currency`, returns in percent; what can't be told is null."""

    range = fields.String(
        required=True, metadata={"description": "As asked for; custom with start or end"}
    )
    start = schemas.Date(
        required=True,
        metadata={"description": "Its end is the beginning; not before anything was held"},
    )
    end = schemas.Date(required=True)
    currency = fields.String(required=True, metadata={"description": "The base currency"})
    cost_basis = fields.String(required=True, validate=validate.OneOf(METHODS))
    start_value = _amount("At the end of start")
    end_value = _amount("At the end of end; today at the latest prices")
    net_deposits = _amount(
        "Purchases with their fees and transfers in, less sales after fees and transfers out"
    )
    income = _amount("Dividends and interest after fees; paid out, not held")
    fees = _amount("Those of the account and of transfers")
    gain = _amount("end_value - start_value - net_deposits + income - fees")
    time_weighted_return = _percentage("How well the holdings did, whenever money came; in percent")
    money_weighted_return = _percentage(
        "How well the money did: the yearly rate (XIRR), in percent; null where no rate explains the payments"
    )
    realised_gain = _amount("Of the sales after start, over the cost of what they sold")
    unrealised_gain = _amount("Of what is held at the end, over its cost")
    benchmark = fields.Nested(BenchmarkOut, required=True, allow_none=True)
    series = fields.List(
        fields.Nested(PointOut),
        required=True,
        metadata={"description": "Every day; beyond 1,000 those that keep shape and peaks"},
    )
    unpriced = fields.List(fields.Nested(LeftOutOut), required=True)
    pending = fields.List(
        fields.String(),
        required=True,
        metadata={
            "description": "Symbols whose closes are being loaded: ask again in a moment for figures that last"
        },
    )
