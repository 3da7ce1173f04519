"""Does a forgotten password get replaced by whoever holds the mailbox, and by nobody else?"""

from dataclasses import dataclass, fields
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts import service
from app.accounts.models import OneTimeToken, User
from app.accounts.rules.codes import RESET_PASSWORD, VERIFY_EMAIL
from app.accounts.service import letters
from app.config import Settings
from app.core import dynamo
from app.emails.models import Email
from app.extensions import EXTENSION
from app.providers.job_queue.interface import GiveUp, TryAgain
from tests.accounts.doors import PASSWORD, bearer, code_of, post
from tests.accounts.worker import Worker
from tests.core.together import together
from tests.emails.outside import ToldQueue

FORGOT = "/auth/forgot-password"
RESET = "/auth/reset-password"
SUBJECT = "Choose a new password"
NEW = "another password"


@pytest.fixture
def ada(sign_up: Any) -> Any:
    return sign_up(email="Ada@example.com", username="ada")


def links(worker: Worker, to: str) -> list[str]:
    return [mail.token for mail in worker.emails(to) if mail.subject == SUBJECT]


@pytest.fixture
def token(client: FlaskClient, ada: Any, worker: Worker) -> str:
    """The one of the link that Ada asked for."""
    post(client, FORGOT, {"email": ada.email})
    (found,) = links(worker, ada.email)
    return found


def log_in(client: FlaskClient, password: str) -> int:
    body = {"email": "ada@example.com", "password": password}
    return int(post(client, "/auth/login", body).status_code)


class TestForgotPassword:
    def test_mails_a_link_to_the_account_s_own_spelling(
        self, client: FlaskClient, ada: Any, worker: Worker
    ):
        answer = post(client, FORGOT, {"email": "  ADA@example.COM"})

        assert answer.status_code == 202
        assert len(links(worker, "Ada@example.com")) == 1

    def test_answers_everybody_alike_at_the_same_cost(
        self, client: FlaskClient, ada: Any, worker: Worker
    ):
        answers = []
        for email in (ada.email, "nobody@example.com", "no email at all"):
            post(client, FORGOT, {"email": "warm@example.com"})
            with dynamo.counting() as cost:
                answer = post(client, FORGOT, {"email": email})
            spent = answer.headers["Server-Timing"].partition(",")[2]
            answers.append((answer.status_code, answer.json, spent, cost.requests))

        assert answers[0][0] == 202
        assert answers == [answers[0]] * 3

    def test_mails_nobody_without_an_account(self, client: FlaskClient, worker: Worker):
        post(client, FORGOT, {"email": "nobody@example.com"})

        assert worker.emails() == []

    @pytest.mark.parametrize("status", ["pending", "disabled"])
    def test_mails_nobody_whose_account_is_not_active(
        self, client: FlaskClient, ada: Any, worker: Worker, status: str
    ):
        dynamo.commit(dynamo.update(User(ada.user_id), [User.status.set(status)]))

        post(client, FORGOT, {"email": ada.email})

        assert links(worker, ada.email) == []

    def test_is_taken_ten_times_an_hour_from_one_address_whoever_is_named(
        self, client: FlaskClient, clock: Any
    ):
        for number in range(10):
            body = {"email": f"somebody{number}@example.com"}
            assert post(client, FORGOT, body, ip="127.9.0.1").status_code == 202

        refused = post(client, FORGOT, {"email": "x@example.com"}, ip="127.9.0.1")
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "3600")
        assert post(client, FORGOT, {"email": "x@example.com"}, ip="127.9.0.2").status_code == 202

    def test_mails_five_links_an_hour_and_leaves_the_holder_one_that_works(
        self, client: FlaskClient, ada: Any, worker: Worker, clock: Any
    ):
        for _ in range(7):  # strangers ask, each from elsewhere
            assert post(client, FORGOT, {"email": ada.email}).status_code == 202
        mailed = links(worker, ada.email)
        assert len(mailed) == 5
        clock.advance(minutes=59)

        assert post(client, RESET, {"token": mailed[0], "password": NEW}).status_code == 200
        clock.advance(minutes=1)
        post(client, FORGOT, {"email": ada.email})
        assert len(links(worker, ada.email)) == 6

    def test_mails_one_link_when_its_task_runs_twice(
        self, client: FlaskClient, ada: Any, worker: Worker
    ):
        post(client, FORGOT, {"email": ada.email})
        (body,) = (body for body in worker.waiting() if "send_reset" in body)

        worker.run(body)
        worker.run(body)

        assert len(links(worker, ada.email)) == 1

    @pytest.mark.parametrize("trouble", [TryAgain("no answer"), GiveUp("no such queue")])
    def test_is_asked_again_later_where_the_queue_takes_nothing(
        self, app: Flask, monkeypatch: pytest.MonkeyPatch, trouble: Exception
    ):
        class NoQueue:
            def ask(self, task: str, arguments: Any) -> None:
                raise trouble

            def discard_enqueued(self) -> None:
                """Nothing was enqueued."""

        monkeypatch.setitem(app.extensions[EXTENSION].__dict__, "job_queue", NoQueue())

        answer = post(app.test_client(), FORGOT, {"email": "ada@example.com"})

        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")

    @pytest.mark.parametrize("body", [{}, {"email": ""}, {"email": "a@b.co", "user_id": "x"}])
    def test_refuses_another_form(self, client: FlaskClient, body: dict[str, Any]):
        assert post(client, FORGOT, body).status_code == 422


class TestResetPassword:
    def test_replaces_the_password(self, client: FlaskClient, token: str):
        answer = post(client, RESET, {"token": token, "password": NEW})

        assert answer.status_code == 200
        assert (log_in(client, PASSWORD), log_in(client, NEW)) == (401, 200)

    def test_ends_every_sign_in(self, client: FlaskClient, ada: Any, token: str):
        post(client, RESET, {"token": token, "password": NEW})

        answer = client.get("/users/me", headers=ada.headers)
        assert (answer.status_code, code_of(answer)) == (401, "token_revoked")
        body = {"refresh_token": ada.refresh_token}
        assert code_of(post(client, "/auth/refresh", body)) == "token_revoked"
        signed_in = post(client, "/auth/login", {"email": ada.email, "password": NEW}).json
        headers = bearer(signed_in["access_token"])
        sessions = client.get("/users/me/sessions", headers=headers).json["sessions"]
        assert [one["current"] for one in sessions] == [True]

    def test_tells_the_holder_and_from_where(
        self, client: FlaskClient, ada: Any, token: str, worker: Worker
    ):
        post(client, RESET, {"token": token, "password": NEW}, ip="127.8.7.6")

        (alert,) = (mail for mail in worker.emails(ada.email) if "alert" in mail.subject)
        assert "password was changed" in alert.text
        assert "127.8.7.6" in alert.text

    def test_works_once(self, client: FlaskClient, token: str):
        post(client, RESET, {"token": token, "password": NEW})

        again = post(client, RESET, {"token": token, "password": "a third password"})

        assert (again.status_code, code_of(again)) == (401, "invalid_token")
        assert log_in(client, NEW) == 200

    def test_refuses_a_used_link_though_the_password_is_the_same(
        self, client: FlaskClient, token: str, clock: Any
    ):
        row: Any = OneTimeToken.of(token, purpose=RESET_PASSWORD, now=clock.now())
        dynamo.commit(row.use(clock.now()))

        assert code_of(post(client, RESET, {"token": token, "password": NEW})) == "invalid_token"

    def test_is_kept_for_its_purpose_alone(self, token: str, clock: Any):
        assert OneTimeToken.of(token, purpose=VERIFY_EMAIL, now=clock.now()) is None

    def test_works_for_an_hour(self, client: FlaskClient, token: str, clock: Any):
        clock.advance(hours=1)

        assert code_of(post(client, RESET, {"token": token, "password": NEW})) == "invalid_token"
        assert log_in(client, PASSWORD) == 200

    def test_voids_the_other_links(self, client: FlaskClient, ada: Any, token: str, worker: Worker):
        post(client, FORGOT, {"email": ada.email})
        (other,) = set(links(worker, ada.email)) - {token}

        post(client, RESET, {"token": token, "password": NEW})

        answer = post(client, RESET, {"token": other, "password": "a third password"})
        assert code_of(answer) == "invalid_token"

    def test_leaves_it_to_one_of_those_who_try_at_once(self, app: Flask, token: str):
        words = [f"password number {number}" for number in range(8)]

        answers = together(
            8, lambda n: post(app.test_client(), RESET, {"token": token, "password": words[n]})
        )

        statuses = [answer.status_code for answer in answers]
        assert sorted(statuses) == [200] + [401] * 7
        assert log_in(app.test_client(), words[statuses.index(200)]) == 200

    def test_goes_through_when_the_account_changes_meanwhile(
        self, client: FlaskClient, ada: Any, token: str, settings: Settings, clock: Any
    ):
        @dataclass(frozen=True, kw_only=True)
        class ChangingSettings(Settings):
            """The account's tokens are voided while its new password is hashed."""

            def __getattribute__(self, name: str) -> Any:
                if name == "password_hash_rounds":
                    dynamo.commit(User.tokens_voided(ada.user_id))
                return super().__getattribute__(name)

        changing = ChangingSettings(**{f.name: getattr(settings, f.name) for f in fields(settings)})
        jobs: Any = ToldQueue()
        service.reset_password(
            token=token, password=NEW, ip=None, settings=changing, jobs=jobs, now=clock.now()
        )

        assert log_in(client, NEW) == 200
        assert len(jobs.enqueued) == 1

    def test_refuses_a_weak_password_and_keeps_the_link(self, client: FlaskClient, token: str):
        assert post(client, RESET, {"token": token, "password": "short"}).status_code == 422
        assert post(client, RESET, {"token": token, "password": NEW}).status_code == 200

    def test_is_refused_to_an_account_that_was_disabled_since(
        self, client: FlaskClient, ada: Any, token: str
    ):
        dynamo.commit(dynamo.update(User(ada.user_id), [User.status.set("disabled")]))

        assert code_of(post(client, RESET, {"token": token, "password": NEW})) == "invalid_token"

    @pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
    def test_refuses_the_tokens_of_a_sign_in(self, client: FlaskClient, ada: Any, kind: str):
        body = {"token": getattr(ada, kind), "password": NEW}

        assert code_of(post(client, RESET, body)) == "invalid_token"

    def test_refuses_a_token_that_verifies_an_email(
        self, client: FlaskClient, ada: Any, settings: Any, clock: Any
    ):
        user: Any = User.of(ada.user_id)
        letter = letters.to_verify(user=user, settings=settings, now=clock.now())
        dynamo.commit(*letter.writes)
        mailed = Email.of(letter.email.email_id).context["token"]

        assert code_of(post(client, RESET, {"token": mailed, "password": NEW})) == "invalid_token"

    def test_is_no_other_door_s_token(self, client: FlaskClient, token: str):
        assert client.get("/users/me", headers=bearer(token)).status_code == 401
        assert post(client, "/auth/refresh", {"refresh_token": token}).status_code == 401

    def test_stores_no_token(self, token: str):
        assert token not in str([row.to_simple_dict() for row in OneTimeToken.scan()])
