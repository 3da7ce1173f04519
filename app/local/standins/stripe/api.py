"""Which requests does Stripe's API take, and what is said to all the others?

One table of routes. Around each: the key, faults, idempotency keys, unknown parameters, and expansion.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from flask import Blueprint, Response, request

from app.local.standins.faults import Faults
from app.local.standins.stripe import (
    checkout,
    clocks,
    customers,
    invoices,
    portal,
    products,
    subscription_requests,
    webhooks,
    wire,
)
from app.local.standins.stripe.account import API_VERSION, Account
from app.local.standins.stripe.shapes import Object
from app.local.standins.stripe.wire import Call, RefusedError

NAME = "stripe"
MODES = ("lost",)
METHODS = ["GET", "POST", "DELETE"]
REMEMBERED_STATUSES = frozenset({200, 402})
LONGEST_KEY = 255
SHOWN_OF_KEY = 4
RETRY_AFTER_SECONDS = 1

Handler = Callable[[Account, Call], Object]


@dataclass(frozen=True)
class Route:
    """One request: `{}` in the path is an id, `params` are the parameters that are taken."""

    method: str
    path: str
    handler: Handler
    params: str = ""

    @property
    def pattern(self) -> re.Pattern[str]:
        """The path as an expression whose groups are the ids."""
        return re.compile(re.escape(self.path).replace(r"\{\}", "([^/]+)") + "/?")


CUSTOMER = (
    "address balance description email invoice_settings metadata name phone preferred_locales"
)
PRODUCT = (
    "active default_price description metadata name statement_descriptor tax_code unit_label url"
)
CONFIGURATION = "business_profile default_return_url features metadata name"
PAGE = " ".join(sorted(wire.LIST_PARAMS))

ROUTES = (
    Route("POST", "customers", customers.create, f"{CUSTOMER} test_clock"),
    Route("GET", "customers", customers.list_customers, f"{PAGE} email test_clock"),
    Route("GET", "customers/{}", customers.retrieve),
    Route("POST", "customers/{}", customers.update, CUSTOMER),
    Route("DELETE", "customers/{}", subscription_requests.delete_customer),
    Route("GET", "customers/{}/payment_methods", customers.list_cards, f"{PAGE} type"),
    Route("GET", "customers/{}/payment_methods/{}", customers.retrieve_card),
    Route("GET", "payment_methods", customers.list_cards, f"{PAGE} customer type"),
    Route("GET", "payment_methods/{}", customers.retrieve_card),
    Route("POST", "payment_methods/{}/attach", customers.attach_card, "customer"),
    Route("POST", "payment_methods/{}/detach", customers.detach_card),
    Route("POST", "products", products.create_product, f"{PRODUCT} id default_price_data"),
    Route("GET", "products", products.list_products, f"{PAGE} active ids"),
    Route("GET", "products/{}", lambda account, call: wire.existing(account, "product", call.id)),
    Route("POST", "products/{}", products.update_product, PRODUCT),
    Route("DELETE", "products/{}", products.delete_product),
    Route(
        "POST",
        "prices",
        products.create_price,
        "active currency lookup_key metadata nickname product product_data recurring tax_behavior "
        "transfer_lookup_key unit_amount",
    ),
    Route(
        "GET",
        "prices",
        products.list_prices,
        f"{PAGE} active currency lookup_keys product type",
    ),
    Route("GET", "prices/{}", lambda account, call: wire.existing(account, "price", call.id)),
    Route(
        "POST",
        "prices/{}",
        products.update_price,
        "active lookup_key metadata nickname tax_behavior transfer_lookup_key",
    ),
    Route(
        "POST",
        "checkout/sessions",
        checkout.create,
        "allow_promotion_codes billing_address_collection cancel_url client_reference_id customer "
        "customer_email expires_at line_items locale metadata mode payment_method_collection "
        "payment_method_types subscription_data success_url ui_mode",
    ),
    Route(
        "GET", "checkout/sessions", checkout.list_sessions, f"{PAGE} customer status subscription"
    ),
    Route("GET", "checkout/sessions/{}", checkout.retrieve),
    Route("GET", "checkout/sessions/{}/line_items", checkout.list_line_items, PAGE),
    Route("POST", "checkout/sessions/{}/expire", checkout.expire_request),
    Route(
        "POST",
        "subscriptions",
        subscription_requests.create,
        "cancel_at_period_end customer default_payment_method description items metadata "
        "payment_behavior proration_behavior trial_end trial_period_days",
    ),
    Route(
        "GET",
        "subscriptions",
        subscription_requests.list_subscriptions,
        f"{PAGE} customer price status",
    ),
    Route("GET", "subscriptions/{}", subscription_requests.retrieve),
    Route(
        "POST",
        "subscriptions/{}",
        subscription_requests.update,
        "cancel_at cancel_at_period_end cancellation_details default_payment_method description items "
        "metadata payment_behavior proration_behavior trial_end",
    ),
    Route("DELETE", "subscriptions/{}", subscription_requests.cancel, "cancellation_details"),
    Route("GET", "invoices", invoices.list_invoices, f"{PAGE} customer status subscription"),
    Route("GET", "invoices/{}", invoices.retrieve),
    Route("GET", "invoices/{}/lines", invoices.list_lines, PAGE),
    Route("POST", "invoices/{}/pay", subscription_requests.pay_invoice),
    Route("POST", "invoices/{}/void", subscription_requests.void_invoice),
    Route("POST", "billing_portal/configurations", portal.create_configuration, CONFIGURATION),
    Route(
        "GET",
        "billing_portal/configurations",
        portal.list_configurations,
        f"{PAGE} active is_default",
    ),
    Route("GET", "billing_portal/configurations/{}", portal.retrieve_configuration),
    Route(
        "POST",
        "billing_portal/configurations/{}",
        portal.update_configuration,
        f"{CONFIGURATION} active",
    ),
    Route(
        "POST",
        "billing_portal/sessions",
        portal.create_session,
        "configuration customer flow_data locale return_url",
    ),
    Route("GET", "events", webhooks.list_events, f"{PAGE} type types"),
    Route("GET", "events/{}", webhooks.retrieve_event),
    Route(
        "POST",
        "webhook_endpoints",
        webhooks.create,
        "api_version description enabled_events metadata url",
    ),
    Route("GET", "webhook_endpoints", webhooks.list_endpoints, PAGE),
    Route("GET", "webhook_endpoints/{}", webhooks.retrieve),
    Route(
        "POST",
        "webhook_endpoints/{}",
        webhooks.update,
        "description disabled enabled_events metadata url",
    ),
    Route("DELETE", "webhook_endpoints/{}", webhooks.delete),
    Route("POST", "test_helpers/test_clocks", clocks.create, "frozen_time name"),
    Route("GET", "test_helpers/test_clocks", clocks.list_clocks, PAGE),
    Route("GET", "test_helpers/test_clocks/{}", clocks.retrieve),
    Route("DELETE", "test_helpers/test_clocks/{}", clocks.delete),
    Route("POST", "test_helpers/test_clocks/{}/advance", clocks.advance_request, "frozen_time"),
)


def add_to(blp: Blueprint, *, account: Account, faults: Faults) -> None:
    """The API under /v1."""

    @blp.route("/v1/<path:path>", methods=METHODS)
    def answer(path: str) -> Response:
        faults.record(
            provider=NAME,
            method=request.method,
            path=f"/v1/{path}",
            query=request.args.to_dict(),
            at=webhooks.moment(account.now()),
        )
        mode = faults.mode_once_answering(NAME)
        failure = _failure(mode)
        if failure is not None:
            return failure
        with account.lock:
            made = _answer(account, path)
        # The request was acted on; only its answer is lost on the way.
        return Response("<html>502 Bad Gateway</html>", 502) if mode == "lost" else made


def _failure(mode: str) -> Response | None:
    if mode == "429":
        message = "Too many requests hit the API too quickly. We recommend an exponential backoff."
        error = RefusedError(message, status=429, code="rate_limit")
        return _refused(error, {"Retry-After": str(RETRY_AFTER_SECONDS)})
    if mode == "500":
        return _refused(RefusedError("An unknown error occurred", status=500, kind="api_error"), {})
    if mode == "garbage":
        return Response("<html>Sorry...</html>", mimetype="text/html")
    return None


def _answer(account: Account, path: str) -> Response:
    headers = {
        "Request-Id": account.new_id("request"),
        "Stripe-Version": request.headers.get("Stripe-Version", API_VERSION),
    }
    try:
        _check_key(account)
        return _once(account, path, headers)
    except RefusedError as error:
        return _refused(error, headers)


def _check_key(account: Account) -> None:
    given = request.authorization
    key = (given.token or given.username or "") if given else ""
    if not key:
        message = (
            "You did not provide an API key. You need to provide your API key in the Authorization header, "
            "using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY')."
        )
        raise RefusedError(message, status=401)
    if key != account.secret_key or key.startswith("sk_live"):
        message = f"Invalid API Key provided: {'*' * 8}{key[-SHOWN_OF_KEY:]}"
        raise RefusedError(message, status=401)


def _once(account: Account, path: str, headers: dict[str, str]) -> Response:
    """Acts once for each idempotency key, and gives the first answer again to the others."""
    key = request.headers.get("Idempotency-Key") if request.method == "POST" else None
    body = request.get_data(as_text=True)
    if key is None:
        return _acted(account, path, body, None, headers)
    if len(key) > LONGEST_KEY:
        message = f"Idempotency keys have up to {LONGEST_KEY} characters."
        raise RefusedError(message, kind="idempotency_error")
    headers["Idempotency-Key"] = key
    before = account.answers.get(key)
    if before is None:
        made = _acted(account, path, body, key, headers)
        if made.status_code in REMEMBERED_STATUSES:
            account.answers[key] = {
                "path": path,
                "body": body,
                "status": made.status_code,
                "text": made.get_data(as_text=True),
                "request": headers["Request-Id"],
            }
        return made
    if (before["path"], before["body"]) != (path, body):
        message = (
            "Keys for idempotent requests can only be used with the same parameters they were first used "
            f"with. Try using a key other than '{key}' if you meant to execute a different request."
        )
        raise RefusedError(message, kind="idempotency_error")
    headers |= {"Idempotent-Replayed": "true", "Original-Request": before["request"]}
    return Response(before["text"], before["status"], headers, mimetype="application/json")


def _acted(
    account: Account, path: str, body: str, key: str | None, headers: dict[str, str]
) -> Response:
    try:
        text = request.query_string.decode() if request.method != "POST" else body
        params = wire.decoded(text)
        route, ids = _route(request.method, path)
        wire.refuse_unknown(params, route.params.split())
        call = Call(params=params, ids=ids, url=f"/v1/{path}", base_url=f"{request.host_url}{NAME}")
        with account.requested_by(headers["Request-Id"], key):
            made = route.handler(account, call)
            account.changes += request.method != "GET"
            shown = wire.expanded(account, made, params.get("expand"))
    except RefusedError as error:
        return _refused(error, headers)
    return Response(json.dumps(shown, indent=2), 200, headers, mimetype="application/json")


def _refused(error: RefusedError, headers: dict[str, str]) -> Response:
    shown = {**error.error}
    if "code" in shown:
        shown["doc_url"] = f"https://stripe.com/docs/error-codes/{shown['code'].replace('_', '-')}"
    text = json.dumps({"error": shown}, indent=2)
    return Response(text, error.status, headers, mimetype="application/json")


def _route(method: str, path: str) -> tuple[Route, tuple[str, ...]]:
    for route, pattern in _patterns():
        found = pattern.fullmatch(path)
        if found and route.method == method:
            return route, found.groups()
    message = f"Unrecognized request URL ({method}: /v1/{path}), or one that this stand-in does not imitate."
    raise RefusedError(message, status=404)


@cache
def _patterns() -> tuple[tuple[Route, re.Pattern[str]], ...]:
    return tuple((route, route.pattern) for route in ROUTES)
