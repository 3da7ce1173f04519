"""How does somebody sign in with a phone and the code that was sent to it?

The account is made when a code was right, not when it was asked for, so that nobody fills the table with numbers of
others. The text message is sent by the request itself: the code then stands in no queue and no dead letter, and an
outage is told at once.
"""

import logging
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.accounts import rules
from app.accounts.authentication import InactiveAccount
from app.accounts.models import UniqueKey, User
from app.accounts.models.codes import LoginCode, LoginTries
from app.accounts.models.sign_ins import PHONE
from app.accounts.rules import codes
from app.accounts.service.creation import refuse_uninvited
from app.accounts.service.signing_in import LOGIN, SIGNUP, Device, SignedIn, started
from app.analytics import service as analytics
from app.config import Settings
from app.core import dynamo, errors, ids, throttle
from app.providers.sms.interface import GiveUp, Sms, TryAgain

log = logging.getLogger(__name__)

TEXT = "Your Offers login code is {code}"
A_MINUTE = throttle.Limit(name="sms-minute", count=1, window_seconds=60)
A_DAY = throttle.Limit(name="sms-day", count=10, window_seconds=24 * 60 * 60)


class WrongCode(errors.Unauthorized):
    """Not the code, or its time or tries are over; a phone that the session is not of is told the same."""

    code = "wrong_code"
    message = (
        "This is not the code that we sent, or it was used or has expired. "
        "details.attempts_remaining says how many tries are left."
    )


class PhoneNotReachable(errors.Unprocessable):
    """The number can't be, or its owner wants no text messages."""

    code = "phone_not_reachable"
    message = "No text message can be sent to this number. Check it, or use another."


@dataclass(frozen=True, kw_only=True)
class StartedLogin:
    """A code is on its way; the session is for whoever asked for it."""

    session: str
    code: str


def start_phone_login(
    *, phone: str, device: Device, sms: Sms, settings: Settings, now: datetime
) -> StartedLogin:
    """Send a code to a phone: one a minute and ten a day at most.

    Where the answer shows the code (`SMS_DEV_ECHO`), a text message that could not be sent is no failure.

    Raises:
        throttle.TooManyAttempts.
        PhoneNotReachable: nor will it be later.
        errors.ServiceUnavailable: text messages don't go out now; the minute is given back.
    """
    for limit in (A_MINUTE, A_DAY):
        throttle.use(limit, subject=phone, now=now)
    code = codes.code_of(secrets.randbelow(10**codes.CODE_DIGITS))
    session = ids.new_secret()
    stored = LoginCode.creation(
        session=session,
        code_hash=codes.code_hash(
            secret=settings.jwt_secret, session=session, phone=phone, code=code
        ),
        tries_key=codes.tries_key(
            secret=settings.jwt_secret, phone=phone, address=device.ip or "unknown"
        ),
        lasts=timedelta(seconds=settings.otp_ttl_seconds),
        now=now,
    )
    dynamo.commit(stored)
    try:
        sms.send(phone, TEXT.format(code=code))
    except (TryAgain, GiveUp) as trouble:
        log.warning("accounts.text_not_sent", extra={"reason": str(trouble)})
        if not settings.sms_dev_echo:
            raise _told(trouble, phone) from None
    return StartedLogin(session=session, code=code)


def finish_phone_login(
    *, phone: str, code: str, session: str, device: Device, settings: Settings, now: datetime
) -> SignedIn:
    """Sign in by a code, and make the account on the first time.

    A wrong code leaves the session usable until its tries or its time run out.

    Raises:
        WrongCode.
        InactiveAccount: the code is right, but the account is pending or disabled.
        SignupByInvitation: the code is right, but the phone has no account, and signing up takes an invitation.
    """
    given = codes.code_hash(secret=settings.jwt_secret, session=session, phone=phone, code=code)
    while True:  # each round again follows a try or a change that somebody else made
        row = LoginCode.of(session, now=now)
        if row is None:
            raise WrongCode(details={"attempts_remaining": 0})
        before = LoginTries.so_far(row.tries_key)
        verdict = codes.judged(
            tries=before,
            matches=codes.is_same(row.code_hash, given),
            most=settings.otp_max_attempts,
            lasts=timedelta(seconds=settings.otp_ttl_seconds),
            now=now,
        )
        try:
            if verdict.right:
                spent = (row.use(), LoginTries.none_since(row.tries_key, before=before))
                return _signed_in(phone, spent, device, settings, now)
            if verdict.counted is not None:
                dynamo.commit(
                    LoginTries.counted(row.tries_key, before=before, after=verdict.counted)
                )
        except dynamo.ConditionFailed:
            continue
        raise WrongCode(details={"attempts_remaining": verdict.remaining})


def _signed_in(
    phone: str,
    spent: tuple[dynamo.Write, ...],
    device: Device,
    settings: Settings,
    now: datetime,
) -> SignedIn:
    user_id = UniqueKey.holder(kind="phone", value=phone)
    if user_id is None:
        refuse_uninvited(email=None, settings=settings)
        user = User(ids.new_id(), phone=phone, created_at=now, updated_at=now, last_login_at=now)
        claim = UniqueKey.claim(kind="phone", value=phone, user_id=user.user_id)
        entered = [user.creation(), claim]
    else:
        user = _active(user_id)
        user.last_login_at = now
        entered = [user.signed_in_at(now)]
    signed_in, row = started(user=user, device=device, settings=settings, now=now)
    row.came_by = PHONE
    told = analytics.happened(
        event_type=SIGNUP if user_id is None else LOGIN,
        user_id=user.user_id,
        event_data={"by": PHONE},
        now=now,
    )
    dynamo.commit(*spent, row.creation(), *entered, *told)
    return replace(signed_in, by_phone=True)


def _active(user_id: str) -> User:
    user = User.of(user_id)
    if user is None or user.status != rules.ACTIVE:
        raise InactiveAccount
    return user


def _told(trouble: TryAgain | GiveUp, phone: str) -> errors.AppError:
    if isinstance(trouble, GiveUp):
        return PhoneNotReachable()
    throttle.forget(A_MINUTE, subject=phone)
    return errors.ServiceUnavailable(retry_after_seconds=5)
