from typing import Any, cast

import pytest

from app.accounts.models import User
from app.core import dynamo
from app.emails import service as emails
from app.emails.models import Email
from tests.emails.outside import ToldMailer, ToldPictures, ToldQueue


@pytest.fixture
def admin(sign_up):
    """Somebody with an account who was made an admin."""
    person = sign_up(email="admin@example.com")
    dynamo.commit(dynamo.update(User(person.user_id), [User.role.set("admin")]))
    return person


@pytest.fixture
def ada(sign_up):
    return sign_up(email="ada@example.com", first_name="Ada")


@pytest.fixture
def post(client):
    def post_as(person, path, **body):
        return client.post(path, json=body, headers=person.headers if person else {})

    return post_as


def outcome(answer, settings, clock):
    """The email that an answer tells of, as a worker sends it."""
    mailer, jobs = ToldMailer(), cast("Any", ToldQueue())
    emails.deliver(
        email_id=answer.json["email_id"],
        mailer=mailer,
        pictures=ToldPictures(),
        jobs=jobs,
        settings=settings,
        chance=0,
        now=clock.now(),
    )
    (message,) = mailer.taken
    return message


class TestWelcomeEmail:
    def test_goes_to_oneself(self, post, ada, settings, clock):
        answer = post(ada, "/emails/welcome")

        assert answer.status_code == 202
        message = outcome(answer, settings, clock)
        assert message.to == "ada@example.com"
        assert "Welcome, Ada" in message.text

    def test_goes_to_anyone_for_an_admin(self, post, ada, admin, settings, clock):
        answer = post(admin, "/emails/welcome", user_id=ada.user_id)

        assert outcome(answer, settings, clock).to == "ada@example.com"
        assert Email.of(answer.json["email_id"]).user_id == ada.user_id

    def test_goes_to_nobody_else_for_others(self, post, ada, admin):
        for user_id in (admin.user_id, "nobody"):
            answer = post(ada, "/emails/welcome", user_id=user_id)

            assert (answer.status_code, answer.json["error_code"]) == (403, "NOT_YOUR_ACCOUNT")

    def test_goes_to_oneself_by_id(self, post, ada):
        assert post(ada, "/emails/welcome", user_id=ada.user_id).status_code == 202

    def test_needs_an_account_to_go_to(self, post, admin):
        assert post(admin, "/emails/welcome", user_id="nobody").status_code == 404

    def test_needs_an_address_to_go_to(self, post, ada, admin):
        dynamo.commit(dynamo.update(User(ada.user_id), [User.email.remove()]))

        answer = post(admin, "/emails/welcome", user_id=ada.user_id)

        assert (answer.status_code, answer.json["error_code"]) == (409, "NO_EMAIL_ADDRESS")

    def test_is_for_those_who_signed_in(self, post):
        assert post(None, "/emails/welcome").status_code == 401

    def test_is_queued_20_times_a_day(self, post, ada, clock):
        answers = [post(ada, "/emails/welcome").status_code for _ in range(21)]

        assert answers == [202] * 20 + [429]

    def test_is_queued_once_for_one_idempotency_key(self, client, ada):
        headers = {**ada.headers, "Idempotency-Key": "k"}

        answers = [
            client.post("/emails/welcome", json={}, headers=headers).json["email_id"]
            for _ in range(2)
        ]

        assert answers[0] == answers[1]


class TestNotificationEmail:
    def test_says_it_in_plain_text(self, post, ada, settings, clock):
        answer = post(
            ada, "/emails/notification", subject=" Hi\nBcc: x@y.z ", message="<b>1 & 2</b>"
        )

        assert answer.status_code == 202
        message = outcome(answer, settings, clock)
        assert message.subject == "Hi Bcc: x@y.z"
        assert "&lt;b&gt;1 &amp; 2&lt;/b&gt;" in message.html
        assert "<b>1 & 2</b>" in message.text
        assert "List-Unsubscribe" in message.headers

    def test_goes_to_anyone_for_an_admin_only(self, post, ada, admin, settings, clock):
        words = {"subject": "s", "message": "m", "type": "price_alert"}

        answer = post(admin, "/emails/notification", user_id=ada.user_id, **words)
        refused = post(ada, "/emails/notification", user_id=admin.user_id, **words)

        message = outcome(answer, settings, clock)
        assert message.to == "ada@example.com"
        assert "Price alert" in message.html
        assert refused.status_code == 403

    def test_is_queued_20_times_a_day(self, post, ada, admin, clock):
        words = {"subject": "s", "message": "m"}

        answers = [post(ada, "/emails/notification", **words) for _ in range(21)]

        assert [answer.status_code for answer in answers] == [202] * 20 + [429]
        assert answers[-1].headers["Retry-After"] == "86400"
        assert post(admin, "/emails/notification", **words).status_code == 202

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"subject": "s"},
            {"subject": " ", "message": "m"},
            {"subject": "s" * 201, "message": "m"},
            {"subject": "s", "message": "m" * 5_001},
            {"subject": "s", "message": "m\x00"},
            {"subject": "s", "message": "m", "type": "A b"},
            {"subject": "s", "message": "m", "html": "<b>"},
        ],
    )
    def test_says_what_is_wrong(self, post, ada, body):
        assert post(ada, "/emails/notification", **body).status_code == 422
