"""What accounts do for the rest of the product. Each function is one use case."""

from app.accounts.models import User
from app.accounts.service.authentication import (
    InactiveAccount,
    TokenRevoked,
    UnverifiedEmail,
    authenticate,
)
from app.accounts.service.creation import (
    InvalidEmail,
    InvalidUsername,
    UserExists,
    WeakPassword,
    create_account,
    request_account,
    sign_up,
)
from app.accounts.service.preferences import PreferencesTooLarge
from app.accounts.service.profile import (
    PlanChangeRequiresCheckout,
    UnknownAccount,
    change_profile,
    get_account,
)
from app.accounts.service.signing_in import (
    Device,
    InvalidCredentials,
    MissingToken,
    SignedIn,
    sign_in,
    sign_out,
    take_refresh_token,
)

__all__ = [
    "Device",
    "InactiveAccount",
    "InvalidCredentials",
    "InvalidEmail",
    "InvalidUsername",
    "MissingToken",
    "PlanChangeRequiresCheckout",
    "PreferencesTooLarge",
    "SignedIn",
    "TokenRevoked",
    "UnknownAccount",
    "UnverifiedEmail",
    "User",
    "UserExists",
    "WeakPassword",
    "authenticate",
    "change_profile",
    "create_account",
    "get_account",
    "request_account",
    "sign_in",
    "sign_out",
    "sign_up",
    "take_refresh_token",
]
