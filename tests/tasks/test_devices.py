from typing import Any

import pytest

from app import extensions
from app.devices import service as devices
from app.providers.push.interface import DeadToken, GiveUp, Notification, TryAgain
from app.providers.registry import Providers
from tasks import devices as tasks
from tests.conftest import NOON

TOKENS = ("first-phone-of-ada", "second-phone-of-ada")
HELLO: dict[str, Any] = {
    "notification_id": "n1",
    "title": "Hello",
    "body": "World",
    "data": {"a": "b"},
}


class FlakyPush:
    """A push service that fails as often as a test says, and remembers what went out."""

    def __init__(self, *troubles):
        self.troubles = list(troubles)
        self.sent = []

    def send(self, *, token, notification):
        if self.troubles:
            raise self.troubles.pop(0)
        self.sent.append((token, notification))


class AskedForRetry(Exception):
    """Stands for Celery's own."""


class Running:
    """A running task, which remembers when it wants to be tried again."""

    countdown = None

    def retry(self, *, exc, countdown):
        assert isinstance(exc, devices.PushNotDelivered)
        self.countdown = countdown
        return AskedForRetry()


@pytest.fixture
def providers(app, settings, monkeypatch):
    """The providers of this process; its queue is the app's."""
    made = Providers(settings)
    made.push = FlakyPush()
    monkeypatch.setattr(extensions, "_of_process", made)
    return made


@pytest.fixture
def device_ids(aws):
    return [
        devices.register_device(user_id="ada", token=token, platform="ios", now=NOON)[0].device_id
        for token in TOKENS
    ]


def run_now(task, **arguments):
    """Run a task as a worker does; what it wants to try again runs at once."""
    return task.apply(kwargs=arguments).get()


@pytest.mark.usefixtures("clock")
class TestPushToUser:
    def test_sends_the_queue_a_task_for_each_device(self, providers, device_ids):
        sent: list[Any] = []
        queue = providers.job_queue
        providers.job_queue = Recording(queue, sent)

        run_now(tasks.push_to_user, user_id="ada", notification=HELLO)

        assert [task for task, _ in sent] == ["devices.push_to_device"] * 2
        for _, arguments in sent:
            run_now(tasks.push_to_device, **arguments)
        assert sorted(token for token, _ in providers.push.sent) == sorted(TOKENS)
        assert [notification for _, notification in providers.push.sent] == [
            Notification(**HELLO)
        ] * 2

    def test_is_quiet_where_push_is_disabled(self, providers, device_ids):
        sent: list[Any] = []
        providers.push = None
        providers.job_queue = Recording(providers.job_queue, sent)
        run_now(tasks.push_to_user, user_id="ada", notification=HELLO)
        assert sent == []


class Recording:
    """The real queue, which also tells what was sent."""

    def __init__(self, queue, sent):
        self.queue, self.sent, self.kept = queue, sent, []

    def enqueue(self, task, arguments, **options):
        self.queue.enqueue(task, arguments, **options)
        self.kept.append((task, arguments))

    def send_enqueued(self):
        self.queue.send_enqueued()
        self.sent += self.kept
        self.kept = []

    def discard_enqueued(self):
        self.queue.discard_enqueued()
        self.kept = []


@pytest.mark.usefixtures("clock")
class TestPushToDevice:
    def push_to(self, device_id):
        run_now(tasks.push_to_device, device_id=device_id, user_id="ada", notification=HELLO)

    def test_tries_again_until_firebase_takes_it(self, providers, device_ids):
        providers.push = FlakyPush(*(TryAgain("FCM answered 500") for _ in range(6)))
        self.push_to(device_ids[0])
        assert [token for token, _ in providers.push.sent] == [TOKENS[0]]

    def test_fails_after_the_seventh_try_so_that_it_becomes_a_dead_letter(
        self, providers, device_ids
    ):
        providers.push = FlakyPush(*(TryAgain("FCM answered 500") for _ in range(7)))
        with pytest.raises(devices.PushNotDelivered):
            self.push_to(device_ids[0])
        assert providers.push.sent == []

    def test_waits_as_long_as_firebase_says(self, providers, device_ids):
        providers.push = FlakyPush(TryAgain("FCM answered 429", retry_after_seconds=77))
        running = Running()
        with pytest.raises(AskedForRetry):
            tasks.push_to_device._orig_run.__func__(
                running, device_id=device_ids[0], user_id="ada", notification=HELLO
            )
        assert running.countdown == 77

    def test_is_delivered_once_when_it_runs_twice(self, providers, device_ids):
        for _ in range(2):
            self.push_to(device_ids[0])
        assert len(providers.push.sent) == 1

    def test_removes_a_dead_device_and_is_done(self, providers, device_ids):
        providers.push = FlakyPush(DeadToken("FCM answered 404 UNREGISTERED"))
        self.push_to(device_ids[0])
        left = [device.device_id for device in devices.list_devices(user_id="ada")]
        assert left == device_ids[1:]

    def test_fails_at_once_when_firebase_refuses_for_good(self, providers, device_ids):
        providers.push = FlakyPush(GiveUp("FCM answered 403"), GiveUp("not asked again"))
        with pytest.raises(GiveUp, match="403"):
            self.push_to(device_ids[0])
        assert len(providers.push.troubles) == 1
