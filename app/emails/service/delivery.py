"""How does an email of the outbox reach its reader: surely, and once?

Tasks are delivered at least once, and workers die. So an email is taken by a conditional write that gives its sender
a lease, and settled by another one. Whoever comes second finds it taken or settled; one whose sender died is taken
again when the lease has run out. What no order of steps can close is the moment between the provider's "accepted"
and our writing that down: neither SES nor SMTP knows an idempotency key, so a process that dies in it, or an answer
that gets lost on the way, makes the email go out twice. That moment is one DynamoDB update long: all that can be
done before (reading, suppression, drawing, rendering) is done before the email is taken. Each copy carries the same
id, as the Message-ID over SMTP and as the tag `email_id` through SES, so that copies can be told.
"""

import logging
import math
from datetime import datetime

from app.config import Settings
from app.core import dynamo
from app.emails import rules
from app.emails.models import Email
from app.emails.service import rendering
from app.emails.service.outbox import SEND
from app.emails.service.suppression import why_unwanted
from app.providers.job_queue.interface import JobQueue
from app.providers.mailer.interface import GiveUp, Mailer, Message, TryAgain
from app.providers.pictures.interface import GiveUp as CanNotDraw
from app.providers.pictures.interface import Pictures

log = logging.getLogger(__name__)

MOST_RETRIED = 1_000
"""Emails that one run of `retry_outbox` asks for; the next minute's run asks for more."""


def deliver(
    *,
    email_id: str,
    mailer: Mailer,
    pictures: Pictures,
    jobs: JobQueue,
    settings: Settings,
    chance: float,
    now: datetime,
) -> None:
    """Send an email of the outbox, unless it is settled, taken, or its time has not come.

    A failure that may pass is written down and tried again later; it is not raised.

    Args:
        chance: from 0 to below 1, spreads the next attempts out.
    """
    email = Email.of(email_id)
    if email is None or not email.may_be_taken(now):
        return
    message = _message(email, pictures=pictures, settings=settings, now=now)
    if message is None or not _held(email.taking(now=now)):
        return
    try:
        mailer.send(message)
    except TryAgain as trouble:
        _postpone(email, trouble, jobs=jobs, chance=chance, now=now)
    except GiveUp as refusal:
        _give_up(email, reason=refusal.reason)
    else:
        _held(email.sending_ended(now=now))  # False where the row was erased meanwhile
        log.info("emails.sent", extra=_facts(email))


def retry_outbox(*, jobs: JobQueue, now: datetime) -> None:
    """Ask again for the emails whose task was lost or whose sender died."""
    overdue = Email.overdue(now=now, limit=MOST_RETRIED)
    for email_id in overdue:
        jobs.enqueue(SEND, {"email_id": email_id})
    if overdue:
        log.warning("emails.asked_for_again", extra={"count": len(overdue)})


def _message(
    email: Email, *, pictures: Pictures, settings: Settings, now: datetime
) -> Message | None:
    """What is to be handed over; None where the email is dropped instead."""
    unwanted = why_unwanted(template=email.template, to=email.to)
    if unwanted is not None:
        _drop(email, state=rules.SUPPRESSED, reason=unwanted, now=now)
        return None
    if not rules.may_try_again(attempts=int(email.attempts)):
        _drop(email, state=rules.FAILED, reason=email.reason or "no_verdict", now=now)
        return None
    try:
        return rendering.message(email=email, pictures=_drawn(email, pictures), settings=settings)
    except rendering.Unrenderable:
        log.exception("emails.unrenderable", extra={"template": email.template})
        _drop(email, state=rules.FAILED, reason="unrenderable", now=now)
        return None


def _drawn(email: Email, pictures: Pictures) -> dict[str, bytes]:
    """The pictures of an email as PNG. One that can't be drawn is missing: the words say the same."""
    drawn = {}
    for name, svg in rules.unpacked_pictures(email.pictures).items():
        try:
            drawn[name] = pictures.png(svg=svg, width=rules.PICTURE_PIXELS)
        except CanNotDraw:
            log.exception("emails.picture_left_out", extra={**_facts(email), "picture": name})
    return drawn


def _postpone(
    email: Email, trouble: TryAgain, *, jobs: JobQueue, chance: float, now: datetime
) -> None:
    attempts = int(email.attempts) + 1
    if not rules.may_try_again(attempts=attempts):
        _give_up(email, reason=trouble.reason)
        return
    wait = rules.delay(attempts=attempts, chance=chance)
    if not _held(email.postponing(until=now + wait, reason=trouble.reason)):
        return
    jobs.enqueue(SEND, {"email_id": email.email_id}, delay_seconds=math.ceil(wait.total_seconds()))
    log.warning("emails.postponed", extra={**_facts(email), "reason": trouble.reason})


def _drop(email: Email, *, state: str, reason: str, now: datetime) -> None:
    _settle(email, email.dropping(state=state, reason=reason, now=now), state=state, reason=reason)


def _give_up(email: Email, *, reason: str) -> None:
    _settle(email, email.giving_up(reason=reason), state=rules.FAILED, reason=reason)


def _settle(email: Email, write: dynamo.Write, *, state: str, reason: str) -> None:
    if _held(write):
        level = logging.ERROR if state == rules.FAILED else logging.INFO
        log.log(level, f"emails.{state}", extra={**_facts(email), "reason": reason})  # noqa: G004 - the event


def _facts(email: Email) -> dict[str, object]:
    return {"outbox_id": email.email_id, "template": email.template, "attempts": email.attempts + 1}


def _held(write: dynamo.Write) -> bool:
    """Carry out a conditional change; whether its condition held."""
    try:
        dynamo.commit(write)
    except dynamo.ConditionFailed:
        return False
    return True
