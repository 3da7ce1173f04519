"""What does Amazon SES tell through SNS of the emails that it took, and is it really Amazon who tells it?

SNS signs each message; what is signed and how is told at
https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html, what SES writes at
https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html.
"""

import base64
import http.client
import json
import re
import ssl
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from email.utils import parseaddr
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from app.providers.mailer.interface import Notice, TryAgain, UntrustedNotice
from app.providers.mailer.signature import Certificate, UnreadableCertificate

Fetch = Callable[[str], bytes]

TIMEOUT_SECONDS = 3.0
LARGEST_ANSWER = 64 * 1024
CERTIFICATES_KEPT = 8
TOPIC = re.compile(
    r"arn:aws(?P<china>-cn)?(?:-us-gov)?:sns:(?P<region>[a-z0-9-]{1,32}):[0-9]{12}:[\w-]{1,256}"
)
CERTIFICATE_PATH = re.compile(r"/[\w.-]+\.pem", re.ASCII)
SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": (
        *("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    ),
}
SIGNED["UnsubscribeConfirmation"] = SIGNED["SubscriptionConfirmation"]
DIGESTS = {"1": "sha1", "2": "sha256"}
NOT_UNWANTED = "not-spam"


class SnsNotices:
    """Notices that SES publishes to topics of ours.

    Args:
        topic_arns: the topics that are believed; no other is.
        fetch: gets what stands at a URL, TryAgain where nothing answers.
    """

    def __init__(self, *, topic_arns: Collection[str], fetch: Fetch | None = None) -> None:
        self._topic_arns = frozenset(topic_arns)
        self._fetch = fetch or over_https
        self._fetch_once = lru_cache(maxsize=CERTIFICATES_KEPT)(self._fetch)

    def read(self, envelope: Mapping[str, Any], *, now: datetime) -> Notice:
        """What a notice says, once its origin was checked; the topic first, which costs nothing."""
        topic = TOPIC.fullmatch(_text(envelope, "TopicArn"))
        if topic is None or topic.string not in self._topic_arns:
            raise UntrustedNotice("unknown_topic")
        host = f"sns.{topic['region']}.amazonaws.com" + (".cn" if topic["china"] else "")
        kind = _text(envelope, "Type")
        if kind not in SIGNED:
            raise UntrustedNotice("unknown_type")
        self._check_signature(envelope, kind=kind, host=host, now=now)
        if kind == "SubscriptionConfirmation":
            url = _text(envelope, "SubscribeURL")
            _check_url(url, host=host)
            return Notice(confirmation_url=url)
        return _told(_text(envelope, "Message")) if kind == "Notification" else Notice()

    def confirm(self, notice: Notice) -> None:
        """Visit where SNS wants to hear that notices may come."""
        if notice.confirmation_url is not None:
            self._fetch(notice.confirmation_url)

    def _check_signature(
        self, envelope: Mapping[str, Any], *, kind: str, host: str, now: datetime
    ) -> None:
        digest = DIGESTS.get(_text(envelope, "SignatureVersion"))
        if digest is None:
            raise UntrustedNotice("unknown_signature_version")
        url = _text(envelope, "SigningCertURL")
        if not CERTIFICATE_PATH.fullmatch(_check_url(url, host=host)):
            raise UntrustedNotice("foreign_certificate")
        try:
            signature = base64.b64decode(_text(envelope, "Signature"), validate=True)
            certificate = Certificate.from_pem(self._fetch_once(url))
        except (ValueError, UnreadableCertificate) as error:
            raise UntrustedNotice("unreadable_signature") from error
        if not certificate.is_valid_at(now):
            raise UntrustedNotice("certificate_expired")
        signed = _signed_text(envelope, kind)
        if not certificate.signed(signed, signature=signature, digest=digest):
            raise UntrustedNotice("wrong_signature")


def over_https(url: str, *, tls: ssl.SSLContext | None = None) -> bytes:
    """What stands at an https URL. A redirect is no answer: it would lead to where nobody has looked.

    Raises:
        TryAgain: nothing answered, or something else than 200.
    """
    parts = urlsplit(url)
    connection = http.client.HTTPSConnection(parts.netloc, timeout=TIMEOUT_SECONDS, context=tls)
    try:
        connection.request("GET", f"{parts.path or '/'}?{parts.query}")
        with connection.getresponse() as answer:
            if answer.status != http.HTTPStatus.OK:
                raise TryAgain(f"answered_{answer.status}")
            return answer.read(LARGEST_ANSWER)
    except (OSError, http.client.HTTPException) as error:
        raise TryAgain("no_answer") from error
    finally:
        connection.close()


def _text(envelope: Mapping[str, Any], name: str) -> str:
    value = envelope.get(name)
    if not isinstance(value, str):
        raise UntrustedNotice("incomplete")
    return value


def _check_url(url: str, *, host: str) -> str:
    """What a URL that leads to `host` by https, at its usual port, names there."""
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise UntrustedNotice("foreign_url") from error
    plain = url.isascii() and url.isprintable() and " " not in url
    if (parts.scheme, parts.netloc) != ("https", host) or not plain:
        raise UntrustedNotice("foreign_url")
    return url.removeprefix(f"https://{host}")


def _signed_text(envelope: Mapping[str, Any], kind: str) -> bytes:
    present = [name for name in SIGNED[kind] if name != "Subject" or envelope.get(name) is not None]
    text = "".join(f"{name}\n{_text(envelope, name)}\n" for name in present)
    return text.encode("utf-8", "surrogatepass")


def _told(message: str) -> Notice:
    """What SES wrote, as notification (notificationType) or event (eventType). Other texts tell of nobody."""
    try:
        found = json.loads(message)
    except (ValueError, RecursionError):
        return Notice()
    if not isinstance(found, dict):
        return Notice()
    kind = found.get("eventType") or found.get("notificationType")
    bounce, complaint = found.get("bounce"), found.get("complaint")
    if kind == "Bounce" and isinstance(bounce, dict) and bounce.get("bounceType") == "Permanent":
        return Notice(bounced=_addresses(bounce.get("bouncedRecipients")))
    if (
        kind == "Complaint"
        and isinstance(complaint, dict)
        and complaint.get("complaintFeedbackType") != NOT_UNWANTED
    ):
        return Notice(complained=_addresses(complaint.get("complainedRecipients")))
    return Notice()


def _addresses(recipients: Any) -> tuple[str, ...]:
    given = recipients if isinstance(recipients, list) else []
    found = [
        parseaddr(str(recipient.get("emailAddress", "")))[1]
        for recipient in given
        if isinstance(recipient, dict)
    ]
    return tuple(address for address in found if "@" in address)
