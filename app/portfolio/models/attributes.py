"""How are days and long decimals kept in a row?"""

from datetime import date
from decimal import Decimal

from pynamodb.attributes import Attribute
from pynamodb.constants import STRING


class DateAttribute(Attribute[date]):
    """A calendar date, kept as YYYY-MM-DD so that text order is date order."""

    attr_type = STRING

    def serialize(self, value: date) -> str:
        """Write the date in ISO 8601."""
        return value.isoformat()

    def deserialize(self, value: str) -> date:
        """Read the date back."""
        return date.fromisoformat(value)


class ExactAttribute(Attribute[Decimal]):
    """An exact decimal number of more digits than the 38 of DynamoDB's N: a product of two amounts may have 72."""

    attr_type = STRING

    def serialize(self, value: Decimal) -> str:
        """Write every digit, without an exponent."""
        return format(value, "f")

    def deserialize(self, value: str) -> Decimal:
        """Read every digit."""
        return Decimal(value)
