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
    "notification": {
        "subject": "Your weekly plan is ready",
        "message": "Two positions moved more than 5 % since Monday.\n\nOpen your portfolio to see which.",
        "type": "weekly_plan",
    },
}
