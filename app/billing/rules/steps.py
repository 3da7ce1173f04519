"""When does a subscription have to be looked at again, and what is its holder told then?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.billing.rules.plans import FREE
from app.billing.rules.standing import ENDED, OWING, TRIALING, Standing, grace_ends_at

PLAN_CHANGED = "plan_changed"
PLAN_ENDED = "plan_ended"
PLAN_ENDS = "plan_ends"
PAYMENT_FAILED = "payment_failed"
TRIAL_ENDS = "trial_ends"

AHEAD = timedelta(days=3)
"""So long before a trial or a cancelled plan ends its holder is reminded; Stripe announces trials as early."""
DUNNED_AFTER = timedelta(days=3)
LAST_CALL = timedelta(days=1)
SLACK = timedelta(hours=1)
"""So long after a period's end Stripe should have told how it went; then it is asked."""
AGAIN = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Step:
    """A moment at which a subscription is looked at; `tells` is the email that goes out then, if it still applies."""

    at: datetime
    tells: str | None = None


def steps(*, standing: Standing | None, grace: timedelta) -> list[Step]:
    """Everything that lies ahead of a subscription as it stands, or lay ahead of it."""
    if standing is None or standing.status in ENDED:
        return []
    found = [Step(at=standing.period_ends_at + SLACK)]
    if standing.ends_at is not None:
        found += [
            Step(at=standing.ends_at - AHEAD, tells=PLAN_ENDS),
            Step(at=standing.ends_at + SLACK),
        ]
    if standing.status == TRIALING and standing.trial_ends_at is not None:
        tells = TRIAL_ENDS if standing.ends_at is None else None
        found += [
            Step(at=standing.trial_ends_at - AHEAD, tells=tells),
            Step(at=standing.trial_ends_at + SLACK),
        ]
    kept_until = grace_ends_at(standing=standing, grace=grace)
    if kept_until is not None and standing.unpaid_since is not None:
        dunned = {standing.unpaid_since + DUNNED_AFTER, kept_until - LAST_CALL}
        found += [
            Step(at=at, tells=PAYMENT_FAILED)
            for at in dunned
            if standing.unpaid_since < at < kept_until
        ]
        found.append(Step(at=kept_until))
    return sorted(found, key=lambda step: step.at)


def next_step_at(*, ahead: Sequence[Step], now: datetime) -> datetime | None:
    """When to look again; a day later where every moment has passed and Stripe has not moved; None where none was."""
    if not ahead:
        return None
    return min((step.at for step in ahead if step.at > now), default=now + AGAIN)


def news(
    *,
    before: Standing | None,
    after: Standing | None,
    held_before: str,
    held_after: str,
    ahead: Sequence[Step],
    looked_at: datetime | None,
    now: datetime,
) -> list[str]:
    """The emails that a look at a subscription leads to: what changed since the last look, and what fell due.

    Of each kind one, however many of it fell due: whoever could not be told for a week is told once.
    """
    told = []
    if held_after != held_before:
        told.append(PLAN_ENDED if held_after == FREE else PLAN_CHANGED)
    if after is None or held_after == FREE:
        return told
    if _owes(after) and not _owes(before):
        told.append(PAYMENT_FAILED)
    if after.ends_at is not None and _end_of(before, after) != after.ends_at:
        told.append(PLAN_ENDS)
    due = [step.tells for step in ahead if looked_at is not None and looked_at < step.at <= now]
    return list(dict.fromkeys([*told, *(kind for kind in due if kind is not None)]))


def _owes(standing: Standing | None) -> bool:
    return standing is not None and standing.status in OWING


def _end_of(before: Standing | None, after: Standing) -> datetime | None:
    same = before is not None and before.subscription_id == after.subscription_id
    return before.ends_at if same and before is not None else None
