"""What do fields look like in JSON, the same at every door?

`Schema` refuses unknown fields, `QueryArgs` ignores them. `Money` is exact in and out. Every size is capped.
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from marshmallow import EXCLUDE, RAISE, ValidationError, fields, validate
from marshmallow import Schema as MarshmallowSchema

from app.core import money

WHOLE_DIGITS = 18
FRACTION_DIGITS = 18
LARGEST_AMOUNT = Decimal(10) ** WHOLE_DIGITS
FINEST = Decimal(1).scaleb(-FRACTION_DIGITS)
AMOUNT_PATTERN = rf"^-?[0-9]{{1,{WHOLE_DIGITS}}}(\.[0-9]{{1,{FRACTION_DIGITS}}})?$"
UNSIGNED_AMOUNT_PATTERN = AMOUNT_PATTERN.replace("-?", "")
DATE_PATTERN = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
CONTROL_CHARACTERS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Schema(MarshmallowSchema):
    """A body. Fields that it doesn't name are refused."""

    class Meta:
        """Unknown fields are an error."""

        unknown = RAISE


class QueryArgs(MarshmallowSchema):
    """Query parameters. Those that it doesn't name are ignored."""

    class Meta:
        """Unknown parameters are left alone."""

        unknown = EXCLUDE


class Text(fields.String):
    """One line or more of text, without control characters, of `minimum` to `maximum` characters."""

    def __init__(
        self, *, minimum: int = 0, maximum: int, strip: bool = True, **kwargs: Any
    ) -> None:
        given = kwargs.pop("validate", None)
        extra = given if isinstance(given, list) else [given] if given else []
        super().__init__(validate=[validate.Length(min=minimum, max=maximum), *extra], **kwargs)
        self.strip = strip
        self.longest = validate.Length(max=maximum)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        self.longest(
            text
        )  # spaces around it count, so that the length means what the document says
        if CONTROL_CHARACTERS.search(text):
            message = "Must not hold control characters."
            raise ValidationError(message)
        return text.strip() if self.strip else text


class Money(fields.Field[Decimal]):
    """An exact amount: at most 18 digits before and 18 after the point.

    In, a JSON number or a string of digits; it never passes through a float. Out, a JSON number with
    every digit.

    Args:
        minimum: the least amount that is accepted.
        positive: whether 0 is refused besides.
    """

    def __init__(
        self, *, minimum: Decimal | None = None, positive: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.minimum = money.ZERO if positive and minimum is None else minimum
        self.positive = positive

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Decimal | None:  # noqa: ARG002 - marshmallow's signature
        return None if value is None else money.Plain(value)

    def _deserialize(
        self,
        value: Any,
        attr: str | None,  # noqa: ARG002
        data: Mapping[str, Any] | None,  # noqa: ARG002
        **kwargs: Any,  # noqa: ARG002 - marshmallow's signature
    ) -> Decimal:
        amount = _amount(value)
        _check_digits(amount)
        if self.minimum is not None and amount < self.minimum:
            message = f"Must be at least {self.minimum:f}."
            raise ValidationError(message)
        if self.positive and amount == 0:
            message = "Must be more than 0."
            raise ValidationError(message)
        return amount or abs(amount)  # there is no negative zero in money

    def json_schema(self, *, incoming: bool) -> dict[str, Any]:
        """This field's type in the OpenAPI document; what comes in may be text, too."""
        number: dict[str, Any] = {"type": "number"}
        if incoming:
            number["exclusiveMaximum" if self.minimum is None else "maximum"] = 10**WHOLE_DIGITS - 1
            if self.minimum is not None:
                number["exclusiveMinimum" if self.positive else "minimum"] = int(self.minimum)
        if not incoming:
            return number
        pattern = AMOUNT_PATTERN if self.minimum is None else UNSIGNED_AMOUNT_PATTERN
        return {"anyOf": [number, {"type": "string", "pattern": pattern}]}


def _amount(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, (int, str, Decimal)):
        message = "Must be a number, or a string of digits such as '19.99'."
        raise ValidationError(message)
    if isinstance(value, str) and not re.fullmatch(AMOUNT_PATTERN[1:-1], value):
        message = (
            "Must be digits such as '19.99', "
            f"{WHOLE_DIGITS} before and {FRACTION_DIGITS} after the point at most."
        )
        raise ValidationError(message)
    try:
        return Decimal(value)
    except InvalidOperation:
        message = "Must be a number."
        raise ValidationError(message) from None


def _check_digits(amount: Decimal) -> None:
    within = amount.is_finite() and amount.copy_abs() < LARGEST_AMOUNT
    if not within or amount != amount.quantize(FINEST, context=money.ROUNDING):
        message = f"Must have at most {WHOLE_DIGITS} digits before the point and {FRACTION_DIGITS} after it."
        raise ValidationError(message)


class Switch(fields.Boolean):
    """True or false, and nothing that is only like them: neither 1 nor "yes"."""

    def _deserialize(
        self,
        value: Any,
        attr: str | None,  # noqa: ARG002 - marshmallow's signature
        data: Mapping[str, Any] | None,  # noqa: ARG002
        **kwargs: Any,  # noqa: ARG002
    ) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class Timestamp(fields.AwareDateTime):
    """A moment, told in UTC as ISO 8601 (2026-11-21T09:30:00+00:00). Without an offset, UTC is meant."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="iso", default_timezone=UTC, **kwargs)

    def _serialize(
        self, value: datetime | None, attr: str | None, obj: Any, **kwargs: Any
    ) -> str | float | None:
        moment = value.astimezone(UTC) if value is not None else None
        return super()._serialize(moment, attr, obj, **kwargs)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> datetime:
        moment = super()._deserialize(value, attr, data, **kwargs)
        try:
            return moment.astimezone(UTC)
        except OverflowError:
            message = "Must be a moment between the years 1 and 9999."
            raise ValidationError(message) from None


class Date(fields.Date):
    """A day, as YYYY-MM-DD."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="iso", **kwargs)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> date:
        if not isinstance(value, str) or not DATE_PATTERN.fullmatch(value):
            message = "Must be a day such as 2026-11-21."
            raise ValidationError(message)
        day: date = super()._deserialize(value, attr, data, **kwargs)
        return day


class PageArgs(QueryArgs):
    """Which part of a list is wanted."""

    limit = fields.Integer(
        load_default=50,
        validate=validate.Range(min=1, max=100),
        metadata={"description": "How many at most."},
    )
    cursor = fields.String(
        load_default=None,
        validate=validate.Length(min=1, max=2_048),
        metadata={"description": "next_cursor of the page before."},
    )


class ErrorOut(Schema):
    """An error, at every door but /api/v1."""

    success = fields.Boolean(required=True, metadata={"description": "Always false."})
    message = fields.String(
        required=True, metadata={"description": "What was wrong and what to do."}
    )
    error_code = fields.String(required=True, metadata={"description": "The code, in upper case."})
    details = fields.Dict(required=True, metadata={"description": "What helps to mend it."})


class ErrorAtApiV1(Schema):
    """What is inside an error at /api/v1."""

    code = fields.String(required=True, metadata={"description": "The code, in snake case."})
    message = fields.String(
        required=True, metadata={"description": "What was wrong and what to do."}
    )
    details = fields.Dict(required=True, metadata={"description": "What helps to mend it."})


class ErrorAtApiV1Out(Schema):
    """An error at /api/v1."""

    error = fields.Nested(ErrorAtApiV1, required=True)


class MessageOut(Schema):
    """A sentence that says what was done."""

    message = fields.String(required=True)
