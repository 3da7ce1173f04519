"""The doors to accounts: /auth, /users/me and /api/v1. One service stands behind them."""

from app.accounts.routes.admin import blp as admin
from app.accounts.routes.api_keys import blp as api_keys
from app.accounts.routes.api_v1 import blp as api_v1
from app.accounts.routes.auth import blp as auth
from app.accounts.routes.closing import blp as closing
from app.accounts.routes.phone import blp as phone
from app.accounts.routes.sessions import blp as sessions
from app.accounts.routes.users import blp as users
from app.accounts.routes.verification import blp as verification

BLUEPRINTS = (auth, verification, phone, users, closing, api_keys, sessions, api_v1, admin)

__all__ = ["BLUEPRINTS"]
