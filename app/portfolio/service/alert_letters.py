"""What is somebody told when their price alert fires? An email, and a push to each of their devices."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from app.accounts import service as accounts
from app.core import throttle
from app.devices import service as devices
from app.emails import service as emails
from app.portfolio.models.alerts import Alert
from app.portfolio.rules import alerts as rules
from app.portfolio.rules import wording
from app.providers.job_queue.interface import JobQueue
from app.providers.push.interface import Notification

TEMPLATE: Final = "price_alert"
DAY_SECONDS: Final = 24 * 3600
MAILED = throttle.Limit(name="price-alert-emails", count=50, window_seconds=DAY_SECONDS)
"""Beyond that many a day somebody's alerts are pushed only: a mailbox is no ticker."""


@dataclass(frozen=True, kw_only=True)
class Fired:
    """An alert that fires, and how that is told; no email to those without an address, or with many today."""

    alert: Alert
    notification: Notification
    email: emails.Outgoing | None


def written(
    *, alerts: Sequence[Alert], price: Decimal, currency: str, now: datetime
) -> list[Fired]:
    """What the holders of these alerts are told; the emails are to be committed with what the alerts become."""
    contacts = accounts.find_contacts(user_ids=[alert.user_id for alert in alerts])
    return [
        Fired(
            alert=alert,
            notification=_notification(alert, price, currency),
            email=_email(alert, contacts.get(alert.user_id), price, currency, now),
        )
        for alert in alerts
    ]


def send(*, fired: Sequence[Fired], jobs: JobQueue) -> None:
    """Ask for the emails and pushes of alerts whose firing is committed."""
    for one in fired:
        if one.email is not None:
            emails.send(email=one.email, jobs=jobs)
        devices.send_push_to_user(
            user_id=one.alert.user_id, notification=one.notification, jobs=jobs
        )


def described(*, alert: Alert, currency: str) -> str:
    """An alert in a few words, wherever its reference stands by now."""
    if alert.condition != rules.PERCENT_CHANGE:
        line = wording.exact(alert.threshold, currency)
        return f"{alert.symbol} {alert.condition} {line}"
    return f"{alert.symbol} moved by {wording.plain(alert.threshold)} % or more"


def _email(
    alert: Alert,
    contact: accounts.Contact | None,
    price: Decimal,
    currency: str,
    now: datetime,
) -> emails.Outgoing | None:
    if contact is None:
        return None
    try:
        throttle.use(MAILED, subject=alert.user_id, now=now)
    except throttle.TooManyAttempts:
        return None
    return emails.outgoing(
        template=TEMPLATE,
        to=contact.email,
        context={
            "name": contact.name,
            "headline": _headline(alert, price, currency),
            "symbol": alert.symbol,
            "price": wording.amount(price, currency),
            "line": _line(alert, currency),
            "note": alert.note,
            "at": now,
            "rests_until": now + alert.terms().cooldown,
            "comes_back": alert.condition != rules.PERCENT_CHANGE,
        },
        idempotency_key=_key(alert),
        user_id=alert.user_id,
        now=now,
    )


def _notification(alert: Alert, price: Decimal, currency: str) -> Notification:
    costs = f"{alert.symbol} costs {wording.amount(price, currency)}."
    return Notification(
        notification_id=_key(alert),
        title=_headline(alert, price, currency),
        body=f"{costs} {alert.note}" if alert.note else costs,
        data={
            "kind": "price_alert",
            "alert_id": alert.alert_id,
            "asset_type": alert.asset_type,
            "symbol": alert.symbol,
            "price": wording.plain(price),
        },
    )


def _headline(alert: Alert, price: Decimal, currency: str) -> str:
    if alert.condition != rules.PERCENT_CHANGE:
        return f"{alert.symbol} is {alert.condition} {wording.exact(alert.threshold, currency)}"
    change = rules.changed_by(price=price, reference=_reference(alert))
    return f"{alert.symbol} has moved by {wording.percentage(change)}"


def _line(alert: Alert, currency: str) -> str:
    """What the user asked to be told of."""
    if alert.condition != rules.PERCENT_CHANGE:
        return f"{alert.condition} {wording.exact(alert.threshold, currency)}"
    step = f"{wording.plain(alert.threshold)} %"
    return f"moves by {step} or more from {wording.amount(_reference(alert), currency)}"


def _reference(alert: Alert) -> Decimal:
    """What a change is measured from; one that fires has seen a price."""
    return alert.reference or Decimal(0)


def _key(alert: Alert) -> str:
    """One firing of one alert."""
    return f"price-alert-{alert.alert_id}-{int(alert.version)}"
