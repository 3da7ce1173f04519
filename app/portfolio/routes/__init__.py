"""Where does a user keep a portfolio, and see how it does?"""

from app.portfolio.routes.assets import blp as assets

BLUEPRINTS = (assets,)

__all__ = ["BLUEPRINTS"]
