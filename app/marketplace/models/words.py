"""Under which beginnings of words, and at which price, is an item found?

The rows are written and removed in the transactions of the items themselves. Only items that are for sale have any.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import reduce
from operator import and_

from pynamodb.attributes import UnicodeAttribute
from pynamodb.expressions.condition import Condition

from app.core import dynamo
from app.marketplace.rules import words as rules


class ItemWord(dynamo.Model):
    """That a word of an item's name begins so."""

    class Meta(dynamo.Meta):
        """Table `item-words`."""

        name = "item-words"

    beginning = UnicodeAttribute(hash_key=True)
    place = UnicodeAttribute(range_key=True)
    item_id = UnicodeAttribute()
    words = UnicodeAttribute()

    @classmethod
    def rows_of(cls, *, item_id: str, name: str, price: Decimal) -> list["ItemWord"]:
        """The rows that an item for sale has."""
        place, text = rules.place(price=price, item_id=item_id), rules.searched_text(name)
        return [
            cls(beginning, place, item_id=item_id, words=text)
            for beginning in rules.beginnings(name)
        ]

    @classmethod
    def exchange(
        cls, *, before: Iterable["ItemWord"], after: Iterable["ItemWord"]
    ) -> list[dynamo.Write]:
        """What makes the rows of one state those of another; what both have alike is left alone."""
        old = {row.key: row for row in before}
        new = {row.key: row for row in after}
        gone = [dynamo.delete(cls(*key)) for key in old if key not in new]
        changed = [key for key in new if key not in old or old[key].words != new[key].words]
        return [*gone, *(dynamo.put(new[key]) for key in changed)]

    @classmethod
    def page(
        cls,
        wanted: Sequence[str],
        *,
        lowest: Decimal | None,
        highest: Decimal | None,
        limit: int,
        cursor: str | None,
    ) -> dynamo.Page["ItemWord"]:
        """The items whose names have a word that begins with each of these, the cheapest first."""
        first, last = rules.places_between(lowest=lowest, highest=highest)
        return dynamo.page(
            cls,
            rules.partition(wanted),
            range_key_condition=cls.place.between(first, last),
            filter_condition=having(cls.words, rules.left_to_compare(wanted)),
            limit=limit,
            cursor=cursor,
            consistent_read=True,
        )

    @property
    def key(self) -> tuple[str, str]:
        """Which row it is."""
        return self.beginning, self.place


def having(attribute: UnicodeAttribute, wanted: Iterable[str]) -> Condition | None:
    """That among the words of a name one begins with each of these; None where nothing is asked."""
    asked = [attribute.contains(f" {word}") for word in wanted]
    return reduce(and_, asked) if asked else None
