"""Where does the bot report, and where do its viewers look?"""

from app.trading.routes.pictures import blp as pictures
from app.trading.routes.pushes import blp as pushes
from app.trading.routes.reports import blp as reports

BLUEPRINTS = (pushes, reports, pictures)

__all__ = ["BLUEPRINTS"]
