"""What is owed, and was it paid? Invoices, their lines, and the share of a period that was not used."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from app.local.standins.stripe import customers, shapes, wire
from app.local.standins.stripe.account import Account
from app.local.standins.stripe.shapes import Object
from app.local.standins.stripe.wire import Call, RefusedError

HOUR, DAY = 3_600, 86_400
DRAFT_SECONDS = HOUR
KIND = "subscription_details"
RETRY_AFTER_DAYS = (3, 5, 7)
STATUSES = ("draft", "open", "paid", "uncollectible", "void")


@dataclass(frozen=True, kw_only=True)
class Period:
    """From one moment to another."""

    start: int
    end: int

    def share(self, amount: int, *, left_at: int) -> int:
        """An amount of the whole period, for what is left of it at a moment; cents, half up."""
        left = Decimal(self.end - left_at) / Decimal(self.end - self.start)
        return int((amount * left).quantize(Decimal(1), ROUND_HALF_UP))


def line(
    account: Account,
    *,
    subscription: Object,
    price: Object,
    amount: int,
    period: Period,
    description: str,
    proration: bool = False,
) -> Object:
    """One line of an invoice for a subscription's item."""
    item = subscription["items"]["data"][0]
    pricing = {
        "price_details": {"price": price["id"], "product": price["product"]},
        "type": "price_details",
        "unit_amount_decimal": price["unit_amount_decimal"],
    }
    return shapes.new(
        "line_item",
        id=account.new_id("line_item"),
        amount=amount,
        currency=price["currency"],
        description=description,
        discountable=not proration,
        metadata=dict(subscription["metadata"]),
        parent=_parent_of_line(subscription, item, proration=proration),
        period={"start": period.start, "end": period.end},
        pricing=pricing,
        quantity=item["quantity"],
        subscription=subscription["id"],
    )


def _parent_of_line(subscription: Object, item: Object, *, proration: bool) -> Object:
    """What a line is for."""
    details = {
        "invoice_item": None,
        "proration": proration,
        "proration_details": {"credited_items": None},
        "subscription": subscription["id"],
        "subscription_item": item["id"],
    }
    return {
        "invoice_item_details": None,
        "subscription_item_details": details,
        "type": "subscription_item_details",
    }


def draft(
    account: Account,
    *,
    subscription: Object,
    lines: list[Object],
    reason: str,
    at: int,
    period: Period,
) -> Object:
    """A new invoice, not final yet."""
    customer = customers.living(account, subscription["customer"])
    total = sum(row["amount"] for row in lines)
    details = {"metadata": dict(subscription["metadata"]), "subscription": subscription["id"]}
    invoice_id = account.new_id("invoice")
    for row in lines:
        row["invoice"] = invoice_id
    made = account.add(
        "invoice",
        id=invoice_id,
        automatically_finalizes_at=at + DRAFT_SECONDS,
        billing_reason=reason,
        created=at,
        currency=subscription["currency"],
        customer=customer["id"],
        customer_address=customer["address"],
        customer_email=customer["email"],
        customer_name=customer["name"],
        customer_phone=customer["phone"],
        lines=shapes.list_of(lines, url=f"/v1/invoices/{invoice_id}/lines"),
        parent={"quote_details": None, "subscription_details": details, "type": KIND},
        period_end=period.end,
        period_start=period.start,
        test_clock=subscription["test_clock"],
        **dict.fromkeys(("subtotal", "subtotal_excluding_tax", "total"), total),
        total_excluding_tax=total,
        amount_due=max(0, total),
        amount_remaining=max(0, total),
    )
    account.emit("invoice.created", made, at=at)
    return made


def finalize(account: Account, invoice: Object, *, at: int) -> None:
    """Gives it its number, and what is due once the customer's credit is taken off."""
    customer = customers.living(account, invoice["customer"])
    starting = customer["balance"]
    owed = invoice["total"] + starting
    number = customer["next_invoice_sequence"]
    customer.update(
        balance=min(0, owed), next_invoice_sequence=number + 1, currency=invoice["currency"]
    )
    invoice.update(
        amount_due=max(0, owed),
        amount_remaining=max(0, owed),
        automatically_finalizes_at=None,
        effective_at=at,
        ending_balance=customer["balance"],
        number=f"{customer['invoice_prefix']}-{number:04d}",
        starting_balance=starting,
        status="open",
        status_transitions={**invoice["status_transitions"], "finalized_at": at},
    )
    account.emit("invoice.finalized", invoice, at=at)


def pay(account: Account, invoice: Object, *, card: str | None, at: int) -> str | None:
    """Tries to pay an open invoice; None when it is paid, otherwise the decline code."""
    due = invoice["amount_due"]
    declines = customers.decline_of(account, card) if due else None
    invoice["attempted"] = True
    if declines is None:
        invoice.update(
            amount_paid=due,
            amount_remaining=0,
            attempt_count=invoice["attempt_count"] + (1 if due else 0),
            auto_advance=False,
            next_payment_attempt=None,
            status="paid",
            status_transitions={**invoice["status_transitions"], "paid_at": at},
        )
        account.emit("invoice.paid", invoice, at=at)
        account.emit("invoice.payment_succeeded", invoice, at=at)
        return None
    invoice["attempt_count"] += 1
    _plan_next_attempt(invoice, at=at)
    account.emit("invoice.payment_failed", invoice, at=at)
    return declines


def _plan_next_attempt(invoice: Object, *, at: int) -> None:
    """Another attempt some days later, as long as there are any left and the invoice renews something."""
    tried = invoice["attempt_count"]
    first = invoice["billing_reason"] == "subscription_create"
    if first or tried > len(RETRY_AFTER_DAYS):
        invoice.update(next_payment_attempt=None, auto_advance=False)
    else:
        invoice["next_payment_attempt"] = at + RETRY_AFTER_DAYS[tried - 1] * DAY


def give_up(invoice: Object) -> None:
    """Nothing happens to it by itself any more."""
    invoice.update(auto_advance=False, next_payment_attempt=None, automatically_finalizes_at=None)


def void(account: Account, invoice: Object, *, at: int) -> None:
    """An open invoice that nobody owes."""
    if invoice["status"] != "open":
        raise RefusedError("You can only void open invoices.")
    give_up(invoice)
    transitions = {**invoice["status_transitions"], "voided_at": at}
    invoice.update(status="void", status_transitions=transitions)
    account.emit("invoice.voided", invoice, at=at)


def subscription_of(invoice: Object) -> str:
    """The id of the subscription that an invoice is for."""
    details: dict[str, Any] = invoice["parent"]["subscription_details"]
    return str(details["subscription"])


def of_subscription(account: Account, subscription: str, **having: Any) -> list[Object]:
    """A subscription's invoices, the newest first."""
    rows = account.all("invoice", **having)
    return [row for row in rows if subscription_of(row) == subscription]


def retrieve(account: Account, call: Call) -> Object:
    """GET /v1/invoices/{id}."""
    return wire.existing(account, "invoice", call.id)


def list_invoices(account: Account, call: Call) -> Object:
    """GET /v1/invoices."""
    params = call.params
    wire.one_of(params, "status", STATUSES)
    rows = [
        row
        for row in account.all("invoice")
        if params.get("customer") in {None, row["customer"]}
        and params.get("status") in {None, row["status"]}
        and params.get("subscription") in {None, subscription_of(row)}
    ]
    return wire.page(call, rows)


def list_lines(account: Account, call: Call) -> Object:
    """GET /v1/invoices/{id}/lines."""
    return wire.page(call, list(wire.existing(account, "invoice", call.id)["lines"]["data"]))
