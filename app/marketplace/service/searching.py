"""Which items does somebody find, by words and by price?

What a page costs: for words, one query that examines 1,000 rows of the index at most and one read of the items found;
without words, one query that reads the page itself; of one's own, one query that examines 1,000 items at most.
"""

from decimal import Decimal

from app.core import errors
from app.marketplace.models import Item, ItemWord
from app.marketplace.rules import items as rules
from app.marketplace.rules import words

MOST_WORDS = 10


class NothingToSearchFor(errors.Unprocessable):
    """The text holds no word, or too many."""

    code = "nothing_to_search_for"
    message = f"q must hold 1 to {MOST_WORDS} words or beginnings of words, of letters and digits."


def list_items(
    *,
    user_id: str,
    q: str | None,
    min_price: Decimal | None,
    max_price: Decimal | None,
    mine: bool,
    limit: int,
    cursor: str | None,
) -> tuple[list[Item], str | None]:
    """Some items, and the cursor of the next ones (None at the end).

    Those for sale come cheapest first; with `mine`, the user's own in every state, newest first. A page may hold
    fewer than `limit`, and still be followed by another.

    Args:
        q: for each of its words the name has one that begins with it; no matter, where None.

    Raises:
        NothingToSearchFor, dynamo.InvalidCursor.
    """
    wanted = _wanted(q) if q is not None else []
    if min_price is not None and max_price is not None and min_price > max_price:
        return [], None
    if mine:
        own = Item.page_owned_by(
            user_id, wanted=wanted, lowest=min_price, highest=max_price, limit=limit, cursor=cursor
        )
        return own.items, own.next_cursor
    if not wanted:
        every = Item.page_for_sale(lowest=min_price, highest=max_price, limit=limit, cursor=cursor)
        return every.items, every.next_cursor
    found = ItemWord.page(wanted, lowest=min_price, highest=max_price, limit=limit, cursor=cursor)
    return _for_sale([row.item_id for row in found.items]), found.next_cursor


def _wanted(q: str) -> list[str]:
    wanted = words.words_of(q)
    if not 1 <= len(wanted) <= MOST_WORDS:
        raise NothingToSearchFor(details={"q": [NothingToSearchFor.message]})
    return wanted


def _for_sale(item_ids: list[str]) -> list[Item]:
    """The items with these ids, but for those that left the market between the two reads."""
    there = Item.those_of(item_ids) if item_ids else []
    return [item for item in there if item is not None and item.status == rules.ACTIVE]
