"""How does the product say that somebody is to be mailed, and what is kept of that?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from app.core import dynamo
from app.emails import rules
from app.emails.models import Email, Suppression
from app.providers.job_queue.interface import JobQueue

SEND = "emails.send_email"
NO_PICTURES: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class Outgoing:
    """An email that is about to be written down.

    Attributes:
        email_id: the same for the same idempotency key.
        write: its row, to be committed together with what the email tells about. Its condition fails where an
            email of this key was written down in the last 30 days.
    """

    email_id: str
    write: dynamo.Write


def outgoing(
    *,
    template: str,
    to: str,
    context: Mapping[str, Any],
    idempotency_key: str,
    user_id: str | None,
    pictures: Mapping[str, str] = NO_PICTURES,
    now: datetime,
) -> Outgoing:
    """An email for the caller's own transaction: `dynamo.commit(..., email.write)`, then `send`.

    Args:
        template: a name of `templates()`.
        to: one address.
        context: what the template is filled with; it is forgotten once the email is sent.
        idempotency_key: of one key there is one email.
        user_id: whose data this is; None for somebody without an account.
        pictures: SVGs of `core.charts` by name, of the names in the template's row. The worker that sends the email
            draws them, and the template shows those that could be drawn: `"name" in pictures`, `cid:name`.

    Raises:
        ValueError: no such template, a context or a picture that does not fit it, pictures that are too large, or an
            address of two lines.
    """
    rules.checked_context(template, frozenset(context))
    if "@" not in to or not to.isprintable():
        raise ValueError("an email goes to one address")
    email_id = rules.email_id(idempotency_key)
    write = Email.creation(
        email_id=email_id,
        template=template,
        to=to,
        user_id=user_id,
        context=context,
        pictures=rules.packed_pictures(template, pictures),
        now=now,
    )
    return Outgoing(email_id=email_id, write=write)


def send(*, email: Outgoing, jobs: JobQueue) -> None:
    """Ask for an email whose row is committed; where the asking is lost, `retry_outbox` finds it."""
    jobs.enqueue(SEND, {"email_id": email.email_id})


def export_owned_by(*, user_id: str) -> dict[str, Any]:
    """The emails to a user of the last 30 days, and what they unsubscribed from."""
    emails = list(Email.sent_to(user_id))
    scopes = {rules.EVERY_EMAIL} | {
        row.category for row in rules.TEMPLATES.values() if row.category
    }
    addresses = sorted({email.to for email in emails})
    return {
        "emails": [
            {
                "template": email.template,
                "to": email.to,
                "state": email.state,
                "created_at": email.created_at,
                "sent_at": email.sent_at,
            }
            for email in emails
        ],
        "not_mailed": [
            {"address": address, "what": scope, "why": why}
            for address in addresses
            for scope, why in sorted(
                Suppression.reasons(address_key=rules.address_key(address), scopes=scopes).items()
            )
        ],
    }


def erase_owned_by(*, user_id: str) -> None:
    """Remove the emails to a user, sent or not. That an address is not to be mailed stays known, hashed."""
    for email in list(Email.sent_to(user_id)):
        dynamo.commit(email.erasing())
