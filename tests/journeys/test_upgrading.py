"""A new user finds the free plan too small, buys growth, leaves it and is free again: is it one story?"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tasks import billing, usage
from tests.accounts.worker import Worker
from tests.billing.shop import BACK, BUY, GROWTH, stripe_of
from tests.conftest import NOON, LocalAws, SetClock, SignedUp
from tests.local.stripe_server import LocalStripe

RUN_BY_THE_WORKER = (billing, usage)
FREE_ANALYSES = 5


@pytest.fixture
def stripe(app: Flask, clock: SetClock) -> Iterator[LocalStripe]:
    with stripe_of(app, clock.now) as served:
        yield served


class Nora:
    """A new user, and the systems that work behind her back."""

    def __init__(
        self, client: FlaskClient, account: SignedUp, stripe: LocalStripe, worker: Worker
    ) -> None:
        self._client, self._account = client, account
        self._stripe, self._worker = stripe, worker

    def get(self, path: str) -> Any:
        return self._client.get(path, headers=self._account.headers).json

    def post(self, path: str, body: Any = None, *, status: int = 200) -> Any:
        answer = self._client.post(path, json=body, headers=self._account.headers)
        assert answer.status_code == status, answer.text
        return answer.json

    def analyse(self, *, status: int = 200) -> Any:
        return self.post("/users/usage/analyses", {"increment": 1}, status=status)

    def wait_a_moment(self) -> None:
        """Stripe's events arrive, and the worker does what is asked for."""
        while self._stripe.deliver():
            pass
        self._worker.work()

    def mails(self) -> list[str]:
        return [mail.subject for mail in self._worker.emails(self._account.email)]


@pytest.fixture
def nora(
    app: Flask,
    aws: LocalAws,
    client: FlaskClient,
    stripe: LocalStripe,
    sign_up: Callable[..., SignedUp],
) -> Nora:
    account = sign_up(email="nora@example.com", first_name="Nora")
    return Nora(client, account, stripe, Worker(app=app, aws_url=aws.url))


class TestUpgrading:
    def test_leads_from_free_to_growth_and_back(self, nora: Nora, stripe: LocalStripe):
        for left in reversed(range(FREE_ANALYSES)):
            assert nora.analyse()["remaining"] == left
        refused = nora.analyse(status=403)
        assert refused["error_code"] == "USAGE_LIMIT_EXCEEDED"
        assert any("used up" in subject for subject in nora.mails())

        door = nora.post(BUY, GROWTH)
        assert stripe.pay(door["checkout_url"], card="declined") is None
        nora.wait_a_moment()
        assert nora.get("/users/billing")["plan"] == "free"
        assert stripe.pay(door["checkout_url"]) == f"{BACK}/done"
        nora.wait_a_moment()
        bought = nora.get("/users/billing")
        assert (bought["plan"], bought["status"]) == ("growth", "active")
        assert "Welcome to Growth" in nora.mails()

        for _ in range(FREE_ANALYSES + 1):
            assert nora.analyse()["remaining"] == -1

        assert nora.post("/users/billing/cancel")["cancel_at_period_end"] is True
        assert nora.post("/users/billing/resume")["cancel_at_period_end"] is False
        assert nora.post("/users/billing/cancel")["plan"] == "growth"
        stripe.advance(customer=bought["stripe_customer_id"], to=NOON + timedelta(days=31))
        nora.wait_a_moment()

        ended = nora.get("/users/billing")
        assert (ended["plan"], ended["subscription_active"]) == ("free", False)
        assert nora.analyse(status=403)["error_code"] == "USAGE_LIMIT_EXCEEDED"
        assert nora.mails()[-1] == "Your Growth plan has ended"

    def test_keeps_the_plan_for_a_week_after_a_card_failed(self, nora: Nora, stripe: LocalStripe):
        stripe.pay(nora.post(BUY, GROWTH)["checkout_url"])
        nora.wait_a_moment()
        portal = nora.post("/users/billing/portal", {})["url"]
        stripe.change_card(portal, card="fails_later")
        customer = nora.get("/users/billing")["stripe_customer_id"]
        stripe.advance(customer=customer, to=NOON + timedelta(days=31, hours=2))
        nora.wait_a_moment()

        late = nora.get("/users/billing")
        assert (late["plan"], late["status"], late["payment_status"]) == (
            "growth",
            "past_due",
            "failed",
        )
        assert "Your payment for Growth failed" in nora.mails()

        stripe.change_card(portal, card="visa")
        nora.wait_a_moment()
        assert nora.get("/users/billing")["payment_status"] == "paid"
