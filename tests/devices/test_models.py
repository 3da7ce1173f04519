from datetime import timedelta

import pytest

from app.core import dynamo
from app.devices.models import DeviceToken, PushDelivery
from tests.conftest import NOON

LATER = NOON + timedelta(minutes=1)
TOKEN = "fGhI9jKlMnOpQrStUvWxYz0123456789"

pytestmark = pytest.mark.usefixtures("aws")


def device(user_id="ada", *, token=TOKEN, now=NOON):
    return DeviceToken.registered(user_id=user_id, token=token, platform="ios", now=now)


def stored(user_id="ada", **given):
    made = device(user_id, **given)
    dynamo.commit(made.arrival())
    return made


class TestArrival:
    def test_stores_a_new_token(self):
        made = stored()
        found = DeviceToken.of(made.device_id)
        assert (found.user_id, found.token, found.token_suffix) == ("ada", TOKEN, "456789")

    def test_refuses_a_token_that_is_the_users_already(self):
        stored()
        with pytest.raises(dynamo.ConditionFailed):
            dynamo.commit(device(now=LATER).arrival())

    def test_takes_a_token_over_from_another_user(self):
        stored("ada")
        made = stored("bob", now=LATER)
        assert DeviceToken.of(made.device_id).user_id == "bob"
        assert list(DeviceToken.owned_by("ada")) == []


class TestRefreshed:
    def test_keeps_when_it_was_created(self):
        stored()
        again = device(now=LATER)
        dynamo.commit(again.refreshed())
        assert (again.created_at, again.updated_at) == (NOON, LATER)

    def test_refuses_a_token_of_another_user_and_an_unknown_one(self):
        with pytest.raises(dynamo.ConditionFailed):
            dynamo.commit(device().refreshed())
        stored("bob")
        with pytest.raises(dynamo.ConditionFailed):
            dynamo.commit(device("ada").refreshed())


class TestRemoval:
    def test_is_for_the_owner_alone(self):
        made = stored("ada")
        with pytest.raises(dynamo.ConditionFailed):
            dynamo.commit(DeviceToken.removal(device_id=made.device_id, user_id="bob"))
        dynamo.commit(DeviceToken.removal(device_id=made.device_id, user_id="ada"))
        assert DeviceToken.of(made.device_id) is None


class TestRetirement:
    def test_spares_a_device_that_was_registered_again(self):
        read = stored()
        dynamo.commit(device(now=LATER).refreshed())
        with pytest.raises(dynamo.ConditionFailed):
            dynamo.commit(read.retirement())
        assert DeviceToken.of(read.device_id) is not None


class TestOwnedBy:
    def test_lists_one_users_devices_the_latest_first(self):
        for minutes, token in enumerate(("first", "second", "third")):
            stored(token=token, now=NOON + timedelta(minutes=minutes))
        stored("bob", token="other")
        assert [found.token for found in DeviceToken.owned_by("ada")] == [
            "third",
            "second",
            "first",
        ]


class TestPushDelivery:
    def begun(self, *, now, lapsed_before):
        made = PushDelivery.claimed(notification_id="n1", device_id="d1", now=now)
        dynamo.commit(made.beginning(lapsed_before=lapsed_before))
        return made

    def test_begins_once(self):
        self.begun(now=NOON, lapsed_before=NOON)
        with pytest.raises(dynamo.ConditionFailed):
            self.begun(now=LATER, lapsed_before=NOON)

    def test_begins_again_when_it_was_abandoned_or_released(self):
        first = self.begun(now=NOON, lapsed_before=NOON)
        second = self.begun(now=LATER, lapsed_before=LATER)
        for write in (first.completion(), first.release()):
            with pytest.raises(dynamo.ConditionFailed):
                dynamo.commit(write)
        dynamo.commit(second.release())
        self.begun(now=LATER, lapsed_before=NOON)

    def test_never_begins_again_once_delivered(self):
        first = self.begun(now=NOON, lapsed_before=NOON)
        dynamo.commit(first.completion())
        with pytest.raises(dynamo.ConditionFailed):
            self.begun(now=LATER, lapsed_before=LATER)
        with pytest.raises(dynamo.ConditionFailed):
            dynamo.commit(first.release())
        assert PushDelivery.of(notification_id="n1", device_id="d1").delivered

    def test_is_forgotten_after_dead_letters_are(self):
        self.begun(now=NOON, lapsed_before=NOON)
        found = PushDelivery.of(notification_id="n1", device_id="d1")
        assert found.expires_at - NOON == timedelta(days=15)
