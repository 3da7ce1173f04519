import json

import pytest

from app.emails import rules
from app.emails.models import Suppression
from app.extensions import EXTENSION
from app.providers.mailer.interface import TryAgain
from app.providers.mailer.sns import SnsNotices
from tests.providers import mail_servers
from tests.providers.test_mail_notices import (
    TOPIC,
    Aws,
    bounce,
    envelope,
    sign,
    subscription,
)

GONE = "gone@example.com"


@pytest.fixture(scope="module")
def key():
    return mail_servers.make_key()


@pytest.fixture
def listen(app, monkeypatch):
    """Let the app listen to a topic, and get certificates from where the test says."""

    def listen_with(fetch):
        chosen = SnsNotices(topic_arns=[TOPIC], fetch=fetch)
        monkeypatch.setitem(app.extensions[EXTENSION].__dict__, "mail_notices", chosen)

    return listen_with


@pytest.fixture
def amazon(listen, key):
    """SNS's side of /emails/events, with a certificate that is trusted."""
    made = Aws(mail_servers.make_certificate(key, name="sns.amazonaws.com"))
    listen(made)
    return made


@pytest.fixture
def post(client, amazon):
    def post_as_sns(told, **headers):
        return client.post(
            "/emails/events",
            data=told if isinstance(told, (str, bytes)) else json.dumps(told),
            headers={"Content-Type": "text/plain; charset=UTF-8", **headers},
        )

    return post_as_sns


def is_suppressed(address, scope=rules.EVERY_EMAIL):
    return bool(Suppression.reasons(address_key=rules.address_key(address), scopes=[scope]))


class TestTakeMailNotice:
    @pytest.mark.parametrize("version", ["1", "2"])
    def test_mails_a_bounced_address_no_more(self, post, key, version):
        answer = post(sign(key, envelope(bounce()), version))

        assert (answer.status_code, answer.json) == (200, {"suppressed": 1})
        assert is_suppressed(GONE)

    def test_acts_once_on_a_notice_that_comes_twice(self, post, key):
        told = sign(key, envelope(bounce()))

        assert [post(told).json["suppressed"] for _ in range(3)] == [1, 0, 0]

    def test_refuses_a_wrong_signature(self, post, key):
        told = sign(key, envelope(bounce())) | {"Message": json.dumps(bounce(address="a@b.c"))}

        answer = post(told)

        assert (answer.status_code, answer.json["error_code"]) == (403, "NOTICE_NOT_TRUSTED")
        assert not is_suppressed("a@b.c")

    @pytest.mark.parametrize(
        "changes",
        [{"TopicArn": TOPIC + "-old"}, {"SigningCertURL": "https://evil.example/a.pem"}],
    )
    def test_asks_nobody_about_strangers(self, post, key, amazon, changes):
        answer = post(sign(key, envelope(bounce(), **changes)))

        assert answer.status_code == 403
        assert amazon.visited == []

    def test_trusts_no_topic_until_the_settings_name_one(self, client, key):
        answer = client.post("/emails/events", data=json.dumps(sign(key, envelope(bounce()))))

        assert answer.status_code == 403

    def test_confirms_a_topic(self, post, key, amazon):
        answer = post(sign(key, subscription()))

        assert answer.json == {"suppressed": 0}
        assert amazon.visited[-1].startswith("https://sns.us-east-1.amazonaws.com/?Action=")

    def test_answers_503_while_the_certificate_can_not_be_fetched(self, listen, post, key):
        def nobody(_url):
            raise TryAgain("no_answer")

        listen(nobody)

        answer = post(sign(key, envelope(bounce())))

        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == "30"

    @pytest.mark.parametrize(
        ("body", "status"),
        [
            ("", 400),
            ("{", 400),
            (b"\xff", 400),
            ('{"Type": "\\ud800"}', 400),
            ("[]", 422),
            ("{}", 422),
            ('{"Type": "Other"}', 422),
            (json.dumps({"Message": "x" * 310_000}), 413),
        ],
    )
    def test_says_what_is_wrong_with_what_is_no_notice(self, post, body, status):
        assert post(body).status_code == status

    def test_leaves_fields_alone_that_it_does_not_know(self, post, key):
        assert post(sign(key, envelope(bounce())) | {"UnsubscribeURL": "x"}).status_code == 200


@pytest.fixture
def link(settings):
    token = rules.unsubscribe_token(
        category="notification", address="ada@example.com", secret=settings.jwt_secret
    )
    return f"/emails/unsubscribe?token={token}"


class TestUnsubscribe:
    def test_asks_before_it_does_so(self, client, link):
        page = client.get(link)

        assert page.status_code == 200
        assert '<form method="post">' in page.text
        assert not is_suppressed("ada@example.com", "notification")

    def test_ends_emails_of_the_kind_by_one_click(self, client, link):
        for _ in range(2):
            page = client.post(link, data={"List-Unsubscribe": "One-Click"})

            assert page.status_code == 200
            assert "You are unsubscribed" in page.text
        assert is_suppressed("Ada@example.com", "notification")
        assert not is_suppressed("ada@example.com")

    @pytest.mark.parametrize("method", ["get", "post"])
    @pytest.mark.parametrize("ending", ["?token=made.up.token", "", "?token=%ff%00"])
    def test_knows_no_other_link(self, client, method, ending):
        page = getattr(client, method)("/emails/unsubscribe" + ending)

        assert page.status_code == 404
        assert "not complete" in page.text

    def test_may_do_nothing_but_send_its_form(self, client, link):
        policy = client.get(link).headers["Content-Security-Policy"]

        assert "default-src 'none'" in policy
        assert "form-action 'self'" in policy
        assert "frame-ancestors 'none'" in policy
