import pytest

from app.accounts import service as accounts
from app.devices import rules

TOKEN = "fGhI9jKlMnOpQrStUvWxYz0123456789"


@pytest.fixture
def ada(sign_up):
    return sign_up()


def add(client, user, **body):
    return client.post("/users/me/devices", json={"token": TOKEN, **body}, headers=user.headers)


class TestAddDevice:
    def test_shows_a_new_device_without_its_token(self, client, ada, clock):
        answer = add(client, ada, platform="android")
        assert answer.status_code == 201
        assert answer.json == {
            "id": rules.device_id(TOKEN),
            "platform": "android",
            "token_suffix": "456789",
            "created_at": clock.now().isoformat(),
            "updated_at": clock.now().isoformat(),
        }
        assert TOKEN not in answer.text

    def test_updates_a_known_one(self, client, ada, clock):
        first = add(client, ada).json
        clock.advance(60)
        answer = add(client, ada, platform="web")
        assert answer.status_code == 200
        assert answer.json == {
            **first,
            "platform": "web",
            "updated_at": clock.now().isoformat(),
        }

    def test_takes_ios_for_granted(self, client, ada):
        assert add(client, ada).json["platform"] == "ios"

    @pytest.mark.parametrize(
        "body",
        [
            {"token": ""},
            {"token": " "},
            {"token": "a b"},
            {"token": "é"},
            {"token": "x" * 4_097},
            {"token": None},
            {"token": 7},
            {"platform": "blackberry"},
            {"platform": None},
            {"user_id": "someone"},
        ],
    )
    def test_refuses_what_is_no_device(self, client, ada, body):
        answer = add(client, ada, **body)
        assert answer.status_code == 422
        assert answer.json["error_code"] == "VALIDATION_ERROR"

    def test_gives_the_first_answer_again_to_the_same_idempotency_key(self, client, ada):
        headers = {**ada.headers, "Idempotency-Key": "once"}
        first, second = (
            client.post("/users/me/devices", json={"token": TOKEN}, headers=headers)
            for _ in range(2)
        )
        assert (first.status_code, second.status_code) == (201, 201)
        assert first.json == second.json
        assert second.headers["Idempotency-Replayed"] == "true"

    def test_wants_a_signed_in_user(self, client):
        assert client.post("/users/me/devices", json={"token": TOKEN}).status_code == 401


class TestListDevices:
    def test_shows_ones_own_the_latest_first(self, client, ada, sign_up, clock):
        add(client, ada, token="first-token-of-ada")
        clock.advance(1)
        add(client, ada, token="second-token-of-ada")
        add(client, sign_up(), token="a-token-of-bob")
        answer = client.get("/users/me/devices", headers=ada.headers)
        assert answer.status_code == 200
        assert answer.json["next_cursor"] is None
        assert [device["id"] for device in answer.json["devices"]] == [
            rules.device_id("second-token-of-ada"),
            rules.device_id("first-token-of-ada"),
        ]
        assert "token-of" not in answer.text.replace("token_suffix", "")


class TestRemoveDevice:
    def test_takes_it_off_the_list(self, client, ada):
        url = f"/users/me/devices/{add(client, ada).json['id']}"
        answer = client.delete(url, headers=ada.headers)
        assert (answer.status_code, answer.json) == (
            200,
            {"message": "Device removed successfully"},
        )
        assert client.get("/users/me/devices", headers=ada.headers).json["devices"] == []
        assert client.delete(url, headers=ada.headers).status_code == 404

    def test_does_not_find_another_users(self, client, ada, sign_up):
        url = f"/users/me/devices/{add(client, ada).json['id']}"
        answer = client.delete(url, headers=sign_up().headers)
        assert (answer.status_code, answer.json["error_code"]) == (404, "DEVICE_NOT_FOUND")
        assert len(client.get("/users/me/devices", headers=ada.headers).json["devices"]) == 1


class TestRegisterDevice:
    @pytest.fixture
    def viewer(self, client, settings, clock):
        person = {"username": "viewer", "password": "Passw0rd1"}
        accounts.create_account(
            email="viewer@example.com", **person, role="viewer", settings=settings, now=clock.now()
        )
        token = client.post("/api/v1/login", json=person).json["access_token"]
        return {"Authorization": f"Bearer {token}"}

    def test_says_registered_and_then_updated(self, client, viewer):
        answers = [
            client.post("/api/v1/register-device", json={"token": TOKEN}, headers=viewer)
            for _ in range(2)
        ]
        assert [(answer.status_code, answer.json) for answer in answers] == [
            (201, {"message": "Device token registered."}),
            (200, {"message": "Device token updated."}),
        ]

    def test_stores_what_the_other_door_shows(self, client, viewer):
        client.post("/api/v1/register-device", json={"token": TOKEN}, headers=viewer)
        (device,) = client.get("/users/me/devices", headers=viewer).json["devices"]
        assert (device["id"], device["platform"]) == (rules.device_id(TOKEN), "ios")

    def test_is_for_viewers(self, client, ada):
        answer = client.post("/api/v1/register-device", json={"token": TOKEN}, headers=ada.headers)
        assert (answer.status_code, answer.json["error"]["code"]) == (403, "forbidden")

    def test_tells_of_wrong_fields_as_its_door_does(self, client, viewer):
        answer = client.post("/api/v1/register-device", json={}, headers=viewer)
        assert (answer.status_code, answer.json["error"]["code"]) == (422, "validation_error")
