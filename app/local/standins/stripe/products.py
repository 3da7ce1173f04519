"""What is for sale? Products and their prices."""

from typing import Any

from app.local.standins.stripe import shapes, wire
from app.local.standins.stripe.account import Account
from app.local.standins.stripe.shapes import Object
from app.local.standins.stripe.wire import Call, RefusedError

INTERVALS = ("day", "week", "month", "year")
PRODUCT_TEXTS = ("description", "statement_descriptor", "tax_code", "unit_label", "url")


def create_product(account: Account, call: Call) -> Object:
    """POST /v1/products."""
    at = account.now()
    wanted = call.params.get("id")
    if wanted and account.find("product", wanted):
        message = f"Product already exists: {wanted}"
        raise RefusedError(message, code="resource_already_exists", param="id")
    made = account.add(
        "product",
        **({"id": wanted} if wanted else {}),
        name=wire.required(call.params, "name"),
        active=wire.truth(call.params, "active") is not False,
        metadata=wire.merged_metadata(call.params, {}),
        created=at,
        updated=at,
        **{name: call.params.get(name) or None for name in PRODUCT_TEXTS},
    )
    account.emit("product.created", made, at=at)
    if "default_price_data" in call.params:
        given = {**call.params["default_price_data"], "product": made["id"]}
        made["default_price"] = create_price(account, Call(params=given))["id"]
    return made


def update_product(account: Account, call: Call) -> Object:
    """POST /v1/products/{id}."""
    found = wire.existing(account, "product", call.id)
    before = dict(found)
    for name in (*PRODUCT_TEXTS, "name", "default_price"):
        if name in call.params:
            found[name] = call.params[name] or None
    if "active" in call.params:
        found["active"] = wire.truth(call.params, "active")
    found["metadata"] = wire.merged_metadata(call.params, found["metadata"])
    found["updated"] = account.now()
    account.emit("product.updated", found, at=account.now(), before=before)
    return found


def delete_product(account: Account, call: Call) -> Object:
    """DELETE /v1/products/{id}."""
    found = wire.existing(account, "product", call.id)
    if account.all("price", product=call.id):
        message = "This product cannot be deleted because it has one or more user-created prices."
        raise RefusedError(message)
    account.remove("product", call.id)
    account.emit("product.deleted", found, at=account.now())
    return {"id": call.id, "object": "product", "deleted": True}


def list_products(account: Account, call: Call) -> Object:
    """GET /v1/products."""
    active = wire.truth(call.params, "active")
    ids = call.params.get("ids")
    rows = [
        row
        for row in account.all("product")
        if active in {None, row["active"]} and (ids is None or row["id"] in ids)
    ]
    return wire.page(call, rows)


def create_price(account: Account, call: Call) -> Object:
    """POST /v1/prices."""
    at = account.now()
    params = call.params
    currency = str(wire.required(params, "currency")).lower()
    product = _product_of(account, call)
    amount = wire.whole(params, "unit_amount")
    if amount is None or amount < 0:
        message = "Missing required param: unit_amount."
        raise RefusedError(message, code="parameter_missing", param="unit_amount")
    recurring = _recurring(params)
    _claim_lookup_key(account, params, holder=None)
    made = account.add(
        "price",
        active=wire.truth(params, "active") is not False,
        currency=currency,
        product=product,
        unit_amount=amount,
        unit_amount_decimal=str(amount),
        recurring=recurring,
        type="recurring" if recurring else "one_time",
        lookup_key=params.get("lookup_key"),
        nickname=params.get("nickname"),
        tax_behavior=params.get("tax_behavior", "unspecified"),
        metadata=wire.merged_metadata(params, {}),
        created=at,
    )
    account.emit("price.created", made, at=at)
    return made


def _product_of(account: Account, call: Call) -> str:
    if "product_data" in call.params:
        return str(create_product(account, Call(params=call.params["product_data"]))["id"])
    product = wire.required(call.params, "product")
    return str(wire.existing(account, "product", product, param="product")["id"])


def _recurring(params: Object) -> Object | None:
    given = params.get("recurring")
    if given is None:
        return None
    interval = wire.required(given, "interval", within="recurring")
    if interval not in INTERVALS:
        message = f"Invalid recurring[interval]: must be one of {', '.join(INTERVALS)}"
        raise RefusedError(message, param="recurring[interval]")
    return {
        "interval": interval,
        "interval_count": wire.whole(given, "interval_count") or 1,
        "meter": None,
        "trial_period_days": wire.whole(given, "trial_period_days"),
        "usage_type": "licensed",
    }


def _claim_lookup_key(account: Account, params: Object, *, holder: str | None) -> None:
    """One active price holds a lookup key; `transfer_lookup_key` takes it from another."""
    key = params.get("lookup_key")
    others = [row for row in account.all("price", lookup_key=key) if row["id"] != holder]
    if not key or not others:
        return
    if not wire.truth(params, "transfer_lookup_key"):
        message = f"A price (`{others[0]['id']}`) already uses that lookup key."
        raise RefusedError(message, code="resource_already_exists", param="lookup_key")
    for other in others:
        before = dict(other)
        other["lookup_key"] = None
        account.emit("price.updated", other, at=account.now(), before=before)


def update_price(account: Account, call: Call) -> Object:
    """POST /v1/prices/{id}: what it costs can't be changed."""
    found = wire.existing(account, "price", call.id)
    before = dict(found)
    _claim_lookup_key(account, call.params, holder=call.id)
    for name in ("lookup_key", "nickname", "tax_behavior"):
        if name in call.params:
            found[name] = call.params[name] or None
    if "active" in call.params:
        found["active"] = wire.truth(call.params, "active")
    found["metadata"] = wire.merged_metadata(call.params, found["metadata"])
    account.emit("price.updated", found, at=account.now(), before=before)
    return found


def list_prices(account: Account, call: Call) -> Object:
    """GET /v1/prices."""
    params = call.params
    active = wire.truth(params, "active")
    keys = params.get("lookup_keys")
    rows = [
        row
        for row in account.all("price")
        if active in {None, row["active"]}
        and (keys is None or row["lookup_key"] in keys)
        and all(
            params[name] == row[name] for name in ("product", "type", "currency") if name in params
        )
    ]
    return wire.page(call, rows)


def plan_of(price: Object) -> Object:
    """A price in the older shape that subscription items still show."""
    recurring: dict[str, Any] = price["recurring"]
    return shapes.new(
        "plan",
        id=price["id"],
        active=price["active"],
        amount=price["unit_amount"],
        amount_decimal=price["unit_amount_decimal"],
        created=price["created"],
        currency=price["currency"],
        interval=recurring["interval"],
        interval_count=recurring["interval_count"],
        metadata=dict(price["metadata"]),
        nickname=price["nickname"],
        product=price["product"],
    )
