"""At which URLs do people sell and buy?"""

from app.marketplace.routes.items import blp as items
from app.marketplace.routes.offers import blp as offers

BLUEPRINTS = (items, offers)

__all__ = ["BLUEPRINTS"]
