"""Who is told once a week how their portfolio did, and what does that email say?

A digest is written into the outbox under a key of its user and ISO week, by a conditional write. So it is sent once,
however often the job, or a task of it, runs in that week. It is told of the figures that `GET
/portfolio/performance?range=7d` gives at that moment.
"""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

from app.accounts import service as accounts
from app.core import charts, dynamo
from app.emails import service as emails
from app.portfolio.models import Asset, Profile
from app.portfolio.models.alerts import Alert
from app.portfolio.rules import digests as rules
from app.portfolio.rules import wording
from app.portfolio.service import alert_letters, performance
from app.portfolio.service.performance import Performance
from app.portfolio.service.performance_picture import picture_of
from app.prices import service as prices
from app.providers.job_queue.interface import JobQueue

log = logging.getLogger(__name__)

TEMPLATE: Final = "weekly_digest"
SEND_PAGE: Final = "portfolio.send_digest_page"
SEND_ONE: Final = "portfolio.send_digest"
ACCOUNTS_AT_ONCE: Final = 100
ACTIVE: Final = "active"
_DAY: Final = timedelta(days=1)


class DigestNotReady(Exception):
    """Closes are still being loaded; try again in a while."""


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Somebody who wants the digest, and what they hold."""

    user_id: str
    email: str
    name: str | None
    held: Sequence[Asset]


def week_named(*, moment: datetime) -> str:
    """What the week is called in which a digest is due."""
    return rules.week_of(moment)


def send_digest_page(*, week: str, cursor: str | None, jobs: JobQueue) -> int:
    """Name a task for those of the next hundred accounts that may want the digest, and one for those that follow.

    Gives how many those are.
    """
    page = accounts.list_accounts(status=ACTIVE, limit=ACCOUNTS_AT_ONCE, cursor=cursor)
    reachable = [user.user_id for user in page.items if user.email and user.email_verified]
    wanting = [each.user_id for each in Profile.of_many(reachable) if each.weekly_digest]
    for user_id in wanting:
        jobs.enqueue(SEND_ONE, {"user_id": user_id, "week": week})
    if page.next_cursor is not None:
        jobs.enqueue(SEND_PAGE, {"week": week, "cursor": page.next_cursor})
    return len(wanting)


def send_digest(
    *,
    user_id: str,
    week: str,
    is_last_try: bool,
    jobs: JobQueue,
    now: datetime,
    sleep: Callable[[float], None],
    wait_seconds: float,
    stale_after_seconds: int,
) -> bool:
    """Write and send a user's digest of the week that ends now, unless this week's was written; whether it was.

    Not to those who hold nothing, who do not want it, whose address is not confirmed or not to be mailed.

    Args:
        week: as `week_of` names it.
        is_last_try: whether it goes out although closes are missing.
        sleep: how to wait (`time.sleep`) for a worker to load closes.
        wait_seconds: the longest such wait.

    Raises:
        DigestNotReady: closes are being loaded, and it is not the last try.
    """
    reader = _find_reader(user_id)
    if reader is None:
        return False
    report = performance.week_of(
        user_id=user_id, jobs=jobs, now=now, sleep=sleep, wait_seconds=wait_seconds
    )
    if report.pending and not is_last_try:
        raise DigestNotReady(f"closes of {len(report.pending)} symbols are being loaded")
    email = emails.outgoing(
        template=TEMPLATE,
        to=reader.email,
        context=_context(reader, report, now=now, stale_after_seconds=stale_after_seconds),
        pictures={"performance": picture_of(performance=report, width=charts.NARROW)},
        idempotency_key=f"weekly-digest#{user_id}#{week}",
        user_id=user_id,
        now=now,
    )
    try:
        dynamo.commit(email.write)
    except dynamo.ConditionFailed:
        return False
    emails.send(email=email, jobs=jobs)
    log.info("portfolio.digest_written", extra={"week": week})
    return True


def _find_reader(user_id: str) -> Reader | None:
    assets, profile = Asset.with_profile(user_id)
    held = [asset for asset in assets if asset.is_held]
    if profile is None or not profile.weekly_digest or not held:
        return None
    try:
        user = accounts.get_account(user_id=user_id)
    except accounts.UnknownAccount:
        return None
    if not user.email or not user.email_verified or user.status != ACTIVE:
        return None
    if emails.why_unwanted(template=TEMPLATE, to=user.email) is not None:
        return None
    return Reader(
        user_id=user_id, email=user.email, name=user.first_name or user.username, held=held
    )


def _context(
    reader: Reader, report: Performance, *, now: datetime, stale_after_seconds: int
) -> Mapping[str, Any]:
    fired = _fired_since(reader.user_id, datetime.combine(report.start + _DAY, time(), UTC))
    held = {(asset.asset_type, asset.symbol) for asset in reader.held}
    quotes = prices.latest_quotes(
        wanted=held | {(alert.asset_type, alert.symbol) for alert in fired},
        now=now,
        stale_after_seconds=stale_after_seconds,
    )
    movers = rules.top_movers(_movers(held, quotes, since=report.start))
    return {
        "name": reader.name,
        "first_day": rules.day_told(report.start),
        "last_day": rules.day_told(report.end),
        "value": wording.amount(report.end_value, report.currency),
        "value_before": wording.amount(report.start_value, report.currency),
        "paid_in": _told_if_more_than_0(report.net_deposits, report.currency),
        "taken_out": _told_if_more_than_0(-report.net_deposits, report.currency),
        "time_weighted_return": (
            None
            if report.time_weighted_return is None
            else wording.percentage(report.time_weighted_return)
        ),
        "movers": [_mover_told(mover) for mover in movers],
        "alerts": [
            {
                "headline": alert_letters.described(
                    alert=alert, currency=quotes[alert.asset_type, alert.symbol].currency
                ),
                "at": alert.last_triggered_at,
            }
            for alert in fired
        ],
        "unpriced": sorted(
            {each.symbol for each in report.unpriced if each.symbol}.union(report.pending)
        ),
    }


def _told_if_more_than_0(value: Decimal, currency: str) -> str | None:
    return wording.amount(value, currency) if value > 0 else None


def _fired_since(user_id: str, moment: datetime) -> list[Alert]:
    """The user's alerts that fired since then, the latest first, ten at most."""
    fired = [
        (alert.last_triggered_at, alert)
        for alert in Alert.owned_by(user_id)
        if alert.last_triggered_at is not None and alert.last_triggered_at >= moment
    ]
    fired.sort(key=lambda each: each[0], reverse=True)
    return [alert for _, alert in fired[: rules.MOST_ALERTS_TOLD]]


def _movers(
    held: Collection[prices.Pair], quotes: Mapping[prices.Pair, prices.Quote], *, since: date
) -> list[rules.Mover]:
    """What each symbol that has a price now and had one then costs and cost."""
    before = prices.last_closes(wanted=held, day=since)
    found = []
    for pair in held:
        quote, close = quotes[pair], before.get(pair)
        if quote.price is not None and close is not None:
            found.append(
                rules.Mover(
                    symbol=pair[1],
                    before=close.close,
                    price=quote.price,
                    currency=quote.currency,
                )
            )
    return found


def _mover_told(mover: rules.Mover) -> Mapping[str, Any]:
    return {
        "symbol": mover.symbol,
        "change": wording.percentage(mover.change),
        "price": wording.amount(mover.price, mover.currency),
        "is_up": mover.change > Decimal(0),
    }
