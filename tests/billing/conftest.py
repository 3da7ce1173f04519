"""Two Stripes: the truth of the moment, as a test says it, and the laptop's whole one behind the real library."""

from datetime import timedelta

import pytest

from app.billing import service
from app.billing.models import StripeEvent
from tasks import billing as billing_tasks
from tasks import celery_app
from tests.accounts.worker import Worker
from tests.billing.shop import BUY, GROWTH, stripe_of
from tests.billing.truth import RememberedJobs, Truth

TASKS = (billing_tasks, celery_app)


@pytest.fixture
def jobs():
    return RememberedJobs()


@pytest.fixture
def truth():
    return Truth()


@pytest.fixture
def follow(aws, truth, jobs, settings, clock):
    """Look at somebody's subscription, for an event or without."""

    def look(user_id, event_id=None):
        return service.follow(
            user_id=user_id,
            payments=truth,
            jobs=jobs,
            settings=settings,
            now=clock.now(),
            event_id=event_id,
        )

    return look


@pytest.fixture
def stripe(app, clock):
    """The laptop's Stripe, set up to sell our plans, which posts its events to the app."""
    with stripe_of(app, clock.now) as served:
        yield served


@pytest.fixture
def worker(app, aws):
    return Worker(app=app, aws_url=aws.url)


@pytest.fixture
def settle(stripe, worker):
    """Let Stripe deliver what happened there, and the worker act on it."""

    def deliver_and_work():
        while stripe.deliver():
            pass
        return worker.work()

    return deliver_and_work


@pytest.fixture
def waiting(clock):
    """The events that were stored and not acted on yet."""

    def ids():
        return StripeEvent.overdue(before=clock.now() + timedelta(days=1), limit=100)

    return ids


@pytest.fixture
def ada(sign_up):
    return sign_up(email="ada@example.com")


@pytest.fixture
def ask(client, ada):
    def request(method, path, body=None, *, who=ada):
        return client.open(path, method=method, json=body, headers=who.headers)

    return request


@pytest.fixture
def billing(ask):
    return lambda: ask("GET", "/users/billing").json


@pytest.fixture
def subscribed(ask, stripe, settle):
    """Ada is on growth."""
    stripe.pay(ask("POST", BUY, GROWTH).json["checkout_url"])
    settle()
