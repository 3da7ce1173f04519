"""How do administrators approve, disable, enable and promote accounts?

Each change is one transaction: the account, its token version, the audit entry, the count of active admins, and a
check that who acts is an active admin still. So of two admins who disable each other at once, one remains.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from app.accounts import rules
from app.accounts.models import AccountTotal, User
from app.accounts.service.profile import UnknownAccount
from app.audit import service as audit
from app.core import dynamo, errors
from app.emails import service as emails
from app.emails.service import Outgoing
from app.providers.job_queue.interface import JobQueue

ATTEMPTS = 12


class AlreadyActive(errors.Conflict):
    """Nothing to approve or enable."""

    code = "already_active"
    message = "This account is active already."


class DisabledUser(errors.Conflict):
    """A disabled account is enabled, not approved."""

    code = "disabled_user"
    message = "This account is disabled; enable it instead of approving it."


class AlreadyDisabled(errors.Conflict):
    """Nothing to disable."""

    code = "already_disabled"
    message = "This account is disabled already."


class NotDisabled(errors.Conflict):
    """Only a disabled account can be enabled."""

    code = "not_disabled"
    message = "This account awaits approval; approve it instead of enabling it."


class NoRoleChange(errors.Conflict):
    """The role is the one that the account has."""

    code = "no_role_change"
    message = "The account has this role already."


class LastAdmin(errors.Conflict):
    """The installation would be left without an active admin."""

    code = "last_admin"
    message = "This is the last active admin. Make somebody else an admin first."


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What an account may do: where it stands and its role, as an admin wants it or as it was."""

    status: str
    role: str


@dataclass(frozen=True, kw_only=True)
class Moderation:
    """What an admin did to an account."""

    user: User
    before: Standing
    after: Standing


def approve_account(*, admin_id: str, user_id: str, jobs: JobQueue, now: datetime) -> Moderation:
    """Let a pending account in, as a viewer, and mail its holder.

    Raises:
        UnknownAccount, AlreadyActive, DisabledUser.
    """

    def decide(user: User) -> Standing:
        if user.status == rules.ACTIVE:
            raise AlreadyActive
        if user.status == rules.DISABLED:
            raise DisabledUser
        return Standing(status=rules.ACTIVE, role=rules.VIEWER)

    done, letters = _moderate("approve_user", admin_id, user_id, decide, now)
    for email in letters:
        emails.send(email=email, jobs=jobs)
    return done


def disable_account(*, admin_id: str, user_id: str, now: datetime) -> Moderation:
    """Shut an account out; its tokens are refused from the next request on.

    Raises:
        errors.Forbidden: one's own account.
        UnknownAccount, AlreadyDisabled, LastAdmin.
    """
    _refuse_oneself(admin_id, user_id)

    def decide(user: User) -> Standing:
        if user.status == rules.DISABLED:
            raise AlreadyDisabled
        return Standing(status=rules.DISABLED, role=user.role)

    return _moderate("disable_user", admin_id, user_id, decide, now)[0]


def enable_account(*, admin_id: str, user_id: str, now: datetime) -> Moderation:
    """Let a disabled account in again with the role and state it had; old tokens stay dead.

    Raises:
        UnknownAccount, AlreadyActive, NotDisabled.
    """

    def decide(user: User) -> Standing:
        if user.status == rules.ACTIVE:
            raise AlreadyActive
        if user.status != rules.DISABLED:
            raise NotDisabled
        return Standing(status=user.status_before or rules.ACTIVE, role=user.role)

    return _moderate("enable_user", admin_id, user_id, decide, now)[0]


def change_role(*, admin_id: str, user_id: str, role: str, now: datetime) -> Moderation:
    """Make an account a viewer or an admin.

    Raises:
        errors.Forbidden: one's own account.
        UnknownAccount, NoRoleChange, LastAdmin.
    """
    _refuse_oneself(admin_id, user_id)

    def decide(user: User) -> Standing:
        if user.role == role:
            raise NoRoleChange
        return Standing(status=user.status, role=role)

    return _moderate("change_role", admin_id, user_id, decide, now)[0]


def list_pending(*, limit: int, cursor: str | None) -> dynamo.Page[User]:
    """Accounts that await approval, oldest first."""
    return User.page_of_pending(limit=limit, cursor=cursor)


def list_accounts(*, status: str | None, limit: int, cursor: str | None) -> dynamo.Page[User]:
    """All accounts, newest first; with a status, a page may hold fewer than `limit` and a cursor."""
    return User.page_of_all(status=status, limit=limit, cursor=cursor)


def _refuse_oneself(admin_id: str, user_id: str) -> None:
    if admin_id == user_id:
        message = "You can't do this to your own account; another admin can."
        raise errors.Forbidden(message)


def _moderate(
    action: str, admin_id: str, user_id: str, decide: Callable[[User], Standing], now: datetime
) -> tuple[Moderation, list[Outgoing]]:
    """Decide and commit; where somebody else's change came first, read again and decide again."""
    for _ in range(ATTEMPTS):
        user = User.of(user_id)
        if user is None or user.status == rules.DELETED:
            raise UnknownAccount
        before = Standing(status=user.status, role=user.role)
        after = decide(user)
        letters = [_approval_mail(user, now)] if action == "approve_user" else []
        try:
            _commit(
                action=action,
                admin_id=admin_id,
                user=user,
                after=after,
                letters=letters,
                now=now,
            )
        except dynamo.ConditionFailed:
            continue
        return Moderation(user=user, before=before, after=after), letters
    raise dynamo.Busy


def _commit(
    *,
    action: str,
    admin_id: str,
    user: User,
    after: Standing,
    letters: list[Outgoing],
    now: datetime,
) -> None:
    change = _is_active_admin(after) - _is_active_admin(
        Standing(status=user.status, role=user.role)
    )
    metadata = {
        "previous_status": user.status,
        "new_status": after.status,
        "previous_role": user.role,
        "new_role": after.role,
    }
    on_record = audit.entry(
        admin_id=admin_id, action=action, target_user_id=user.user_id, metadata=metadata, now=now
    )
    writes = [
        User.is_active_admin(admin_id),
        *([AccountTotal.admins_changed(by=change)] if change else []),
        user.moved_to(status=after.status, role=after.role, now=now),
        *on_record,
        *(email.write for email in letters),
    ]
    try:
        dynamo.commit(*writes)
    except dynamo.ConditionFailed as conflict:
        if 0 in conflict.failed:
            raise errors.Forbidden from None
        if change and 1 in conflict.failed:
            raise LastAdmin from None
        raise


def _is_active_admin(standing: Standing) -> int:
    return int(standing == Standing(status=rules.ACTIVE, role=rules.ADMIN))


def _approval_mail(user: User, now: datetime) -> Outgoing:
    """Word to somebody who waited; whoever asks for approval gave an email."""
    return emails.outgoing(
        template="approved",
        to=str(user.email),
        context={"name": user.first_name or user.username},
        idempotency_key=f"approved#{user.user_id}#{int(user.token_version)}",
        user_id=user.user_id,
        now=now,
    )
