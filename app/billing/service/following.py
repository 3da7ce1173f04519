"""How does an account's plan follow its subscription?

One way only: read our row, ask Stripe what is so now, write the row, the user's plan, the totals, the emails and the
event that brought us here in one transaction, which requires the row to be as it was read. Events tell us to look and
nothing else. So they may come late, twice or in any order: the last look decides, and a look that began before
another one ended is taken again.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.accounts import service as accounts
from app.accounts.service import Payer
from app.analytics import service as analytics
from app.billing.models import BillingRecord, BillingTotal, StripeEvent
from app.billing.rules import plans, standing, steps
from app.billing.rules.standing import Standing
from app.billing.service import letters
from app.config import Settings
from app.core import dynamo
from app.emails import service as emails
from app.emails.service import Outgoing
from app.providers.job_queue.interface import JobQueue
from app.providers.payments.interface import Payments, Subscription

log = logging.getLogger(__name__)

ATTEMPTS = 8
UPGRADE = "upgrade"


class UnknownStatus(Exception):
    """Stripe says of a subscription what this version does not understand: nothing may be concluded from it."""


@dataclass(frozen=True, kw_only=True)
class _Look:
    """What one look at Stripe leads to: writes, the emails among them, and whether anything differed."""

    writes: Sequence[dynamo.Write]
    outgoing: Sequence[Outgoing]
    differs: bool


def follow(
    *,
    user_id: str,
    payments: Payments,
    jobs: JobQueue,
    settings: Settings,
    now: datetime,
    event_id: str | None = None,
) -> bool:
    """Bring an account's plan in line with what Stripe says of its customer; whether anything differed.

    Args:
        event_id: the stored event that asks for it, which is settled with it. One that is settled asks for nothing.

    Raises:
        TryAgain, GiveUp: Stripe did not answer; nothing was changed.
        UnknownStatus: nothing was changed.
        dynamo.Busy: others kept changing the same account.
    """
    grace = timedelta(days=settings.billing_grace_days)
    for _ in range(ATTEMPTS):
        event = StripeEvent.of(event_id) if event_id is not None else None
        if event_id is not None and (event is None or event.waiting is None):
            return False
        record = BillingRecord.of(user_id)
        payer = accounts.find_payer(user_id=user_id)
        found = _subscriptions(record, payments)
        if payer is None or payer.is_closed:
            _end(found, payments, why="account_closed")
            look = _Look(writes=(), outgoing=(), differs=False)
        else:
            _end(standing.surplus(found), payments, why="paid_twice")
            look = _looked(record, payer, standing.chosen(found), grace, now)
        settled = [event.processing(now=now)] if event is not None else []
        writes = [*look.writes, *settled]
        try:
            if writes:
                dynamo.commit(*writes)
        except dynamo.ConditionFailed:  # somebody looked meanwhile, or the account was closed
            continue
        for email in look.outgoing:
            emails.send(email=email, jobs=jobs)
        return look.differs
    raise dynamo.Busy


def _subscriptions(record: BillingRecord, payments: Payments) -> list[Standing]:
    """What Stripe says now of those that are sold by us."""
    if record.customer_id is None:
        return []
    told = payments.subscriptions_of(customer_id=record.customer_id)
    return [found for each in told if (found := standing_of(subscription=each)) is not None]


def standing_of(*, subscription: Subscription) -> Standing | None:
    """A subscription of Stripe's in our words; None for one that is not for a plan of ours.

    Raises:
        UnknownStatus.
    """
    plan = plans.of_lookup_key(subscription.price_key)
    if plan is None:
        return None
    if not standing.is_known(subscription.status):
        raise UnknownStatus(subscription.status)
    owes = subscription.status in standing.OWING
    return Standing(
        subscription_id=subscription.subscription_id,
        item_id=subscription.item_id,
        status=subscription.status,
        plan=plan,
        started_at=subscription.created_at,
        period_ends_at=subscription.period_ends_at,
        trial_ends_at=subscription.trial_ends_at,
        ends_at=subscription.ends_at,
        unpaid_since=(subscription.owed_since or subscription.created_at) if owes else None,
    )


def _end(unwanted: Sequence[Standing], payments: Payments, *, why: str) -> None:
    for each in unwanted:
        if each.is_live:
            payments.end_now(subscription_id=each.subscription_id)
            log.warning("billing.subscription_ended", extra={"reason": why})


def _looked(
    record: BillingRecord, payer: Payer, after: Standing | None, grace: timedelta, now: datetime
) -> _Look:
    """What to write where Stripe says `after`; nothing where all is as the row says, and nothing fell due."""
    before, held_before, looked_at = record.standing, record.held_plan, record.looked_at
    counted_before, next_before = record.counted_as, record.next_step_at
    held = standing.held_plan(standing=after, grace=grace, now=now)
    counted = standing.counted_plan(after)
    ahead = steps.steps(standing=after, grace=grace)
    next_step_at = steps.next_step_at(ahead=ahead, now=now)
    same_row = (before, held_before, counted_before) == (after, held, counted)
    moves_plan = payer.plan != held
    if same_row and not moves_plan and (next_before is None or next_before > now):
        return _Look(writes=(), outgoing=(), differs=False)
    news = steps.news(
        before=before,
        after=after,
        held_before=held_before,
        held_after=held,
        ahead=ahead,
        looked_at=looked_at,
        now=now,
    )
    record.look(found=after, held_plan=held, counted_as=counted)
    record.watch(next_step_at=next_step_at, now=now)
    stored = record.storing()
    outgoing = letters.written(
        news=news,
        payer=payer,
        after=after,
        held_before=held_before,
        grace=grace,
        key=f"{record.user_id}#{record.version}",
        now=now,
    )
    moved = [accounts.plan_moved(user_id=record.user_id, plan=held, now=now)] if moves_plan else []
    totals = BillingTotal.moves(before=counted_before, after=counted, now=now)
    if held != held_before:
        log.info("billing.plan_changed", extra={"from": held_before, "to": held})
    told = _told(record.user_id, held_before, held, now)
    return _Look(
        writes=[stored, *moved, *totals, *(email.write for email in outgoing), *told],
        outgoing=outgoing,
        differs=not same_row or moves_plan,
    )


def _told(user_id: str, before: str, after: str, now: datetime) -> list[dynamo.Write]:
    """What analytics hear of a plan that has more than the one before."""
    if plans.includes(held=before, asked=after):
        return []
    moved = {"from": before, "to": after}
    return analytics.happened(event_type=UPGRADE, user_id=user_id, event_data=moved, now=now)
