"""What is asked of each endpoint when its cost is measured? One row for each operation of the OpenAPI document.

A row says who asks, with what, and which things must be there first. Each operation is asked by a person of its own,
so that no row depends on another. A guard test fails while an endpoint has no row.
"""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from bench import payments

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.test import TestResponse

PASSWORD = "Str0ng-pass1"  # noqa: S105 - of people who exist for a moment
NEW_PASSWORD = "An0ther-pass1"  # noqa: S105 - the same
NOBODY, USER, VIEWER, ADMIN = "nobody", "user", "viewer", "admin"
ASSETS = 10
ASSET = {
    "asset_type": "stock",
    "symbol": "ACME",
    "quantity": "2",
    "purchase_price": "10.50",
    "purchase_date": "2026-01-05",
}

TRADE = {"symbol": "BTC/USD", "side": "sell", "size": "0.5", "pnl": "12.50"}


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """How one operation is asked.

    Attributes:
        who: the role of the person who asks.
        body: the JSON; a value in braces names a thing of the world's.
        path: the values of the path's parameters, in the same way.
        query: what stands behind the question mark.
        note: what the numbers are to be read with.
    """

    who: str = USER
    body: Mapping[str, Any] | None = None
    path: Mapping[str, str] = field(default_factory=dict)
    query: str = ""
    note: str = ""


SCENARIOS: dict[str, Scenario] = {
    # Pages about the API
    "welcome": Scenario(who=NOBODY),
    "healthz": Scenario(who=NOBODY),
    "health": Scenario(who=NOBODY),
    # Accounts
    "signup": Scenario(who=NOBODY, body={"email": "{new_email}", "password": PASSWORD}),
    "register": Scenario(who=NOBODY, body={"email": "{new_email}", "password": PASSWORD}),
    "login": Scenario(who=NOBODY, body={"email": "{account_email}", "password": PASSWORD}),
    "refresh": Scenario(who=NOBODY, body={"refresh_token": "{refresh_token}"}),
    "logout": Scenario(body={"refresh_token": "{refresh_token}"}),
    "verify_email": Scenario(who=NOBODY, body={"token": "{verify_email_token}"}),
    "resend_verification": Scenario(),
    "forgot_password": Scenario(who=NOBODY, body={"email": "{account_email}"}),
    "reset_password": Scenario(
        who=NOBODY, body={"token": "{reset_password_token}", "password": NEW_PASSWORD}
    ),
    "start_phone_login": Scenario(who=NOBODY, body={"phone": "{phone}"}),
    "finish_phone_login": Scenario(
        who=NOBODY,
        body={"phone": "{started_phone}", "otp": "{otp}", "session": "{phone_session}"},
        note="somebody new",
    ),
    "get_me": Scenario(),
    "put_me": Scenario(body={"first_name": "Ada"}),
    "patch_me": Scenario(body={"first_name": "Ada"}),
    "close_account": Scenario(body={"password": PASSWORD}),
    "export_account": Scenario(),
    "change_password": Scenario(body={"current_password": PASSWORD, "new_password": NEW_PASSWORD}),
    "create_api_key": Scenario(body={"name": "bot", "scopes": ["portfolio:read"]}),
    "list_api_keys": Scenario(),
    "revoke_api_key": Scenario(path={"key_id": "{key_id}"}),
    "list_sessions": Scenario(),
    "end_session": Scenario(path={"sign_in_id": "{other_sign_in_id}"}),
    "api_v1_signup": Scenario(
        who=NOBODY,
        body={"username": "{new_username}", "email": "{new_email}", "password": PASSWORD},
    ),
    "api_v1_login": Scenario(
        who=NOBODY, body={"username": "{account_username}", "password": PASSWORD}
    ),
    "api_v1_refresh": Scenario(who=NOBODY, body={"refresh_token": "{refresh_token}"}),
    "api_v1_logout": Scenario(body={"refresh_token": "{refresh_token}"}),
    "api_v1_me": Scenario(),
    # Administration
    "list_pending_users": Scenario(who=ADMIN),
    "list_users": Scenario(who=ADMIN),
    "approve_user": Scenario(who=ADMIN, path={"user_id": "{pending_user_id}"}),
    "disable_user": Scenario(who=ADMIN, path={"user_id": "{other_user_id}"}),
    "enable_user": Scenario(who=ADMIN, path={"user_id": "{disabled_user_id}"}),
    "change_user_role": Scenario(
        who=ADMIN, path={"user_id": "{other_user_id}"}, body={"role": "viewer"}
    ),
    "list_audit_logs": Scenario(who=ADMIN),
    "verify_audit_logs": Scenario(who=ADMIN, note="reads the whole record"),
    "list_jobs": Scenario(who=ADMIN),
    "run_job": Scenario(who=ADMIN, path={"name": "prices.refresh_quotes"}),
    "list_dead_letters": Scenario(who=ADMIN),
    "redrive_dead_letters": Scenario(who=ADMIN),
    # Prices and portfolios
    "get_prices": Scenario(body={"asset_type": "stock", "symbols": ["ACME"]}),
    "get_price_history": Scenario(path={"asset_type": "stock", "symbol": "ACME"}),
    "add_asset": Scenario(body=ASSET),
    "list_assets": Scenario(path={"holds": "{assets}"}, note=f"{ASSETS} assets"),
    "get_asset": Scenario(path={"asset_id": "{asset_id}"}),
    "change_asset": Scenario(path={"asset_id": "{asset_id}"}, body={"quantity": "3"}),
    "remove_asset": Scenario(path={"asset_id": "{asset_id}"}),
    "get_crypto_portfolio": Scenario(path={"holds": "{assets}"}, note="no crypto among 10 assets"),
    "get_stock_portfolio": Scenario(path={"holds": "{assets}"}, note=f"{ASSETS} assets"),
    "get_portfolio_summary": Scenario(path={"holds": "{assets}"}, note=f"{ASSETS} assets"),
    # Billing
    "create_checkout_session": Scenario(body=payments.CHECKOUT, note="the first one"),
    "take_stripe_event": Scenario(
        who=NOBODY, body={}, path={"holds": "{subscription}"}, note="stored, for a task"
    ),
    "get_billing": Scenario(path={"holds": "{subscription}"}),
    "cancel_subscription": Scenario(path={"holds": "{subscription}"}),
    "resume_subscription": Scenario(path={"holds": "{subscription}"}, note="not cancelled"),
    "open_billing_portal": Scenario(body={}, path={"holds": "{subscription}"}),
    "reconcile_billing": Scenario(
        who=ADMIN, path={"holds": "{subscription}"}, note="one subscription, which agrees"
    ),
    "get_revenue": Scenario(who=ADMIN),
    # Usage
    "get_usage": Scenario(),
    "count_use": Scenario(
        path={"feature": "analyses"}, body={"increment": 1}, note="of a plan with a limit"
    ),
    "check_usage": Scenario(query="?feature=analyses"),
    "get_usage_history": Scenario(),
    "list_usage_totals": Scenario(who=ADMIN, query="?start=2026-11-01&end=2026-11-30"),
    # Trading, devices, emails
    "push_trades": Scenario(who=ADMIN, body={**TRADE, "trade_id": "{new_trade_id}"}, note="one"),
    "push_equity": Scenario(who=ADMIN, body={"equity": "10000"}),
    "get_equity_curve": Scenario(who=VIEWER, query="?points=500"),
    "get_profit": Scenario(who=VIEWER),
    "get_calendar": Scenario(who=VIEWER),
    "list_trades": Scenario(who=VIEWER),
    "get_stats": Scenario(who=VIEWER, note="all time"),
    "get_status": Scenario(who=VIEWER),
    "poll_feed": Scenario(who=VIEWER, path={"channel": "equity"}, note="without news"),
    "poll_prices": Scenario(note="without news"),
    "draw_equity_curve": Scenario(who=VIEWER, note="without snapshots"),
    "start_bot": Scenario(who=ADMIN),
    "stop_bot": Scenario(who=ADMIN),
    "add_device": Scenario(body={"token": "{new_device_token}"}),
    "list_devices": Scenario(),
    "remove_device": Scenario(path={"device_id": "{device_id}"}),
    "register_device": Scenario(who=VIEWER, body={"token": "{new_device_token}"}),
    "take_mail_notice": Scenario(who=NOBODY, body={}, note="a notice that is refused"),
    "send_welcome_email": Scenario(body={}),
    "send_notification_email": Scenario(body={"subject": "Hello", "message": "Hello."}),
}

_count = itertools.count(1)


class World:
    """What has to be there before one operation is asked: a person, and the things that the row names."""

    def __init__(self, app: "Flask", who: str) -> None:
        self._app = app
        self._browser = app.test_client()
        self._number = next(_count)
        self.who = who
        self.username = f"{who}{self._number}"
        self.email = f"{self.username}@example.com"

    def ask(
        self, method: str, path: str, body: Any = None, token: str | None = None
    ) -> "TestResponse":
        """One request, from an address that nobody else has."""
        number = next(_count)
        return self._browser.open(
            path,
            method=method,
            json=body,
            headers={"Authorization": f"Bearer {token}"} if token else {},
            environ_base={
                "REMOTE_ADDR": f"127.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
            },
        )

    def filled(self, value: Any) -> Any:
        """The value, with what stands in braces made and put in."""
        if isinstance(value, Mapping):
            return {name: self.filled(inner) for name, inner in value.items()}
        if isinstance(value, str) and value.startswith("{"):
            return getattr(self, value.strip("{}"))
        return value

    @cached_property
    def token(self) -> str | None:
        """The access token of the person who asks."""
        return None if self.who == NOBODY else self._tokens["access_token"]

    @cached_property
    def account_username(self) -> str:
        """The username of somebody who has an account and is not signed in."""
        self._make(self.username, USER)
        return self.username

    @cached_property
    def account_email(self) -> str:
        """Their email."""
        return f"{self.account_username}@example.com"

    @cached_property
    def refresh_token(self) -> str:
        """Their refresh token."""
        return self._tokens["refresh_token"]

    @cached_property
    def _tokens(self) -> dict[str, str]:
        self._make(self.username, USER if self.who == NOBODY else self.who)
        answer = self.ask("POST", "/auth/login", {"email": self.email, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        tokens: dict[str, str] = answer.json
        return tokens

    def _make(self, username: str, role: str) -> str:
        from app.accounts import service as accounts
        from app.core import clock
        from app.extensions import settings

        with self._app.app_context():
            made = accounts.create_account(
                email=f"{username}@example.com",
                username=username,
                password=PASSWORD,
                role=role,
                settings=settings,
                now=clock.now(),
            )
        return str(made.user_id)

    # Things that a row can name

    @property
    def new_email(self) -> str:
        """An email that nobody has."""
        return f"new{self._number}@example.com"

    @property
    def new_username(self) -> str:
        """A username that nobody has."""
        return f"new{self._number}"

    @property
    def new_device_token(self) -> str:
        """A registration token that no device has."""
        return f"device-token-{next(_count)}"

    @property
    def new_trade_id(self) -> str:
        """An id that no trade has."""
        return f"trade-{next(_count)}"

    @cached_property
    def phone(self) -> str:
        """A phone number of this person alone."""
        return f"+1415555{1000 + self._number}"

    @cached_property
    def _phone_login(self) -> dict[str, str]:
        answer = self.ask("POST", "/auth/start", {"phone": self.phone})
        assert answer.status_code == 200, answer.text
        started: dict[str, str] = answer.json
        return started

    @property
    def started_phone(self) -> str:
        """The number that a code was sent to."""
        return self._phone_login["phone"]

    @property
    def otp(self) -> str:
        """The code."""
        return self._phone_login["dev_otp"]

    @property
    def phone_session(self) -> str:
        """The session that the code belongs to."""
        return self._phone_login["session"]

    @cached_property
    def asset_id(self) -> str:
        """An asset of theirs."""
        answer = self.ask("POST", "/portfolio/assets", ASSET, self.token)
        assert answer.status_code == 201, answer.text
        return str(answer.json["asset_id"])

    @cached_property
    def assets(self) -> str:
        """Ten assets of theirs; their number."""
        for number in range(ASSETS):
            body = {**ASSET, "symbol": f"S{number:03d}"}
            assert self.ask("POST", "/portfolio/assets", body, self.token).status_code == 201
        return str(ASSETS)

    @cached_property
    def subscription(self) -> str:
        """Their subscription; its id."""
        return payments.bought(self._app, ask=self.ask, token=self._tokens["access_token"])

    @cached_property
    def device_id(self) -> str:
        """A device of theirs."""
        answer = self.ask("POST", "/users/me/devices", {"token": self.new_device_token}, self.token)
        return str(answer.json["id"])

    @cached_property
    def key_id(self) -> str:
        """An API key of theirs."""
        body = {"name": "bot", "scopes": ["portfolio:read"]}
        answer = self.ask("POST", "/users/me/api-keys", body, self.token)
        return str(answer.json["id"])

    @cached_property
    def other_sign_in_id(self) -> str:
        """A second sign-in of theirs."""
        assert self.token is not None
        self.ask("POST", "/auth/login", {"email": self.email, "password": PASSWORD})
        rows = self.ask("GET", "/users/me/sessions", token=self.token).json["sessions"]
        return next(str(row["id"]) for row in rows if not row["current"])

    @cached_property
    def other_user_id(self) -> str:
        """Somebody else."""
        return self._make(f"other{self._number}", USER)

    @cached_property
    def pending_user_id(self) -> str:
        """Somebody who awaits approval."""
        body = {"username": self.new_username, "email": self.new_email, "password": PASSWORD}
        answer = self.ask("POST", "/api/v1/signup", body)
        assert answer.status_code in {200, 201, 202}, answer.text
        pending = self.ask("GET", "/api/v1/admin/pending-users", token=self.token).json
        rows = pending if isinstance(pending, list) else pending["users"]
        return next(str(row["id"]) for row in rows if row["username"] == self.new_username)

    @cached_property
    def disabled_user_id(self) -> str:
        """Somebody whom they have disabled."""
        self.ask("POST", f"/api/v1/admin/disable/{self.other_user_id}", token=self.token)
        return self.other_user_id

    @cached_property
    def verify_email_token(self) -> str:
        """What stands in the link that verifies their email."""
        assert (
            self.ask(
                "POST", "/auth/signup", {"email": self.email, "password": PASSWORD}
            ).status_code
            == 201
        )
        return self._token_in("verify_email")

    @cached_property
    def reset_password_token(self) -> str:
        """What stands in the link that lets them choose a password."""
        from app.accounts import service as accounts
        from app.core import clock, ids
        from app.extensions import providers, settings

        with self._app.app_context():
            accounts.send_reset(
                email=self.account_email,
                request_id=ids.new_id(),
                settings=settings,
                jobs=providers.job_queue,
                now=clock.now(),
            )
        return self._token_in("reset_password")

    def _token_in(self, template: str) -> str:
        """The token in the email that waits for this person."""
        from app.emails.models import Email

        found = [
            email for email in Email.scan() if (email.template, email.to) == (template, self.email)
        ]
        assert found, f"no {template} email waits"
        return str(found[-1].context["token"])
