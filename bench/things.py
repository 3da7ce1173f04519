"""What has to be there before an endpoint is asked what it costs: a person, and the things that a row names?"""

import io
import itertools
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from bench import payments
from bench.holdings import Holdings
from bench.scenarios import ITEM, LEDGER, NOBODY, PASSWORD, USER

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.test import TestResponse

_count = itertools.count(1)


@contextmanager
def nobody_waits() -> Iterator[None]:
    """Requests for what a worker does look once and go: none works here, and a wait tells nothing of a request."""
    from app.portfolio.routes import imports, runs
    from app.workspace.routes import messages

    before = messages.WAIT_SECONDS, runs.WAIT_SECONDS, imports.WAIT_SECONDS
    messages.WAIT_SECONDS = runs.WAIT_SECONDS = imports.WAIT_SECONDS = 0
    try:
        yield
    finally:
        messages.WAIT_SECONDS, runs.WAIT_SECONDS, imports.WAIT_SECONDS = before


class World(Holdings):
    """What has to be there before one operation is asked: a person, and the things that the row names."""

    def __init__(self, app: "Flask", who: str) -> None:
        self._app = app
        self._browser = app.test_client()
        self._number = next(_count)
        self.who = who
        self.username = f"{who}{self._number}"
        self.email = f"{self.username}@example.com"

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        token: str | None = None,
        file: bytes | None = None,
    ) -> "TestResponse":
        """One request, with JSON or a form's file, from an address that nobody else has."""
        number = next(_count)
        return self._browser.open(
            path,
            method=method,
            json=body,
            data=None if file is None else {"file": (io.BytesIO(file), "export.csv")},
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
    def import_id(self) -> str:
        """An import that they began."""
        with nobody_waits():
            return str(
                self.ask("POST", "/portfolio/import", token=self.token, file=LEDGER).json["id"]
            )

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
    def subscription(self) -> str:
        """Their subscription; its id."""
        return payments.bought(self._app, ask=self.ask, token=self._tokens["access_token"])

    @cached_property
    def project_id(self) -> str:
        """A project of theirs."""
        return str(self.ask("POST", "/projects", {"name": "Sales"}, self.token).json["id"])

    @cached_property
    def session_id(self) -> str:
        """A session of their project."""
        path = f"/projects/{self.project_id}/sessions"
        return str(self.ask("POST", path, {}, self.token).json["id"])

    @cached_property
    def file_id(self) -> str:
        """A file of their project, as if a worker had read it."""
        from app.core import clock, dynamo
        from app.workspace.models import File

        path = f"/projects/{self.project_id}/files"
        body = {"filename": "sales.csv", "size": 20}
        made = str(self.ask("POST", path, body, self.token).json["id"])
        now = clock.now()
        dynamo.commit(File.uploaded(file_id=made, size=20, now=now))
        found = File.read(
            file_id=made,
            encoding="UTF-8",
            delimiter=",",
            row_count=2,
            columns=[],
            preview=[["1"]],
            now=now,
        )
        dynamo.commit(found)
        return made

    @cached_property
    def answer_id(self) -> str:
        """An answer to a question of theirs, as if a worker had written it, with a query and a picture."""
        from app.core import clock, dynamo
        from app.workspace.models import Message
        from app.workspace.models.messages import Said

        path = f"/sessions/{self.session_id}/messages"
        body = {"content": "How many are there by region?"}
        with nobody_waits():
            asked = self.ask("POST", path, body, self.token)
        answer = Message.of(str(asked.json["ai_response"]["id"]))
        assert answer is not None
        rows = [[f"Region {at}", at] for at in range(20)]
        citation = {
            "sql": "SELECT region, count(*) AS count FROM sales GROUP BY region",
            "columns": ["region", "count"],
            "rows": rows,
            "row_count": len(rows),
            "truncated": False,
            "result_hash": "0" * 64,
            "file_ids": [],
            "live_tables": [],
        }
        said = Said(
            content="Region 19 has the most, 19.",
            citations=[citation],
            chart={"kind": "bar", "title": "Count", "x": "region", "y": ["count"], "points": rows},
            usage={},
            unverified=[],
        )
        dynamo.commit(answer.answered(said, now=clock.now()))
        return str(answer.message_id)

    @property
    def new_item_id(self) -> str:
        """An id that no item has."""
        return f"item-{next(_count)}"

    @cached_property
    def item_id(self) -> str:
        """An item of theirs that is for sale."""
        return self._put_up(self.token)

    @cached_property
    def others_item_id(self) -> str:
        """An item of somebody else's that is for sale."""
        return self._put_up(self._somebody_else)

    @cached_property
    def offer_id(self) -> str:
        """An offer that they made."""
        return self._offer(self.others_item_id, self.token)

    @cached_property
    def received_offer_id(self) -> str:
        """An offer for an item of theirs."""
        return self._offer(self.item_id, self._somebody_else)

    @cached_property
    def _somebody_else(self) -> str:
        """The access token of another person."""
        assert self.other_user_id
        login = {"email": f"other{self._number}@example.com", "password": PASSWORD}
        return str(self.ask("POST", "/auth/login", login).json["access_token"])

    def _put_up(self, token: str | None) -> str:
        body = {"item_id": self.new_item_id, **ITEM}
        answer = self.ask("POST", "/items", body, token)
        assert answer.status_code == 201, answer.text
        return str(answer.json["item_id"])

    def _offer(self, item_id: str, token: str | None) -> str:
        answer = self.ask("POST", "/offers", {"item_id": item_id, "price": "20"}, token)
        assert answer.status_code == 201, answer.text
        return str(answer.json["id"])

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
    def referral_code(self) -> str:
        """The code of their place on the waitlist."""
        answer = self.ask("POST", "/waitlist/join", {"email": self.email})
        assert answer.status_code == 201, answer.text
        return str(answer.json["referral_code"])

    @cached_property
    def waitlist_token(self) -> str:
        """What stands in the link that confirms their place."""
        assert self.referral_code
        return self._token_in("waitlist_joined")

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
