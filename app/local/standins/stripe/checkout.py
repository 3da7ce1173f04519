"""How does somebody buy a plan? Checkout sessions, and what their page's buttons do."""

from app.local.standins.stripe import customers, shapes, subscription_requests, subscriptions, wire
from app.local.standins.stripe.account import Account
from app.local.standins.stripe.customers import TestCard
from app.local.standins.stripe.invoices import DAY
from app.local.standins.stripe.shapes import Object
from app.local.standins.stripe.wire import Call, RefusedError

SHORTEST_SECONDS, LONGEST_SECONDS = 1_800, DAY
LONGEST_REFERENCE = 200
SESSION_PLACE = "{CHECKOUT_SESSION_ID}"
HOSTED = ("hosted", "hosted_page")
STATUSES = ("open", "complete", "expired")
COPIED = (
    *("cancel_url", "client_reference_id", "locale", "allow_promotion_codes", "customer_email"),
    "billing_address_collection",
)


class ClosedError(Exception):
    """A session that was paid or is over; its page has no buttons any more."""


def create(account: Account, call: Call) -> Object:
    """POST /v1/checkout/sessions, for subscriptions."""
    params = call.params
    _refuse_what_is_not_imitated(params)
    customer = params.get("customer")
    if customer:
        customers.living(account, customer, param="customer")
        if params.get("customer_email"):
            message = "You may only specify one of these parameters: customer, customer_email."
            raise RefusedError(message, param="customer")
    items = wire.required(params, "line_items")
    price, quantity = subscription_requests.price_and_quantity(account, items)
    at = account.time_of(customer)
    given = params.get("subscription_data") or {}
    trial_end = subscription_requests.trial_end_of(given, at=at)
    amount = price["unit_amount"] * quantity
    made = account.add(
        "checkout.session",
        **{name: params.get(name) or None for name in COPIED},
        success_url=wire.required(params, "success_url"),
        amount_subtotal=0 if trial_end else amount,
        amount_total=0 if trial_end else amount,
        created=at,
        currency=price["currency"],
        customer=customer,
        customer_details=_details(account.find("customer", customer or "")),
        expires_at=_expires_at(params, at=at),
        metadata=wire.merged_metadata(params, {}),
        payment_method_collection=params.get("payment_method_collection", "always"),
    )
    made["allow_promotion_codes"] = wire.truth(params, "allow_promotion_codes")
    made["url"] = f"{call.base_url}/checkout/{made['id']}"
    hidden = account.secret_of(made["id"])
    hidden["line_items"] = [_line_item(account, price, quantity, free=trial_end is not None)]
    hidden["metadata"] = wire.merged_metadata(given, {})
    hidden["description"] = given.get("description")
    hidden["trial_seconds"] = trial_end - at if trial_end else None
    return made


def _refuse_what_is_not_imitated(params: Object) -> None:
    if wire.required(params, "mode") != "subscription":
        raise RefusedError("This stand-in imitates mode=subscription alone.", param="mode")
    if params.get("ui_mode", "hosted_page") not in HOSTED:
        raise RefusedError("This stand-in imitates hosted pages alone.", param="ui_mode")
    if len(params.get("client_reference_id", "")) > LONGEST_REFERENCE:
        message = f"Invalid string: must be at most {LONGEST_REFERENCE} characters"
        raise RefusedError(message, param="client_reference_id")
    for name in ("success_url", "cancel_url"):
        url = params.get(name)
        if url and not url.startswith(("http://", "https://")):
            raise RefusedError("Not a valid URL", code="url_invalid", param=name)


def _expires_at(params: Object, *, at: int) -> int:
    wanted = wire.whole(params, "expires_at")
    if wanted is None:
        return at + DAY
    if not SHORTEST_SECONDS <= wanted - at <= LONGEST_SECONDS:
        message = "The `expires_at` timestamp must be 30 minutes to 24 hours from Checkout Session creation."
        raise RefusedError(message, param="expires_at")
    return wanted


def _details(customer: Object | None, email: str | None = None) -> Object | None:
    shown = customer or {"address": None, "email": email, "name": None, "phone": None}
    if not customer and not email:
        return None
    kept = {name: shown[name] for name in ("address", "email", "name", "phone")}
    return {
        **kept,
        "business_name": None,
        "individual_name": None,
        "tax_exempt": "none",
        "tax_ids": None,
    }


def _line_item(account: Account, price: Object, quantity: int, *, free: bool) -> Object:
    amount = 0 if free else price["unit_amount"] * quantity
    return shapes.new(
        "item",
        id=account.new_id("item"),
        amount_subtotal=amount,
        amount_total=amount,
        currency=price["currency"],
        description=subscriptions.name_of(account, price),
        price=dict(price),
        quantity=quantity,
    )


def retrieve(account: Account, call: Call) -> Object:
    """GET /v1/checkout/sessions/{id}."""
    return wire.existing(account, "checkout.session", call.id)


def list_line_items(account: Account, call: Call) -> Object:
    """GET /v1/checkout/sessions/{id}/line_items."""
    wire.existing(account, "checkout.session", call.id)
    return wire.page(call, account.secret_of(call.id)["line_items"])


def list_sessions(account: Account, call: Call) -> Object:
    """GET /v1/checkout/sessions."""
    wire.one_of(call.params, "status", STATUSES)
    rows = account.all("checkout.session")
    for name in ("customer", "subscription", "status"):
        if name in call.params:
            rows = [row for row in rows if row[name] == call.params[name]]
    return wire.page(call, rows)


def expire_request(account: Account, call: Call) -> Object:
    """POST /v1/checkout/sessions/{id}/expire."""
    found = wire.existing(account, "checkout.session", call.id)
    if found["status"] != "open":
        message = (
            'Only Checkout Sessions with a status in ["open"] can be expired. '
            f"This Checkout Session has a status of {found['status']}."
        )
        raise RefusedError(message)
    expire(account, found, at=account.time_of(found["customer"]))
    return found


def expire(account: Account, session: Object, *, at: int) -> None:
    """Nobody can pay here any more."""
    session.update(status="expired", url=None)
    account.emit("checkout.session.expired", session, at=at)


def pay(account: Account, session: Object, *, card: TestCard, email: str | None) -> str | None:
    """Presses the page's button; None when the plan is bought, otherwise the decline code.

    Raises:
        ClosedError: the session was completed or has expired.
    """
    if session["status"] != "open":
        raise ClosedError
    hidden = account.secret_of(session["id"])
    trial = hidden["trial_seconds"]
    declines = card.at_first or (None if trial else card.later)
    if declines:
        return declines
    customer = _customer_of(account, session, email)
    at = account.time_of(customer["id"])
    saved = customers.save_card(account, card=card, customer=customer, at=at)
    item = hidden["line_items"][0]
    made = subscriptions.start(
        account,
        customer=customer,
        price=account.objects["price"][item["price"]["id"]],
        quantity=item["quantity"],
        at=at,
        trial_end=at + trial if trial else None,
        card=saved["id"],
        metadata=hidden["metadata"],
        description=hidden["description"],
    )
    session.update(
        customer=customer["id"],
        customer_details=_details(customer),
        invoice=made["latest_invoice"],
        payment_status="no_payment_required" if trial else "paid",
        status="complete",
        subscription=made["id"],
        url=None,
    )
    account.emit("checkout.session.completed", session, at=at)
    return None


def _customer_of(account: Account, session: Object, email: str | None) -> Object:
    """Whose session it is; whoever has no customer yet becomes one, with the page's email."""
    if session["customer"]:
        return customers.living(account, session["customer"])
    given = Call(params={"email": session["customer_email"] or email or ""})
    return customers.create(account, given)


def success_url(session: Object) -> str:
    """Where the buyer goes on, with the session's id where it was asked for."""
    return str(session["success_url"]).replace(SESSION_PLACE, session["id"])


def cancel_url(session: Object) -> str | None:
    """Where somebody goes on who buys nothing."""
    url = session["cancel_url"]
    return None if url is None else str(url).replace(SESSION_PLACE, session["id"])
