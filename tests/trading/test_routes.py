"""Can viewers, and only they, see whether the bot is running?"""

from collections.abc import Callable

from flask.testing import FlaskClient

from tests.conftest import SetClock, SignedUp


class TestGetStatus:
    def test_says_that_a_bot_that_never_started_stands_still(
        self, client: FlaskClient, sign_in_as: Callable[..., SignedUp]
    ) -> None:
        answer = client.get("/api/v1/status", headers=sign_in_as("viewer").headers)

        assert answer.status_code == 200
        assert answer.json == {"running": False, "uptime_seconds": 0}

    def test_is_refused_to_somebody_who_signed_up_alone(
        self, client: FlaskClient, sign_up: Callable[..., SignedUp]
    ) -> None:
        answer = client.get("/api/v1/status", headers=sign_up().headers)

        assert answer.status_code == 403
        assert answer.json["error"]["code"] == "forbidden"

    def test_is_refused_without_a_token(self, client: FlaskClient) -> None:
        assert client.get("/api/v1/status").status_code == 401


class TestStartAndStop:
    def test_counts_from_the_first_start_until_the_stop(
        self, client: FlaskClient, sign_in_as: Callable[..., SignedUp], clock: SetClock
    ) -> None:
        bot = sign_in_as("admin").headers
        assert client.post("/api/v1/status/start", headers=bot).json["running"] is True
        clock.advance(90)
        assert client.post("/api/v1/status/start", headers=bot).json["uptime_seconds"] == 90

        assert client.get("/api/v1/status", headers=bot).json == {
            "running": True,
            "uptime_seconds": 90,
        }

        stopped = {"running": False, "uptime_seconds": 0}
        assert client.post("/api/v1/status/stop", headers=bot).json == stopped
        assert client.post("/api/v1/status/stop", headers=bot).json == stopped

    def test_is_refused_to_viewers(
        self, client: FlaskClient, sign_in_as: Callable[..., SignedUp]
    ) -> None:
        answer = client.post("/api/v1/status/start", headers=sign_in_as("viewer").headers)

        assert answer.status_code == 403
