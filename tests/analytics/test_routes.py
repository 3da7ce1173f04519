from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.analytics import rules, service
from app.core import dynamo
from tests.conftest import NOON


@pytest.fixture
def ada(sign_up):
    return sign_up("ada@example.com")


@pytest.fixture
def boss(sign_in_as):
    return sign_in_as("admin")


@pytest.fixture
def track(client):
    def track(by=None, **body):
        headers = by.headers if by is not None else {}
        return client.post("/analytics/track", json=body, headers=headers)

    return track


@pytest.fixture
def ask(client):
    def ask(by, path="", **query):
        return client.get(f"/analytics{path}", query_string=query, headers=by.headers)

    return ask


class TestTrackEvents:
    def test_takes_an_event_of_nobody(self, track):
        answer = track(event_type="page_view")

        assert answer.status_code == 202
        assert answer.json == {"tracked": 1, "duplicates": 0}

    def test_takes_a_hundred_and_counts_an_id_once(self, track):
        events = [{"event_type": "page_view", "event_id": f"e{n % 90}"} for n in range(100)]
        assert track(events=events).json == {"tracked": 90, "duplicates": 10}
        assert track(events=events).json == {"tracked": 0, "duplicates": 100}

    def test_takes_the_user_from_the_token_alone(self, track, ask, ada):
        assert track(event_type="click", user_id=ada.user_id).status_code == 422
        track(event_type="click")
        track(
            by=ada, event_type="click", event_data={"price": 1.10}
        )  # exact, not the nearest float

        (event,) = ask(ada, event_type="click").json["events"]
        assert event["user_id"] == ada.user_id
        assert event["event_data"] == {"price": Decimal("1.1")}

    @pytest.mark.parametrize("header", ["Bearer made-up", "Basic abc", "Bearer"])
    def test_refuses_a_token_that_does_not_hold(self, client, header):
        answer = client.post(
            "/analytics/track", json={"event_type": "x"}, headers={"Authorization": header}
        )
        assert answer.status_code == 401

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"events": []},
            {"event_type": "x", "events": [{"event_type": "y"}]},
            {"event_id": "e", "events": [{"event_type": "y"}]},
            {"event_data": {}},
            {"event_type": "a#b"},
            {"event_type": ""},
            {"event_type": "x" * 65},
            {"event_type": "x", "event_data": [1]},
            {"event_type": "x", "event_id": "e" * 129},
            {"event_type": "x", "timestamp": "yesterday"},
            {"events": [{"event_type": "x"}] * 101},
            {"events": [{"event_type": "x", "user_id": "u"}]},
        ],
    )
    def test_refuses_what_is_no_event(self, track, body):
        assert track(**body).status_code == 422

    @pytest.mark.parametrize("late", [timedelta(days=91), timedelta(minutes=-6)])
    def test_names_the_event_whose_time_is_too_far_away(self, track, late):
        at = (NOON - late).isoformat()
        answer = track(events=[{"event_type": "x"}, {"event_type": "x", "timestamp": at}])

        assert answer.status_code == 422
        assert answer.json["error_code"] == "INVALID_EVENT_TIME"
        assert answer.json["details"]["index"] == 1

    def test_refuses_an_event_over_32_kb_and_a_call_over_1_mb(self, track):
        large = track(event_type="x", event_data={"a": "b" * 33_000})
        assert (large.status_code, large.json["error_code"]) == (413, "EVENT_TOO_LARGE")
        assert track(event_type="x", event_data={"a": "b" * 1_100_000}).status_code == 413

    def test_takes_data_that_is_nested_and_shows_it_again(self, track, ask, ada):
        data: Any = {"a": 1}
        for _ in range(15):
            data = {"a": [data]} if len(str(data)) < 60 else {"a": data}
        while rules.depth(data) > 16:
            data = data["a"] if isinstance(data["a"], dict) else data["a"][0]
        assert track(by=ada, event_type="x", event_data=data).status_code == 202

        assert ask(ada, event_type="x").json["events"][0]["event_data"] == data
        assert track(event_type="x", event_data={"a": {"a": data}}).status_code == 422

    def test_is_limited_to_120_calls_a_minute(self, track):
        assert {track(event_type="x").status_code for _ in range(120)} == {202}
        last = track(event_type="x")
        assert last.status_code == 429
        assert "Retry-After" in last.headers

    def test_costs_a_request_for_fifty_events_and_one_for_the_limit(self, track):
        track(event_type="x")
        events = [{"event_type": "x", "event_id": f"e{n}"} for n in range(50)]
        answer = track(events=events)
        assert 'desc="2 requests' in answer.headers["Server-Timing"]


class TestGetHours:
    def test_shows_every_hour_of_ones_own(self, track, ask, ada):
        track(by=ada, event_type="x", timestamp=(NOON - timedelta(hours=2, minutes=1)).isoformat())
        track(event_type="x")
        answer = ask(ada, "/hours", event_type="x", days=1)

        assert answer.status_code == 200
        shown = dict(answer.json)
        hours = shown.pop("hourly_stats")
        assert shown == {"event_type": "x", "days": 1, "total_events": 1}
        assert [hour["count"] for hour in hours] == [0] * 9 + [1] + [0] * 3
        assert hours[9]["hour"] == "2026-11-20T09:00:00+00:00"

    def test_shows_everybodys_to_an_administrator(self, track, ask, ada, boss):
        track(by=ada, event_type="x")
        track(event_type="x")

        assert ask(boss, "/hours", event_type="x").json["total_events"] == 2
        assert len(ask(boss, "/hours", event_type="x").json["hourly_stats"]) == 24 + 13

    @pytest.mark.parametrize("days", [0, 32, "x"])
    def test_is_for_31_days_at_most(self, ask, ada, days):
        assert ask(ada, "/hours", event_type="x", days=days).status_code == 422

    @pytest.mark.parametrize("caller", ["ada", "boss"])
    def test_takes_a_few_requests_whatever_the_days(self, request, track, ask, clock, caller):
        person = request.getfixturevalue(caller)
        for hours in range(0, 20 * 24, 30):
            at = NOON - timedelta(hours=hours)
            track(by=person, event_type="x", timestamp=at.isoformat())
        clock.advance(minutes=3)
        service.roll_up(now=clock.now())

        with dynamo.counting() as cost:
            assert ask(person, "/hours", event_type="x", days=31).json["total_events"] == 16
        assert cost.requests <= 6


class TestGetAnalytics:
    def test_shows_every_day(self, track, ask, ada):
        track(by=ada, event_type="x", timestamp=(NOON - timedelta(days=1)).isoformat())
        answer = ask(ada, event_type="x", days=2)

        assert answer.status_code == 200
        shown = dict(answer.json)
        events = shown.pop("events")
        assert shown == {
            "event_type": "x",
            "days": 2,
            "total_events": 1,
            "unique_users": 1,
            "daily_stats": [{"date": "2026-11-19", "count": 1}, {"date": "2026-11-20", "count": 0}],
        }
        assert [event["timestamp"] for event in events] == ["2026-11-19T12:00:00+00:00"]

    def test_shows_a_user_their_own_and_an_admin_everybodys(self, track, ask, ada, boss, sign_up):
        for who in (ada, sign_up(), None):
            track(by=who, event_type="x")

        assert ask(ada, event_type="x").json["total_events"] == 1
        shown = ask(boss, event_type="x").json
        assert (shown["total_events"], shown["unique_users"], len(shown["events"])) == (3, 2, 3)

    def test_shows_the_newest_hundred(self, track, ask, boss):
        for number in range(3):
            at = [(NOON - timedelta(minutes=3 * n + number)).isoformat() for n in range(50)]
            track(events=[{"event_type": "x", "timestamp": one} for one in at])
        shown = [event["timestamp"] for event in ask(boss, event_type="x").json["events"]]

        assert shown == [(NOON - timedelta(minutes=n)).isoformat() for n in range(100)]

    def test_asks_at_most_15_requests_for_a_year(self, track, ask, ada, boss):
        for number in range(30):
            events = [{"event_type": "x", "anonymous_id": f"v{number}-{n}"} for n in range(20)]
            track(by=ada if number % 2 else None, events=events)
        for who in (ada, boss):
            with dynamo.counting():
                answer = ask(who, event_type="x", days=365)
            assert answer.status_code == 200
            found = answer.headers["Server-Timing"].partition('desc="')[2]
            assert int(found.split()[0]) <= 15

    @pytest.mark.parametrize(
        "query",
        [
            {},
            {"event_type": "a#b"},
            {"event_type": "x", "days": 0},
            {"event_type": "x", "days": 366},
        ],
    )
    def test_refuses_what_is_no_question(self, ask, ada, query):
        assert ask(ada, **query).status_code == 422


class TestAdministratorsQuestions:
    @pytest.mark.parametrize(
        ("path", "query"),
        [
            ("/funnel", {"steps": "x,y"}),
            ("/retention", {"event_type": "x"}),
            ("/properties", {"event_type": "x", "property": "page"}),
        ],
    )
    def test_are_refused_to_others(self, ask, ada, path, query):
        assert ask(ada, path, **query).status_code == 403

    @pytest.mark.parametrize("steps", ["x", "x,", "x,a#b", ",".join("x" * 11)])
    def test_refuses_steps_that_are_none(self, ask, boss, steps):
        assert ask(boss, "/funnel", steps=steps).status_code == 422

    def test_shows_how_far_people_get(self, track, ask, boss, ada, sign_up):
        bob = sign_up()
        for who, event_type, hours in ((ada, "x", 5), (ada, "y", 4), (bob, "x", 3), (bob, "y", 6)):
            track(
                by=who, event_type=event_type, timestamp=(NOON - timedelta(hours=hours)).isoformat()
            )

        assert ask(boss, "/funnel", steps="x, y", days=1).json == {
            "days": 1,
            "steps": [
                {"event_type": "x", "users": 2, "percentage": 100},
                {"event_type": "y", "users": 1, "percentage": 50},
            ],
        }

    def test_shows_who_comes_back(self, track, ask, boss, ada, clock):
        track(by=ada, event_type="x", timestamp=(NOON - timedelta(days=7)).isoformat())
        track(by=ada, event_type="y")
        clock.advance(minutes=3)
        service.roll_up(now=clock.now())

        assert ask(boss, "/retention", event_type="x", returning="y", weeks=2).json == {
            "event_type": "x",
            "returning": "y",
            "cohorts": [
                {"week": "2026-11-09", "users": 1, "returned": [0, 1]},
                {"week": "2026-11-16", "users": 0, "returned": [0]},
            ],
        }

    def test_shows_the_most_frequent_values(self, track, ask, boss):
        for value in ("a", "b", "b", True, 1, 1.0, None, [1], {"x": 1}):
            track(event_type="x", event_data={"page": value})
        track(event_type="x")
        shown = ask(boss, "/properties", event_type="x", property="page").json

        assert (shown["total_events"], shown["missing"]) == (10, 1)
        values = [(one["value"], one["count"]) for one in shown["values"]]
        assert values[:2] == [(1, 2), ("b", 2)]
        assert ("[list]", 1) in values
        assert ("[object]", 1) in values
        assert any(value is True for value, _ in values)
        assert any(value is None for value, _ in values)
        few = ask(boss, "/properties", event_type="x", property="page", limit=1).json
        assert len(few["values"]) == 1


class TestProductsOwnEvents:
    def test_are_signup_and_login(self, client, ask, boss, ada):
        login = {"email": "ada@example.com", "password": "password123"}
        assert client.post("/auth/login", json=login).status_code == 200

        assert ask(ada, event_type="signup").json["total_events"] == 1
        assert ask(ada, event_type="login").json["total_events"] == 1
        assert ask(boss, event_type="signup").json["unique_users"] == 1

    def test_hold_no_event_of_who_was_refused(self, client, ask, boss, ada):
        client.post("/auth/login", json={"email": "ada@example.com", "password": "wrong-password"})
        client.post("/auth/signup", json={"email": "ada@example.com", "password": "password123"})

        assert ask(boss, event_type="signup").json["total_events"] == 1
        assert ask(ada, event_type="login").json["total_events"] == 0

    def test_tell_the_door_of_a_phone(self, client, ask, boss):
        started = client.post("/auth/start", json={"phone": "+15550100123"}).json
        body = {"phone": "+15550100123", "otp": started["dev_otp"], "session": started["session"]}
        assert client.post("/auth/verify", json=body).status_code == 200

        (event,) = ask(boss, event_type="signup").json["events"]
        assert event["event_data"] == {"by": "phone"}
