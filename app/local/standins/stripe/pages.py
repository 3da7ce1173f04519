"""What does one see of Stripe in a browser? Checkout, the portal, and a dashboard for developers.

The buttons are plain forms. No page runs a script or asks any other server for anything.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Response,
    abort,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as AnyResponse

from app.local.standins.stripe import (
    checkout,
    controls,
    customers,
    portal,
    subscriptions,
    webhooks,
    wire,
)
from app.local.standins.stripe.account import SETTINGS, Account
from app.local.standins.stripe.invoices import DAY
from app.local.standins.stripe.shapes import Object

FILES = Path(__file__).parent
MOST_SHOWN = 30
LONGEST_EMAIL = 254
POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'; "
    "form-action 'self'"
)
SYMBOLS = {"usd": "$", "eur": "€", "gbp": "£"}
DECLINED = {
    "generic_decline": "Your card was declined. Try another card.",
    "insufficient_funds": "Your card has insufficient funds. Try another card.",
}
CHECKOUT_CARDS = ("visa", "mastercard", "declined", "insufficient_funds", "fails_later")
PORTAL_CARDS = ("visa", "mastercard", "fails_later", "declined")


def add_to(blp: Blueprint, *, account: Account) -> None:
    """The pages under /checkout, /portal and /."""
    blp.before_request(_refuse_forms_of_others)
    blp.add_app_template_filter(_money, "money")
    blp.add_app_template_filter(webhooks.moment, "moment")
    _add_checkout(blp, account)
    _add_portal(blp, account)
    _add_dashboard(blp, account)

    @blp.get("/stripe.css")
    def show_style() -> Response:
        return Response((FILES / "stripe.css").read_text("utf-8"), mimetype="text/css")


def _refuse_forms_of_others() -> None:
    """A page elsewhere must not press these buttons; the client library sends no Origin."""
    origin = request.headers.get("Origin")
    if origin not in {None, request.host_url.rstrip("/")}:
        abort(403)


def _money(amount: int, currency: str | None) -> str:
    symbol = SYMBOLS.get(currency or "usd", f"{(currency or '').upper()} ")
    return f"{'-' if amount < 0 else ''}{symbol}{abs(amount) / 100:,.2f}"


def _page(template: str, *, leads_to: tuple[str | None, ...] = (), **shown: Any) -> Response:
    """A page; its forms may end at `leads_to`, where the buyer came from."""
    response = make_response(render_template(template, **shown))
    parts = [urlsplit(url) for url in leads_to if url]
    origins = {f"{part.scheme}://{part.netloc}" for part in parts}
    response.headers["Content-Security-Policy"] = " ".join([POLICY, *sorted(origins)])
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _add_checkout(blp: Blueprint, account: Account) -> None:
    @blp.get("/checkout/<session_id>")
    def show_checkout(session_id: str) -> Response:
        with account.lock:
            return _checkout_page(account, _session(account, "checkout.session", session_id))

    @blp.post("/checkout/<session_id>")
    def press_pay(session_id: str) -> AnyResponse:
        with account.lock:
            session = _session(account, "checkout.session", session_id)
            card = customers.CARDS.get(request.form.get("card", ""))
            email = request.form.get("email", "").strip()[:LONGEST_EMAIL]
            if card is None:
                abort(400)
            try:
                declines = checkout.pay(account, session, card=card, email=email)
            except checkout.ClosedError:
                return redirect(request.url, 303)
            if declines:
                return _checkout_page(account, session, problem=DECLINED[declines])
            return redirect(checkout.success_url(session), 303)


def _checkout_page(account: Account, session: Object, problem: str | None = None) -> Response:
    hidden = account.secret_of(session["id"])
    item = hidden["line_items"][0]
    cancel_url = checkout.cancel_url(session)
    return _page(
        "stripe_checkout.html",
        leads_to=(session["success_url"], cancel_url),
        session=session,
        item=item,
        recurring=item["price"]["recurring"],
        full_amount=item["price"]["unit_amount"] * item["quantity"],
        trial_days=(hidden["trial_seconds"] or 0) // DAY,
        cards={name: customers.CARDS[name] for name in CHECKOUT_CARDS},
        cancel_url=cancel_url,
        problem=problem,
    )


def _session(account: Account, kind: str, session_id: str) -> Object:
    found = account.find(kind, session_id)
    if found is None:
        abort(404)
    return found


def _add_portal(blp: Blueprint, account: Account) -> None:
    @blp.get("/portal/<session_id>")
    def show_portal(session_id: str) -> Response:
        with account.lock:
            return _portal_page(account, _session(account, portal.SESSION, session_id))

    @blp.post("/portal/<session_id>/<action>")
    def press(session_id: str, action: str) -> AnyResponse:
        with account.lock:
            session = _session(account, portal.SESSION, session_id)
            act = _portal_action(account, session, action)
            try:
                declines = act()
            except portal.NotOfferedError as error:
                return _portal_page(account, session, problem=str(error))
            if declines:
                return _portal_page(account, session, problem=DECLINED[declines])
            return redirect(_after(session, action), 303)


def _portal_action(account: Account, session: Object, action: str) -> Callable[[], str | None]:
    if action == "cancel":
        return partial(portal.cancel, account, session)
    if action == "resume":
        return partial(portal.resume, account, session)
    if action == "change":
        wanted = request.form.get("price", "")
        return partial(portal.change_plan, account, session, price_id=wanted)
    card = customers.CARDS.get(request.form.get("card", ""))
    if action != "card" or card is None:
        abort(400)
    return partial(portal.change_card, account, session, card=card)


def _after(session: Object, action: str) -> str:
    """Where a button leads: the flow's own end, otherwise the portal again."""
    flow = session["flow"]
    ends = {
        "subscription_update_confirm": "change",
        "subscription_update": "change",
        "subscription_cancel": "cancel",
        "payment_method_update": "card",
    }
    if flow and ends[flow["type"]] == action and flow["after_completion"]["redirect"]:
        return str(flow["after_completion"]["redirect"]["return_url"])
    done = "done" if flow and ends[flow["type"]] == action else None
    return url_for("stripe.show_portal", session_id=session["id"], done=done)


def _portal_page(account: Account, session: Object, problem: str | None = None) -> Response:
    configuration = account.objects[portal.CONFIGURATION][session["configuration"]]
    customer = customers.living(account, session["customer"])
    found = portal.subscription_of(account, session)
    alive = found is not None and found["status"] not in subscriptions.ENDED
    flow = session["flow"] if alive and "done" not in request.args else None
    shown: Object = {}
    if found is not None and alive:
        at = account.time_of(customer["id"])
        shown = _plan_shown(account, configuration, found, flow, at=at)
    redirect_to = (session["flow"] or {}).get("after_completion", {}).get("redirect") or {}
    return _page(
        "stripe_portal.html",
        leads_to=(session["return_url"], redirect_to.get("return_url")),
        session=session,
        customer=customer,
        features=configuration["features"],
        headline=configuration["business_profile"]["headline"],
        subscription=found if alive else None,
        flow=(flow or {}).get("type"),
        cards={name: customers.CARDS[name] for name in PORTAL_CARDS},
        invoices=account.all("invoice", customer=customer["id"])[:MOST_SHOWN],
        problem=problem,
        **shown,
    )


def _plan_shown(
    account: Account, configuration: Object, found: Object, flow: Object | None, *, at: int
) -> Object:
    """What the portal tells of a living subscription, and of the change that its flow asks for."""
    item = subscriptions.item_of(found)
    offered = [
        {"price": price, "name": subscriptions.name_of(account, price)}
        for price in portal.offered_prices(account, configuration)
        if price["id"] != item["price"]["id"]
    ]
    shown: Object = {
        "item": item,
        "plan_name": subscriptions.name_of(account, item["price"]),
        "offered": offered,
        "card": account.find("payment_method", subscriptions.card_of(account, found) or ""),
    }
    if flow and flow["type"] == "subscription_update_confirm":
        wanted = flow["subscription_update_confirm"]["items"][0]
        price = account.objects["price"][wanted["price"]]
        lines = subscriptions.prorated(
            account, found, price=price, quantity=wanted["quantity"], at=at
        )
        shown |= {
            "wanted": price,
            "wanted_name": subscriptions.name_of(account, price),
            "lines": lines,
            "proration": configuration["features"]["subscription_update"]["proration_behavior"],
        }
    return shown


def _add_dashboard(blp: Blueprint, account: Account) -> None:
    @blp.get("/", strict_slashes=False)
    def show_dashboard() -> Response:
        with account.lock:
            return _dashboard(account)

    @blp.post("/dashboard/<action>")
    def steer(action: str) -> AnyResponse:
        with account.lock:
            try:
                _steer(account, action)
            except (wire.RefusedError, controls.UnknownSettingError, ValueError) as error:
                return _dashboard(account, problem=str(error))
        return redirect(url_for("stripe.show_dashboard"), 303)


def _steer(account: Account, action: str) -> None:
    form = request.form.to_dict()
    if action == "advance":
        customer = customers.living(account, form.get("customer", ""))
        controls.advance(account, customer, to=controls.moment_of(account, customer, form))
    elif action == "settings":
        controls.set_up(account, form)
    elif action == "resend":
        webhooks.send_again(account, form.get("event", ""))
    else:
        abort(404)


def _dashboard(account: Account, problem: str | None = None) -> Response:
    people = [
        {
            "customer": row,
            "time": account.time_of(row["id"]),
            "subscriptions": [
                {
                    "row": one,
                    "plan": subscriptions.name_of(account, subscriptions.item_of(one)["price"]),
                }
                for one in account.all("subscription", customer=row["id"])
            ],
        }
        for row in account.all("customer")
        if not row.get("deleted")
    ]
    by_event: dict[str, list[Object]] = {}
    for delivery in account.deliveries:
        by_event.setdefault(delivery["event"], []).append(delivery)
    return _page(
        "stripe_dashboard.html",
        people=people[:MOST_SHOWN],
        count=len(people),
        events=account.all("event")[:MOST_SHOWN],
        deliveries=by_event,
        event_count=len(account.objects.get("event", {})),
        endpoints=account.all("webhook_endpoint"),
        prices=account.all("price"),
        settings=account.settings,
        choices=SETTINGS,
        names={row["id"]: row["name"] for row in account.all("product")},
        problem=problem,
    )
