"""Which emails are there, when is one tried again, and which links let a reader unsubscribe?"""

import base64
import hashlib
import hmac
import json
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

QUEUED, SENDING, SENT, FAILED, SUPPRESSED = "queued", "sending", "sent", "failed", "suppressed"

FIRST_DELAY_SECONDS = 10
LONGEST_DELAY_SECONDS = 2 * 3600
MOST_ATTEMPTS = 20
"""With the delays above, about 20 hours: an outage of a night is survived."""

LEASE = timedelta(minutes=3)
"""How long a sender has an email to itself: longer than any mailer takes to answer or to give up waiting."""
OVERDUE_AFTER = timedelta(minutes=1)
"""So late after its time an email is asked for again: its task was lost, or the process that ran it died."""
KEPT_FOR = timedelta(days=30)
"""How long a row, and with it its idempotency key, is kept."""

EVERY_EMAIL = "every"
"""The scope of a suppression that holds for all emails; the others are categories."""

MOST_PICTURES = 3
LARGEST_PICTURE = 100_000
"""Characters of one picture's SVG; a line of 500 points has 16,000."""
LARGEST_PACKED = 100_000
"""Bytes of an email's pictures as they are stored; a row may have four times as much. That line has 4,000."""
PICTURE_PIXELS = 1_040
"""How wide pictures are sent: twice what they are shown, so that they are sharp on every screen."""

LONGEST_SUBJECT = 200
LONGEST_NAME = 40
_LINK_LIKE = re.compile(r"[/\\:@]|\.\S", re.ASCII)
_TOKEN_BYTES = 16


@dataclass(frozen=True, kw_only=True)
class Template:
    """One kind of email.

    Attributes:
        subject: in Jinja2, from the same context as the body.
        context: the names that the body is written from.
        optional: of these, the ones that may be missing.
        category: what a reader can unsubscribe from; None for what a person has to be told (transactional).
        pictures: the names of the pictures that it can show; its files do without those that are missing.
    """

    subject: str
    context: frozenset[str]
    optional: frozenset[str] = frozenset()
    category: str | None = None
    pictures: frozenset[str] = frozenset()


def _names(*names: str) -> frozenset[str]:
    return frozenset(names)


TEMPLATES: Mapping[str, Template] = {
    "welcome": Template(subject="Welcome to InvestForge", context=_names("name")),
    "verify_email": Template(
        subject="Confirm your email address", context=_names("name", "link", "token", "hours")
    ),
    "reset_password": Template(
        subject="Choose a new password", context=_names("name", "link", "token", "hours")
    ),
    "security_alert": Template(
        subject="Security alert: {{ what | sentence }}",
        context=_names("name", "what", "at", "ip"),
        optional=_names("name", "at", "ip"),
    ),
    "new_signup": Template(
        subject="New signup awaits approval: {{ username }}",
        context=_names("username", "email", "user_id"),
    ),
    "approved": Template(subject="Your account is approved", context=_names("name")),
    "usage_nearly_used": Template(
        subject="You have used {{ used }} of {{ limit }} {{ feature }}",
        context=_names("name", "feature", "used", "limit", "plan", "resets_at", "larger_plans"),
        category="usage",
    ),
    "usage_used_up": Template(
        subject="Your {{ feature }} are used up until {{ resets_at | moment }}",
        context=_names("name", "feature", "used", "limit", "plan", "resets_at", "larger_plans"),
        category="usage",
    ),
    "plan_changed": Template(
        subject="Welcome to {{ plan }}",
        context=_names("name", "plan", "price", "api_calls", "renews_at", "trial_ends_at"),
        optional=_names("name", "trial_ends_at"),
    ),
    "plan_ended": Template(
        subject="Your {{ plan }} plan has ended",
        context=_names("name", "plan", "free"),
        optional=_names("name"),
    ),
    "plan_ends": Template(
        subject="Your {{ plan }} plan ends on {{ ends_at | moment }}",
        context=_names("name", "plan", "ends_at"),
        optional=_names("name"),
    ),
    "payment_failed": Template(
        subject="Your payment for {{ plan }} failed",
        context=_names("name", "plan", "kept_until"),
        optional=_names("name", "kept_until"),
    ),
    "trial_ends": Template(
        subject="Your trial of {{ plan }} ends on {{ trial_ends_at | moment }}",
        context=_names("name", "plan", "price", "trial_ends_at"),
        optional=_names("name"),
    ),
    "waitlist_joined": Template(
        subject="You are number {{ position }} on the waitlist",
        context=_names("position", "link", "token", "referral_code", "share_link"),
    ),
    "waitlist_invited": Template(
        subject="Your invitation to InvestForge", context=_names("email", "link")
    ),
    "offer_made": Template(
        subject="Your offer for {{ item }} was sent",
        context=_names("name", "item", "price", "expires_at"),
        optional=_names("name", "expires_at"),
        category="offers",
    ),
    "offer_received": Template(
        subject="An offer of {{ price }} for {{ item }}",
        context=_names("name", "item", "price", "expires_at"),
        optional=_names("name", "expires_at"),
        category="offers",
    ),
    "offer_accepted": Template(
        subject="Your offer for {{ item }} was accepted",
        context=_names("name", "item", "price"),
        optional=_names("name"),
    ),
    "item_sold": Template(
        subject="You sold {{ item }}",
        context=_names("name", "item", "price"),
        optional=_names("name"),
    ),
    "offer_declined": Template(
        subject="The offer for {{ item }} was declined",
        context=_names("name", "item", "price"),
        optional=_names("name"),
        category="offers",
    ),
    "offer_withdrawn": Template(
        subject="The offer for {{ item }} was withdrawn",
        context=_names("name", "item", "price"),
        optional=_names("name"),
        category="offers",
    ),
    "offer_expired": Template(
        subject="The offer for {{ item }} has expired",
        context=_names("name", "item", "price"),
        optional=_names("name"),
        category="offers",
    ),
    "offer_closed": Template(
        subject="{{ item }} is no longer for sale",
        context=_names("name", "item", "price"),
        optional=_names("name"),
        category="offers",
    ),
    "price_alert": Template(
        subject="{{ headline }}",
        context=_names(
            "name", "headline", "symbol", "price", "line", "note", "at", "rests_until", "comes_back"
        ),
        optional=_names("name", "note"),
        category="price_alerts",
    ),
    "weekly_digest": Template(
        subject="Your week{% if time_weighted_return %}: {{ time_weighted_return }}{% endif %}",
        context=_names(
            "name",
            "first_day",
            "last_day",
            "value",
            "value_before",
            "paid_in",
            "taken_out",
            "time_weighted_return",
            "movers",
            "alerts",
            "unpriced",
        ),
        optional=_names("name", "paid_in", "taken_out", "time_weighted_return"),
        category="weekly_digest",
        pictures=_names("performance"),
    ),
    "notification": Template(
        subject="{{ subject }}",
        context=_names("subject", "message", "type"),
        optional=_names("type"),
        category="notification",
    ),
}
"""The one table of emails. A new kind is a row here and two files of its name in templates/."""


def checked_context(template: str, given: frozenset[str]) -> None:
    """Refuse a context that does not fit its template.

    Raises:
        ValueError: there is no such template, or names are missing or unknown; it tells no value.
    """
    row = TEMPLATES.get(template)
    if row is None:
        raise ValueError(f"there is no email template {template!r}")
    missing, unknown = row.context - row.optional - given, given - row.context
    if missing or unknown:
        raise ValueError(
            f"email template {template!r} lacks {sorted(missing)} and does not know {sorted(unknown)}"
        )


def packed_pictures(template: str, pictures: Mapping[str, str]) -> bytes | None:
    """Pictures as they are stored, or None for none.

    Raises:
        ValueError: the template, which is one of the table, knows no such picture, or they are too large.
    """
    unknown = frozenset(pictures) - TEMPLATES[template].pictures
    if unknown:
        raise ValueError(f"email template {template!r} shows no picture {sorted(unknown)}")
    longest = max(map(len, pictures.values()), default=0)
    packed = zlib.compress(json.dumps(dict(pictures)).encode())
    if len(pictures) > MOST_PICTURES or longest > LARGEST_PICTURE or len(packed) > LARGEST_PACKED:
        raise ValueError(
            f"an email takes {MOST_PICTURES} pictures of {LARGEST_PICTURE} characters and {LARGEST_PACKED} bytes "
            f"packed, not {len(pictures)} of {longest} and {len(packed)}"
        )
    return packed if pictures else None


def unpacked_pictures(packed: bytes | None) -> dict[str, str]:
    """The pictures that were stored: SVG by name."""
    return dict(json.loads(zlib.decompress(packed))) if packed else {}


def email_id(idempotency_key: str) -> str:
    """The id of the one email that a key stands for; it tells nothing of the key."""
    return hashlib.sha256(b"investforge email:" + idempotency_key.encode()).hexdigest()[:32]


def canonical(address: str) -> str:
    """The spelling under which an address is looked up."""
    return address.strip().lower()


def address_key(address: str) -> str:
    """What stands for an address where the address itself is not kept."""
    return hashlib.sha256(canonical(address).encode()).hexdigest()


def may_try_again(*, attempts: int) -> bool:
    """Whether an email that was tried so often may be tried once more."""
    return attempts < MOST_ATTEMPTS


def delay(*, attempts: int, chance: float) -> timedelta:
    """How long to wait after so many attempts: doubling, of which half is left to chance.

    Exponential back-off with "equal jitter"
    (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/): emails that failed together are
    not tried again together.

    Args:
        attempts: 1 after the first.
        chance: from 0 to below 1.
    """
    whole = min(FIRST_DELAY_SECONDS * 2 ** (attempts - 1), LONGEST_DELAY_SECONDS)
    return timedelta(seconds=whole * (0.5 + chance / 2))


def one_line(text: str, *, longest: int = LONGEST_SUBJECT) -> str:
    """The text without line breaks and control characters, cut to a length: fit for a header."""
    visible = "".join(character if character.isprintable() else " " for character in text)
    line = " ".join(visible.split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def greeting_name(name: str | None) -> str:
    """How to address somebody: their name, or "there" where that is missing or looks like a link.

    Whoever signs up with a stranger's address chooses a name, too; a name must not make our email carry their link.
    """
    line = one_line(name or "", longest=LONGEST_NAME)
    return "there" if not line or _LINK_LIKE.search(line) else line


def unsubscribe_token(*, category: str, address: str, secret: str) -> str:
    """Proof that a reader of this address got an email of this category. It holds no address and does not expire."""
    payload = f"{category}.{address_key(address)}"
    return f"{payload}.{_signature(payload, secret)}"


def read_unsubscribe_token(token: str, *, secrets: Sequence[str]) -> tuple[str, str] | None:
    """The category and address key of a token that one of the secrets signed; None for any other."""
    payload, _, signature = token.rpartition(".")
    category, _, key = payload.partition(".")
    given = signature.encode("utf-8", "replace")
    genuine = any(
        hmac.compare_digest(_signature(payload, secret).encode(), given) for secret in secrets
    )
    return (category, key) if genuine else None


def _signature(payload: str, secret: str) -> str:
    key = b"investforge unsubscribe:" + secret.encode()
    digest = hmac.digest(key, payload.encode("utf-8", "replace"), "sha256")[:_TOKEN_BYTES]
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
