"""How do emails leave through Brevo's SMTP relay?"""

import contextlib
import smtplib
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr

from app.providers.mailer.interface import GiveUp, Message, Sender, TryAgain

USERNAME = "apikey"
TIMEOUT_SECONDS = 10.0
"""Of one step. A conversation has eight, which together stay below the lease of the outbox."""
FOR_GOOD = 500


class BrevoMailer:
    """An SMTP relay that is spoken to under TLS, with the API key as the password.

    Args:
        tls_from_the_start: as port 465 wants it; any other port is asked for it by STARTTLS.
        tls: what is required of the relay's certificate; the system's authorities where it is None.
    """

    def __init__(
        self,
        *,
        sender: Sender,
        host: str,
        port: int,
        api_key: str,
        tls_from_the_start: bool = False,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._sender = sender
        self._host = host
        self._port = port
        self._api_key = api_key
        self._tls_from_the_start = tls_from_the_start
        self._tls = tls

    def send(self, message: Message) -> None:
        """Hand over one email."""
        try:
            written = self._written(message)
        except (ValueError, UnicodeError) as error:
            raise GiveUp("message_refused") from error
        with _explained(), self._connection() as relay:
            relay.login(USERNAME, self._api_key)
            relay.send_message(written, from_addr=self._sender.email, to_addrs=[message.to])

    def _written(self, message: Message) -> EmailMessage:
        """The email as it travels. EmailMessage refuses a header of two lines."""
        written = EmailMessage(policy=SMTP)
        written["From"] = formataddr((self._sender.name, self._sender.email))
        written["To"] = message.to
        written["Subject"] = message.subject
        written["Date"] = format_datetime(datetime.now(UTC))
        written["Message-ID"] = f"<{message.email_id}@{self._sender.email.rpartition('@')[2]}>"
        for name, value in message.headers.items():
            written[name] = value
        written.set_content(message.text, cte="quoted-printable")
        written.add_alternative(message.html, subtype="html", cte="quoted-printable")
        *_, page = written.iter_parts()
        for name, png in message.pictures.items():
            page.add_related(
                png, "image", "png", cid=f"<{name}>", filename=f"{name}.png", disposition="inline"
            )
        return written

    @contextlib.contextmanager
    def _connection(self) -> Iterator[smtplib.SMTP]:
        """A connection under TLS.

        The farewell is not waited for: the email is taken by now, and every moment until the outbox knows is one
        in which a crash would send it again.
        """
        tls = self._tls or ssl.create_default_context()
        if self._tls_from_the_start:
            relay: smtplib.SMTP = smtplib.SMTP_SSL(
                self._host, self._port, timeout=TIMEOUT_SECONDS, context=tls
            )
        else:
            relay = smtplib.SMTP(self._host, self._port, timeout=TIMEOUT_SECONDS)
        try:
            if not self._tls_from_the_start:
                relay.starttls(context=tls)
            yield relay
            with contextlib.suppress(OSError, smtplib.SMTPException):
                relay.putcmd("QUIT")
        finally:
            relay.close()


@contextlib.contextmanager
def _explained() -> Iterator[None]:
    """Turn what can go wrong into "try again" or "give up".

    What is said of the account (a wrong key, a sender that is not verified) can be mended while the email waits;
    what is said of the email or its recipient stays.
    """
    try:
        yield
    except smtplib.SMTPAuthenticationError as error:
        raise TryAgain("not_authorised") from error
    except smtplib.SMTPSenderRefused as error:
        raise TryAgain("sender_refused") from error
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        raise _verdict("recipient_refused", max(codes)) from error
    except smtplib.SMTPDataError as error:
        raise _verdict("message_refused", error.smtp_code) from error
    except smtplib.SMTPNotSupportedError as error:
        raise TryAgain("no_tls_or_login") from error
    except (OSError, smtplib.SMTPException, UnicodeError) as error:
        raise TryAgain("no_answer") from error


def _verdict(reason: str, code: int) -> TryAgain | GiveUp:
    return GiveUp(reason) if code >= FOR_GOOD else TryAgain(reason)
