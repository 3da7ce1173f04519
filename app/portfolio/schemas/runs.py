"""What do backtests and optimisations look like in JSON?"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from marshmallow import ValidationError, fields, validate, validates_schema

from app.core import money
from app.core.schemas import Date, Money, Schema, Timestamp
from app.portfolio.rules import runs

LARGEST_RATE: Final = Decimal(100)
TICKER: Final = "((crypto|stock):)?[A-Za-z0-9.^=&-]{1,20}"


class RunSymbol(fields.String):
    """A ticker, with its type before it where that is not the run's: AAPL, crypto:BTC."""

    pattern = re.compile(f" *{TICKER} *")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(metadata={"pattern": f"^ *{TICKER} *$", "example": "AAPL"}, **kwargs)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        if not self.pattern.fullmatch(text):
            message = (
                "Must be a ticker such as AAPL, BRK-B or crypto:BTC, of 20 characters at most."
            )
            raise ValidationError(message)
        before, colon, symbol = text.strip(" ").rpartition(":")
        return before + colon + symbol.upper()


class Weights(fields.Dict):
    """Fractions by symbol. They add up to 1, give or take 0.001."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            keys=RunSymbol(),
            values=Money(minimum=Decimal(0)),
            metadata={
                "minProperties": 1,
                "maxProperties": runs.MOST_SYMBOLS,
                "example": {"AAPL": 0.6, "crypto:BTC": 0.4},
                "description": "Fractions that add up to 1, give or take 0.001: they are divided by their sum. "
                f"{runs.MOST_SYMBOLS} symbols at most.",
            },
            **kwargs,
        )

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> dict[str, Decimal]:
        if isinstance(value, dict) and not 1 <= len(value) <= runs.MOST_SYMBOLS:
            message = f"Must hold 1 to {runs.MOST_SYMBOLS} symbols."
            raise ValidationError(message)
        found: dict[str, Decimal] = super()._deserialize(value, attr, data, **kwargs)  # type: ignore[no-untyped-call]
        if len(found) < len(value):
            message = "Must name each symbol once."
            raise ValidationError(message)
        total = money.total(found.values())
        if abs(total - 1) > runs.OFF_BY:
            message = f"Must add up to 1, and these add up to {total:f}."
            raise ValidationError(message)
        return found


def _at_most(limit: Decimal) -> Callable[[Decimal], None]:
    """Refuse more than `limit`."""

    def check(value: Decimal) -> None:
        if value > limit:
            raise ValidationError(f"Must be at most {limit:f}.")

    return check


class _RunIn(Schema):
    """What a backtest and an optimisation have in common."""

    asset_type = fields.String(
        load_default=runs.STOCK,
        validate=validate.OneOf(runs.ASSET_TYPES),
        metadata={"description": "Of the symbols that name no type of their own."},
    )
    start = Date(required=True, metadata={"example": "2025-11-01"})
    end = Date(required=True, metadata={"example": "2026-10-31"})

    @validates_schema
    def check_days(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse days that end before they start, and more than ten years."""
        if "start" not in data or "end" not in data:
            return
        start, end = data["start"], data["end"]
        if end <= start:
            raise ValidationError("Must be after start.", "end")
        if runs.is_too_long(start=start, end=end):
            message = f"Must be at most {runs.LONGEST_DAYS} days (ten years) after start."
            raise ValidationError(message, "end")

    @validates_schema
    def check_symbols(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse a symbol that is named twice, once with its type and once without."""
        for name in ("weights", "symbols"):
            given = list(data.get(name, ()))
            asset_type = data.get("asset_type", runs.STOCK)
            known = {runs.wanted(label=each, asset_type=asset_type).pair for each in given}
            if len(known) < len(given):
                raise ValidationError("Must name each symbol once.", name)


class BacktestIn(_RunIn):
    """A portfolio of the past."""

    weights = Weights(required=True)
    rebalance = fields.String(
        load_default=runs.NONE,
        validate=validate.OneOf(runs.REBALANCES),
        metadata={
            "description": "When the weights are restored: at the close of the first day of each."
        },
    )
    initial = Money(
        load_default=Decimal(10_000),
        positive=True,
        metadata={
            "description": "What is invested at first, fees included.",
            "default": 10000,
            "example": 10000,
        },
    )
    fee_percent = Money(
        load_default=Decimal(0),
        minimum=Decimal(0),
        validate=_at_most(runs.LARGEST_FEE),
        metadata={
            "description": "Of the value of every purchase and sale, in percent; 10 at most.",
            "default": 0,
            "example": 0.1,
        },
    )


class OptimisationIn(_RunIn):
    """Symbols to choose among."""

    symbols = fields.List(
        RunSymbol(),
        required=True,
        validate=validate.Length(min=runs.FEWEST_TO_CHOOSE, max=runs.MOST_SYMBOLS),
        metadata={"example": ["AAPL", "MSFT", "crypto:BTC"]},
    )
    objective = fields.String(required=True, validate=validate.OneOf(runs.OBJECTIVES))
    risk_free_rate = Money(
        load_default=Decimal(0),
        minimum=Decimal(0),
        validate=_at_most(LARGEST_RATE),
        metadata={
            "description": "In percent a year, 100 at most: 4 is 4 %.",
            "default": 0,
            "example": 4,
        },
    )


def _figure(
    kind: type[fields.Field[Any]], name: str, *, description: str = ""
) -> fields.Field[Any]:
    """A figure of a result; null until there is one, and where the formula gives none."""
    return kind(
        required=True,
        allow_none=True,
        attribute=f"result.{name}",
        dump_default=None,
        metadata={"description": description} if description else {},
    )


class _RunOut(Schema):
    """How a run stands, and what was asked for."""

    id = fields.String(required=True, attribute="run_id")
    status = fields.String(required=True, validate=validate.OneOf(runs.STATUSES))
    error = fields.String(
        required=True,
        allow_none=True,
        attribute="failure",
        metadata={"description": "Why nothing came of it. The unit was given back."},
    )
    error_code = fields.String(
        required=True,
        allow_none=True,
        attribute="failure_code",
        metadata={
            "description": "unknown_symbol, no_prices, too_little_history, too_few_common_days, "
            "price_not_above_zero, price_never_moved, nothing_above_risk_free, no_risk_left, given_up or "
            "internal_error."
        },
    )
    start = fields.String(required=True, attribute="wanted.start", metadata={"format": "date"})
    end = fields.String(required=True, attribute="wanted.end", metadata={"format": "date"})
    first_day = fields.String(
        required=True,
        allow_none=True,
        attribute="result.first_day",
        dump_default=None,
        metadata={"format": "date", "description": "The first day with a close of each symbol."},
    )
    last_day = fields.String(
        required=True,
        allow_none=True,
        attribute="result.last_day",
        dump_default=None,
        metadata={"format": "date"},
    )
    currency = fields.String(
        required=True,
        allow_none=True,
        attribute="result.currency",
        dump_default=None,
        metadata={
            "description": "That of the prices; USD where they are in several, by each day's rate.",
            "example": "USD",
        },
    )
    created_at = Timestamp(required=True)
    finished_at = Timestamp(required=True, allow_none=True)


class _BacktestFigures(_RunOut):
    """A backtest without its series."""

    weights = fields.Dict(
        keys=fields.String(), values=Money(), required=True, metadata={"description": "As asked."}
    )
    rebalance = fields.String(
        required=True, attribute="wanted.rebalance", validate=validate.OneOf(runs.REBALANCES)
    )
    initial = Money(required=True, attribute="wanted.initial")
    fee_percent = Money(required=True, attribute="wanted.fee_percent")
    final_value = _figure(Money, "final_value")
    total_return = _figure(Money, "total_return", description="In percent of `initial`.")
    cagr = _figure(Money, "cagr", description="Percent a year, of 365 days; null under 30 days.")
    volatility = _figure(
        Money,
        "volatility",
        description="Of the daily returns, in percent a year: of 252 days, or 365 where all is crypto.",
    )
    sharpe = _figure(Money, "sharpe", description="With a risk-free rate of 0.")
    max_drawdown = _figure(
        Money, "max_drawdown", description="The deepest fall from a peak, in percent of it."
    )
    fees_paid = _figure(Money, "fees_paid")
    rebalanced = _figure(fields.Integer, "rebalanced", description="How often.")


class BacktestPointOut(Schema):
    """What the portfolio was worth at the close of a day."""

    date = fields.String(required=True, metadata={"format": "date"})
    value = Money(required=True)


class BacktestOut(_BacktestFigures):
    """A backtest."""

    series = fields.List(
        fields.Nested(BacktestPointOut),
        required=True,
        allow_none=True,
        attribute="result.series",
        dump_default=None,
        metadata={
            "description": "500 points at most, chosen so that the curve keeps its shape; "
            "figures are made from every day."
        },
    )


class BacktestListOut(Schema):
    """A page of backtests, without their series."""

    backtests = fields.List(fields.Nested(_BacktestFigures), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class _OptimisationFigures(_RunOut):
    """An optimisation without its frontier."""

    symbols = fields.List(fields.String(), required=True)
    objective = fields.String(
        required=True, attribute="wanted.objective", validate=validate.OneOf(runs.OBJECTIVES)
    )
    risk_free_rate = Money(required=True, attribute="wanted.risk_free_rate")
    weights = fields.Dict(
        keys=fields.String(),
        values=Money(),
        required=True,
        allow_none=True,
        attribute="result.weights",
        dump_default=None,
        metadata={
            "description": "Fractions with 6 decimals that add up to exactly 1; none is below 0."
        },
    )
    expected_return = _figure(
        Money, "expected_return", description="The mean daily return, in percent a year."
    )
    volatility = _figure(Money, "volatility", description="Percent a year.")
    sharpe = _figure(
        Money,
        "sharpe",
        description="Of the expected return above `risk_free_rate`, over the volatility.",
    )


class FrontierPointOut(Schema):
    """A portfolio of the least volatility for its return."""

    expected_return = Money(required=True)
    volatility = Money(required=True)


class OptimisationOut(_OptimisationFigures):
    """An optimisation."""

    frontier = fields.List(
        fields.Nested(FrontierPointOut),
        required=True,
        allow_none=True,
        attribute="result.frontier",
        dump_default=None,
        metadata={
            "description": "The efficient frontier, from the least volatility to the highest return."
        },
    )


class OptimisationListOut(Schema):
    """A page of optimisations, without their frontiers."""

    optimizations = fields.List(fields.Nested(_OptimisationFigures), required=True)
    next_cursor = fields.String(required=True, allow_none=True)
