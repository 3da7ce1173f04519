"""What do items and offers look like in JSON?"""

from typing import Any

from marshmallow import fields, validate

from app.core.schemas import Money, PageArgs, Schema, Text, Timestamp
from app.marketplace.rules import items, offers

LONGEST_ID = 128
LONGEST_NAME = 255
LONGEST_DESCRIPTION = 2_000
LONGEST_MESSAGE = 500
LONGEST_SEARCH = 100
DEFAULT_CURRENCY = "USD"
IN_A_PATH = validate.Regexp(
    r"^(?!\.{1,2}$)[^/\\]+$",
    error="Must hold no slash and no backslash, and be neither '.' nor '..'.",
)


def _name(**options: Any) -> Text:
    return Text(minimum=1, maximum=LONGEST_NAME, metadata={"example": "Film camera"}, **options)


def _description(**options: Any) -> Text:
    return Text(maximum=LONGEST_DESCRIPTION, allow_none=True, **options)


def _currency(**options: Any) -> fields.String:
    return fields.String(
        validate=validate.Regexp(r"^[A-Z]{3}$", error="Must be three capitals, such as USD."),
        metadata={"example": DEFAULT_CURRENCY, "description": "ISO 4217."},
        **options,
    )


class ItemIn(Schema):
    """An item to put up."""

    item_id = Text(
        required=True,
        minimum=1,
        maximum=LONGEST_ID,
        validate=IN_A_PATH,
        metadata={"example": "demo", "description": "The owner chooses it."},
    )
    name = _name(required=True)
    price = Money(required=True, positive=True)
    description = _description(load_default=None)
    currency = _currency(load_default=DEFAULT_CURRENCY)
    status = fields.String(
        load_default=None,
        validate=validate.OneOf(items.AT_FIRST),
        metadata={
            "description": "A draft is seen by its owner only. A new item is active where this is left out."
        },
    )


class ItemUpdate(Schema):
    """What changes of an item; what is left out stays."""

    name = _name()
    price = Money(positive=True)
    description = _description()
    currency = _currency()
    status = fields.String(
        validate=validate.OneOf(items.STATUSES),
        metadata={"example": "withdrawn", "description": "sold: to somebody elsewhere."},
    )


class ItemOut(Schema):
    """An item."""

    item_id = fields.String(required=True)
    owner_id = fields.String(required=True, attribute="user_id")
    name = fields.String(required=True)
    description = fields.String(required=True, allow_none=True)
    price = Money(required=True)
    currency = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf(items.STATUSES))
    created_at = Timestamp(required=True)
    updated_at = Timestamp(required=True)


class ItemListOut(Schema):
    """A page of items."""

    items = fields.List(fields.Nested(ItemOut), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class ItemSearchArgs(PageArgs):
    """Which items are wanted."""

    q = fields.String(
        load_default=None,
        validate=validate.Length(min=1, max=LONGEST_SEARCH),
        metadata={
            "description": "Words, or beginnings of words, of the name; without regard to case and accents."
        },
    )
    min_price = Money(load_default=None, positive=True)
    max_price = Money(load_default=None, positive=True)
    mine = fields.Boolean(
        load_default=False,
        metadata={"description": "Only one's own, in every status, the newest first."},
    )


class OfferIn(Schema):
    """An offer for an item."""

    item_id = Text(
        required=True,
        minimum=1,
        maximum=LONGEST_ID,
        validate=IN_A_PATH,
        metadata={"example": "demo"},
    )
    price = Money(required=True, positive=True)
    message = Text(maximum=LONGEST_MESSAGE, allow_none=True, load_default=None)
    expires_at = Timestamp(
        allow_none=True,
        load_default=None,
        metadata={"description": "Until when it stands. Without it, until somebody ends it."},
    )


class OfferOut(Schema):
    """An offer, in the currency of its item. A side whose account was closed is `closed-account`."""

    id = fields.String(required=True, attribute="offer.offer_id")
    item_id = fields.String(required=True, attribute="offer.item_id")
    buyer_id = fields.String(required=True, attribute="offer.buyer_id")
    seller_id = fields.String(required=True, attribute="offer.seller_id")
    price = Money(required=True, attribute="offer.price")
    message = fields.String(required=True, allow_none=True, attribute="offer.message")
    status = fields.String(required=True, validate=validate.OneOf(offers.STATUSES))
    expires_at = Timestamp(required=True, allow_none=True, attribute="offer.expires_at")
    created_at = Timestamp(required=True, attribute="offer.created_at")
    updated_at = Timestamp(required=True, attribute="offer.updated_at")


class OfferListOut(Schema):
    """A page of offers."""

    offers = fields.List(fields.Nested(OfferOut), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class OfferListArgs(PageArgs):
    """Which offers are wanted."""

    role = fields.String(
        load_default=offers.BUYER,
        validate=validate.OneOf(offers.SIDES),
        metadata={"description": "buyer: those that one made; seller: those for one's items."},
    )
    item_id = fields.String(
        load_default=None,
        validate=validate.Length(min=1, max=LONGEST_ID),
        metadata={"description": "Only those for this item."},
    )
