"""The doors to accounts: /auth, /users/me and /api/v1. One service stands behind them."""

from app.accounts.routes.admin import blp as admin
from app.accounts.routes.api_v1 import blp as api_v1
from app.accounts.routes.auth import blp as auth
from app.accounts.routes.users import blp as users

BLUEPRINTS = (auth, users, api_v1, admin)

__all__ = ["BLUEPRINTS"]
