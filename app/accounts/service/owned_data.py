"""What do accounts hold of a user besides the account itself, and how is it exported and erased?"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.accounts.models import ApiKey, Erasure, SignIn, User
from app.accounts.models.invitations import Invitation
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


@dataclass(frozen=True, kw_only=True)
class Closed:
    """An account that is being erased: the address that it had proven to be its holder's, and since when."""

    email: str
    closed_at: datetime


def find_confirmed_email(*, user_id: str) -> str | None:
    """The canonical address of an account, if it has proven that the address is its holder's.

    What is kept by address belongs to whoever reads mail there; having typed it into a form proves nothing.
    """
    user = User.of(user_id)
    return user.email_canonical if user is not None and user.email_verified else None


def find_closed(*, user_id: str) -> Closed | None:
    """What is known of an account while it is being erased; None where it had proven no address, and afterwards."""
    row = Erasure.of(user_id)
    if row is None or row.email is None:
        return None
    return Closed(email=row.email, closed_at=row.requested_at)


def export_owned_by(*, user_id: str) -> dict[str, Any]:
    """The account, its sign-ins and its API keys, without anything that opens a door: no hashes, no token ids."""
    user = User.of(user_id)
    return {
        "account": _told(user, PROFILE) if user else None,
        "sign_ins": [_told(row, SIGN_IN) for row in SignIn.owned_by(user_id)],
        "api_keys": [_told(row, API_KEY) for row in ApiKey.owned_by(user_id)],
    }


def erase_owned_by(*, user_id: str) -> None:
    """Remove a user's sign-ins, API keys and invitation; running it again is harmless.

    The user row was emptied when the account was closed. Revoked tokens are opaque ids that expire by themselves.
    """
    for sign_in in SignIn.owned_by(user_id):
        dynamo.commit(SignIn.ended(user_id=user_id, sign_in_id=sign_in.sign_in_id))
    for key in ApiKey.owned_by(user_id):
        dynamo.commit(ApiKey.erased(user_id=user_id, key_id=key.key_id))
    if closed := find_closed(user_id=user_id):
        dynamo.commit(Invitation.forgotten(closed.email))


def _told(row: dynamo.Model, attributes: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in attributes}
