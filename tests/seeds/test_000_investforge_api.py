"""Does every request of document 000 work, at its URL and as it is written there?

The document lists its endpoints and fields; it shows no bodies.
"""

from typing import Any

import pytest

from tests.billing.shop import stripe_of

# "Users Table", which is what a profile shows, but for the password's hash.
USER_FIELDS = {
    "user_id", "email", "first_name", "last_name", "plan", "email_verified", "created_at",
    "updated_at", "stripe_customer_id", "preferences",
}  # fmt: skip
SIGNUP = {
    "email": "user@example.com",
    "password": "password123",
    "first_name": "Ada",
    "last_name": "King",
}


@pytest.fixture
def signed_up(client: Any) -> dict[str, Any]:
    answer = client.post("/auth/signup", json=SIGNUP)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json
    return found


@pytest.fixture
def headers(signed_up: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {signed_up['access_token']}"}


class TestAuthentication:
    def test_signup_creates_a_user_and_returns_tokens(self, signed_up: dict[str, Any]):
        assert signed_up["access_token"]
        assert signed_up["refresh_token"]
        assert set(signed_up["user"]) >= USER_FIELDS
        assert signed_up["user"]["plan"] == "free"

    def test_login_returns_tokens(self, client: Any, signed_up: dict[str, Any]):
        body = {"email": SIGNUP["email"], "password": SIGNUP["password"]}
        answer = client.post("/auth/login", json=body)
        assert answer.status_code == 200
        assert {"access_token", "refresh_token"} <= set(answer.json)
        assert answer.json["user_id"] == signed_up["user_id"]

    def test_refresh_gives_an_access_token(self, client: Any, signed_up: dict[str, Any]):
        body = {"refresh_token": signed_up["refresh_token"]}
        answer = client.post("/auth/refresh", json=body)
        assert answer.status_code == 200
        assert answer.json["access_token"]


class TestUserManagement:
    def test_get_profile(self, client: Any, headers: dict[str, str]):
        answer = client.get("/users/me", headers=headers)
        assert answer.status_code == 200
        assert set(answer.json) >= USER_FIELDS
        assert "password_hash" not in answer.json

    def test_update_profile(self, client: Any, headers: dict[str, str]):
        body = {"first_name": "Augusta", "preferences": {"theme": "dark"}}
        answer = client.put("/users/me", json=body, headers=headers)
        assert answer.status_code == 200
        assert answer.json["first_name"] == "Augusta"
        assert client.get("/users/me", headers=headers).json["preferences"] == {"theme": "dark"}


class TestUsageTracking:
    FEATURES = ("analyses", "backtests", "portfolio_optimizations", "api_calls")

    def test_shows_every_feature_per_month(self, client: Any, headers: dict[str, str]):
        answer = client.get("/users/usage", headers=headers)
        assert answer.status_code == 200
        assert set(answer.json["usage"]) == set(self.FEATURES)
        assert all(row["count"] == 0 for row in answer.json["usage"].values())

    @pytest.mark.parametrize("feature", FEATURES[:3])
    def test_counts_a_use(self, client: Any, headers: dict[str, str], feature: str):
        answer = client.post(f"/users/usage/{feature}", json={"increment": 1}, headers=headers)
        assert answer.status_code == 200
        assert answer.json["new_count"] == 1
        shown = client.get("/users/usage?period=current_month", headers=headers)
        assert shown.json["usage"][feature]["count"] == 1


class TestErrorHandling:
    @pytest.mark.parametrize(
        ("method", "path", "body", "status"),
        [
            ("GET", "/users/me", None, 401),
            ("POST", "/auth/signup", {}, 422),
            ("POST", "/auth/login", {"email": "no@example.com", "password": "no"}, 401),
            ("GET", "/nothing/here", None, 404),
            ("DELETE", "/auth/login", None, 405),
        ],
    )
    def test_is_consistent(self, client: Any, method: str, path: str, body: Any, status: int):
        answer = client.open(path, method=method, json=body)
        assert answer.status_code == status
        assert set(answer.json) == {"success", "message", "error_code", "details"}
        assert answer.json["success"] is False
        assert answer.json["error_code"].isupper()


class TestPayments:
    PLANS = ("growth", "pro")

    @pytest.fixture
    def stripe(self, app: Any, clock: Any) -> Any:
        with stripe_of(app, clock.now) as served:
            yield served

    @pytest.mark.parametrize("plan", PLANS)
    def test_create_checkout_session(
        self, client: Any, headers: dict[str, str], stripe: Any, plan: str
    ):
        back = "http://localhost:3000/billing"
        body = {"plan": plan, "success_url": back, "cancel_url": back}
        answer = client.post("/stripe/create-checkout-session", json=body, headers=headers)
        assert answer.status_code == 200
        assert set(answer.json) == {"checkout_url", "session_id"}
        assert stripe.pay(answer.json["checkout_url"]) == back
        assert stripe.deliver() > 0  # "Webhook updates user plan": /stripe/webhook took them
        assert not [row for row in stripe.account.deliveries if row["status"] != "delivered"]

    def test_webhook_refuses_what_is_not_signed(self, client: Any, stripe: Any):
        assert stripe.events() is not None
        assert client.post("/stripe/webhook", json={}).status_code == 400

    def test_get_billing_information(self, client: Any, headers: dict[str, str]):
        answer = client.get("/users/billing", headers=headers)
        assert answer.status_code == 200
        assert answer.json["plan"] == "free"

    def test_cancel_subscription_without_one(
        self, client: Any, headers: dict[str, str], stripe: Any
    ):
        assert stripe.url
        assert client.post("/users/billing/cancel", headers=headers).status_code == 400


class TestWaitlist:
    # "Waitlist Table", which is what an administrator sees.
    FIELDS = ("email", "source", "joined_at", "status")

    def test_join_waitlist(self, client: Any, sign_in_as: Any):
        answer = client.post("/waitlist/join", json={"email": SIGNUP["email"]})
        assert answer.status_code == 201
        assert set(answer.json) == {"email", "position", "referral_code"}
        assert answer.json["position"] == 1
        assert client.post("/waitlist/join", json={"email": SIGNUP["email"]}).status_code == 409
        shown = client.get("/api/v1/admin/waitlist", headers=sign_in_as("admin").headers)
        (row,) = shown.json["waitlist"]
        assert set(self.FIELDS) <= set(row)
        assert row["source"] == "website"


class TestAnalytics:
    # "Analytics Table"
    FIELDS = ("event_type", "timestamp", "user_id", "event_data")

    def test_track_custom_event(self, client: Any, headers: dict[str, str]):
        event = {"event_type": "page_view", "event_data": {"page": "home"}}
        answer = client.post("/analytics/track", json=event, headers=headers)
        assert answer.status_code == 202

    def test_get_analytics_data(
        self, client: Any, signed_up: dict[str, Any], headers: dict[str, str]
    ):
        event = {"event_type": "page_view", "event_data": {"page": "home"}}
        client.post("/analytics/track", json=event, headers=headers)
        shown = client.get("/analytics?event_type=page_view&days=30", headers=headers).json
        assert set(shown) == {
            "event_type", "days", "total_events", "unique_users", "daily_stats", "events",
        }  # fmt: skip
        assert (shown["total_events"], shown["unique_users"]) == (1, 1)
        assert set(self.FIELDS) <= set(shown["events"][0])
        assert shown["events"][0]["user_id"] == signed_up["user_id"]

    def test_signup_records_its_event(self, client: Any, headers: dict[str, str]):
        shown = client.get("/analytics?event_type=signup", headers=headers).json
        assert shown["total_events"] == 1
