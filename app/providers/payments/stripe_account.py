"""What has to be in a Stripe account before it can sell our plans, and how is it made?

Everything is found before it is made, by an id, a lookup key, a mark or a URL of ours: running it again makes
nothing twice. A price can't be changed in Stripe, so one whose amount differs gets a successor, which takes over the
lookup key; whoever pays the old price goes on paying it.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from app.providers.payments import stripe_wire as wire
from app.providers.payments.interface import NoSuchThing, Offer
from app.providers.payments.stripe_api import OURS, new_client

if TYPE_CHECKING:
    from stripe import StripeClient

EVENTS: Final = (
    "checkout.session.completed",
    "customer.subscription.created",
    "customer.subscription.updated",
    "customer.subscription.deleted",
    "customer.subscription.trial_will_end",
    "invoice.payment_succeeded",
    "invoice.payment_failed",
)
CENTS: Final = 100
TIMEOUT_SECONDS: Final = 20.0


class StripeAccount:
    """One Stripe account.

    Args:
        secret_key: of the account.
        base_url: where Stripe answers; its public address where it is None.
    """

    def __init__(self, *, secret_key: str, base_url: str | None = None) -> None:
        self._secret_key, self._base_url = secret_key, base_url
        self._made_client: StripeClient | None = None

    def set_up(
        self, *, offers: Sequence[Offer], webhook_url: str | None, return_url: str
    ) -> list[str]:
        """See `PaymentsAccount.set_up`."""
        done, sold = [], []
        for offer in offers:
            done.append(self._product(offer))
            price_id, line = self._price(offer)
            done.append(line)
            sold.append({"product": _product_id(offer), "prices": [price_id]})
        done.append(self._portal(sold, return_url))
        if webhook_url is not None:
            done += self._webhook(webhook_url)
        return done

    def _product(self, offer: Offer) -> str:
        product_id = _product_id(offer)
        try:
            self._ask(lambda stripe: stripe.v1.products.retrieve(product_id))
        except NoSuchThing:
            params: Any = {
                "id": product_id,
                "name": f"InvestForge {offer.title}",
                "metadata": {"plan": offer.name},
            }
            self._ask(lambda stripe: stripe.v1.products.create(params))
            return f"made product {product_id}"
        return f"product {product_id} is there"

    def _price(self, offer: Offer) -> tuple[str, str]:
        amount = int(offer.monthly_price * CENTS)
        wanted: Any = {"lookup_keys": [offer.price_key], "active": True, "limit": 1}
        rows = self._ask(lambda stripe: stripe.v1.prices.list(wanted))["data"]
        same = [row for row in rows if _costs(row, amount, offer.currency)]
        if same:
            return str(same[0]["id"]), f"price {offer.price_key} is there"
        params: Any = {
            "product": _product_id(offer),
            "currency": offer.currency.lower(),
            "unit_amount": amount,
            "recurring": {"interval": "month"},
            "lookup_key": offer.price_key,
            "transfer_lookup_key": True,
            "metadata": {"lookup_key": offer.price_key, "plan": offer.name},
        }
        made = self._ask(lambda stripe: stripe.v1.prices.create(params))
        what = "made a new price" if rows else "made price"
        return str(made["id"]), f"{what} {offer.price_key}: {offer.monthly_price} {offer.currency}"

    def _portal(self, sold: list[dict[str, Any]], return_url: str) -> str:
        params: Any = {
            "default_return_url": return_url,
            "metadata": {"made_by": OURS},
            "features": {
                "invoice_history": {"enabled": True},
                "payment_method_update": {"enabled": True},
                "customer_update": {"enabled": True, "allowed_updates": ["address", "tax_id"]},
                "subscription_cancel": {"enabled": True, "mode": "at_period_end"},
                "subscription_update": {
                    "enabled": True,
                    "default_allowed_updates": ["price"],
                    "proration_behavior": "create_prorations",
                    "products": sold,
                },
            },
        }
        listed: Any = {"active": True, "limit": 100}
        rows = self._ask(lambda stripe: stripe.v1.billing_portal.configurations.list(listed))[
            "data"
        ]
        ours = [row for row in rows if (row.get("metadata") or {}).get("made_by") == OURS]
        if ours:
            portal_id = str(ours[0]["id"])
            self._ask(
                lambda stripe: stripe.v1.billing_portal.configurations.update(portal_id, params)
            )
            return f"brought portal {portal_id} up to date"
        made = self._ask(lambda stripe: stripe.v1.billing_portal.configurations.create(params))
        return f"made portal {made['id']}"

    def _webhook(self, url: str) -> list[str]:
        listed: Any = {"limit": 100}
        rows = self._ask(lambda stripe: stripe.v1.webhook_endpoints.list(listed))["data"]
        same = [row for row in rows if row.get("url") == url]
        if same:
            endpoint_id = str(same[0]["id"])
            update: Any = {"enabled_events": list(EVENTS)}
            self._ask(lambda stripe: stripe.v1.webhook_endpoints.update(endpoint_id, update))
            return [
                f"brought webhook {endpoint_id} up to date",
                "its secret is shown by Stripe's dashboard only: Developers, Webhooks, Signing secret",
            ]
        params: Any = {
            "url": url,
            "enabled_events": list(EVENTS),
            "metadata": {"made_by": OURS},
        }
        made = self._ask(lambda stripe: stripe.v1.webhook_endpoints.create(params))
        return [
            f"made webhook {made['id']} for {url}",
            f"its secret, which Stripe tells only now: STRIPE_WEBHOOK_SECRET={made.get('secret')}",
        ]

    def _ask(self, call: "Callable[[StripeClient], Any]") -> dict[str, Any]:
        from stripe import StripeError

        if self._made_client is None:
            self._made_client = new_client(
                secret_key=self._secret_key,
                base_url=self._base_url,
                timeout_seconds=TIMEOUT_SECONDS,
            )
        try:
            answer: dict[str, Any] = call(self._made_client).to_dict()
        except StripeError as error:
            raise wire.understood(error) from None
        return answer


def _product_id(offer: Offer) -> str:
    return f"{OURS}_{offer.name}"


def _costs(row: dict[str, Any], amount: int, currency: str) -> bool:
    return bool(row.get("unit_amount") == amount and row.get("currency") == currency.lower())
