"""Who pays, and with which card? Customers and their payment methods.

A card's number decides what it does, as Stripe's test cards do.
"""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from app.local.standins.stripe import wire
from app.local.standins.stripe.account import Account
from app.local.standins.stripe.shapes import Object
from app.local.standins.stripe.wire import Call, RefusedError

TEXTS = ("description", "email", "name", "phone")
LONGEST_TEXT = 512
ADDRESS_FIELDS = ("city", "country", "line1", "line2", "postal_code", "state")


@dataclass(frozen=True, kw_only=True)
class TestCard:
    """One of Stripe's test cards. `at_first` and `later` are decline codes, None where it pays."""

    number: str
    magic_id: str
    brand: str
    says: str
    at_first: str | None = None
    later: str | None = None


CARDS: Mapping[str, TestCard] = {
    "visa": TestCard(number="4242424242424242", magic_id="pm_card_visa", brand="visa", says="Pays"),
    "mastercard": TestCard(
        number="5555555555554444", magic_id="pm_card_mastercard", brand="mastercard", says="Pays"
    ),
    "declined": TestCard(
        number="4000000000000002",
        magic_id="pm_card_chargeDeclined",
        brand="visa",
        says="Is declined",
        at_first="generic_decline",
        later="generic_decline",
    ),
    "insufficient_funds": TestCard(
        number="4000000000009995",
        magic_id="pm_card_chargeDeclinedInsufficientFunds",
        brand="visa",
        says="Has insufficient funds",
        at_first="insufficient_funds",
        later="insufficient_funds",
    ),
    "fails_later": TestCard(
        number="4000000000000341",
        magic_id="pm_card_chargeCustomerFail",
        brand="visa",
        says="Can be saved, fails when it is charged",
        later="generic_decline",
    ),
}
DECLINE_SENTENCES = {
    "generic_decline": "Your card was declined.",
    "insufficient_funds": "Your card has insufficient funds.",
}


def create(account: Account, call: Call) -> Object:
    """POST /v1/customers."""
    clock = call.params.get("test_clock")
    if clock:
        wire.existing(account, "test_helpers.test_clock", clock, param="test_clock")
    made = account.add("customer", test_clock=clock)
    made["invoice_prefix"] = f"{zlib.crc32(made['id'].encode()):08X}"
    try:
        _fill_in(account, made, call)
    except RefusedError:
        account.remove("customer", made["id"])
        raise
    made["created"] = account.time_of(made["id"])
    account.emit("customer.created", made, at=made["created"])
    return made


def update(account: Account, call: Call) -> Object:
    """POST /v1/customers/{id}."""
    found = living(account, call.id)
    filled = dict(found)
    _fill_in(account, filled, call)
    before = dict(found)
    found.update(filled)
    account.emit("customer.updated", found, at=account.time_of(found["id"]), before=before)
    return found


def _fill_in(account: Account, customer: Object, call: Call) -> None:
    params = call.params
    for name in TEXTS:
        if len(str(params.get(name, ""))) > LONGEST_TEXT:
            raise RefusedError(f"Invalid string: {name} is too long", param=name)
        if name in params:
            customer[name] = params[name] or None
    if "address" in params:
        given = params["address"] or {}
        customer["address"] = {name: given.get(name) for name in ADDRESS_FIELDS}
    if "balance" in params:
        customer["balance"] = wire.whole(params, "balance") or 0
    if "preferred_locales" in params:
        customer["preferred_locales"] = params["preferred_locales"] or []
    customer["metadata"] = wire.merged_metadata(params, customer["metadata"])
    settings = params.get("invoice_settings", {})
    if "default_payment_method" in settings:
        card = settings["default_payment_method"] or None
        param = "invoice_settings[default_payment_method]"
        if card and _own_card(account, card, param)["customer"] != customer["id"]:
            message = f"The customer does not have a payment method with the ID {card}."
            raise RefusedError(message, code="resource_missing", param=param)
        customer["invoice_settings"] = {
            **customer["invoice_settings"],
            "default_payment_method": card,
        }


def _own_card(account: Account, card: str, param: str) -> Object:
    return wire.existing(account, "payment_method", card, param=param)


def retrieve(account: Account, call: Call) -> Object:
    """GET /v1/customers/{id}; one that is deleted is still told of."""
    return wire.existing(account, "customer", call.id)


def living(account: Account, customer: str, *, param: str = "id") -> Object:
    """A customer that is not deleted."""
    found = wire.existing(account, "customer", customer, param=param)
    if found.get("deleted"):
        message = f"No such customer: '{customer}'"
        status = 404 if param == "id" else 400
        raise RefusedError(message, status=status, code="resource_missing", param=param)
    return found


def mark_deleted(account: Account, customer: Object) -> Object:
    """Leaves of a customer what Stripe leaves: the id."""
    account.emit("customer.deleted", customer, at=account.time_of(customer["id"]))
    for card in account.all("payment_method", customer=customer["id"]):
        card["customer"] = None
    gone = {"id": customer["id"], "object": "customer", "deleted": True}
    account.objects["customer"][customer["id"]] = gone
    return gone


def list_customers(account: Account, call: Call) -> Object:
    """GET /v1/customers."""
    rows = [row for row in account.all("customer") if not row.get("deleted")]
    for name in ("email", "test_clock"):
        if name in call.params:
            rows = [row for row in rows if row[name] == call.params[name]]
    return wire.page(call, rows)


def save_card(account: Account, *, card: TestCard, customer: Object, at: int) -> Object:
    """A payment method made of a test card and attached to a customer."""
    made = account.add("payment_method", created=at, customer=customer["id"])
    made["card"] |= {"brand": card.brand, "display_brand": card.brand, "last4": card.number[-4:]}
    made["card"]["fingerprint"] = f"{zlib.crc32(card.number.encode()):016d}"
    made["card"]["networks"] = {"available": [card.brand], "preferred": None}
    made["billing_details"] |= {"email": customer["email"], "name": customer["name"]}
    account.secret_of(made["id"])["declines"] = card.later
    account.emit("payment_method.attached", made, at=at)
    return made


def make_default(account: Account, *, customer: Object, card: Object, at: int) -> None:
    """From now on this card pays the customer's invoices."""
    before = dict(customer)
    customer["invoice_settings"] = {
        **customer["invoice_settings"],
        "default_payment_method": card["id"],
    }
    account.emit("customer.updated", customer, at=at, before=before)


def decline_of(account: Account, card: str | None) -> str | None:
    """Why this card can't pay, as a decline code; None when it pays."""
    if card is None or account.find("payment_method", card) is None:
        return "generic_decline"
    declines: str | None = account.secret_of(card).get("declines")
    return declines


def declined(code: str) -> RefusedError:
    """Stripe's 402 for a card that can't pay."""
    return RefusedError(
        DECLINE_SENTENCES[code],
        status=402,
        kind="card_error",
        code="card_declined",
        decline_code=code,
    )


def attach_card(account: Account, call: Call) -> Object:
    """POST /v1/payment_methods/{id}/attach: a test card by its name, such as pm_card_visa."""
    customer = living(account, wire.required(call.params, "customer"), param="customer")
    card = next((card for card in CARDS.values() if card.magic_id == call.id), None)
    if card is not None:
        if card.at_first:
            raise declined(card.at_first)
        at = account.time_of(customer["id"])
        return save_card(account, card=card, customer=customer, at=at)
    found = wire.existing(account, "payment_method", call.id)
    if found["customer"] not in {None, customer["id"]}:
        raise RefusedError(
            "The payment method you provided has already been attached to a customer."
        )
    found["customer"] = customer["id"]
    account.emit("payment_method.attached", found, at=account.time_of(customer["id"]))
    return found


def detach_card(account: Account, call: Call) -> Object:
    """POST /v1/payment_methods/{id}/detach."""
    found = wire.existing(account, "payment_method", call.id)
    before = dict(found)
    owner = account.find("customer", found["customer"] or "")
    if owner is None:
        raise RefusedError("The payment method you provided is not attached to a customer.")
    if owner["invoice_settings"]["default_payment_method"] == call.id:
        owner["invoice_settings"]["default_payment_method"] = None
    found["customer"] = None
    at = account.time_of(owner["id"])
    account.emit("payment_method.detached", found, at=at, before=before)
    return found


def retrieve_card(account: Account, call: Call) -> Object:
    """GET /v1/payment_methods/{id}, or below its customer."""
    found = wire.existing(account, "payment_method", call.ids[-1])
    if len(call.ids) > 1 and found["customer"] != call.id:
        raise RefusedError(
            f"No such payment method: '{call.ids[-1]}'", status=404, code="resource_missing"
        )
    return found


def list_cards(account: Account, call: Call) -> Object:
    """GET /v1/payment_methods?customer=, or GET /v1/customers/{id}/payment_methods."""
    customer = call.id if call.ids else wire.required(call.params, "customer")
    rows = account.all("payment_method", customer=living(account, customer)["id"])
    wanted = call.params.get("type")
    return wire.page(call, [row for row in rows if wanted in {None, row["type"]}])
