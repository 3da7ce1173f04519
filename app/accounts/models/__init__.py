"""What is stored of an account: the user and the names that must be unique; the rest in modules beside."""

from datetime import datetime

from pynamodb.attributes import (
    BooleanAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.expressions.update import Action
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from app.accounts import rules
from app.accounts.models.api_keys import ApiKey
from app.accounts.models.closing import Erasure
from app.accounts.models.codes import LoginCode, LoginTries, OneTimeToken
from app.accounts.models.exports import DataExport
from app.accounts.models.sign_ins import RevokedToken, SignIn
from app.core import dynamo

__all__ = [
    "ACCOUNT",
    "ACTIVE_ADMINS",
    "APPROVAL",
    "AccountTotal",
    "ApiKey",
    "DataExport",
    "Erasure",
    "LoginCode",
    "LoginTries",
    "OneTimeToken",
    "RevokedToken",
    "SignIn",
    "UniqueKey",
    "User",
]

ACTIVE_ADMINS = "active_admins"
ACCOUNT = "account"
APPROVAL = "approval"


class UserEmailIndex(GlobalSecondaryIndex["User"]):
    """Users by canonical email, as the documents have it. Sign-in reads `UniqueKey`, which is never behind."""

    class Meta:
        """Index `email-index`."""

        index_name = "email-index"
        projection = AllProjection()

    email_canonical = UnicodeAttribute(hash_key=True)


class PendingIndex(GlobalSecondaryIndex["User"]):
    """Only those who await approval, oldest first: approved users leave the index."""

    class Meta:
        """Index `pending-index`."""

        index_name = "pending-index"
        projection = AllProjection()

    awaiting = UnicodeAttribute(hash_key=True)
    created_at = UTCDateTimeAttribute(range_key=True)


class AllIndex(GlobalSecondaryIndex["User"]):
    """Every account, by when it was made, for the administrators' list."""

    class Meta:
        """Index `all-index`."""

        index_name = "all-index"
        projection = AllProjection()

    kind = UnicodeAttribute(hash_key=True)
    created_at = UTCDateTimeAttribute(range_key=True)


class User(dynamo.Model):
    """One account."""

    class Meta(dynamo.Meta):
        """Table `users`."""

        name = "users"

    user_id = UnicodeAttribute(hash_key=True)
    email = UnicodeAttribute(null=True)
    email_canonical = UnicodeAttribute(null=True)
    username = UnicodeAttribute(null=True)
    phone = UnicodeAttribute(null=True)
    first_name = UnicodeAttribute(null=True)
    last_name = UnicodeAttribute(null=True)
    password_hash = UnicodeAttribute(null=True)
    plan = UnicodeAttribute(default=rules.FREE)
    intended_plan = UnicodeAttribute(null=True)
    referral_source = UnicodeAttribute(null=True)
    role = UnicodeAttribute(default=rules.USER)
    status = UnicodeAttribute(default=rules.ACTIVE)
    status_before = UnicodeAttribute(null=True)
    awaiting = UnicodeAttribute(null=True)
    kind = UnicodeAttribute(default=ACCOUNT)
    email_verified = BooleanAttribute(default=False)
    stripe_customer_id = UnicodeAttribute(null=True)
    preferences = dynamo.JsonAttribute(default=dict)
    token_version = NumberAttribute(default=0)
    api_keys = NumberAttribute(default=0)
    created_at = UTCDateTimeAttribute()
    updated_at = UTCDateTimeAttribute()
    last_login_at = UTCDateTimeAttribute(null=True)

    by_email = UserEmailIndex()
    by_awaiting = PendingIndex()
    by_kind = AllIndex()

    @classmethod
    def of(cls, user_id: str) -> "User | None":
        """The user with this id, as of now."""
        return dynamo.find(cls, user_id, consistent_read=True)

    @classmethod
    def page_of_pending(cls, *, limit: int, cursor: str | None) -> dynamo.Page["User"]:
        """Those who await approval, oldest first."""
        return dynamo.page(cls.by_awaiting, APPROVAL, limit=limit, cursor=cursor)

    @classmethod
    def page_of_all(
        cls, *, status: str | None, limit: int, cursor: str | None
    ) -> dynamo.Page["User"]:
        """Every account, newest first, or those of one status."""
        return dynamo.page(
            cls.by_kind,
            ACCOUNT,
            filter_condition=cls.status == status if status else None,
            limit=limit,
            cursor=cursor,
            newest_first=True,
        )

    def creation(self) -> dynamo.Write:
        """Store a new user."""
        return dynamo.put(self, User.user_id.does_not_exist())

    def change(self, actions: list[Action], *, now: datetime) -> dynamo.Write:
        """Change attributes of a user who exists and was not changed since it was read."""
        condition = User.user_id.exists() & (User.updated_at == self.updated_at)
        return dynamo.update(User(self.user_id), [*actions, User.updated_at.set(now)], condition)

    def moved_to(self, *, status: str, role: str, now: datetime) -> dynamo.Write:
        """Change what the account may do, and make every token of it void; unless it changed meanwhile."""
        actions = [
            User.status.set(status),
            User.role.set(role),
            User.token_version.add(1),
            User.updated_at.set(now),
            User.status_before.set(self.status)
            if status == rules.DISABLED
            else User.status_before.remove(),
            User.awaiting.set(APPROVAL) if status == rules.PENDING else User.awaiting.remove(),
        ]
        unchanged = (
            (User.status == self.status)
            & (User.role == self.role)
            & (User.token_version == self.token_version)
        )
        return dynamo.update(User(self.user_id), actions, unchanged)

    @classmethod
    def is_active_admin(cls, user_id: str) -> dynamo.Write:
        """Require that somebody is an active admin."""
        condition = (cls.status == rules.ACTIVE) & (cls.role == rules.ADMIN)
        return dynamo.check(cls, user_id, condition=condition)

    @classmethod
    def tokens_voided(cls, user_id: str) -> dynamo.Write:
        """Make every token that was given out void."""
        return dynamo.update(cls(user_id), [cls.token_version.add(1)], cls.user_id.exists())

    def password_changed(self, *, password_hash: str, now: datetime) -> dynamo.Write:
        """Give an active account another password and void every token, unless either changed meanwhile."""
        same = (
            User.password_hash == self.password_hash
            if self.password_hash
            else User.password_hash.does_not_exist()
        )
        unchanged = (
            (User.status == rules.ACTIVE) & (User.token_version == self.token_version) & same
        )
        actions = [
            User.password_hash.set(password_hash),
            User.token_version.add(1),
            User.updated_at.set(now),
        ]
        return dynamo.update(User(self.user_id), actions, unchanged)

    def email_confirmed(self, *, now: datetime) -> dynamo.Write:
        """Mark the email verified, unless the account has another meanwhile."""
        same = User.email_canonical == self.email_canonical
        actions = [User.email_verified.set(True), User.updated_at.set(now)]
        return dynamo.update(User(self.user_id), actions, same)

    def one_more_key(self, *, at_most: int) -> dynamo.Write:
        """Count an API key; the condition fails at `at_most`, and where status or role changed meanwhile."""
        room = User.api_keys.does_not_exist() | (User.api_keys < at_most)
        unchanged = (User.status == rules.ACTIVE) & (User.role == self.role)
        return dynamo.update(User(self.user_id), [User.api_keys.add(1)], unchanged & room)

    @classmethod
    def one_key_less(cls, user_id: str) -> dynamo.Write:
        """Count an API key that was revoked."""
        return dynamo.update(cls(user_id), [cls.api_keys.add(-1)], cls.api_keys > 0)

    def anonymised(self, *, now: datetime) -> dynamo.Write:
        """Leave only the id and the times, unless it changed since it was read; every token is void.

        Stripe's opaque customer id stays until the rest is erased, so that the subscription can be cancelled.
        """
        shell = User(
            self.user_id,
            status=rules.DELETED,
            token_version=self.token_version + 1,
            stripe_customer_id=self.stripe_customer_id,
            created_at=self.created_at,
            updated_at=now,
        )
        unchanged = (
            (User.updated_at == self.updated_at)
            & (User.status == self.status)
            & (User.role == self.role)
            & (User.token_version == self.token_version)
        )
        return dynamo.put(shell, unchanged)

    @classmethod
    def plan_moved(cls, user_id: str, *, plan: str, now: datetime) -> dynamo.Write:
        """Give an account that is not closed another plan."""
        there = cls.user_id.exists() & (cls.status != rules.DELETED)
        return dynamo.update(cls(user_id), [cls.plan.set(plan), cls.updated_at.set(now)], there)

    @classmethod
    def customer_linked(
        cls, user_id: str, *, stripe_customer_id: str, now: datetime
    ) -> dynamo.Write:
        """Name the customer of an account that is not closed and has none, or this one."""
        unnamed = cls.stripe_customer_id.does_not_exist()
        same = cls.stripe_customer_id == stripe_customer_id
        there = cls.user_id.exists() & (cls.status != rules.DELETED) & (unnamed | same)
        actions = [cls.stripe_customer_id.set(stripe_customer_id), cls.updated_at.set(now)]
        return dynamo.update(cls(user_id), actions, there)

    @classmethod
    def forgotten_by_vendors(cls, user_id: str) -> dynamo.Write:
        """Forget what vendors call the holder of a closed account."""
        return dynamo.update(
            cls(user_id), [cls.stripe_customer_id.remove()], cls.status == rules.DELETED
        )

    def signed_in_at(self, now: datetime) -> dynamo.Write:
        """Remember the last sign-in, of an account that is still active."""
        return dynamo.update(
            User(self.user_id), [User.last_login_at.set(now)], User.status == rules.ACTIVE
        )


class UniqueKey(dynamo.Model):
    """An email, username or phone that is taken: of two who want it at once, one gets it."""

    class Meta(dynamo.Meta):
        """Table `unique-keys`."""

        name = "unique-keys"

    key = UnicodeAttribute(hash_key=True)
    user_id = UnicodeAttribute()

    @classmethod
    def key_of(cls, kind: str, value: str) -> str:
        """The row's key; `kind` is email, username or phone."""
        return f"{kind}#{rules.canonical(value)}"

    @classmethod
    def claim(cls, *, kind: str, value: str, user_id: str) -> dynamo.Write:
        """Take a name that nobody has."""
        return dynamo.put(cls(cls.key_of(kind, value), user_id=user_id), cls.key.does_not_exist())

    @classmethod
    def release(cls, *, kind: str, value: str, user_id: str) -> dynamo.Write:
        """Give a name back that this user holds."""
        return dynamo.delete(cls(cls.key_of(kind, value)), cls.user_id == user_id)

    @classmethod
    def holder(cls, *, kind: str, value: str) -> str | None:
        """Whose name this is, if anyone's."""
        row = dynamo.find(cls, cls.key_of(kind, value), consistent_read=True)
        return row.user_id if row else None


class AccountTotal(dynamo.Model):
    """A number that is kept beside the accounts because counting them would need a scan."""

    class Meta(dynamo.Meta):
        """Table `account-totals`."""

        name = "account-totals"

    name = UnicodeAttribute(hash_key=True)
    total = NumberAttribute()

    @classmethod
    def one_more_admin(cls) -> dynamo.Write:
        """Count an account that became an active admin."""
        return dynamo.update(cls(ACTIVE_ADMINS), [cls.total.add(1)])

    @classmethod
    def admins_changed(cls, *, by: int) -> dynamo.Write:
        """Count active admins up or down; the condition fails where none would be left."""
        left = cls.total > -by if by < 0 else None
        return dynamo.update(cls(ACTIVE_ADMINS), [cls.total.add(by)], left)
