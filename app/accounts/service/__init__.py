"""What accounts do for the rest of the product. Each function is one use case."""

from app.accounts.models import User
from app.accounts.service.administration import (
    AlreadyActive,
    AlreadyDisabled,
    DisabledUser,
    LastAdmin,
    Moderation,
    NoRoleChange,
    NotDisabled,
    approve_account,
    change_role,
    disable_account,
    enable_account,
    list_accounts,
    list_pending,
)
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
    "AlreadyActive",
    "AlreadyDisabled",
    "Device",
    "DisabledUser",
    "InactiveAccount",
    "InvalidCredentials",
    "InvalidEmail",
    "InvalidUsername",
    "LastAdmin",
    "MissingToken",
    "Moderation",
    "NoRoleChange",
    "NotDisabled",
    "PlanChangeRequiresCheckout",
    "PreferencesTooLarge",
    "SignedIn",
    "TokenRevoked",
    "UnknownAccount",
    "UnverifiedEmail",
    "User",
    "UserExists",
    "WeakPassword",
    "approve_account",
    "authenticate",
    "change_profile",
    "change_role",
    "create_account",
    "disable_account",
    "enable_account",
    "get_account",
    "list_accounts",
    "list_pending",
    "request_account",
    "sign_in",
    "sign_out",
    "sign_up",
    "take_refresh_token",
]
