"""What does a subscription's state at Stripe mean: which one counts, and which plan does it give?

https://docs.stripe.com/billing/subscriptions/overview#subscription-statuses names the states. All of this is a
function of what Stripe says now and of the time: in which order we heard of it plays no part.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.billing.rules.plans import FREE

TRIALING, ACTIVE, PAST_DUE, UNPAID = "trialing", "active", "past_due", "unpaid"
PAUSED, INCOMPLETE = "paused", "incomplete"
CANCELED, INCOMPLETE_EXPIRED = "canceled", "incomplete_expired"

GRANTING = frozenset({TRIALING, ACTIVE})
PAYING = frozenset({ACTIVE, PAST_DUE})
OWING = frozenset({PAST_DUE, UNPAID})
ENDED = frozenset({CANCELED, INCOMPLETE_EXPIRED})
_RANK = {
    status: rank
    for rank, statuses in enumerate(
        (GRANTING, {PAST_DUE}, {UNPAID, PAUSED, INCOMPLETE}, ENDED),
    )
    for status in statuses
}

PAID, TRIAL, FAILED, PENDING, NOTHING_DUE = "paid", "trial", "failed", "pending", "none"
_PAYMENT = {
    TRIALING: TRIAL,
    ACTIVE: PAID,
    PAST_DUE: FAILED,
    UNPAID: FAILED,
    INCOMPLETE: PENDING,
    INCOMPLETE_EXPIRED: FAILED,
}


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A subscription as it stands.

    Attributes:
        plan: what its price is sold as.
        ends_at: when it ends by itself, where that was asked for.
        unpaid_since: since when an invoice is owed; None while none is.
    """

    subscription_id: str
    item_id: str
    status: str
    plan: str
    started_at: datetime
    period_ends_at: datetime
    trial_ends_at: datetime | None
    ends_at: datetime | None
    unpaid_since: datetime | None

    @property
    def is_live(self) -> bool:
        """Whether it can still be paid for: whoever has such a one gets no second one."""
        return self.status not in ENDED


def held_plan(*, standing: Standing | None, grace: timedelta, now: datetime) -> str:
    """The plan that a subscription gives at a moment.

    A failed payment leaves the plan for `grace` from the invoice on; unpaid, paused and ended give nothing.
    """
    if standing is None:
        return FREE
    if standing.status in GRANTING:
        return standing.plan
    kept_until = grace_ends_at(standing=standing, grace=grace)
    return standing.plan if kept_until is not None and now < kept_until else FREE


def grace_ends_at(*, standing: Standing, grace: timedelta) -> datetime | None:
    """Until when a plan is kept though its payment failed; None where that is not the question."""
    if standing.status != PAST_DUE or standing.unpaid_since is None:
        return None
    return standing.unpaid_since + grace


def counted_plan(standing: Standing | None) -> str | None:
    """The plan that somebody pays for, as revenue counts it: trials don't, late payers do."""
    if standing is None or standing.status not in PAYING:
        return None
    return standing.plan


def chosen(found: Sequence[Standing]) -> Standing | None:
    """The one of a customer's subscriptions that counts: the best off.

    Of several that are equally well off it is the first, of ended ones the last.

    Ids break a tie, so that the choice does not depend on the order in which they are told.
    """
    if not found:
        return None
    best = min(_RANK[each.status] for each in found)
    rivals = [each for each in found if _RANK[each.status] == best]
    order = sorted(rivals, key=lambda each: (each.started_at, each.subscription_id))
    return order[-1] if best == _RANK[CANCELED] else order[0]


def surplus(found: Sequence[Standing]) -> list[Standing]:
    """Live subscriptions besides the one that counts: somebody paid twice, and is to pay once."""
    counts = chosen(found)
    return [each for each in found if each.is_live and each != counts]


def is_known(status: str) -> bool:
    """Whether the state is one that Stripe documents."""
    return status in _RANK


def payment_status(status: str | None) -> str:
    """How the latest payment went, in a word: paid, trial, failed, pending or none."""
    return _PAYMENT.get(status or "", NOTHING_DUE)
