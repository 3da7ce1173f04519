"""Who is not to be mailed any more, because mail bounced, or because they said so?"""

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.config import Settings
from app.core import dynamo, errors
from app.emails import rules
from app.emails.models import Suppression
from app.providers.mailer.interface import MailNotices, TryAgain, UntrustedNotice

log = logging.getLogger(__name__)

BOUNCED, COMPLAINED, UNSUBSCRIBED = "bounced", "complained", "unsubscribed"


class NoticeNotTrusted(errors.Forbidden):
    """A notice whose signature, certificate or topic is not what it must be."""

    code = "notice_not_trusted"
    message = "This is not a signed SNS message of a topic that is listened to."


class NoticesUnavailable(errors.ServiceUnavailable):
    """SNS did not answer."""

    code = "mail_notices_unavailable"
    message = "SNS did not answer, so the notice could not be checked. Send it again."


class UnknownUnsubscribeLink(errors.NotFound):
    """A link that no email of ours holds."""

    code = "unsubscribe_link_not_found"
    message = "This link is not complete. Open it from the email again."


def take_notice(*, envelope: Mapping[str, Any], notices: MailNotices, now: datetime) -> int:
    """Heed what became of emails: mail no more where they bounced for good or were called unwanted.

    The same notice may come twice; the second changes nothing. A topic that asks to be confirmed is.

    Returns:
        How many addresses are newly not mailed.

    Raises:
        NoticeNotTrusted, NoticesUnavailable.
    """
    try:
        notice = notices.read(envelope, now=now)
        notices.confirm(notice)
    except UntrustedNotice as error:
        log.warning("emails.notice_refused", extra={"reason": error.reason})
        raise NoticeNotTrusted from None
    except TryAgain as error:
        raise NoticesUnavailable(retry_after_seconds=30) from error
    reasons = [(address, BOUNCED) for address in notice.bounced]
    reasons += [(address, COMPLAINED) for address in notice.complained]
    return sum(
        _suppress(scope=rules.EVERY_EMAIL, key=rules.address_key(address), reason=reason, now=now)
        for address, reason in reasons
    )


def why_unwanted(*, template: str, to: str) -> str | None:
    """Why an address is not to get emails of this kind (bounced, complained or unsubscribed); None where it may."""
    row = rules.TEMPLATES.get(template)
    scopes = {rules.EVERY_EMAIL} | ({row.category} if row and row.category else set())
    found = Suppression.reasons(address_key=rules.address_key(to), scopes=scopes)
    return next(iter(sorted(found.values())), None)


def check_unsubscribe_link(*, token: str, settings: Settings) -> None:
    """Require that the link stood in an email of ours.

    Raises:
        UnknownUnsubscribeLink.
    """
    _read(token, settings)


def unsubscribe(*, token: str, settings: Settings, now: datetime) -> None:
    """Mail this reader no more of the category that their link names; a second time changes nothing.

    Raises:
        UnknownUnsubscribeLink.
    """
    category, key = _read(token, settings)
    _suppress(scope=category, key=key, reason=UNSUBSCRIBED, now=now)


def subscribe_again(*, category: str, to: str) -> None:
    """Mail a reader a category again that they unsubscribed from; where they didn't, nothing changes.

    Addresses that bounced or complained stay suppressed.
    """
    withdrawn = Suppression.withdrawal(
        scope=category, address_key=rules.address_key(to), reason=UNSUBSCRIBED
    )
    try:
        dynamo.commit(withdrawn)
    except dynamo.ConditionFailed:
        return
    log.info("emails.reader_subscribed", extra={"scope": category})


def _read(token: str, settings: Settings) -> tuple[str, str]:
    secrets = [settings.jwt_secret, settings.jwt_previous_secret]
    found = rules.read_unsubscribe_token(
        token, secrets=[secret for secret in secrets if secret is not None]
    )
    if found is None:
        raise UnknownUnsubscribeLink
    return found


def _suppress(*, scope: str, key: str, reason: str, now: datetime) -> bool:
    try:
        dynamo.commit(Suppression.creation(scope=scope, address_key=key, reason=reason, now=now))
    except dynamo.ConditionFailed:
        return False
    log.info("emails.reader_suppressed", extra={"scope": scope, "reason": reason})
    return True
