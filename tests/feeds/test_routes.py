import time

import pytest

from app.feeds.rules import CHANNELS

VIEWERS = [channel for channel in CHANNELS if channel != "prices"]


@pytest.fixture
def viewer(sign_in_as):
    return sign_in_as("viewer").headers


class TestPollFeed:
    @pytest.mark.parametrize("channel", CHANNELS)
    def test_gives_events_and_where_to_read_on(self, client, viewer, append, channel):
        append(channel, "1", "2", "3")
        first = client.get(f"/api/v1/feeds/{channel}?limit=2", headers=viewer).json
        assert [(one["id"], one["data"]) for one in first["events"]] == [
            ("1", {"amount": "1"}),
            ("2", {"amount": "2"}),
        ]
        rest = client.get(
            f"/api/v1/feeds/{channel}?after={first['next_after']}", headers=viewer
        ).json
        assert [one["id"] for one in rest["events"]] == ["3"]
        assert rest["next_after"] == "3"
        over = client.get(f"/api/v1/feeds/{channel}?after=3", headers=viewer).json
        assert over == {"events": [], "next_after": "3"}

    def test_waits_for_an_event(self, client, viewer, append, monkeypatch):
        monkeypatch.setattr(time, "sleep", lambda _: append("equity", "10000"))
        answer = client.get("/api/v1/feeds/equity?after=0&wait=25", headers=viewer)
        assert answer.json["events"] == [
            {"id": "1", "event": "equity", "data": {"amount": "10000"}}
        ]

    @pytest.mark.parametrize("channel", VIEWERS)
    def test_is_for_viewers(self, client, sign_up, channel):
        assert client.get(f"/api/v1/feeds/{channel}").status_code == 401
        headers = sign_up().headers
        assert client.get(f"/api/v1/feeds/{channel}", headers=headers).status_code == 403

    def test_of_prices_is_for_everybody_who_signed_in(self, client, sign_up):
        assert client.get("/api/v1/feeds/prices").status_code == 401
        assert client.get("/api/v1/feeds/prices", headers=sign_up().headers).status_code == 200

    def test_does_not_know_other_feeds(self, client, viewer):
        answer = client.get("/api/v1/feeds/gossip", headers=viewer)
        assert (answer.status_code, answer.json["error"]["code"]) == (404, "feed_not_found")

    @pytest.mark.parametrize("query", ["wait=26", "wait=-1", "wait=x", "limit=0", "limit=101"])
    def test_refuses_what_is_out_of_bounds(self, client, viewer, query):
        answer = client.get(f"/api/v1/feeds/equity?{query}", headers=viewer)
        assert (answer.status_code, answer.json["error"]["code"]) == (422, "validation_error")

    @pytest.mark.parametrize("after", ["7", "x", "-1", "9" * 40])
    def test_refuses_an_id_that_was_never_given_out(self, client, viewer, after):
        answer = client.get(f"/api/v1/feeds/equity?after={after}", headers=viewer)
        assert answer.status_code == 422

    def test_says_where_to_go_on_when_events_are_gone(self, client, viewer, append):
        from tests.feeds.test_reading import expire

        append("trades", "1", "2", "3")
        expire("trades", 1, 2)
        answer = client.get("/api/v1/feeds/trades?after=0", headers=viewer)
        assert (answer.status_code, answer.json["error"]["code"]) == (410, "feed_events_expired")
        resume = answer.json["error"]["details"]["resume_after"]
        rest = client.get(f"/api/v1/feeds/trades?after={resume}", headers=viewer).json
        assert [one["id"] for one in rest["events"]] == ["3"]
