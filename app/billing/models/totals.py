"""How many pay for each plan, and how many began and stopped in each month?

Each number is moved in the transaction of the change that it counts, so that nothing has to be counted.
"""

from collections.abc import Iterable
from datetime import datetime

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from app.core import dynamo

SUBSCRIBERS, NEW, CHURNED = "subscribers", "new", "churned"


class BillingTotal(dynamo.Model):
    """One running number."""

    class Meta(dynamo.Meta):
        """Table `billing-totals`."""

        name = "billing-totals"

    name = UnicodeAttribute(hash_key=True)
    total = NumberAttribute()

    @classmethod
    def key_of(cls, what: str, which: str) -> str:
        """The number of subscribers of a plan, or of the new or the churned ones of a month (YYYY-MM)."""
        return f"{what}#{which}"

    @classmethod
    def moves(cls, *, before: str | None, after: str | None, now: datetime) -> list[dynamo.Write]:
        """Count a change of the plan that somebody pays for; None is nobody's."""
        if before == after:
            return []
        month = f"{now:%Y-%m}"
        moved = {
            cls.key_of(SUBSCRIBERS, plan): by for plan, by in ((before, -1), (after, 1)) if plan
        }
        if before is None:
            moved[cls.key_of(NEW, month)] = 1
        if after is None:
            moved[cls.key_of(CHURNED, month)] = 1
        return [dynamo.update(cls(key), [cls.total.add(by)]) for key, by in moved.items()]

    @classmethod
    def of(cls, keys: Iterable[str]) -> dict[str, int]:
        """The numbers under these keys; 0 where nothing was counted yet."""
        wanted = list(keys)
        found = {row.name: int(row.total) for row in dynamo.get_many(cls, wanted)}
        return {key: found.get(key, 0) for key in wanted}
