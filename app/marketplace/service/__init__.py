"""What can people do in the marketplace? Each function is one use case."""

from app.marketplace.service.closing import close_offers, expire_offers
from app.marketplace.service.items import (
    ItemIdTaken,
    ItemMoveRefused,
    ItemSold,
    NotItemOwner,
    UnknownItem,
    change_item,
    get_item,
    put_up_item,
    remove_item,
)
from app.marketplace.service.offers import (
    ItemNotForSale,
    NotYourMove,
    OfferClosed,
    OfferExpiresInPast,
    OwnItem,
    ShownOffer,
    UnknownOffer,
    accept_offer,
    decline_offer,
    get_offer,
    list_offers,
    make_offer,
    withdraw_offer,
)
from app.marketplace.service.owned_data import erase_owned_by, export_owned_by
from app.marketplace.service.searching import NothingToSearchFor, list_items

__all__ = [
    "ItemIdTaken",
    "ItemMoveRefused",
    "ItemNotForSale",
    "ItemSold",
    "NotItemOwner",
    "NotYourMove",
    "NothingToSearchFor",
    "OfferClosed",
    "OfferExpiresInPast",
    "OwnItem",
    "ShownOffer",
    "UnknownItem",
    "UnknownOffer",
    "accept_offer",
    "change_item",
    "close_offers",
    "decline_offer",
    "erase_owned_by",
    "expire_offers",
    "export_owned_by",
    "get_item",
    "get_offer",
    "list_items",
    "list_offers",
    "make_offer",
    "put_up_item",
    "remove_item",
    "withdraw_offer",
]
