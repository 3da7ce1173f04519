"""How are payments taken through Stripe? The real library, of Stripe's address or of a laptop's stand-in.

It takes a quarter of a second to import, so that happens at the first call. Every call has a time limit of its own
and is not repeated, but for one that Stripe answers with a conflict because its twin is still running.
"""

import hashlib
import json
import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar

from app.providers.payments import stripe_wire as wire
from app.providers.payments.interface import (
    Change,
    Door,
    Event,
    GiveUp,
    NoSuchThing,
    Subscription,
    SubscriptionPage,
    TryAgain,
    UntrustedEvent,
)

if TYPE_CHECKING:
    from stripe import StripeClient

Answer = TypeVar("Answer")

TOLERANCE_SECONDS: Final = 300
CONFLICT_PAUSES: Final = (0.2, 0.4, 0.8, 1.6)
MOST_OF_A_CUSTOMER: Final = 100
MOST_OWED: Final = 100
OWING: Final = frozenset({"past_due", "unpaid"})
OURS: Final = "investforge"


class StripePayments:
    """Payments through one Stripe account.

    Args:
        secret_key: of the account.
        webhook_secret: signs its events; without it, none is believed.
        base_url: where Stripe answers; its public address where it is None.
        timeout_seconds: for each wait for bytes; a call that hangs ends after that.
    """

    def __init__(
        self,
        *,
        secret_key: str,
        webhook_secret: str | None,
        base_url: str | None = None,
        timeout_seconds: float = 6.0,
    ) -> None:
        self._secret_key = secret_key
        self._webhook_secret = webhook_secret
        self._base_url = base_url
        self._timeout_seconds = timeout_seconds
        self._lock = threading.Lock()
        self._made_client: StripeClient | None = None
        self._portal: str | None = None

    def make_customer(self, *, user_id: str, email: str | None) -> str:
        """See `Payments.make_customer`. Stripe keeps the key for a day; after that, our own row is there."""
        whom = hashlib.sha256(f"{user_id}\n{email}".encode()).hexdigest()[:32]
        params: Any = {"metadata": {"user_id": user_id}, **({"email": email} if email else {})}
        made = self._ask(
            lambda stripe: stripe.v1.customers.create(
                params, {"idempotency_key": f"{OURS}-customer-{whom}"}
            )
        )
        return str(made["id"])

    def start_checkout(
        self,
        *,
        customer_id: str,
        user_id: str,
        price_key: str,
        trial_days: int,
        success_url: str,
        cancel_url: str,
        key: str,
    ) -> Door:
        """See `Payments.start_checkout`."""
        price_id = self._price_id(price_key)
        bought: dict[str, Any] = {"metadata": {"user_id": user_id}}
        if trial_days:
            bought["trial_period_days"] = trial_days
        params: Any = {
            "mode": "subscription",
            "customer": customer_id,
            "client_reference_id": user_id,
            "line_items": [{"price": price_id, "quantity": 1}],
            "subscription_data": bought,
            "success_url": success_url,
            "cancel_url": cancel_url,
        }
        return self._door(
            lambda stripe: stripe.v1.checkout.sessions.create(
                params, {"idempotency_key": f"{OURS}-checkout-{key}"}
            )
        )

    def abandon_checkout(self, *, door_id: str) -> None:
        """See `Payments.abandon_checkout`. Stripe calls a visit that is over a bad request."""
        try:
            self._ask(lambda stripe: stripe.v1.checkout.sessions.expire(door_id))
        except GiveUp as error:
            raise NoSuchThing(str(error)) from None

    def open_portal(self, *, customer_id: str, return_url: str, change: Change | None) -> Door:
        """See `Payments.open_portal`."""
        params: Any = {"customer": customer_id, "return_url": return_url}
        portal = self._portal_configuration()
        if portal is not None:
            params["configuration"] = portal
        if change is not None:
            item = {
                "id": change.item_id,
                "price": self._price_id(change.price_key),
                "quantity": 1,
            }
            params["flow_data"] = {
                "type": "subscription_update_confirm",
                "subscription_update_confirm": {
                    "subscription": change.subscription_id,
                    "items": [item],
                },
                "after_completion": {"type": "redirect", "redirect": {"return_url": return_url}},
            }
        return self._door(lambda stripe: stripe.v1.billing_portal.sessions.create(params))

    def subscriptions_of(self, *, customer_id: str) -> Sequence[Subscription]:
        """See `Payments.subscriptions_of`."""
        params: Any = {
            "customer": customer_id,
            "status": "all",
            "limit": MOST_OF_A_CUSTOMER,
        }
        try:
            found = self._ask(lambda stripe: stripe.v1.subscriptions.list(params))
        except NoSuchThing:  # a customer who was removed
            return ()
        return tuple(self._subscription(each) for each in _rows(found))

    def page_of_subscriptions(self, *, cursor: str | None, limit: int) -> SubscriptionPage:
        """See `Payments.page_of_subscriptions`."""
        params: Any = {"status": "all", "limit": limit}
        if cursor is not None:
            params["starting_after"] = cursor
        found = self._ask(lambda stripe: stripe.v1.subscriptions.list(params))
        rows = tuple(self._subscription(each) for each in _rows(found))
        more = bool(found.get("has_more")) and bool(rows)
        return SubscriptionPage(
            subscriptions=rows, next_cursor=rows[-1].subscription_id if more else None
        )

    def end_with_period(self, *, subscription_id: str, ends: bool) -> None:
        """See `Payments.end_with_period`. An end that was set as a date is taken away with it.

        Stripe calls the change of a subscription that has ended a bad request.
        """
        params: Any = {"cancel_at_period_end": ends}
        without: Any = {"cancel_at": ""}
        try:
            changed = self._ask(
                lambda stripe: stripe.v1.subscriptions.update(subscription_id, params)
            )
            if not ends and changed.get("cancel_at") is not None:
                self._ask(lambda stripe: stripe.v1.subscriptions.update(subscription_id, without))
        except GiveUp as error:
            raise NoSuchThing(str(error)) from None

    def end_now(self, *, subscription_id: str) -> None:
        """See `Payments.end_now`."""
        try:
            self._ask(lambda stripe: stripe.v1.subscriptions.cancel(subscription_id))
        except NoSuchThing:  # Stripe calls one that has ended unknown
            return

    def forget_customer(self, *, customer_id: str) -> None:
        """See `Payments.forget_customer`."""
        try:
            self._ask(lambda stripe: stripe.v1.customers.delete(customer_id))
        except NoSuchThing:
            return

    def read_event(self, *, body: bytes, signature: str | None, now: datetime) -> Event:
        """See `Payments.read_event`. The library checks who signed; when, we do, by the time that we are told."""
        if not signature:
            raise UntrustedEvent("no_signature")
        from stripe import SignatureVerificationError, WebhookSignature

        try:
            WebhookSignature.verify_header(body, signature, self._webhook_secret)
        except (SignatureVerificationError, UnicodeDecodeError):
            raise UntrustedEvent("wrong_signature") from None
        signed_at = next(
            int(part.strip()[2:]) for part in signature.split(",") if part.strip()[:2] == "t="
        )
        if abs(now.timestamp() - signed_at) >= TOLERANCE_SECONDS:
            raise UntrustedEvent("outside_tolerance")
        try:
            found = json.loads(body)
        except (ValueError, RecursionError):
            raise UntrustedEvent("not_an_event") from None
        return wire.event(found)

    def _subscription(self, found: dict[str, Any]) -> Subscription:
        """One row of a list. What it owes is a list of its own: the latest invoice may be only one of several."""
        owed: list[dict[str, Any]] = []
        if found.get("status") in OWING:
            params: Any = {"subscription": found["id"], "status": "open", "limit": MOST_OWED}
            owed = _rows(self._ask(lambda stripe: stripe.v1.invoices.list(params)))
        return wire.subscription(found, open_invoices=owed)

    def _price_id(self, price_key: str) -> str:
        params: Any = {"lookup_keys": [price_key], "active": True, "limit": 1}
        rows = _rows(self._ask(lambda stripe: stripe.v1.prices.list(params)))
        if not rows:
            message = f"Stripe has no active price {price_key}; run: flask stripe-setup"
            raise GiveUp(message)
        return str(rows[0]["id"])

    def _portal_configuration(self) -> str | None:
        """The portal that stripe-setup made; Stripe's default one where there is none."""
        if self._portal is None:
            params: Any = {"active": True, "limit": 100}
            rows = _rows(
                self._ask(lambda stripe: stripe.v1.billing_portal.configurations.list(params))
            )
            ours = [row for row in rows if (row.get("metadata") or {}).get("made_by") == OURS]
            self._portal = str(ours[0]["id"]) if ours else None
        return self._portal

    def _door(self, call: "Callable[[StripeClient], Any]") -> Door:
        made = self._ask(call)
        if not isinstance(made.get("url"), str):
            raise TryAgain("Stripe made a page without saying where")
        return Door(door_id=str(made["id"]), url=made["url"])

    def _ask(self, call: "Callable[[StripeClient], Any]") -> dict[str, Any]:
        """One call's answer as plain data; a call whose twin is still running is made again."""
        from stripe import StripeError

        for pause in (*CONFLICT_PAUSES, None):
            try:
                answer: dict[str, Any] = call(self._client).to_dict()
            except StripeError as error:
                if error.http_status == wire.CONFLICT and pause is not None:
                    time.sleep(pause)
                    continue
                raise wire.understood(error) from None
            except (AttributeError, TypeError, ValueError, KeyError) as error:
                message = f"Stripe's answer can't be read: {type(error).__name__}"
                raise TryAgain(message) from None
            if "id" not in answer and "data" not in answer:
                raise TryAgain("Stripe's answer names nothing")
            return answer
        raise TryAgain("Stripe is still busy with the same call")

    @property
    def _client(self) -> "StripeClient":
        with self._lock:
            if self._made_client is None:
                self._made_client = new_client(
                    secret_key=self._secret_key,
                    base_url=self._base_url,
                    timeout_seconds=self._timeout_seconds,
                )
            return self._made_client


def new_client(*, secret_key: str, base_url: str | None, timeout_seconds: float) -> "StripeClient":
    """A client that waits no longer than it is told and repeats nothing by itself."""
    import stripe

    logging.getLogger("stripe").setLevel(
        logging.WARNING
    )  # its lines tell what customers are called
    return stripe.StripeClient(
        secret_key,
        base_addresses={"api": base_url} if base_url else {},
        max_network_retries=0,
        http_client=stripe.RequestsClient(timeout=timeout_seconds),
    )


def _rows(found: dict[str, Any]) -> list[dict[str, Any]]:
    rows = found.get("data")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise TryAgain("Stripe's list can't be read")
    return rows
