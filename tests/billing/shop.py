"""Where is a plan bought in these tests? At the laptop's Stripe, whose events reach the app."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from flask import Flask

from app.billing import service
from app.extensions import EXTENSION
from app.providers.payments.stripe_account import StripeAccount
from app.providers.payments.stripe_api import StripePayments
from tests.local.stripe_server import WEBHOOK_SECRET, LocalStripe, stripe_served

BACK = "http://localhost:3000/billing"
BUY = "/stripe/create-checkout-session"
GROWTH = {"plan": "growth", "success_url": f"{BACK}/done", "cancel_url": BACK}


@contextmanager
def stripe_of(app: Flask, now: Callable[[], datetime]) -> Iterator[LocalStripe]:
    """A Stripe of the app's own, set up to sell our plans, which posts its events to the app."""
    providers = app.extensions[EXTENSION]

    def post(_url: str, body: bytes, headers: object) -> int:
        answer = app.test_client().post("/stripe/webhook", data=body, headers=headers)
        return int(answer.status_code)

    with stripe_served(now, post=post) as served:
        account = StripeAccount(secret_key=served.secret_key, base_url=served.api_base)
        service.set_up_payments(account=account, api_url=None, settings=providers.settings)
        vars(providers)["payments"] = StripePayments(
            secret_key=served.secret_key,
            webhook_secret=WEBHOOK_SECRET,
            base_url=served.api_base,
            timeout_seconds=2,
        )
        yield served
        served.set_faults(stripe="ok")  # lets go of what hangs
        vars(providers).pop("payments", None)
