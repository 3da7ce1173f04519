"""How do other domains reach the holders of accounts by email?"""

from collections.abc import Iterable
from dataclasses import dataclass

from app.accounts.models import User
from app.core import dynamo


@dataclass(frozen=True, kw_only=True)
class Contact:
    """Where somebody reads emails, and how to address them."""

    user_id: str
    email: str
    name: str | None


def find_contacts(*, user_ids: Iterable[str]) -> dict[str, Contact]:
    """Those of these users who have an email address, by user, in one request for up to 100.

    Who signs in by phone has none, and who closed their account has none any more.
    """
    return {
        user.user_id: Contact(
            user_id=user.user_id, email=user.email, name=user.first_name or user.username
        )
        for user in dynamo.get_many(User, dynamo.distinct(list(user_ids)))
        if user.email
    }
