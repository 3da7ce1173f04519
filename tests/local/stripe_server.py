"""How do tests reach the laptop's Stripe? A real server on a free port, whose time and deliveries they steer."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import requests
from werkzeug.serving import make_server

from app.local.standins.server import create_app
from app.local.standins.stripe import controls, webhooks
from app.local.standins.stripe.stand_in import SECRET_KEY, StripeStandIn

WEBHOOK_URL = "http://127.0.0.1:8000/stripe/webhook"
WEBHOOK_SECRET = "whsec_local"
Post = Callable[[str, bytes, Mapping[str, str]], int]


class LocalStripe:
    """The stand-in behind a URL, and what a browser and Stripe itself would do."""

    def __init__(self, stand_in: StripeStandIn, url: str) -> None:
        self.stand_in = stand_in
        self.account = stand_in.account
        self.url = url
        self.api_base = f"{url}/stripe"
        self.secret_key = SECRET_KEY

    def pay(self, checkout_url: str, *, card: str = "visa", email: str = "") -> str | None:
        """Presses a card's button; where it leads, or None when the card was declined."""
        return self._press(checkout_url, card=card, email=email)

    def confirm(self, portal_url: str) -> str | None:
        """Presses the button that the portal's flow is about; where it leads."""
        session = self.account.objects["billing_portal.session"][portal_url.rpartition("/")[2]]
        flow = session["flow"]
        if flow["type"] == "subscription_cancel":
            return self._press(f"{portal_url}/cancel")
        price = flow["subscription_update_confirm"]["items"][0]["price"]
        return self._press(f"{portal_url}/change", price=price)

    def change_card(self, portal_url: str, *, card: str) -> str | None:
        """Gives another card in the portal; None when it was declined."""
        return self._press(f"{portal_url}/card", card=card)

    def abandon(self, checkout_url: str) -> str | None:
        """Goes back without buying: where the page's own link leads."""
        session = self.account.objects["checkout.session"][checkout_url.rpartition("/")[2]]
        page = requests.get(checkout_url).text
        assert 'class="back"' in page
        url: str | None = session["cancel_url"]
        return url

    def _press(self, url: str, **form: str) -> str | None:
        answer = requests.post(url, data=form, allow_redirects=False)
        assert answer.status_code in {200, 303}, answer.text
        return answer.headers.get("Location")

    def events(self) -> list[dict[str, Any]]:
        """Every event, the oldest first."""
        return list(self.account.objects.get("event", {}).values())

    def deliver(self) -> int:
        """Posts what is due once; how many posts were tried."""
        return self.stand_in.deliver()

    def signed(
        self, event: dict[str, Any], *, secret: str = WEBHOOK_SECRET
    ) -> tuple[bytes, dict[str, str]]:
        """A delivery's body and headers, signed at the present moment."""
        return webhooks.signed(self.account, event, secret=secret)

    def advance(self, *, customer: str, to: datetime) -> None:
        """Moves the customer's test clock; it gets one if it has none."""
        with self.account.lock:
            found = self.account.objects["customer"][customer]
            controls.advance(self.account, found, to=int(to.timestamp()))

    def tick(self) -> int:
        """Does what the wall clock makes due."""
        return self.stand_in.catch_up()

    def set_faults(self, **modes: str) -> None:
        """How the API (`stripe`) and the deliveries (`stripe_webhooks`) behave from now on."""
        answer = requests.post(f"{self.url}/_control", json=modes)
        assert answer.status_code == 200, answer.text

    def settings(self, **wanted: str) -> None:
        """The account's settings, such as after_last_retry."""
        with self.account.lock:
            controls.set_up(self.account, wanted)

    def reset(self) -> None:
        """Empties the account."""
        assert requests.post(f"{self.api_base}/_reset").status_code == 204


def nobody_answers(_url: str, _body: bytes, _headers: Mapping[str, str]) -> int:
    return 0


@contextmanager
def stripe_served(
    now: Callable[[], datetime],
    *,
    post: Post = nobody_answers,
    webhook_url: str = WEBHOOK_URL,
    secret: str = WEBHOOK_SECRET,
    seed: int = 1,
) -> Iterator[LocalStripe]:
    """The stand-in behind HTTP, with its webhook endpoint; nothing happens in it by itself."""
    stand_in = StripeStandIn(now=now, seed=seed, webhook=(webhook_url, secret), send=post)
    app = create_app(seed=seed, now=now, stripe=stand_in)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield LocalStripe(stand_in, f"http://127.0.0.1:{server.server_port}")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
