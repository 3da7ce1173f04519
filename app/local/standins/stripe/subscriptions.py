"""How does a subscription live? It starts, renews, fails, changes its price and ends.

Times come in as seconds since 1970: a customer on a test clock lives by that.
"""

import calendar
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from app.local.standins.stripe import invoices, products, shapes
from app.local.standins.stripe.account import Account
from app.local.standins.stripe.invoices import DAY, Period
from app.local.standins.stripe.shapes import Object

ENDED = ("canceled", "incomplete_expired")
REMINDER_SECONDS = 3 * DAY
INCOMPLETE_SECONDS = 23 * invoices.HOUR
DAYS = {"day": 1, "week": 7}
MONTHS_A_YEAR = 12


def start(
    account: Account,
    *,
    customer: Object,
    price: Object,
    quantity: int,
    at: int,
    trial_end: int | None = None,
    card: str | None = None,
    metadata: Mapping[str, str] | None = None,
    description: str | None = None,
) -> Object:
    """A new subscription with its first invoice, which is charged at once."""
    anchor = trial_end or at
    made = account.add(
        "subscription",
        billing_cycle_anchor=anchor,
        created=at,
        currency=price["currency"],
        customer=customer["id"],
        default_payment_method=card,
        description=description,
        metadata=dict(metadata or {}),
        start_date=at,
        status="trialing" if trial_end else "incomplete",
        test_clock=customer["test_clock"],
        trial_start=at if trial_end else None,
        trial_end=trial_end,
    )
    finish = trial_end or end_of_period(price, anchor=at, after=at)
    _put_item(account, made, price=price, quantity=quantity, period=Period(start=at, end=finish))
    account.emit("customer.subscription.created", made, at=at)
    amount = 0 if trial_end else price["unit_amount"] * quantity
    line = invoices.line(
        account,
        subscription=made,
        price=price,
        amount=amount,
        period=period_of(made),
        description=_says(account, made, trial=trial_end is not None),
    )
    bill(account, made, lines=[line], reason="subscription_create", at=at)
    return made


def bill(
    account: Account, subscription: Object, *, lines: list[Object], reason: str, at: int
) -> Object:
    """An invoice that is made final and charged at once."""
    made = _draft(account, subscription, lines=lines, reason=reason, at=at)
    invoices.finalize(account, made, at=at)
    collect(account, made, at=at)
    return made


def collect(account: Account, invoice: Object, *, at: int) -> str | None:
    """Charges an open invoice, and puts its subscription into the state that follows."""
    subscription = account.objects["subscription"][invoices.subscription_of(invoice)]
    declines = invoices.pay(account, invoice, card=card_of(account, subscription), at=at)
    before = dict(subscription)
    status = subscription["status"]
    if declines is None:
        unpaid = invoices.of_subscription(account, subscription["id"], status="open")
        if status == "incomplete" or (status in ("past_due", "unpaid") and not unpaid):
            subscription["status"] = "active"
    elif status == "active":
        subscription["status"] = "past_due"
    _mark_delinquent(account, subscription)
    account.emit("customer.subscription.updated", subscription, at=at, before=before)
    exhausted = declines is not None and invoice["next_payment_attempt"] is None
    if exhausted and subscription["status"] == "past_due":
        _give_up(account, subscription, at=at)
    return declines


def _mark_delinquent(account: Account, subscription: Object) -> None:
    customer = account.objects["customer"][subscription["customer"]]
    if not customer.get("deleted"):
        customer["delinquent"] = subscription["status"] in ("past_due", "unpaid")


def _give_up(account: Account, subscription: Object, *, at: int) -> None:
    """After the last attempt: what the account's settings say."""
    then = account.settings["after_last_retry"]
    if then == "cancel":
        end(account, subscription, reason="payment_failed", at=at)
    elif then == "unpaid":
        before = dict(subscription)
        subscription["status"] = "unpaid"
        account.emit("customer.subscription.updated", subscription, at=at, before=before)


def renew(account: Account, subscription: Object, *, at: int) -> None:
    """What happens at a period's end: it ends, or the next period starts with an invoice."""
    if subscription["cancel_at_period_end"]:
        end(account, subscription, reason="cancellation_requested", at=at)
        return
    before = _before(subscription)
    item = item_of(subscription)
    if subscription["status"] == "trialing":
        subscription["status"] = "active"
    finish = end_of_period(item["price"], anchor=subscription["billing_cycle_anchor"], after=at)
    item.update(current_period_start=at, current_period_end=finish)
    line = invoices.line(
        account,
        subscription=subscription,
        price=item["price"],
        amount=item["price"]["unit_amount"] * item["quantity"],
        period=period_of(subscription),
        description=_says(account, subscription),
    )
    waiting = account.secret_of(subscription["id"]).pop("waiting", [])
    made = _draft(account, subscription, lines=[*waiting, line], reason="subscription_cycle", at=at)
    account.emit("customer.subscription.updated", subscription, at=at, before=before)
    if subscription["status"] == "unpaid":
        # Stripe keeps such drafts, and charges nobody.
        invoices.give_up(made)


def change_price(
    account: Account, subscription: Object, *, price: Object, quantity: int, proration: str, at: int
) -> None:
    """Another price or quantity, from now on; what was paid for and not used is credited.

    Args:
        proration: "none", "create_prorations" (on the next invoice) or "always_invoice" (at once).
    """
    item = item_of(subscription)
    if (price["id"], quantity) == (item["price"]["id"], item["quantity"]):
        return
    before = _before(subscription)
    lines = prorated(account, subscription, price=price, quantity=quantity, at=at)
    same_rhythm = _rhythm(price) == _rhythm(item["price"])
    _put_price(item, price)
    item["quantity"] = quantity
    trialing = subscription["status"] == "trialing"
    if not same_rhythm and not trialing:
        subscription["billing_cycle_anchor"] = at
        finish = end_of_period(price, anchor=at, after=at)
        item.update(current_period_start=at, current_period_end=finish)
    account.emit("customer.subscription.updated", subscription, at=at, before=before)
    if trialing or (proration == "none" and same_rhythm):
        return
    if proration == "always_invoice" or not same_rhythm:
        bill(account, subscription, lines=lines, reason="subscription_update", at=at)
    else:
        account.secret_of(subscription["id"]).setdefault("waiting", []).extend(lines)


def prorated(
    account: Account, subscription: Object, *, price: Object, quantity: int, at: int
) -> list[Object]:
    """The lines of a change: credit for the old price's unused time, the charge for the new one's."""
    item = item_of(subscription)
    period = period_of(subscription)
    if subscription["status"] == "trialing":
        return []
    left = Period(start=at, end=period.end)
    old = item["price"]["unit_amount"] * item["quantity"]
    new = price["unit_amount"] * quantity
    day = datetime.fromtimestamp(at, UTC).strftime("%d %b %Y")
    if _rhythm(price) == _rhythm(item["price"]):
        charge = period.share(new, left_at=at)
    else:
        charge, left = new, Period(start=at, end=end_of_period(price, anchor=at, after=at))
    parts = (
        (item["price"], -period.share(old, left_at=at), Period(start=at, end=period.end), "Unused"),
        (price, charge, left, "Remaining"),
    )
    return [
        invoices.line(
            account,
            subscription=subscription,
            price=row_price,
            amount=amount,
            period=row_period,
            description=f"{word} time on {name_of(account, row_price)} after {day}",
            proration=True,
        )
        for row_price, amount, row_period, word in parts
    ]


def set_cancel_at_period_end(subscription: Object, *, wanted: bool, at: int) -> None:
    """Notes that it ends with its period, or that it goes on after all; the caller makes the event."""
    if wanted == subscription["cancel_at_period_end"]:
        return
    subscription.update(
        cancel_at_period_end=wanted,
        cancel_at=item_of(subscription)["current_period_end"] if wanted else None,
        canceled_at=at if wanted else None,
        cancellation_details={
            **subscription["cancellation_details"],
            "reason": "cancellation_requested" if wanted else None,
        },
    )


def set_cancel_at(subscription: Object, *, moment: int | None, at: int) -> None:
    """Notes the day that it ends on, or that there is none; the caller makes the event."""
    subscription.update(
        cancel_at=moment,
        cancel_at_period_end=False,
        canceled_at=at if moment else None,
        cancellation_details={
            **subscription["cancellation_details"],
            "reason": "cancellation_requested" if moment else None,
        },
    )


def end(account: Account, subscription: Object, *, reason: str | None, at: int) -> None:
    """The subscription is over; nothing more is charged."""
    for invoice in invoices.of_subscription(account, subscription["id"]):
        if invoice["status"] in ("draft", "open"):
            invoices.give_up(invoice)
    subscription.update(
        status="canceled",
        canceled_at=subscription["canceled_at"] or at,
        ended_at=at,
        cancellation_details={**subscription["cancellation_details"], "reason": reason},
    )
    account.emit("customer.subscription.deleted", subscription, at=at)


def expire(account: Account, subscription: Object, *, at: int) -> None:
    """The first invoice was not paid in 23 hours."""
    before = dict(subscription)
    for invoice in invoices.of_subscription(account, subscription["id"], status="open"):
        invoices.void(account, invoice, at=at)
    subscription.update(status="incomplete_expired", ended_at=at)
    account.emit("customer.subscription.updated", subscription, at=at, before=before)


def remind_of_trial_end(account: Account, subscription: Object, *, at: int) -> None:
    """Three days before a trial ends, once."""
    account.secret_of(subscription["id"])["reminded"] = True
    account.emit("customer.subscription.trial_will_end", subscription, at=at)


def item_of(subscription: Object) -> Object:
    """Its one item: the stand-in imitates subscriptions of one price."""
    item: Object = subscription["items"]["data"][0]
    return item


def period_of(subscription: Object) -> Period:
    """The period that is running."""
    item = item_of(subscription)
    return Period(start=item["current_period_start"], end=item["current_period_end"])


def card_of(account: Account, subscription: Object) -> str | None:
    """The card that pays: the subscription's own, otherwise the customer's."""
    customer = account.objects["customer"][subscription["customer"]]
    settings = customer.get("invoice_settings") or {}
    found: str | None = subscription["default_payment_method"] or settings.get(
        "default_payment_method"
    )
    return found


def end_of_period(price: Object, *, anchor: int, after: int) -> int:
    """The first moment after `after` that is a whole number of intervals from the anchor."""
    count = 1
    while (finish := _later(anchor, price["recurring"], count)) <= after:
        count += 1
    return finish


def _later(anchor: int, recurring: Mapping[str, Any], times: int) -> int:
    """The anchor and some intervals; the 31st is the last day of a shorter month, as at Stripe."""
    start_at = datetime.fromtimestamp(anchor, UTC)
    interval, count = recurring["interval"], recurring["interval_count"] * times
    if interval in DAYS:
        return int((start_at + timedelta(days=DAYS[interval] * count)).timestamp())
    months = start_at.month - 1 + count * (MONTHS_A_YEAR if interval == "year" else 1)
    year, month = start_at.year + months // MONTHS_A_YEAR, months % MONTHS_A_YEAR + 1
    day = min(start_at.day, calendar.monthrange(year, month)[1])
    return int(start_at.replace(year=year, month=month, day=day).timestamp())


def name_of(account: Account, price: Object) -> str:
    """The name of what a price is for."""
    product = account.find("product", price["product"])
    return str(product["name"]) if product else str(price["product"])


def _draft(
    account: Account, subscription: Object, *, lines: list[Object], reason: str, at: int
) -> Object:
    made = invoices.draft(
        account,
        subscription=subscription,
        lines=lines,
        reason=reason,
        at=at,
        period=period_of(subscription),
    )
    subscription["latest_invoice"] = made["id"]
    return made


def _before(subscription: Object) -> Object:
    """What it was, items too, for an event to tell the difference."""
    items = subscription["items"]
    return {**subscription, "items": {**items, "data": [dict(row) for row in items["data"]]}}


def _put_item(
    account: Account, subscription: Object, *, price: Object, quantity: int, period: Period
) -> None:
    """Gives a new subscription its one item."""
    item = shapes.new(
        "subscription_item",
        id=account.new_id("subscription_item"),
        created=period.start,
        current_period_end=period.end,
        current_period_start=period.start,
        quantity=quantity,
        subscription=subscription["id"],
    )
    _put_price(item, price)
    url = f"/v1/subscription_items?subscription={subscription['id']}"
    subscription["items"] = shapes.list_of([item], url=url)


def _put_price(item: Object, price: Object) -> None:
    item.update(price=dict(price), plan=products.plan_of(price))


def _rhythm(price: Object) -> tuple[str, int]:
    return price["recurring"]["interval"], price["recurring"]["interval_count"]


def _says(account: Account, subscription: Object, *, trial: bool = False) -> str:
    item = item_of(subscription)
    name = name_of(account, item["price"])
    if trial:
        return f"Trial period for {name}"
    cost = f"${item['price']['unit_amount'] / 100:.2f} / {item['price']['recurring']['interval']}"
    return f"{item['quantity']} x {name} (at {cost})"
