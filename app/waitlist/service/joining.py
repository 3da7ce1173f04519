"""How does somebody join? They claim their address, are given the next number, and take its place.

The number is given out by a single atomic addition outside of any transaction: those who join at the same moment
never conflict, however many they are. The claim comes first, so that of many requests with one address one takes
a number. docs/adr/0018 tells what becomes of a number whose joiner dies.
"""

import logging
import secrets
from collections.abc import Sequence
from datetime import datetime

from app.accounts import service as accounts
from app.config import Settings
from app.core import dynamo, errors, ids
from app.emails import service as emails
from app.providers.job_queue.interface import JobQueue
from app.waitlist import rules
from app.waitlist.models import Entry, NumbersGiven, Place, ReferralCode

log = logging.getLogger(__name__)

ATTEMPTS = 8


class AlreadyOnWaitlist(errors.Conflict):
    """The address has a place."""

    code = "already_on_waitlist"
    message = "This address is on the waitlist already. The email that we sent when it joined holds its code."


class UnknownReferralCode(errors.Unprocessable):
    """Nobody on the list has this code."""

    code = "unknown_referral_code"
    message = (
        "Nobody on the waitlist has this referral code. Check it, or leave it out to join without."
    )


def join(
    *,
    email: str,
    source: str,
    referral_code: str | None,
    interested_features: Sequence[str],
    settings: Settings,
    jobs: JobQueue,
    now: datetime,
) -> Entry:
    """Put an address at the end of the list, and mail it the link that confirms it.

    Args:
        referral_code: of who brought them; that one moves up once the address is confirmed.

    Raises:
        accounts.InvalidEmail, AlreadyOnWaitlist, UnknownReferralCode.
        dynamo.Busy: the address is being put on the list by another request that takes long.
    """
    referrer = _checked_code(referral_code)
    secret = ids.new_secret()
    entry = Entry(
        accounts.canonical_email(email=email),
        status=rules.JOINING,
        source=source,
        interested_features=list(interested_features),
        joined_at=now,
        code=rules.code_of([secrets.randbelow(32) for _ in range(rules.CODE_LENGTH)]),
        secret_hash=rules.secret_hash(secret),
        referred_by=referrer,
    )
    _claim(entry, now)
    letter = _seat(entry, secret, settings, now)
    emails.send(email=letter, jobs=jobs)
    log.info("waitlist.joined", extra={"referred": referrer is not None})
    return entry


def _checked_code(given: str | None) -> str | None:
    if given is None:
        return None
    code = rules.canonical_code(given)
    if not rules.is_code(code) or ReferralCode.holder(code) is None:
        raise UnknownReferralCode(details={"referral_code": given})
    return code


def _claim(entry: Entry, now: datetime) -> None:
    """Claim the address; whoever meets another claim waits to see what comes of it."""
    for attempt in range(ATTEMPTS):
        try:
            dynamo.commit(entry.arrival(instead_of_before=now - rules.CLAIM_LASTS))
        except dynamo.ConditionFailed:
            kept = Entry.of(entry.email)
            if kept is not None and kept.status != rules.JOINING:
                raise AlreadyOnWaitlist from None
            if kept is not None and kept.code == entry.code:
                return  # our own claim, stored by a first try whose answer was lost
            dynamo.pause_after(attempt)
        else:
            return
    raise dynamo.Busy(retry_after_seconds=int(rules.CLAIM_LASTS.total_seconds()))


def _seat(entry: Entry, secret: str, settings: Settings, now: datetime) -> emails.Outgoing:
    """Take the place of the next number; the email that was written down with it."""
    for _ in range(ATTEMPTS):
        number = NumbersGiven.next()
        letter = _welcome(entry, number, secret, settings, now)
        try:
            dynamo.commit(
                entry.seated(number),
                Place.taken(number, email=entry.email, now=now),
                ReferralCode.creation(entry.code, email=entry.email),
                letter.write,
            )
        except dynamo.ConditionFailed as conflict:
            if conflict.failed != {1}:
                break
            continue  # so slow that the number was given up and somebody moved to its place
        except dynamo.Busy:
            break
        entry.position, entry.status = number, rules.WAITING
        return letter
    return _settled(entry, secret, settings, now)


def _settled(entry: Entry, secret: str, settings: Settings, now: datetime) -> emails.Outgoing:
    """What came of a try whose answer was lost; one that came to nothing gives its claim up."""
    kept = Entry.of(entry.email)
    if kept is not None and kept.code == entry.code and kept.status != rules.JOINING:
        entry.position, entry.status = kept.position, kept.status
        return _welcome(entry, int(kept.position), secret, settings, now)
    try:
        dynamo.commit(entry.withdrawal())
    except dynamo.ConditionFailed:
        log.info("waitlist.claim_taken_over")
    raise dynamo.Busy


def _welcome(
    entry: Entry, number: int, secret: str, settings: Settings, now: datetime
) -> emails.Outgoing:
    token = rules.confirmation_token(code=entry.code, secret=secret)
    return emails.outgoing(
        template="waitlist_joined",
        to=entry.email,
        context={
            "position": number,
            "link": f"{settings.app_url}/waitlist/confirm?token={token}",
            "token": token,
            "referral_code": entry.code,
            "share_link": f"{settings.app_url}/waitlist?referral_code={entry.code}",
        },
        idempotency_key=f"waitlist_joined#{entry.code}",
        user_id=None,
        now=now,
    )
