"""What keeps plans right when Stripe's events don't come: due dates, and comparing all subscriptions with Stripe."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from app.accounts import service as accounts
from app.audit import service as audit
from app.billing.models import BillingRecord, StripeCustomer
from app.billing.rules import standing
from app.billing.service import following
from app.billing.service.asking import configured, within_request
from app.config import Settings
from app.core import dynamo
from app.providers.job_queue.interface import JobQueue
from app.providers.payments.interface import Payments, Subscription

log = logging.getLogger(__name__)

FOLLOW = "billing.follow_subscription"
RECONCILE_PAGE = "billing.reconcile_page"
MOST_DUE = 500
PAGE = 100
MENDED_AT_ONCE = 10
AUDIT_ATTEMPTS = 12


@dataclass(frozen=True, kw_only=True)
class Reconciliation:
    """What comparing some of the subscriptions led to.

    Attributes:
        checked: subscriptions of our customers that were compared.
        mended: accounts that differed and were brought in line.
        queued: accounts that differ and are brought in line by tasks.
        complete: whether those were all; if not, a task compares the rest.
    """

    checked: int
    mended: int
    queued: int
    complete: bool


def send_reminders(*, jobs: JobQueue, now: datetime) -> int:
    """Have every subscription looked at of which something fell due: a reminder, a grace or a period that is over.

    Each is looked at by a task of its own; what one run does not reach is older, and first, at the next.
    """
    due = BillingRecord.due(now=now, limit=MOST_DUE)
    for user_id in due:
        jobs.enqueue(FOLLOW, {"user_id": user_id})
    if due:
        log.info("billing.subscriptions_due", extra={"count": len(due)})
    return len(due)


def reconcile(
    *,
    cursor: str | None,
    payments: Payments | None,
    settings: Settings,
    jobs: JobQueue,
    now: datetime,
) -> Reconciliation:
    """Compare one page of Stripe's subscriptions with our rows, mend what differs, and name a task for the next page.

    Raises:
        BillingNotConfigured, TryAgain, GiveUp, dynamo.Busy.
    """
    asked = configured(payments=payments)
    page = asked.page_of_subscriptions(cursor=cursor, limit=PAGE)
    users = StripeCustomer.users_of(each.customer_id for each in page.subscriptions)
    ours = [each for each in page.subscriptions if each.customer_id in users]
    differing = _differing(ours, users)
    for user_id in differing[:MENDED_AT_ONCE]:
        following.follow(user_id=user_id, payments=asked, jobs=jobs, settings=settings, now=now)
    for user_id in differing[MENDED_AT_ONCE:]:
        jobs.enqueue(FOLLOW, {"user_id": user_id})
    if page.next_cursor is not None:
        jobs.enqueue(RECONCILE_PAGE, {"cursor": page.next_cursor})
    done = Reconciliation(
        checked=len(ours),
        mended=len(differing[:MENDED_AT_ONCE]),
        queued=len(differing[MENDED_AT_ONCE:]),
        complete=page.next_cursor is None,
    )
    level = logging.WARNING if differing else logging.INFO
    log.log(
        level, "billing.reconciled", extra={"checked": done.checked, "differed": len(differing)}
    )
    return done


def reconcile_for_admin(
    *,
    admin_id: str,
    payments: Payments | None,
    settings: Settings,
    jobs: JobQueue,
    now: datetime,
) -> Reconciliation:
    """Reconcile because an admin says so, which goes on record first.

    Raises:
        BillingNotConfigured, PaymentsUnavailable, dynamo.Busy.
    """
    configured(payments=payments)
    _put_on_record(admin_id, now)
    with within_request():
        return reconcile(cursor=None, payments=payments, settings=settings, jobs=jobs, now=now)


def _put_on_record(admin_id: str, now: datetime) -> None:
    for _ in range(AUDIT_ATTEMPTS):
        entry = audit.entry(
            admin_id=admin_id,
            action="reconcile_billing",
            target_user_id=admin_id,
            metadata={},
            now=now,
        )
        try:
            dynamo.commit(*entry)
        except dynamo.ConditionFailed:
            continue
        return
    raise dynamo.Busy


def _differing(ours: list[Subscription], users: Mapping[str, str]) -> list[str]:
    """Whose row or plan is not what Stripe says, in the order of Stripe's list."""
    user_ids = dynamo.distinct(list(users.values()))
    records, held = BillingRecord.of_many(user_ids), accounts.plans_of(user_ids=user_ids)
    found = [
        users[each.customer_id]
        for each in ours
        if _differs(each, records.get(users[each.customer_id]), held)
    ]
    return dynamo.distinct(found)


def _differs(
    subscription: Subscription, record: BillingRecord | None, held: Mapping[str, str]
) -> bool:
    told = following.standing_of(subscription=subscription)
    if told is None or record is None:
        return False
    if record.subscription_id != told.subscription_id:
        known = record.standing
        return told.is_live or known is None or standing.chosen([known, told]) == told
    return record.standing != told or held.get(record.user_id, record.held_plan) != record.held_plan
