"""What does the waitlist hold of a user? A place belongs to an address: to whoever proved that it is theirs."""

from typing import Any

from app.accounts import service as accounts
from app.core import dynamo
from app.waitlist.models import Entry, Place, ReferralCode

ATTEMPTS = 8
TOLD = (
    "email",
    "status",
    "source",
    "interested_features",
    "joined_at",
    "referred_by",
    "referrals",
    "position",
    "confirmed_at",
    "invited_at",
)


def export_owned_by(*, user_id: str) -> dict[str, Any]:
    """The place of a user's confirmed address, for the user to keep; without the token's hash."""
    email = accounts.find_confirmed_email(user_id=user_id)
    entry = Entry.of(email) if email else None
    if entry is None:
        return {"waitlist": None}
    told = {name: getattr(entry, name) for name in TOLD}
    return {"waitlist": {**told, "referral_code": entry.code}}


def erase_owned_by(*, user_id: str) -> None:
    """Take a closed account's confirmed address off the list, if it joined before; its place stays empty.

    Running it again is harmless.

    Raises:
        dynamo.Busy: others moved it all the while.
    """
    closed = accounts.find_closed(user_id=user_id)
    if closed is None:
        return
    for attempt in range(ATTEMPTS):
        entry = Entry.of(closed.email)
        if entry is None or entry.joined_at > closed.closed_at:
            return
        try:
            dynamo.commit(*_leaving(entry))
        except dynamo.ConditionFailed:
            dynamo.pause_after(attempt)
        else:
            return
    raise dynamo.Busy


def _leaving(entry: Entry) -> list[dynamo.Write]:
    writes = [entry.removal(), ReferralCode.removal(entry.code)]
    if entry.position is None:
        return writes
    place = Place(entry.position, email=entry.email)
    return [*writes, place.handed_over(to=None)]
