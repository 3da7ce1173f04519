"""What does each kind of email hold in an example? The outbox page of a laptop shows these, and tests look at them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

_TOKEN = "q3Zk0f7Yt1uXb9WcE5rNvA"  # noqa: S105 - opens nothing

SAMPLES: Mapping[str, Mapping[str, Any]] = {
    "welcome": {"name": "Ada"},
    "verify_email": {
        "name": "Ada",
        "link": f"http://localhost:3000/verify-email?token={_TOKEN}",
        "token": _TOKEN,
        "hours": 24,
    },
    "reset_password": {
        "name": "Ada",
        "link": f"http://localhost:3000/reset-password?token={_TOKEN}",
        "token": _TOKEN,
        "hours": 1,
    },
    "security_alert": {
        "name": "Ada",
        "what": "password_changed",
        "at": datetime(2026, 11, 20, 12, tzinfo=UTC),
        "ip": "203.0.113.7",
    },
    "new_signup": {
        "username": "ada",
        "email": "ada@example.com",
        "user_id": "3f0f9f0e-6a55-4a0e-9d1c-5f6f0c2d7b11",
    },
    "approved": {"name": "Ada"},
    "usage_nearly_used": {
        "name": "Ada",
        "feature": "analyses",
        "used": 4,
        "limit": 5,
        "plan": "Free",
        "resets_at": datetime(2026, 12, 1, tzinfo=UTC),
        "larger_plans": ["Growth", "Pro"],
    },
    "usage_used_up": {
        "name": "Ada",
        "feature": "API calls",
        "used": 100,
        "limit": 100,
        "plan": "Growth",
        "resets_at": datetime(2026, 11, 21, tzinfo=UTC),
        "larger_plans": ["Pro"],
    },
    "plan_changed": {
        "name": "Ada",
        "plan": "Growth",
        "price": "4.99 USD",
        "api_calls": 100,
        "renews_at": datetime(2026, 12, 20, 12, tzinfo=UTC),
        "trial_ends_at": None,
    },
    "plan_ended": {
        "name": "Ada",
        "plan": "Growth",
        "free": {"analyses": 5, "backtests": 2, "portfolio_optimizations": 1},
    },
    "plan_ends": {
        "name": "Ada",
        "plan": "Growth",
        "ends_at": datetime(2026, 12, 20, 12, tzinfo=UTC),
    },
    "payment_failed": {
        "name": "Ada",
        "plan": "Growth",
        "kept_until": datetime(2026, 11, 27, 12, tzinfo=UTC),
    },
    "trial_ends": {
        "name": "Ada",
        "plan": "Growth",
        "price": "4.99 USD",
        "trial_ends_at": datetime(2026, 12, 4, 12, tzinfo=UTC),
    },
    "waitlist_joined": {
        "position": 128,
        "link": f"http://localhost:3000/waitlist/confirm?token=K7MPQ2WXRT.{_TOKEN}",
        "token": f"K7MPQ2WXRT.{_TOKEN}",
        "referral_code": "K7MPQ2WXRT",
        "share_link": "http://localhost:3000/waitlist?referral_code=K7MPQ2WXRT",
    },
    "waitlist_invited": {
        "email": "ada@example.com",
        "link": "http://localhost:3000/signup",
    },
    "offer_made": {
        "name": "Ada",
        "item": "Film camera, 1972",
        "price": "180.00 USD",
        "expires_at": datetime(2026, 11, 27, 12, tzinfo=UTC),
    },
    "offer_received": {
        "name": "Ada",
        "item": "Film camera, 1972",
        "price": "180.00 USD",
        "expires_at": datetime(2026, 11, 27, 12, tzinfo=UTC),
    },
    "offer_accepted": {
        "name": "Ada",
        "item": "Film camera, 1972",
        "price": "180.00 USD",
    },
    "item_sold": {
        "name": "Ada",
        "item": "Film camera, 1972",
        "price": "180.00 USD",
    },
    "offer_declined": {
        "name": "Ada",
        "item": "Film camera, 1972",
        "price": "180.00 USD",
    },
    "offer_withdrawn": {
        "name": "Ada",
        "item": "Film camera, 1972",
        "price": "180.00 USD",
    },
    "offer_expired": {
        "name": "Ada",
        "item": "Film camera, 1972",
        "price": "180.00 USD",
    },
    "offer_closed": {
        "name": "Ada",
        "item": "Film camera, 1972",
        "price": "180.00 USD",
    },
    "price_alert": {
        "name": "Ada",
        "headline": "BTC is above 100,000 USD",
        "symbol": "BTC",
        "price": "100,412.75 USD",
        "line": "above 100,000 USD",
        "note": "Sell a third",
        "at": datetime(2026, 11, 20, 12, tzinfo=UTC),
        "rests_until": datetime(2026, 11, 21, 12, tzinfo=UTC),
        "comes_back": True,
    },
    "weekly_digest": {
        "name": "Ada",
        "first_day": "16 November 2026",
        "last_day": "22 November 2026",
        "value": "12,480.20 USD",
        "value_before": "12,105.00 USD",
        "paid_in": "250.00 USD",
        "taken_out": None,
        "time_weighted_return": "+1.03 %",
        "movers": [
            {"symbol": "BTC", "change": "+4.20 %", "price": "101,203.50 USD", "is_up": True},
            {"symbol": "AAPL", "change": "-1.75 %", "price": "231.40 USD", "is_up": False},
        ],
        "alerts": [
            {"headline": "BTC above 100,000 USD", "at": datetime(2026, 11, 20, 12, tzinfo=UTC)}
        ],
        "unpriced": ["TSLA"],
    },
    "notification": {
        "subject": "Your weekly plan is ready",
        "message": "Two positions moved more than 5 % since Monday.\n\nOpen your portfolio to see which.",
        "type": "weekly_plan",
    },
}
