"""What does the product do with its waitlist? Each function is one use case."""

from app.waitlist.models import Entry
from app.waitlist.service.closing_gaps import close_gaps
from app.waitlist.service.confirming import confirm
from app.waitlist.service.inviting import InviteResult, invite
from app.waitlist.service.joining import AlreadyOnWaitlist, UnknownReferralCode, join
from app.waitlist.service.listing import (
    MOST_EXPORTED,
    Part,
    ReferralCodeNotFound,
    as_csv,
    find_referrals,
    list_waitlist,
)
from app.waitlist.service.owned_data import erase_owned_by, export_owned_by
from app.waitlist.service.referring import credit_owed, credit_referral

__all__ = [
    "MOST_EXPORTED",
    "AlreadyOnWaitlist",
    "Entry",
    "InviteResult",
    "Part",
    "ReferralCodeNotFound",
    "UnknownReferralCode",
    "as_csv",
    "close_gaps",
    "confirm",
    "credit_owed",
    "credit_referral",
    "erase_owned_by",
    "export_owned_by",
    "find_referrals",
    "invite",
    "join",
    "list_waitlist",
]
