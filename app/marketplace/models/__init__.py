"""What is stored of the marketplace: items, the index of their words, offers, and what left the market."""

from app.marketplace.models.departures import Departure
from app.marketplace.models.items import Item
from app.marketplace.models.offers import Offer
from app.marketplace.models.words import ItemWord

__all__ = ["Departure", "Item", "ItemWord", "Offer"]
