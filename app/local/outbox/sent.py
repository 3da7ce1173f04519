"""What was sent, as those who carried it tell: the local AWS (SES, SNS) and the stand-in for Firebase.

Nothing is kept here. Who doesn't answer is named, and the rest is shown.
"""

import json
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

TIMEOUT_SECONDS = 2
SUFFIX_LENGTH = 6

Found = TypeVar("Found")


@dataclass(frozen=True, kw_only=True)
class Email:
    """One email; `number` counts from the first that was sent."""

    number: int
    sender: str
    recipients: tuple[str, ...]
    subject: str
    text: str
    html: str | None
    sent_at: datetime


@dataclass(frozen=True, kw_only=True)
class Conversation:
    """The text messages that one phone got, the newest first. SNS's record of them holds no times."""

    phone: str
    texts: tuple[str, ...]

    @property
    def count(self) -> int:
        """How many messages there are."""
        return len(self.texts)


@dataclass(frozen=True, kw_only=True)
class Pushed:
    """One push notification, on one device."""

    title: str
    body: str
    data: Mapping[str, str]
    token_suffix: str
    sent_at: datetime


@dataclass(frozen=True, kw_only=True)
class Sent:
    """All of it, the newest first; `silent` names the carriers that did not answer."""

    emails: list[Email]
    conversations: list[Conversation]
    pushes: list[Pushed]
    silent: list[str] = field(default_factory=list)


class Carriers:
    """Those who carried it, and where they answer."""

    def __init__(self, *, aws_url: str, standins_url: str) -> None:
        self._aws_url = aws_url
        self._standins_url = standins_url

    def sent(self) -> Sent:
        """What was sent until now."""
        silent: list[str] = []

        def told(carrier: str, url: str, read: Callable[[Any], list[Found]]) -> list[Found]:
            try:
                return read(_answer(url))
            except (OSError, ValueError, KeyError, TypeError):
                silent.append(carrier)
                return []

        emails = f"{self._aws_url}/_ministack/ses/messages"
        texts = f"{self._aws_url}/_ministack/sns/sms-messages"
        pushes = f"{self._standins_url}/firebase/_pushes"
        return Sent(
            emails=told("SES", emails, _emails),
            conversations=told("SNS", texts, _conversations),
            pushes=told("Firebase's stand-in", pushes, _pushes),
            silent=silent,
        )


def _answer(url: str) -> Any:
    # A proxy of the user's network has no business here.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=TIMEOUT_SECONDS) as answer:
        return json.load(answer)


def _emails(answer: Any) -> list[Email]:
    records: list[Mapping[str, Any]] = [
        record for account in answer["messages"].values() for record in account
    ]
    in_order = sorted(records, key=lambda record: float(record["Timestamp"]))
    found = [_email(number, record) for number, record in enumerate(in_order, start=1)]
    return found[::-1]


def _email(number: int, record: Mapping[str, Any]) -> Email:
    recipients = (*record["To"], *record["CC"], *record["BCC"])
    return Email(
        number=number,
        sender=str(record["Source"]),
        recipients=tuple(str(recipient) for recipient in recipients),
        subject=str(record["Subject"] or "(no subject)"),
        text=str(record["BodyText"] or ""),
        html=str(record["BodyHtml"]) if record["BodyHtml"] else None,
        sent_at=datetime.fromtimestamp(float(record["Timestamp"]), UTC),
    )


def _conversations(answer: Any) -> list[Conversation]:
    phones: Mapping[str, Sequence[Mapping[str, Any]]] = answer["sms_messages"]
    found = [
        Conversation(phone=phone, texts=tuple(str(one["Message"]) for one in reversed(records)))
        for phone, records in phones.items()
    ]
    return found[::-1]


def _pushes(answer: Any) -> list[Pushed]:
    found = [_pushed(record["message"], record["at"]) for record in answer]
    return found[::-1]


def _pushed(message: Mapping[str, Any], at: str) -> Pushed:
    shown = message.get("notification", {})
    return Pushed(
        title=str(shown.get("title", "")),
        body=str(shown.get("body", "")),
        data={str(name): str(value) for name, value in message.get("data", {}).items()},
        token_suffix=str(message["token"])[-SUFFIX_LENGTH:],
        sent_at=datetime.fromisoformat(at),
    )
