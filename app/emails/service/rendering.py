"""What does an email look like? Jinja2 fills it, and its style sheet is written into its elements.

Both libraries are imported when the first email is rendered, in a worker; the API never needs them.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from app.config import Settings
from app.emails import rules
from app.emails.models import Email
from app.emails.service.samples import SAMPLES
from app.providers.mailer.interface import Message

TEMPLATES = Path(__file__).parent.parent / "templates"
HAPPENINGS = {
    "password_changed": "Your password was changed",
    "new_sign_in": "New sign-in to your account",
    "sessions_ended": "You were signed out everywhere",
    "account_closed": "Your account was closed",
}
"""What a security alert may be about; any other text is shown as it is."""


class Unrenderable(Exception):
    """A template does not fit what it is to be filled with: a mistake of ours."""


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """An email as its reader sees it."""

    subject: str
    html: str
    text: str


def templates() -> list[str]:
    """The names of all kinds of email."""
    return sorted(rules.TEMPLATES)


def preview(*, template: str, settings: Settings) -> Rendered:
    """A kind of email filled with an example."""
    return _rendered(
        template,
        SAMPLES[template],
        pictures=rules.TEMPLATES[template].pictures,
        settings=settings,
        unsubscribe_url=_unsubscribe_url(template, "reader@example.com", settings),
    )


def message(*, email: Email, pictures: Mapping[str, bytes], settings: Settings) -> Message:
    """An email of the outbox, ready to be handed over.

    Args:
        pictures: what was drawn of its pictures, as PNG by name.

    Raises:
        Unrenderable.
    """
    url = _unsubscribe_url(email.template, email.to, settings)
    rendered = _rendered(
        email.template,
        email.context or {},
        pictures=frozenset(pictures),
        settings=settings,
        unsubscribe_url=url,
    )
    return Message(
        email_id=email.email_id,
        to=email.to,
        subject=rendered.subject,
        html=rendered.html,
        text=rendered.text,
        headers=_headers(email.template, url, settings),
        pictures=pictures,
    )


def _headers(template: str, url: str | None, settings: Settings) -> dict[str, str]:
    """No answer is expected from machines; and what a reader may refuse says how (RFC 2369 and RFC 8058)."""
    headers = {"Auto-Submitted": "auto-generated"}
    if url is not None:
        headers["List-Unsubscribe"] = f"<{url}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    elif _category(template) is not None:
        headers["List-Unsubscribe"] = f"<mailto:{settings.mail_sender_email}?subject=unsubscribe>"
    return headers


def _category(template: str) -> str | None:
    row = rules.TEMPLATES.get(template)
    return row.category if row else None


def _unsubscribe_url(template: str, to: str, settings: Settings) -> str | None:
    """Where a reader can refuse emails like this; None for what they have to be told, or with no address of ours."""
    category, api_url = _category(template), settings.public_api_url
    if category is None or api_url is None:
        return None
    token = rules.unsubscribe_token(category=category, address=to, secret=settings.jwt_secret)
    return f"{api_url}/emails/unsubscribe?token={quote(token)}"


def _rendered(
    template: str,
    context: Mapping[str, Any],
    *,
    pictures: Collection[str],
    settings: Settings,
    unsubscribe_url: str | None,
) -> Rendered:
    from jinja2 import TemplateError

    everything = {
        **dict.fromkeys(rules.TEMPLATES[template].optional if template in rules.TEMPLATES else ()),
        **context,
        "pictures": pictures,
        "app_url": settings.app_url,
        "brand": settings.mail_sender_name,
        "sender": settings.mail_sender_email,
        "category": _category(template),
        "unsubscribe_url": unsubscribe_url,
    }
    try:
        row = rules.TEMPLATES[template]
        subject = rules.one_line(_plain().from_string(row.subject).render(everything))
        html = _inliner().inline(
            _escaped().get_template(f"{template}.html").render(everything, title=subject)
        )
        text = _plain().get_template(f"{template}.txt").render(everything)
    except (TemplateError, KeyError, TypeError, ValueError) as error:
        raise Unrenderable(template) from error
    return Rendered(subject=subject, html=html, text=text.strip() + "\n")


@cache
def _escaped() -> Any:
    return _environment(autoescape=True)


@cache
def _plain() -> Any:
    return _environment(autoescape=False)


@cache
def _inliner() -> Any:
    from css_inline import CSSInliner

    return CSSInliner(load_remote_stylesheets=False)


def _environment(*, autoescape: bool) -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=autoescape,  # noqa: S701 - plain text and subjects are not HTML
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["greeting"] = rules.greeting_name
    made.filters["one_line"] = rules.one_line
    made.filters["moment"] = _moment
    made.filters["sentence"] = lambda what: HAPPENINGS.get(what, what)
    made.filters["paragraphs"] = _paragraphs
    return made


def _moment(value: datetime | str) -> str:
    """A moment in words, in UTC."""
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return f"{moment.astimezone(UTC):%-d %B %Y at %H:%M} UTC"


def _paragraphs(text: str) -> list[list[str]]:
    """A text's paragraphs, each as its lines."""
    blocks = text.replace("\r\n", "\n").replace("\r", "\n").split("\n\n")
    return [block.strip("\n").split("\n") for block in blocks if block.strip()]
