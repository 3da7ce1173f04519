"""How does somebody who forgot their password get a new one, without a stranger learning or blocking anything?

The request only names an email to a task, so that its answer and its time are the same for every address. The task
mails at most five links an hour to one account. As a link lasts an hour, too, whoever holds the mailbox always has
one that works, however often strangers ask.
"""

import contextlib
import logging
from datetime import datetime

from app.accounts import rules
from app.accounts.models import UniqueKey, User
from app.accounts.models.codes import OneTimeToken
from app.accounts.rules import codes
from app.accounts.service import guessing, letters
from app.accounts.service.password_policy import check_password
from app.config import Settings
from app.core import dynamo, errors, ids, passwords, throttle, tokens
from app.providers.job_queue.interface import GiveUp, JobQueue, TryAgain

log = logging.getLogger(__name__)

SEND_RESET = "accounts.send_reset"
LINKS = throttle.Limit(name="reset-links", count=5, window_seconds=60 * 60)


def ask_for_reset(*, email: str, jobs: JobQueue) -> None:
    """Have a link sent to whoever has an account with this email.

    Raises:
        errors.ServiceUnavailable: the queue takes no work now, for nobody.
    """
    try:
        jobs.ask(SEND_RESET, {"email": email, "request_id": ids.new_id()})
    except (TryAgain, GiveUp):
        log.exception("accounts.reset_not_asked")
        raise errors.ServiceUnavailable(retry_after_seconds=5) from None


def send_reset(
    *, email: str, request_id: str, settings: Settings, jobs: JobQueue, now: datetime
) -> None:
    """Mail a link to the active account with this email, if there is one; once for a request."""
    user_id = UniqueKey.holder(kind="email", value=email)
    user = User.of(user_id) if user_id else None
    if user is None or user.status != rules.ACTIVE:
        return
    try:
        throttle.use(LINKS, subject=user.user_id, now=now)
    except throttle.TooManyAttempts:
        log.info("accounts.reset_not_mailed")
        return
    letter = letters.to_reset(user=user, request_id=request_id, settings=settings, now=now)
    with contextlib.suppress(dynamo.ConditionFailed):  # the task ran before: its email is written
        dynamo.commit(*letter.writes)
    letters.post(letters=[letter], jobs=jobs)


def reset_password(
    *, token: str, password: str, ip: str | None, settings: Settings, jobs: JobQueue, now: datetime
) -> None:
    """Give an account the password that the holder of its mailbox chose, and end all its sign-ins.

    Raises:
        tokens.InvalidToken: not such a token, expired, used, or the password or account changed since.
        password_policy.WeakPassword: the policy asks for more; the token stays good.
    """
    row, user = _redeemable(token, now)
    check_password(password=password, strong=False, settings=settings)
    password_hash = passwords.hashed(password, rounds=settings.password_hash_rounds)
    while True:  # each round again follows a change that somebody else made
        letter = letters.password_was_changed(user=user, key=row.token_hash, ip=ip, now=now)
        change = user.password_changed(password_hash=password_hash, now=now)
        try:
            dynamo.commit(row.use(now), change, *letter.writes)
        except dynamo.ConditionFailed:  # used or changed meanwhile: does the token still hold?
            row, user = _redeemable(token, now)
        else:
            break
    guessing.trust(logins=[user.email, user.username], address=ip)
    letters.post(letters=[letter], jobs=jobs)


def _redeemable(token: str, now: datetime) -> tuple[OneTimeToken, User]:
    row = OneTimeToken.of(token, purpose=codes.RESET_PASSWORD, now=now)
    user = User.of(row.user_id) if row and row.used_at is None else None
    if (
        row is None
        or user is None
        or user.status != rules.ACTIVE
        or row.bound_to != codes.mark(user.password_hash)
    ):
        raise tokens.InvalidToken("This link has expired or was used. Ask for a new one.")
    return row, user
