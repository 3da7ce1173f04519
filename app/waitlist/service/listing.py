"""Who stands where? For the public one person by their code, for admins the list page by page and as CSV."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.core import csv_cells, dynamo, errors
from app.waitlist import rules
from app.waitlist.models import Entry, NumbersGiven, Place, ReferralCode

MOST_EXPORTED = 5_000
A_READ = 100
LONGEST_NUMBER = 15
COLUMNS = (
    "position",
    "email",
    "status",
    "source",
    "referral_code",
    "referred_by",
    "referrals",
    "interested_features",
    "joined_at",
    "confirmed_at",
    "invited_at",
)


class ReferralCodeNotFound(errors.NotFound):
    """Nobody on the list has this code."""

    code = "referral_code_not_found"
    message = "Nobody on the waitlist has this referral code."


@dataclass(frozen=True, kw_only=True)
class Part:
    """Some people in the order of their places, and the number from which the list goes on (None at its end)."""

    entries: list[Entry]
    next_cursor: str | None


def find_referrals(*, referral_code: str) -> Entry:
    """Whose code this is, with their position and referrals.

    Raises:
        ReferralCodeNotFound.
    """
    code = rules.canonical_code(referral_code)
    email = ReferralCode.holder(code) if rules.is_code(code) else None
    entry = Entry.of(email) if email else None
    if entry is None:
        raise ReferralCodeNotFound
    return entry


def list_waitlist(*, limit: int, cursor: str | None) -> Part:
    """People by position, from `limit` places on; where somebody left, a part holds fewer and goes on.

    Args:
        limit: at most `MOST_EXPORTED`.

    Raises:
        dynamo.InvalidCursor.
    """
    first, end = _number(cursor), int(NumbersGiven.current().last)
    last = min(first + limit - 1, end)
    entries: list[Entry] = []
    for start in range(first, last + 1, A_READ):
        entries += _standing(start, min(start + A_READ - 1, last))
    return Part(entries=entries, next_cursor=str(last + 1) if last < end else None)


def as_csv(*, entries: Iterable[Entry]) -> str:
    """People as a CSV with a line of headings; no cell starts a formula."""
    return csv_cells.written([COLUMNS, *(_row(entry) for entry in entries)])


def _standing(first: int, last: int) -> list[Entry]:
    """Those who hold the places from one to another."""
    held = [place.email for place in Place.between(first, last) if place and place.email]
    found = Entry.with_addresses(held)
    seen = [found[email] for email in held if email in found]
    return sorted(seen, key=lambda entry: int(entry.position or 0))


def _row(entry: Entry) -> tuple[csv_cells.Cell, ...]:
    return (
        int(entry.position or 0),
        entry.email,
        entry.status,
        entry.source,
        entry.code,
        entry.referred_by,
        int(entry.referrals),
        "; ".join(entry.interested_features),
        entry.joined_at,
        entry.confirmed_at,
        entry.invited_at,
    )


def _number(cursor: str | None) -> int:
    if cursor is None:
        return rules.FIRST
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) <= LONGEST_NUMBER):
        raise dynamo.InvalidCursor
    return max(rules.FIRST, int(cursor))
