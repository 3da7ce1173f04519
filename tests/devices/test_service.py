import logging
from datetime import timedelta

import pytest

from app.core import dynamo
from app.core.dynamo.connection import shared_connection
from app.devices import rules, service
from app.devices.models import DeviceToken
from app.providers.push.interface import DeadToken, GiveUp, Notification, TryAgain
from tests.conftest import NOON

LATER = NOON + timedelta(minutes=1)
TOKEN = "fGhI9jKlMnOpQrStUvWxYz0123456789"
HELLO = Notification(
    notification_id="n1", title="Hello", body="Balance: $1, P/L: 2%", data={"a": "b"}
)

pytestmark = pytest.mark.usefixtures("aws")


def register(user_id="ada", *, token=TOKEN, platform="ios", now=NOON):
    return service.register_device(user_id=user_id, token=token, platform=platform, now=now)


def tokens_of(user_id):
    return [device.token for device in service.list_devices(user_id=user_id)]


class TestRegisterDevice:
    def test_tells_a_new_device_from_a_known_one(self):
        device, is_new = register()
        assert (is_new, device.token_suffix, device.created_at) == (True, "456789", NOON)

        again, is_new = register(platform="android", now=LATER)
        assert (is_new, again.device_id, again.platform) == (False, device.device_id, "android")
        assert (again.created_at, again.updated_at) == (NOON, LATER)
        assert tokens_of("ada") == [TOKEN]

    def test_moves_a_phone_that_changed_hands(self):
        register("ada")
        device, is_new = register("bob", now=LATER)
        assert (is_new, device.created_at) == (True, LATER)
        assert (tokens_of("ada"), tokens_of("bob")) == ([], [TOKEN])

    def test_forgets_the_device_not_heard_of_for_longest_beyond_twenty(self):
        for number in range(20):
            register(token=f"token-{number}", now=NOON + timedelta(minutes=number))
        register(token="token-0", now=NOON + timedelta(hours=1))
        assert len(tokens_of("ada")) == 20

        register(token="token-20", now=NOON + timedelta(hours=2))

        assert len(tokens_of("ada")) == 20
        assert "token-1" not in tokens_of("ada")
        assert {"token-0", "token-20"} <= set(tokens_of("ada"))

    def test_says_that_it_is_busy_when_another_user_takes_the_token_meanwhile(self):
        register("ada")

        def take(**_):
            events.unregister("provide-client-params.dynamodb.UpdateItem", take)
            register("bob")

        events = shared_connection().client.meta.events
        events.register("provide-client-params.dynamodb.UpdateItem", take)
        with pytest.raises(dynamo.Busy):
            register("ada", now=LATER)
        assert tokens_of("bob") == [TOKEN]

    def test_logs_no_token(self, caplog):
        with caplog.at_level(logging.INFO):
            register()
        (record,) = (r for r in caplog.records if r.message == "devices.registered")
        assert (record.platform, record.is_new) == ("ios", True)
        assert TOKEN not in str([line.__dict__ for line in caplog.records])


class TestRemoveDevice:
    def test_forgets_it(self):
        device, _ = register()
        service.remove_device(user_id="ada", device_id=device.device_id)
        assert tokens_of("ada") == []

    @pytest.mark.parametrize("device_id", [rules.device_id("none"), "x", "x" * 3_000])
    def test_does_not_find_what_does_not_exist(self, device_id):
        with pytest.raises(service.UnknownDevice):
            service.remove_device(user_id="ada", device_id=device_id)

    def test_does_not_find_another_users(self):
        device, _ = register("bob")
        with pytest.raises(service.UnknownDevice):
            service.remove_device(user_id="ada", device_id=device.device_id)
        assert tokens_of("bob") == [TOKEN]


class TestSendPushToUser:
    def test_names_the_job_that_fans_out(self, jobs):
        service.send_push_to_user(user_id="ada", notification=HELLO, jobs=jobs)
        assert jobs.enqueued == [
            (
                "devices.push_to_user",
                {
                    "user_id": "ada",
                    "notification": {
                        "notification_id": "n1",
                        "title": "Hello",
                        "body": "Balance: $1, P/L: 2%",
                        "data": {"a": "b"},
                    },
                },
            )
        ]


class TestPushToUser:
    def test_names_a_job_for_each_device(self, jobs, push):
        ids = {register(token=token)[0].device_id for token in ("one", "two", "three")}
        register("bob", token="other")

        service.push_to_user(user_id="ada", notification=HELLO, push=push, jobs=jobs)

        assert {task for task, _ in jobs.enqueued} == {"devices.push_to_device"}
        assert {arguments["device_id"] for _, arguments in jobs.enqueued} == ids
        for _, arguments in jobs.enqueued:
            assert arguments["user_id"] == "ada"
            assert Notification(**arguments["notification"]) == HELLO

    def test_does_nothing_where_push_is_disabled(self, jobs):
        register()
        service.push_to_user(user_id="ada", notification=HELLO, push=None, jobs=jobs)
        assert jobs.enqueued == []


def push_to(device_id, push, *, user_id="ada", notification=HELLO, now=NOON):
    service.push_to_device(
        device_id=device_id, user_id=user_id, notification=notification, push=push, now=now
    )


class TestPushToDevice:
    @pytest.fixture
    def device_id(self):
        device, _ = register()
        return device.device_id

    def test_sends_once_however_often_it_runs(self, device_id, push):
        push_to(device_id, push)
        push_to(device_id, push, now=NOON + timedelta(hours=1))
        assert push.sent == [(TOKEN, HELLO)]

    def test_sends_another_notification_to_the_same_device(self, device_id, push):
        other = Notification(notification_id="n2", title="Other", body="")
        push_to(device_id, push)
        push_to(device_id, push, notification=other)
        assert [sent.notification_id for _, sent in push.sent] == ["n1", "n2"]

    def test_sends_nothing_to_a_phone_that_changed_hands(self, device_id, push):
        register("bob", now=LATER)
        push_to(device_id, push)
        assert push.sent == []

    def test_sends_nothing_to_a_device_that_was_removed(self, device_id, push):
        service.remove_device(user_id="ada", device_id=device_id)
        push_to(device_id, push)
        assert push.sent == []

    def test_sends_nothing_where_push_is_disabled(self, device_id):
        push_to(device_id, None)

    def test_is_tried_again_when_firebase_does_not_take_it(self, device_id, push):
        push.trouble = TryAgain("FCM answered 429", retry_after_seconds=60)
        with pytest.raises(service.PushNotDelivered) as caught:
            push_to(device_id, push)
        assert caught.value.retry_after_seconds == 60

        push.trouble = None
        push_to(device_id, push, now=LATER)
        assert push.sent == [(TOKEN, HELLO)]

    @pytest.mark.parametrize("gone", ["FCM answered 404 UNREGISTERED"])
    def test_forgets_a_dead_device(self, device_id, push, gone, caplog):
        push.trouble = DeadToken(gone)
        with caplog.at_level(logging.INFO):
            push_to(device_id, push)
        assert tokens_of("ada") == []
        assert "push.device_removed" in caplog.messages
        assert TOKEN not in str([line.__dict__ for line in caplog.records])

    def test_spares_a_device_that_was_registered_again_meanwhile(self, device_id, push):
        push.trouble = DeadToken("FCM answered 404 UNREGISTERED")
        push.meanwhile = lambda: register(now=LATER)
        push_to(device_id, push)
        assert tokens_of("ada") == [TOKEN]

    def test_keeps_the_device_and_says_so_when_firebase_refuses_for_another_reason(
        self, device_id, push
    ):
        push.trouble = GiveUp("FCM answered 403 PERMISSION_DENIED")
        with pytest.raises(GiveUp):
            push_to(device_id, push)
        assert tokens_of("ada") == [TOKEN]

        push.trouble = None
        push_to(device_id, push, now=LATER)
        assert len(push.sent) == 1

    def test_waits_while_another_worker_is_at_it(self, device_id, push):
        def another():
            push.meanwhile = lambda: None
            with pytest.raises(service.PushNotDelivered):
                push_to(device_id, push, now=LATER)

        push.meanwhile = another
        push_to(device_id, push)
        assert len(push.sent) == 1

    def test_takes_over_from_a_worker_that_died(self, device_id, push):
        push.meanwhile = lambda: (_ for _ in ()).throw(SystemExit)
        with pytest.raises(SystemExit):
            push_to(device_id, push)
        push.meanwhile = lambda: None

        with pytest.raises(service.PushNotDelivered):
            push_to(device_id, push, now=NOON + service.LONGEST_TRY)
        push_to(device_id, push, now=NOON + service.LONGEST_TRY + timedelta(seconds=1))
        assert len(push.sent) == 1


class TestExportOwnedBy:
    def test_tells_of_every_device_without_its_token(self):
        device, _ = register()
        register("bob", token="other")
        found = service.export_owned_by(user_id="ada")
        assert found == {
            "devices": [
                {
                    "id": device.device_id,
                    "platform": "ios",
                    "token_suffix": "456789",
                    "created_at": NOON,
                    "updated_at": NOON,
                }
            ]
        }


class TestEraseOwnedBy:
    def test_forgets_all_of_the_users_and_no_other_and_may_run_again(self):
        for token in ("one", "two"):
            register(token=token)
        register("bob", token="other")
        service.erase_owned_by(user_id="ada")
        service.erase_owned_by(user_id="ada")
        assert (tokens_of("ada"), tokens_of("bob")) == ([], ["other"])

    def test_leaves_a_phone_that_changes_hands_meanwhile(self):
        register("ada")

        def take(**_):
            events.unregister("provide-client-params.dynamodb.DeleteItem", take)
            register("bob", now=LATER)

        events = shared_connection().client.meta.events
        events.register("provide-client-params.dynamodb.DeleteItem", take)
        service.erase_owned_by(user_id="ada")
        assert tokens_of("bob") == [TOKEN]
        assert DeviceToken.of(rules.device_id(TOKEN)).user_id == "bob"
