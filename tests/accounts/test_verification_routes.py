"""Does an emailed link prove an address: once, in time, and nothing else?"""

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import OneTimeToken, User
from app.accounts.service import letters
from app.config import Settings
from app.core import dynamo
from app.emails.models import Email
from app.extensions import EXTENSION
from app.factory import create_app
from tests.accounts.doors import PASSWORD, STRONG, bearer, code_of, post
from tests.accounts.worker import Worker
from tests.conftest import LocalAws
from tests.core.together import together

VERIFY = "/auth/verify-email"
RESEND = "/auth/resend-verification"
SUBJECT = "Confirm your email address"


@pytest.fixture
def ada(sign_up: Any) -> Any:
    return sign_up(email="ada@example.com", username="ada")


@pytest.fixture
def token(ada: Any, worker: Worker) -> str:
    """The one of the email that Ada got."""
    return next(mail for mail in worker.emails(ada.email) if mail.subject == SUBJECT).token


def is_verified(client: FlaskClient, person: Any) -> bool:
    found: bool = client.get("/users/me", headers=person.headers).json["email_verified"]
    return found


class TestSignUp:
    @pytest.mark.parametrize("door", ["signup", "register"])
    def test_is_followed_by_a_welcome_and_a_link(
        self, client: FlaskClient, worker: Worker, door: str
    ):
        post(client, f"/auth/{door}", {"email": "bob@example.com", "password": PASSWORD})

        assert sorted(mail.subject for mail in worker.emails("bob@example.com")) == [
            SUBJECT,
            "Welcome to InvestForge",
        ]

    def test_writes_its_emails_down_with_the_account(self, ada: Any, worker: Worker):
        worker.waiting()  # the queue loses what asks for them

        waiting = [mail.template for mail in Email.sent_to(ada.user_id)]
        assert sorted(waiting) == ["verify_email", "welcome"]

    def test_that_fails_mails_nobody(self, client: FlaskClient, ada: Any, worker: Worker):
        worker.work()
        before = len(worker.emails())

        answer = post(client, "/auth/signup", {"email": ada.email, "password": PASSWORD})

        assert answer.status_code == 409
        assert len(worker.emails()) == before


class TestRequestForAnAccount:
    BODY = {"username": "carl", "email": "carl@example.com", "password": STRONG}  # noqa: RUF012

    def test_is_told_to_who_approves_and_to_nobody_else(self, client: FlaskClient, worker: Worker):
        post(client, "/api/v1/signup", self.BODY)

        mails = worker.emails()
        assert [mail.to for mail in mails] == ["admin@example.com"]
        assert "carl@example.com" in mails[0].text

    def test_is_told_to_nobody_where_nobody_is_named(self, app: Flask, worker: Worker):
        chosen = app.extensions[EXTENSION]
        before = chosen.settings
        chosen.settings = replace(before, admin_notification_email=None)
        try:
            answer = post(app.test_client(), "/api/v1/signup", self.BODY)
        finally:
            chosen.settings = before

        assert answer.status_code == 201
        assert worker.emails() == []


class TestVerifyEmail:
    def test_marks_the_email_verified(self, client: FlaskClient, ada: Any, token: str):
        assert not is_verified(client, ada)

        answer = post(client, VERIFY, {"token": token})

        assert (answer.status_code, answer.json) == (200, {"email_verified": True})
        assert is_verified(client, ada)

    def test_says_the_same_again_and_changes_nothing(
        self, client: FlaskClient, ada: Any, token: str, clock: Any
    ):
        post(client, VERIFY, {"token": token})
        before = client.get("/users/me", headers=ada.headers).json
        clock.advance(seconds=60)

        answer = post(client, VERIFY, {"token": token})

        assert (answer.status_code, answer.json) == (200, {"email_verified": True})
        assert client.get("/users/me", headers=ada.headers).json == before

    def test_keeps_the_token_for_a_day(self, client: FlaskClient, token: str, clock: Any):
        clock.advance(hours=24, seconds=-1)

        assert post(client, VERIFY, {"token": token}).status_code == 200

    def test_refuses_a_token_after_a_day(self, client: FlaskClient, token: str, clock: Any):
        clock.advance(hours=24)

        answer = post(client, VERIFY, {"token": token})

        assert (answer.status_code, code_of(answer)) == (401, "invalid_token")

    def test_refuses_a_used_token_for_anything_else(
        self, client: FlaskClient, ada: Any, token: str
    ):
        post(client, VERIFY, {"token": token})
        dynamo.commit(
            dynamo.update(User(ada.user_id), [User.email_verified.set(False)])  # as if changed back
        )

        assert code_of(post(client, VERIFY, {"token": token})) == "invalid_token"
        assert not User.of(ada.user_id).email_verified

    def test_refuses_a_token_of_an_email_that_is_no_longer_the_accounts(
        self, client: FlaskClient, ada: Any, token: str
    ):
        dynamo.commit(
            dynamo.update(User(ada.user_id), [User.email_canonical.set("ada2@example.com")])
        )

        assert code_of(post(client, VERIFY, {"token": token})) == "invalid_token"
        assert not User.of(ada.user_id).email_verified

    @pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
    def test_refuses_the_tokens_of_a_sign_in(self, client: FlaskClient, ada: Any, kind: str):
        answer = post(client, VERIFY, {"token": getattr(ada, kind)})

        assert (answer.status_code, code_of(answer)) == (401, "invalid_token")

    def test_refuses_a_token_whose_account_is_gone(self, client: FlaskClient, ada: Any, token: str):
        dynamo.commit(dynamo.delete(User(ada.user_id)))

        assert code_of(post(client, VERIFY, {"token": token})) == "invalid_token"

    def test_refuses_a_token_that_resets_a_password(
        self, client: FlaskClient, ada: Any, settings: Settings, clock: Any
    ):
        user: Any = User.of(ada.user_id)
        letter = letters.to_reset(user=user, request_id="1", settings=settings, now=clock.now())
        dynamo.commit(*letter.writes)
        mailed = Email.of(letter.email.email_id).context["token"]

        assert code_of(post(client, VERIFY, {"token": mailed})) == "invalid_token"

    def test_is_no_other_door_s_token(self, client: FlaskClient, token: str):
        assert client.get("/users/me", headers=bearer(token)).status_code == 401
        assert post(client, "/auth/refresh", {"refresh_token": token}).status_code == 401

    @pytest.mark.parametrize("body", [{}, {"token": ""}, {"token": 1}, {"token": "a", "x": 1}])
    def test_refuses_another_form(self, client: FlaskClient, body: dict[str, Any]):
        assert post(client, VERIFY, body).status_code == 422

    def test_stores_no_token(self, token: str, ada: Any):
        rows = [row.to_simple_dict() for row in OneTimeToken.scan()]

        assert len(rows) == 1
        assert token not in str(rows)
        assert ada.email not in str(rows)

    def test_answers_all_who_open_the_link_at_once(self, app: Flask, ada: Any, token: str):
        answers = together(8, lambda _: post(app.test_client(), VERIFY, {"token": token}))

        assert {answer.status_code for answer in answers} == {200}
        assert User.of(ada.user_id).email_verified


class TestResendVerification:
    def test_mails_another_link_and_leaves_the_first_one_good(
        self, client: FlaskClient, ada: Any, token: str, worker: Worker
    ):
        answer = client.post(RESEND, headers=ada.headers)

        assert answer.status_code == 202
        tokens = {mail.token for mail in worker.emails(ada.email) if mail.subject == SUBJECT}
        assert len(tokens) == 2
        assert post(client, VERIFY, {"token": token}).status_code == 200
        assert post(client, VERIFY, {"token": (tokens - {token}).pop()}).status_code == 200

    def test_does_so_once_a_minute(self, client: FlaskClient, ada: Any, clock: Any):
        assert client.post(RESEND, headers=ada.headers).status_code == 202
        clock.advance(seconds=20)

        refused = client.post(RESEND, headers=ada.headers)

        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "40")
        clock.advance(seconds=40)
        assert client.post(RESEND, headers=ada.headers).status_code == 202

    def test_mails_nothing_to_who_is_verified(
        self, client: FlaskClient, ada: Any, token: str, worker: Worker
    ):
        post(client, VERIFY, {"token": token})
        before = len(worker.emails())

        assert client.post(RESEND, headers=ada.headers).status_code == 202
        assert len(worker.emails()) == before

    def test_is_for_those_who_signed_in(self, client: FlaskClient, ada: Any):
        assert code_of(client.post(RESEND)) == "unauthorized"
        assert code_of(client.post(RESEND, headers=bearer("nonsense"))) == "invalid_token"
        assert code_of(client.post(RESEND, headers=bearer(ada.refresh_token))) == "invalid_token"
        client.post("/auth/logout", headers=ada.headers)
        assert code_of(client.post(RESEND, headers=ada.headers)) == "token_revoked"

    def test_tells_an_account_without_an_email(self, client: FlaskClient, ada: Any):
        dynamo.commit(dynamo.update(User(ada.user_id), [User.email.remove()]))

        answer = client.post(RESEND, headers=ada.headers)

        assert (answer.status_code, code_of(answer)) == (409, "no_email")

    def test_is_open_where_every_other_door_asks_for_a_verified_email(
        self, aws: LocalAws, ada: Any, settings: Settings, worker: Worker
    ):
        environ = {
            "AWS_ENDPOINT_URL": aws.url,
            "PASSWORD_HASH_ROUNDS": "4",
            "REQUIRE_VERIFIED_EMAIL": "true",
        }
        strict = create_app(Settings.from_env(environ)).test_client()
        try:
            assert strict.get("/users/me", headers=ada.headers).status_code == 403
            assert strict.post(RESEND, headers=ada.headers).status_code == 202
            dynamo.commit(dynamo.update(User(ada.user_id), [User.email.remove()]))
            assert strict.get("/users/me", headers=ada.headers).status_code == 200  # by phone alone
        finally:
            dynamo.connect(settings)

        subjects = [mail.subject for mail in worker.emails(ada.email)]
        assert subjects.count(SUBJECT) == 2
