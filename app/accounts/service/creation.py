"""How does an account come to be: at once at /auth, awaiting approval at /api/v1, or by an operator?"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.accounts import rules
from app.accounts.models import APPROVAL, AccountTotal, UniqueKey, User
from app.accounts.models.invitations import Invitation
from app.accounts.service import letters
from app.accounts.service.password_policy import check_password
from app.accounts.service.preferences import merged
from app.accounts.service.signing_in import SIGNUP, Device, SignedIn, started
from app.analytics import service as analytics
from app.config import Settings
from app.core import dynamo, errors, ids, passwords
from app.providers.job_queue.interface import JobQueue

WAITLIST = "waitlist"


class UserExists(errors.Conflict):
    """The email or username is taken."""

    code = "user_exists"
    message = "An account with this email or username exists already. Sign in, or choose another."
    api_v1_status = 400


class SignupByInvitation(errors.Forbidden):
    """`SIGNUP_MODE` is waitlist, and the address was not invited."""

    code = "signup_by_invitation"
    message = (
        "Signing up takes an invitation. Join the waitlist with POST /waitlist/join; you are mailed when it "
        "is your turn. Then sign up with the address that was invited."
    )


class InvalidUsername(errors.Unprocessable):
    """Not a username."""

    code = "invalid_username"
    message = "A username is 3 to 30 letters, digits and underscores."
    api_v1_status = 400


class InvalidEmail(errors.Unprocessable):
    """Not an email address."""

    code = "invalid_email"
    message = "This is not an email address."
    api_v1_status = 400


def sign_up(
    *,
    email: str,
    password: str,
    username: str | None = None,
    first_name: str | None = None,
    last_name: str | None = None,
    full_name: str | None = None,
    plan: str | None = None,
    referral_source: str | None = None,
    preferences: Mapping[str, Any] | None = None,
    device: Device,
    settings: Settings,
    jobs: JobQueue,
    now: datetime,
) -> SignedIn:
    """Make an active account, sign it in, welcome its holder by email and ask them to verify it.

    The plan is only remembered: every account starts free.

    Raises:
        SignupByInvitation, UserExists, InvalidEmail, InvalidUsername, WeakPassword, PreferencesTooLarge.
    """
    refuse_uninvited(email=email, settings=settings)
    if full_name and not first_name and not last_name:
        first_name, last_name = rules.split_full_name(full_name)
    user = _checked(
        email=email,
        username=username,
        password=password,
        strong=False,
        settings=settings,
        now=now,
    )
    user.first_name, user.last_name = first_name, last_name
    user.intended_plan, user.referral_source = plan, referral_source
    user.preferences = merged(kept={}, given=preferences or {})
    user.last_login_at = now
    signed_in, sign_in = started(user=user, device=device, settings=settings, now=now)
    mail = [
        letters.welcome(user=user, now=now),
        letters.to_verify(user=user, settings=settings, now=now),
    ]
    _store(
        user,
        sign_in.creation(),
        *(write for letter in mail for write in letter.writes),
        *_signup(user, now),
    )
    letters.post(letters=mail, jobs=jobs)
    return signed_in


def request_account(
    *,
    username: str,
    email: str,
    password: str,
    settings: Settings,
    jobs: JobQueue,
    now: datetime,
) -> User:
    """Make an account that awaits an administrator's approval, and give it no tokens.

    `ADMIN_NOTIFICATION_EMAIL` is told; its holder is mailed once it is approved.

    Raises:
        SignupByInvitation, UserExists, InvalidEmail, InvalidUsername, WeakPassword.
    """
    refuse_uninvited(email=email, settings=settings)
    user = _checked(
        email=email.strip(),
        username=username.strip(),
        password=password,
        strong=True,
        settings=settings,
        now=now,
    )
    user.status, user.awaiting = rules.PENDING, APPROVAL
    whom = settings.admin_notification_email
    mail = [letters.new_signup(user=user, to=whom, now=now)] if whom else []
    _store(user, *(write for letter in mail for write in letter.writes), *_signup(user, now))
    letters.post(letters=mail, jobs=jobs)
    return user


def create_account(
    *, email: str, username: str, password: str, role: str, settings: Settings, now: datetime
) -> User:
    """Make an active account of any role: what an operator's command does.

    Raises:
        UserExists, InvalidEmail, InvalidUsername, WeakPassword.
    """
    user = _checked(
        email=email, username=username, password=password, strong=True, settings=settings, now=now
    )
    user.role, user.email_verified = role, True
    _store(user, *([AccountTotal.one_more_admin()] if role == rules.ADMIN else []))
    return user


def refuse_uninvited(*, email: str | None, settings: Settings) -> None:
    """Refuse whoever was not invited, where signing up takes an invitation.

    Args:
        email: None for an account without one, which nobody can be invited to.

    Raises:
        SignupByInvitation: also where the address has an account, so that the answer tells of none.
    """
    if settings.signup_mode != WAITLIST:
        return
    if email is None or Invitation.of(rules.canonical(email)) is None:
        raise SignupByInvitation(details={"join": "/waitlist/join"})


def _checked(
    *,
    email: str,
    username: str | None,
    password: str,
    strong: bool,
    settings: Settings,
    now: datetime,
) -> User:
    if username is not None and not rules.is_username(username):
        raise InvalidUsername
    if not rules.is_email(email):
        raise InvalidEmail
    check_password(password=password, strong=strong, settings=settings)
    return User(
        ids.new_id(),
        email=email,
        email_canonical=rules.canonical(email),
        username=username,
        password_hash=passwords.hashed(password, rounds=settings.password_hash_rounds),
        created_at=now,
        updated_at=now,
    )


def _signup(user: User, now: datetime) -> list[dynamo.Write]:
    asked = {"plan": user.intended_plan, "referral_source": user.referral_source}
    said = {name: value for name, value in asked.items() if value is not None}
    return analytics.happened(event_type=SIGNUP, user_id=user.user_id, event_data=said, now=now)


def _store(user: User, *besides: dynamo.Write) -> None:
    claims = [UniqueKey.claim(kind="email", value=str(user.email), user_id=user.user_id)]
    if user.username:
        claims.append(UniqueKey.claim(kind="username", value=user.username, user_id=user.user_id))
    try:
        dynamo.commit(user.creation(), *claims, *besides)
    except dynamo.ConditionFailed:
        raise UserExists from None
