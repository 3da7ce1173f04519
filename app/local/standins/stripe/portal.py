"""What may customers change by themselves? The portal's configurations and sessions, and its buttons."""

from typing import Any

from app.local.standins.stripe import customers, subscription_requests, subscriptions, wire
from app.local.standins.stripe.account import Account
from app.local.standins.stripe.customers import TestCard
from app.local.standins.stripe.shapes import Object
from app.local.standins.stripe.wire import Call, RefusedError

CONFIGURATION, SESSION = "billing_portal.configuration", "billing_portal.session"
FLOWS = (
    "payment_method_update",
    "subscription_cancel",
    "subscription_update",
    "subscription_update_confirm",
)
FEATURE_OF_FLOW = {
    "payment_method_update": "payment_method_update",
    "subscription_cancel": "subscription_cancel",
    "subscription_update": "subscription_update",
    "subscription_update_confirm": "subscription_update",
}


class NotOfferedError(Exception):
    """The portal does not let customers do this."""


def create_configuration(account: Account, call: Call) -> Object:
    """POST /v1/billing_portal/configurations; the first one is the default."""
    wire.required(call.params, "features")
    at = account.now()
    made = account.add(
        CONFIGURATION, created=at, is_default=not account.all(CONFIGURATION), updated=at
    )
    _fill_in(made, call.params)
    account.emit("billing_portal.configuration.created", made, at=at)
    return made


def update_configuration(account: Account, call: Call) -> Object:
    """POST /v1/billing_portal/configurations/{id}."""
    found = wire.existing(account, CONFIGURATION, call.id)
    before = dict(found)
    _fill_in(found, call.params)
    if "active" in call.params:
        found["active"] = wire.truth(call.params, "active")
    found["updated"] = account.now()
    account.emit("billing_portal.configuration.updated", found, at=account.now(), before=before)
    return found


def _fill_in(configuration: Object, params: Object) -> None:
    for name in ("default_return_url", "name"):
        if name in params:
            configuration[name] = params[name] or None
    profile = params.get("business_profile") or {}
    configuration["business_profile"] = {**configuration["business_profile"], **profile}
    configuration["metadata"] = wire.merged_metadata(params, configuration["metadata"])
    features = dict(configuration["features"])
    for name, given in (params.get("features") or {}).items():
        if name not in features:
            raise RefusedError(f"Received unknown parameter: features[{name}]", param="features")
        features[name] = _merged(features[name], given)
    configuration["features"] = features


def _merged(old: Object, given: Object) -> Object:
    """Nested values are merged, and what was a truth stays one."""
    made = dict(old)
    for name, value in given.items():
        if isinstance(old.get(name), bool):
            made[name] = wire.truth(given, name)
        elif isinstance(old.get(name), dict) and isinstance(value, dict):
            made[name] = _merged(old[name], value)
        else:
            made[name] = value or []
    return made


def retrieve_configuration(account: Account, call: Call) -> Object:
    """GET /v1/billing_portal/configurations/{id}."""
    return wire.existing(account, CONFIGURATION, call.id)


def list_configurations(account: Account, call: Call) -> Object:
    """GET /v1/billing_portal/configurations."""
    rows = account.all(CONFIGURATION)
    for name in ("active", "is_default"):
        wanted = wire.truth(call.params, name)
        rows = [row for row in rows if wanted in {None, row[name]}]
    return wire.page(call, rows)


def create_session(account: Account, call: Call) -> Object:
    """POST /v1/billing_portal/sessions."""
    params = call.params
    customer = customers.living(account, wire.required(params, "customer"), param="customer")
    configuration = _configuration(account, params.get("configuration"))
    flow = _flow(account, customer, configuration, params.get("flow_data"))
    made = account.add(
        SESSION,
        configuration=configuration["id"],
        created=account.time_of(customer["id"]),
        customer=customer["id"],
        flow=flow,
        locale=params.get("locale"),
        return_url=params.get("return_url") or configuration["default_return_url"],
    )
    made["url"] = f"{call.base_url}/portal/{made['id']}"
    account.emit("billing_portal.session.created", made, at=made["created"])
    return made


def _configuration(account: Account, wanted: str | None) -> Object:
    if wanted:
        return wire.existing(account, CONFIGURATION, wanted, param="configuration")
    found = account.all(CONFIGURATION, is_default=True)
    if not found:
        message = (
            "No configuration provided and your test mode default configuration has not been created. "
            "Provide a configuration or create your default by saving your customer portal settings in "
            "test mode at https://dashboard.stripe.com/test/settings/billing/portal."
        )
        raise RefusedError(message)
    return found[0]


def _flow(account: Account, customer: Object, configuration: Object, given: Any) -> Object | None:
    if not given:
        return None
    kind = wire.required(given, "type", within="flow_data")
    if kind not in FLOWS:
        message = f"Invalid flow_data[type]: must be one of {', '.join(FLOWS)}"
        raise RefusedError(message, param="flow_data[type]")
    feature = FEATURE_OF_FLOW[kind]
    if not configuration["features"][feature]["enabled"]:
        message = f"This flow needs the feature {feature}, which is disabled in the configuration."
        raise RefusedError(message, param="flow_data[type]")
    flow: Object = {"after_completion": _after(given.get("after_completion") or {}), "type": kind}
    for name in FLOWS[1:]:
        flow[name] = None
    if kind in FLOWS[1:]:
        details = wire.required(given, kind, within="flow_data")
        flow[kind] = _details(account, customer, configuration, kind, details)
    return flow


def _after(given: Object) -> Object:
    kind = given.get("type", "portal_homepage")
    confirmation = given.get("hosted_confirmation") or {}
    redirect = given.get("redirect") or {}
    return {
        "hosted_confirmation": {"custom_message": confirmation.get("custom_message")}
        if kind == "hosted_confirmation"
        else None,
        "redirect": {"return_url": wire.required(redirect, "return_url", within="redirect")}
        if kind == "redirect"
        else None,
        "type": kind,
    }


def _details(
    account: Account, customer: Object, configuration: Object, kind: str, given: Object
) -> Object:
    within = f"flow_data[{kind}]"
    wanted = wire.required(given, "subscription", within=within)
    param = f"{within}[subscription]"
    subscription = wire.existing(account, "subscription", wanted, param=param)
    ended = subscription["status"] in subscriptions.ENDED
    if subscription["customer"] != customer["id"] or ended:
        message = f"The subscription {wanted} is not an active subscription of the customer."
        raise RefusedError(message, code="resource_missing", param=param)
    if kind == "subscription_cancel":
        return {"retention": None, "subscription": wanted}
    if kind == "subscription_update":
        return {"subscription": wanted}
    items = wire.required(given, "items", within=within)
    item = subscriptions.item_of(subscription)
    price, quantity = subscription_requests.price_and_quantity(account, items)
    if items[0].get("id") != item["id"]:
        message = f"The subscription has no item {items[0].get('id')}; it has {item['id']}."
        raise RefusedError(message, code="resource_missing", param=f"{within}[items][0][id]")
    if price["id"] not in [row["id"] for row in offered_prices(account, configuration)]:
        message = (
            f"The price {price['id']} is not in the configuration's subscription_update[products]."
        )
        raise RefusedError(message, param=f"{within}[items][0][price]")
    if price["id"] == item["price"]["id"] and quantity == item["quantity"]:
        message = "The subscription would not be changed by this update."
        raise RefusedError(message, param=f"{within}[items]")
    row = {"id": item["id"], "price": price["id"], "quantity": quantity}
    return {"discounts": None, "items": [row], "subscription": wanted}


def offered_prices(account: Account, configuration: Object) -> list[Object]:
    """The prices between which customers may change by themselves."""
    feature = configuration["features"]["subscription_update"]
    if not feature["enabled"] or "price" not in feature["default_allowed_updates"]:
        return []
    ids = [price for row in feature["products"] for price in row["prices"]]
    return [found for price in ids if (found := account.find("price", price)) is not None]


def subscription_of(account: Account, session: Object) -> Object | None:
    """The subscription that the portal shows: its flow's, otherwise the customer's newest that lives."""
    flow = session["flow"] or {}
    named = flow.get(flow.get("type")) or {}
    if "subscription" in named:
        return account.find("subscription", named["subscription"])
    rows = account.all("subscription", customer=session["customer"])
    return next((row for row in rows if row["status"] not in subscriptions.ENDED), None)


def change_plan(account: Account, session: Object, *, price_id: str) -> str | None:
    """Changes to an offered price; None when it is done, otherwise why the card was declined."""
    configuration = account.objects[CONFIGURATION][session["configuration"]]
    found = _living_subscription(account, session)
    offered = offered_prices(account, configuration)
    price = next((row for row in offered if row["id"] == price_id), None)
    if price is None:
        raise NotOfferedError(f"The price {price_id} is not offered here.")
    at = account.time_of(session["customer"])
    proration = configuration["features"]["subscription_update"]["proration_behavior"]
    lines = subscriptions.prorated(
        account, found, price=price, quantity=subscriptions.item_of(found)["quantity"], at=at
    )
    due_now = proration == "always_invoice" and sum(line["amount"] for line in lines) > 0
    declines = customers.decline_of(account, subscriptions.card_of(account, found))
    if due_now and declines:
        return declines
    subscriptions.change_price(
        account,
        found,
        price=price,
        quantity=subscriptions.item_of(found)["quantity"],
        proration=proration,
        at=at,
    )
    return None


def cancel(account: Account, session: Object) -> None:
    """Ends the subscription as the configuration says: with its period, or at once."""
    configuration = account.objects[CONFIGURATION][session["configuration"]]
    feature = configuration["features"]["subscription_cancel"]
    if not feature["enabled"]:
        raise NotOfferedError("Cancelling is not offered here.")
    found = _living_subscription(account, session)
    at = account.time_of(session["customer"])
    if feature["mode"] == "immediately":
        subscriptions.end(account, found, reason="cancellation_requested", at=at)
    else:
        _set_cancelled(account, found, wanted=True, at=at)


def resume(account: Account, session: Object) -> None:
    """Takes a cancellation back while the period lasts."""
    at = account.time_of(session["customer"])
    _set_cancelled(account, _living_subscription(account, session), wanted=False, at=at)


def _set_cancelled(account: Account, found: Object, *, wanted: bool, at: int) -> None:
    before = dict(found)
    subscriptions.set_cancel_at_period_end(found, wanted=wanted, at=at)
    account.emit("customer.subscription.updated", found, at=at, before=before)


def change_card(account: Account, session: Object, *, card: TestCard) -> str | None:
    """Another card, which pays at once what is open; None when it is taken, otherwise the decline code."""
    configuration = account.objects[CONFIGURATION][session["configuration"]]
    if not configuration["features"]["payment_method_update"]["enabled"]:
        raise NotOfferedError("Changing the card is not offered here.")
    if card.at_first:
        return card.at_first
    customer = customers.living(account, session["customer"])
    at = account.time_of(customer["id"])
    saved = customers.save_card(account, card=card, customer=customer, at=at)
    customers.make_default(account, customer=customer, card=saved, at=at)
    found = subscription_of(account, session)
    if found is not None:
        before = dict(found)
        found["default_payment_method"] = saved["id"]
        account.emit("customer.subscription.updated", found, at=at, before=before)
        if card.later is None:
            for invoice in account.all("invoice", customer=customer["id"], status="open")[::-1]:
                subscriptions.collect(account, invoice, at=at)
    return None


def _living_subscription(account: Account, session: Object) -> Object:
    found = subscription_of(account, session)
    if found is None or found["status"] in subscriptions.ENDED:
        raise NotOfferedError("There is no subscription any more.")
    return found
