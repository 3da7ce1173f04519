"""Which emails tell the two sides of an offer of what became of it?"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from app.accounts import service as accounts
from app.core import dynamo
from app.emails import service as emails
from app.emails.service import Outgoing
from app.marketplace.models import Offer
from app.marketplace.rules import offers as rules
from app.providers.job_queue.interface import JobQueue

MADE: Mapping[str, str] = {rules.SELLER: "offer_received", rules.BUYER: "offer_made"}
ACCEPTED: Mapping[str, str] = {rules.SELLER: "item_sold", rules.BUYER: "offer_accepted"}
DECLINED: Mapping[str, str] = {rules.SELLER: "offer_declined", rules.BUYER: "offer_declined"}
WITHDRAWN: Mapping[str, str] = {rules.SELLER: "offer_withdrawn", rules.BUYER: "offer_withdrawn"}
EXPIRED: Mapping[str, str] = {rules.SELLER: "offer_expired", rules.BUYER: "offer_expired"}
CLOSED: Mapping[str, str] = {rules.BUYER: "offer_closed"}
"""Which side gets which email."""

WITH_EXPIRY = frozenset({"offer_received", "offer_made"})


def written(
    *,
    kinds: Mapping[str, str],
    offer: Offer,
    contacts: Mapping[str, accounts.Contact],
    now: datetime,
) -> list[Outgoing]:
    """One email to each side that has an address, to be committed with what it tells of."""
    sides = {rules.BUYER: offer.buyer_id, rules.SELLER: offer.seller_id}
    found = [(kind, contacts.get(sides[side])) for side, kind in kinds.items()]
    return [
        emails.outgoing(
            template=kind,
            to=contact.email,
            context={"name": contact.name, **_context(kind, offer)},
            idempotency_key=f"offer#{offer.offer_id}#{kind}#{contact.user_id}",
            user_id=contact.user_id,
            now=now,
        )
        for kind, contact in found
        if contact is not None
    ]


def contacts_of(*, offers: Iterable[Offer]) -> dict[str, accounts.Contact]:
    """Where the two sides of these offers read emails, by user."""
    users = [user_id for offer in offers for user_id in (offer.buyer_id, offer.seller_id)]
    there = [user_id for user_id in users if user_id != rules.CLOSED_ACCOUNT]
    return accounts.find_contacts(user_ids=there)


def writes_of(*, letters: Iterable[Outgoing]) -> list[dynamo.Write]:
    """Their rows in the outbox."""
    return [letter.write for letter in letters]


def send(*, letters: Iterable[Outgoing], jobs: JobQueue) -> None:
    """Ask for emails whose rows are committed."""
    for letter in letters:
        emails.send(email=letter, jobs=jobs)


def _context(kind: str, offer: Offer) -> Mapping[str, Any]:
    facts = {
        "item": offer.item_name,
        "price": rules.amount_told(price=offer.price, currency=offer.currency),
    }
    return {**facts, "expires_at": offer.expires_at} if kind in WITH_EXPIRY else facts
