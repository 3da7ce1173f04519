"""Do the tasks of alerts and digests work together, from the refresh to the email and the push?"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app import extensions
from app.devices import service as devices
from app.emails.models import Email
from app.jobs.schedule import SCHEDULE
from app.portfolio.service import digests
from tasks import devices as device_tasks
from tasks import portfolio as tasks
from tasks import prices as price_tasks
from tests.portfolio.market import ToldMarket

BY_NAME: dict[str, Any] = {
    "portfolio.check_alerts": tasks.check_alerts,
    "portfolio.check_symbol_alerts": tasks.check_symbol_alerts,
    "portfolio.send_digest_page": tasks.send_digest_page,
    "portfolio.send_digest": tasks.send_digest,
    "devices.push_to_user": device_tasks.push_to_user,
    "devices.push_to_device": device_tasks.push_to_device,
}
ALERT = {"asset_type": "crypto", "symbol": "BTC", "condition": "above", "threshold": 60000}


class Working:
    """A queue that keeps what is named, as JSON would carry it, and a worker that does it when it is told to."""

    def __init__(self) -> None:
        self.waiting: list[tuple[str, str]] = []
        self.done: list[str] = []

    def enqueue(self, task: str, arguments: Any = None, *, delay_seconds: int = 0) -> None:
        assert delay_seconds == 0
        self.waiting.append((task, json.dumps(arguments or {})))

    def ask(self, task: str, arguments: Any = None) -> None:
        """Nobody answers at once."""

    def send_enqueued(self) -> None:
        """What waits is done when a test says so."""

    def discard_enqueued(self) -> None:
        """Nothing is kept back."""

    def work(self) -> None:
        while self.waiting:
            task, arguments = self.waiting.pop(0)
            self.done.append(task)
            if task in BY_NAME:
                BY_NAME[task].apply(kwargs=json.loads(arguments)).get()


class Phones:
    """A push service that remembers what it was given."""

    def __init__(self) -> None:
        self.shown: list[tuple[str, str]] = []

    def send(self, *, token: str, notification: Any) -> None:
        self.shown.append((token, notification.title))


@pytest.fixture
def providers(app: Any, settings: Any) -> Iterator[Any]:
    made: Any = app.extensions[extensions.EXTENSION]
    made.job_queue, made.push, made.market_data = Working(), Phones(), ToldMarket()
    before = extensions._of_process
    extensions.use(made)
    yield made
    extensions._of_process = before


class TestRefresh:
    def test_ends_in_an_email_and_a_push_once_though_it_runs_twice(
        self, providers: Any, client: Any, clock: Any, sign_up: Any
    ):
        person = sign_up()
        devices.register_device(
            user_id=person.user_id, token="a-phone", platform="ios", now=clock.now()
        )
        price_tasks.refresh_symbols.apply(kwargs={"asset_type": "crypto", "symbols": ["BTC"]})
        answer = client.post("/portfolio/alerts", json=ALERT, headers=person.headers)
        assert answer.status_code == 201, answer.json
        providers.market_data.tell("crypto", "BTC", "61000", at=clock.now())
        clock.advance(minutes=5)

        for _ in range(2):
            price_tasks.refresh_quotes.apply().get()
            providers.job_queue.work()

        mailed = [each for each in Email.sent_to(person.user_id) if each.template == "price_alert"]
        assert [each.context["headline"] for each in mailed] == ["BTC is above 60,000 USD"]
        assert providers.push.shown == [("a-phone", "BTC is above 60,000 USD")]
        shown = client.get("/portfolio/alerts", headers=person.headers).json["alerts"][0]
        assert (shown["active"], shown["last_triggered_price"]) == (False, 61000)


class TestSendDigests:
    def test_names_the_week_in_which_it_was_due(self, providers: Any, clock: Any):
        clock.set(datetime(2026, 11, 29, 23, tzinfo=UTC))  # the Sunday after

        tasks.send_digests.apply().get()

        assert providers.job_queue.waiting == [
            ("portfolio.send_digest_page", '{"week": "2026-W48", "cursor": null}')
        ]

    def test_walks_through_all_accounts(self, providers: Any, sign_up: Any):
        sign_up()

        tasks.send_digests.apply().get()
        providers.job_queue.work()

        assert "portfolio.send_digest_page" in providers.job_queue.done
        assert "portfolio.send_digest" not in providers.job_queue.done

    def test_is_tried_again_while_closes_are_loaded(
        self, providers: Any, monkeypatch: pytest.MonkeyPatch
    ):
        tries: list[bool] = []

        def send_digest(*, is_last_try: bool, **_: Any) -> None:
            tries.append(is_last_try)
            if not is_last_try:
                raise digests.DigestNotReady

        monkeypatch.setattr(digests, "send_digest", send_digest)

        given = {"user_id": "ann", "week": "2026-W48"}
        assert tasks.send_digest.apply(kwargs=given).successful()
        assert tries == [False] * 5 + [True]


class TestSchedule:
    def test_checks_alerts_every_five_minutes_and_sends_digests_on_monday_morning(self):
        jobs = {job.name: job for job in SCHEDULE}

        assert jobs["portfolio.check_alerts"].every == timedelta(minutes=5)
        due = jobs["portfolio.send_digests"].latest_due_at(
            now=datetime(2026, 11, 25, 12, tzinfo=UTC)
        )
        assert due == datetime(2026, 11, 23, 7, tzinfo=UTC)
