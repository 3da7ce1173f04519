"""What can be asked of whoever delivers emails, and what do they tell afterwards?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol


class TryAgain(Exception):
    """The email was not taken; the same one may be later.

    Attributes:
        reason: a word for the log: no_answer, throttled, not_authorised ... Never an address or a text of theirs.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class GiveUp(Exception):
    """This email will never be taken.

    Attributes:
        reason: a word for the log: recipient_refused, message_refused ... Never an address or a text of theirs.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class UntrustedNotice(GiveUp):
    """A notice that does not come from where ours come from."""


@dataclass(frozen=True, kw_only=True)
class Sender:
    """Whom emails come from."""

    email: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Message:
    """One email to one person.

    Attributes:
        email_id: goes along as its Message-ID or tag, so that an email that was asked for twice can be told.
        headers: besides the usual ones; names and values of one line.
        pictures: PNGs by name, shown where the HTML says <img src="cid:the-name">.
    """

    email_id: str
    to: str
    subject: str
    html: str
    text: str
    headers: Mapping[str, str] = field(default_factory=dict)
    pictures: Mapping[str, bytes] = field(default_factory=dict)


class Mailer(Protocol):
    """Whoever delivers emails."""

    def send(self, message: Message) -> None:
        """Hand over one email, once: nothing is repeated that the other side may have taken.

        Raises:
            TryAgain: it was not taken, or no answer said so.
            GiveUp: it was refused for good.
        """


@dataclass(frozen=True, kw_only=True)
class Notice:
    """What a notice about delivered emails says.

    Attributes:
        bounced: addresses that do not exist, or never take mail.
        complained: addresses whose readers called an email of ours unwanted.
        confirmation_url: where the sender of notices wants to hear that they may come; None for an ordinary one.
    """

    bounced: tuple[str, ...] = ()
    complained: tuple[str, ...] = ()
    confirmation_url: str | None = None


class MailNotices(Protocol):
    """Whoever tells what became of emails."""

    def read(self, envelope: Mapping[str, Any], *, now: datetime) -> Notice:
        """What a notice says, once its origin was checked.

        Raises:
            UntrustedNotice: the signature, the certificate or the topic is not what it must be.
            TryAgain: the certificate could not be fetched.
        """

    def confirm(self, notice: Notice) -> None:
        """Say that notices may come.

        Raises:
            TryAgain: nobody heard it.
        """
