"""What do accounts hold of a user besides the account itself, and how is it exported and erased?"""

from typing import Any

from app.accounts.models import ApiKey, SignIn, User
from app.core import dynamo

PROFILE = (
    "user_id",
    "email",
    "username",
    "phone",
    "first_name",
    "last_name",
    "plan",
    "intended_plan",
    "referral_source",
    "role",
    "status",
    "email_verified",
    "stripe_customer_id",
    "preferences",
    "created_at",
    "updated_at",
    "last_login_at",
)
SIGN_IN = ("sign_in_id", "user_agent", "ip", "created_at", "last_used_at", "expires_at")
API_KEY = ("key_id", "name", "prefix", "scopes", "created_at", "expires_at", "last_used_at")


def export_owned_by(*, user_id: str) -> dict[str, Any]:
    """The account, its sign-ins and its API keys, without anything that opens a door: no hashes, no token ids."""
    user = User.of(user_id)
    return {
        "account": _told(user, PROFILE) if user else None,
        "sign_ins": [_told(row, SIGN_IN) for row in SignIn.owned_by(user_id)],
        "api_keys": [_told(row, API_KEY) for row in ApiKey.owned_by(user_id)],
    }


def erase_owned_by(*, user_id: str) -> None:
    """Remove a user's sign-ins and API keys; running it again is harmless.

    The user row was emptied when the account was closed. Revoked tokens are opaque ids that expire by themselves.
    """
    for sign_in in SignIn.owned_by(user_id):
        dynamo.commit(SignIn.ended(user_id=user_id, sign_in_id=sign_in.sign_in_id))
    for key in ApiKey.owned_by(user_id):
        dynamo.commit(ApiKey.erased(user_id=user_id, key_id=key.key_id))


def _told(row: dynamo.Model, attributes: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in attributes}
