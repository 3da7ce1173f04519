"""What may one ask of subscriptions and their invoices through the API?"""

from typing import Any

from app.local.standins.stripe import customers, invoices, subscriptions, wire
from app.local.standins.stripe.account import Account
from app.local.standins.stripe.invoices import DAY
from app.local.standins.stripe.shapes import Object
from app.local.standins.stripe.wire import Call, RefusedError

PRORATIONS = ("create_prorations", "always_invoice", "none")
PAYMENT_BEHAVIORS = (
    "allow_incomplete",
    "error_if_incomplete",
    "default_incomplete",
    "pending_if_incomplete",
)
STATUSES = (
    *("active", "past_due", "unpaid", "canceled", "incomplete", "incomplete_expired"),
    *("trialing", "paused", "ended", "all"),
)


def create(account: Account, call: Call) -> Object:
    """POST /v1/subscriptions."""
    params = call.params
    customer = customers.living(account, wire.required(params, "customer"), param="customer")
    behavior = wire.one_of(params, "payment_behavior", PAYMENT_BEHAVIORS, "allow_incomplete")
    price, quantity = price_and_quantity(account, wire.required(params, "items"))
    at = account.time_of(customer["id"])
    trial_end = trial_end_of(params, at=at)
    card = params.get("default_payment_method")
    if card:
        wire.existing(account, "payment_method", card, param="default_payment_method")
    pays_with = card or customer["invoice_settings"]["default_payment_method"]
    if pays_with is None and trial_end is None and behavior != "default_incomplete":
        message = (
            "This customer has no attached payment source or default payment method. Please consider "
            "adding a default payment method."
        )
        raise RefusedError(message, code="resource_missing")
    declines = customers.decline_of(account, pays_with) if trial_end is None else None
    if declines and behavior == "error_if_incomplete":
        raise customers.declined(declines)
    made = subscriptions.start(
        account,
        customer=customer,
        price=price,
        quantity=quantity,
        at=at,
        trial_end=trial_end,
        card=card,
        metadata=wire.merged_metadata(params, {}),
        description=params.get("description"),
    )
    if wire.truth(params, "cancel_at_period_end"):
        _cancel_at_period_end(account, made, wanted=True, at=at)
    return made


def price_and_quantity(account: Account, items: Any) -> tuple[Object, int]:
    """The one price that is asked for, and how many of it."""
    if not isinstance(items, list) or len(items) != 1 or not isinstance(items[0], dict):
        message = "This stand-in imitates subscriptions with exactly one item."
        raise RefusedError(message, param="items")
    price_id = wire.required(items[0], "price", within="items[0]")
    price = wire.existing(account, "price", price_id, param="items[0][price]")
    if not price["active"]:
        message = (
            f"The price specified is inactive. This field only accepts active prices: {price_id}"
        )
        raise RefusedError(message, param="items[0][price]")
    if price["recurring"] is None:
        message = (
            "The price specified is set to `type=one_time` but this field only accepts recurring."
        )
        raise RefusedError(message, param="items[0][price]")
    quantity = wire.whole(items[0], "quantity")
    return price, 1 if quantity is None else max(0, quantity)


def trial_end_of(params: Object, *, at: int) -> int | None:
    """When the trial that is asked for ends; None without one."""
    days = wire.whole(params, "trial_period_days")
    if days:
        return at + days * DAY
    if params.get("trial_end") in {None, "", "now"}:
        return None
    moment = wire.whole(params, "trial_end") or 0
    if moment <= at:
        raise RefusedError("Invalid timestamp: must be an integer in the future", param="trial_end")
    return moment


def update(account: Account, call: Call) -> Object:
    """POST /v1/subscriptions/{id}."""
    params = call.params
    found = wire.existing(account, "subscription", call.id)
    over = found["status"] in subscriptions.ENDED
    if over and params.keys() - {"metadata", "cancellation_details", "expand"}:
        message = "A canceled subscription can only update its cancellation_details and metadata."
        raise RefusedError(message)
    at = account.time_of(found["customer"])
    change = _change_of(account, found, params)
    if params.get("default_payment_method"):
        card = params["default_payment_method"]
        wire.existing(account, "payment_method", card, param="default_payment_method")
    before = dict(found)
    _fill_in(found, params, at=at)
    account.emit("customer.subscription.updated", found, at=at, before=before)
    if found["trial_end"] == at and found["status"] == "trialing":
        subscriptions.renew(account, found, at=at)
    if change is not None:
        price, quantity = change
        proration = str(params.get("proration_behavior", "create_prorations"))
        subscriptions.change_price(
            account, found, price=price, quantity=quantity, proration=proration, at=at
        )
    return found


def _fill_in(found: Object, params: Object, *, at: int) -> None:
    """The fields that an update sets by themselves."""
    metadata = wire.merged_metadata(params, found["metadata"])
    wanted = wire.truth(params, "cancel_at_period_end")
    moment = wire.whole(params, "cancel_at")
    if moment is not None and (wanted or moment <= at):
        message = "Invalid timestamp: must be in the future, and without cancel_at_period_end."
        raise RefusedError(message, param="cancel_at")
    found["metadata"] = metadata
    for name in ("default_payment_method", "description"):
        if name in params:
            found[name] = params[name] or None
    if "cancellation_details" in params:
        details = params["cancellation_details"] or {}
        found["cancellation_details"] = {**found["cancellation_details"], **details}
    if params.get("trial_end") == "now" and found["status"] == "trialing":
        found["trial_end"] = at
        found["billing_cycle_anchor"] = at
    if wanted is not None:
        subscriptions.set_cancel_at_period_end(found, wanted=wanted, at=at)
    if "cancel_at" in params:
        subscriptions.set_cancel_at(found, moment=moment, at=at)


def _change_of(account: Account, found: Object, params: Object) -> tuple[Object, int] | None:
    """The price and quantity that an update asks for; None when it asks for neither."""
    wire.one_of(params, "proration_behavior", PRORATIONS)
    behavior = wire.one_of(params, "payment_behavior", PAYMENT_BEHAVIORS, "allow_incomplete")
    if "items" not in params:
        return None
    item = subscriptions.item_of(found)
    given = params["items"]
    if not isinstance(given, list) or len(given) != 1 or given[0].get("id") != item["id"]:
        message = (
            f"Name the one item with items[0][id]={item['id']}: without it Stripe would add a second item, "
            "which this stand-in does not imitate."
        )
        raise RefusedError(message, param="items")
    merged = {"price": item["price"]["id"], "quantity": item["quantity"], **given[0]}
    if merged["price"] == item["price"]["id"]:
        change = (item["price"], wire.whole(merged, "quantity") or 0)
    else:
        change = price_and_quantity(account, [merged])
    declines = customers.decline_of(account, subscriptions.card_of(account, found))
    if declines and behavior in ("error_if_incomplete", "pending_if_incomplete"):
        raise customers.declined(declines)
    return change


def _cancel_at_period_end(account: Account, found: Object, *, wanted: bool, at: int) -> None:
    before = dict(found)
    subscriptions.set_cancel_at_period_end(found, wanted=wanted, at=at)
    account.emit("customer.subscription.updated", found, at=at, before=before)


def cancel(account: Account, call: Call) -> Object:
    """DELETE /v1/subscriptions/{id}: at once."""
    found = wire.existing(account, "subscription", call.id)
    if found["status"] in subscriptions.ENDED:
        message = f"No such subscription: '{call.id}'"
        raise RefusedError(message, status=404, code="resource_missing", param="id")
    details = call.params.get("cancellation_details") or {}
    found["cancellation_details"] = {**found["cancellation_details"], **details}
    at = account.time_of(found["customer"])
    subscriptions.end(account, found, reason="cancellation_requested", at=at)
    return found


def retrieve(account: Account, call: Call) -> Object:
    """GET /v1/subscriptions/{id}."""
    return wire.existing(account, "subscription", call.id)


def list_subscriptions(account: Account, call: Call) -> Object:
    """GET /v1/subscriptions: without a status, those that are not canceled."""
    params = call.params
    wire.one_of(params, "status", STATUSES)
    rows = [
        row
        for row in account.all("subscription")
        if params.get("customer") in {None, row["customer"]}
        and params.get("price") in {None, subscriptions.item_of(row)["price"]["id"]}
        and _has_status(row, params.get("status"))
    ]
    return wire.page(call, rows)


def _has_status(subscription: Object, wanted: str | None) -> bool:
    status = subscription["status"]
    if wanted is None:
        return bool(status != "canceled")
    if wanted == "ended":
        return status in subscriptions.ENDED
    return wanted in {"all", status}


def delete_customer(account: Account, call: Call) -> Object:
    """DELETE /v1/customers/{id}: its subscriptions end at once."""
    customer = customers.living(account, call.id)
    at = account.time_of(call.id)
    for row in account.all("subscription", customer=call.id):
        if row["status"] not in subscriptions.ENDED:
            subscriptions.end(account, row, reason=None, at=at)
    return customers.mark_deleted(account, customer)


def pay_invoice(account: Account, call: Call) -> Object:
    """POST /v1/invoices/{id}/pay."""
    found = wire.existing(account, "invoice", call.id)
    if found["status"] == "paid":
        raise RefusedError("Invoice is already paid", code="invoice_already_paid")
    at = account.time_of(found["customer"])
    if found["status"] == "draft":
        invoices.finalize(account, found, at=at)
    if found["status"] != "open":
        raise RefusedError(f"You can't pay an invoice that is {found['status']}.")
    declines = subscriptions.collect(account, found, at=at)
    if declines:
        raise customers.declined(declines)
    return found


def void_invoice(account: Account, call: Call) -> Object:
    """POST /v1/invoices/{id}/void."""
    found = wire.existing(account, "invoice", call.id)
    invoices.void(account, found, at=account.time_of(found["customer"]))
    return found
