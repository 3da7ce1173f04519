"""Does the outbox show what was sent, as a person would see it, and to this machine alone?"""

import json
import socket

import boto3
import pytest

from app.config import Settings
from app.local import server
from app.local.firebase_account import made_up
from app.local.outbox.sent import Carriers
from app.providers.mailer.interface import Message
from app.providers.push.fcm import FcmPush
from app.providers.push.interface import Notification
from app.providers.registry import Providers
from app.providers.sms.sns import SnsSms
from tests.conftest import NOON
from tests.local.standin_clients import served
from tests.providers.price_sources import told_source

HTML = (
    "<!doctype html><html><head></head><body><h1>Welcome, Ada</h1><script>x</script></body></html>"
)
PUSH_TOKEN = "fGhI9jKlMnOpQrStUvWxYz0123456789"


@pytest.fixture(scope="module")
def account():
    return made_up()


@pytest.fixture
def standins():
    with served(lambda: NOON) as url:
        yield url


def settings_for(aws_url, standins_url):
    port = standins_url.rpartition(":")[2]
    return Settings.from_env({"ENV": "local", "AWS_ENDPOINT_URL": aws_url, "STANDINS_PORT": port})


@pytest.fixture
def client(aws, standins):
    return server.create_app(settings_for(aws.url, standins)).test_client()


@pytest.fixture
def ses(aws):
    made = boto3.client("ses", region_name="us-east-1", endpoint_url=aws.url)
    made.verify_email_identity(EmailAddress="hello@investforge.example")
    return made


def mail(ses, subject, *, text="Plain words", html=None):
    body = {"Text": {"Data": text}} | ({"Html": {"Data": html}} if html else {})
    ses.send_email(
        Source="hello@investforge.example",
        Destination={"ToAddresses": ["ada@example.com"], "CcAddresses": ["bob@example.com"]},
        Message={"Subject": {"Data": subject}, "Body": body},
    )


class TestPage:
    def test_says_what_is_empty(self, client):
        answer = client.get("/local/outbox")
        assert answer.status_code == 200
        for kind in ("No email yet", "No text message yet", "No push yet"):
            assert kind in answer.text
        assert "No answer from" not in answer.text

    def test_shows_emails_the_newest_first_and_open(self, client, ses):
        mail(ses, "Erste Grüße <1>", html=HTML)
        mail(ses, "Second", html=HTML)
        text = client.get("/local/outbox").text
        assert text.index("<strong>Second") < text.index("<strong>Erste Grüße &lt;1&gt;")
        assert "ada@example.com, bob@example.com" in text
        assert 'src="/local/outbox/emails/2"' in text
        assert "Plain words" in text

    def test_opens_the_email_that_was_chosen(self, client, ses):
        mail(ses, "First", text="Only <text>")
        mail(ses, "Second", html=HTML)
        text = client.get("/local/outbox?email=1").text
        assert "<h3>First</h3>" in text
        assert "<iframe" not in text
        assert "Only &lt;text&gt;" in text
        assert "There is no email 9" in client.get("/local/outbox?email=9").text

    def test_shows_text_messages_by_phone(self, client, aws):
        sms = SnsSms(region="us-east-1", endpoint_url=aws.url)
        for phone, text in (("+14155550100", "one"), ("+14155550100", "two <b>"), ("+442", "x")):
            sms.send(phone, text)
        text = client.get("/local/outbox").text
        assert text.index("+442") < text.index("+14155550100") < text.index("two &lt;b&gt;")
        assert text.index("two &lt;b&gt;") < text.index('bubble">one')
        assert "Texts <b>3</b>" in text

    def test_shows_pushes_without_their_tokens(self, client, standins, account):
        push = FcmPush(
            credentials=json.dumps(account),
            base_url=f"{standins}/firebase",
            token_url=f"{standins}/firebase/token",
        )
        for title in ("Earlier", "Later <i>"):
            notification = Notification(
                notification_id=title, title=title, body="Balance: $1", data={"balance": "1"}
            )
            push.send(token=PUSH_TOKEN, notification=notification)
        text = client.get("/local/outbox").text
        assert text.index("Later &lt;i&gt;") < text.index("Earlier")
        assert "Balance: $1" in text
        assert "<dt>balance</dt><dd>1</dd>" in text
        assert "device …456789" in text
        assert PUSH_TOKEN not in text

    def test_refreshes_itself_when_asked_to(self, client, ses):
        mail(ses, "First", html=HTML)
        assert 'http-equiv="refresh"' not in client.get("/local/outbox").text
        text = client.get("/local/outbox?email=1&refresh=1").text
        assert '<meta http-equiv="refresh" content="5">' in text
        assert 'href="/local/outbox?email=1">Stop refreshing' in text

    def test_asks_nothing_of_other_servers_and_runs_nothing(self, client, ses):
        mail(ses, "First", html=HTML)
        answer = client.get("/local/outbox")
        assert "http://" not in answer.text
        assert "https://" not in answer.text
        assert "<script" not in answer.text
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'self'; frame-src 'self'")
        style = client.get("/local/outbox/outbox.css")
        assert style.mimetype == "text/css"
        assert "url(" not in style.text

    def test_names_those_that_do_not_answer_and_shows_the_rest(self, aws, ses):
        with socket.create_server(("127.0.0.1", 0)) as unused:
            standins_url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        client = server.create_app(settings_for(aws.url, standins_url)).test_client()
        mail(ses, "First", html=HTML)
        text = client.get("/local/outbox").text
        assert "No answer from Firebase&#39;s stand-in" in text
        assert "First" in text


class TestEmail:
    def test_is_a_document_in_a_sandbox(self, client, ses):
        mail(ses, "First", html=HTML)
        answer = client.get("/local/outbox/emails/1")
        assert answer.status_code == 200
        assert answer.text == f'{HTML}<base target="_blank">'
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("sandbox allow-popups allow-popups-to-escape-sandbox; ")
        assert "default-src 'none'" in policy
        assert "allow-scripts" not in policy
        assert "allow-same-origin" not in policy
        assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"

    def test_shows_its_pictures(self, client, aws):
        settings = settings_for(aws.url, "http://127.0.0.1:1")
        picture = Message(
            email_id="e1",
            to="ada@example.com",
            subject="Your week",
            html='<img alt="Up" src="cid:equity"><img alt="Not there" src="cid:mix">',
            text="Up",
            pictures={"equity": b"pixels"},
        )
        Providers(settings).mailer.send(picture)
        assert client.get("/local/outbox/emails/1").text.startswith(
            '<img alt="Up" src="data:image/png;base64,cGl4ZWxz"><img alt="Not there" src="cid:mix">'
        )

    def test_is_not_found_where_there_is_none(self, client, ses):
        mail(ses, "First")
        assert client.get("/local/outbox/emails/1").status_code == 404
        assert client.get("/local/outbox/emails/2").status_code == 404


class TestServer:
    def test_is_the_whole_api(self, client):
        assert client.get("/healthz").status_code == 200

    @pytest.mark.parametrize("path", ["", "/emails/1", "/outbox.css"])
    def test_answers_only_under_a_loopback_name(self, client, path):
        answer = client.get(f"/local/outbox{path}", headers={"Host": "evil.example:8000"})
        assert answer.status_code == 403

    @pytest.mark.parametrize(
        "environ",
        [
            {"ENV": "prod", "JWT_SECRET": "x" * 40, "AWS_ENDPOINT_URL": "http://127.0.0.1:1"},
            {"ENV": "local"},
        ],
    )
    def test_is_for_laptops_alone(self, environ):
        with pytest.raises(server.NotALaptopError):
            server.create_app(Settings.from_env(environ))

    def test_is_made_when_a_web_server_asks_for_it(self, monkeypatch, aws):
        for name in Settings.environment_names():
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("AWS_ENDPOINT_URL", aws.url)
        assert "/local/outbox" in {rule.rule for rule in server.app.url_map.iter_rules()}
        with pytest.raises(AttributeError):
            _ = server.application


class TestSent:
    @pytest.mark.parametrize("answer", ["<html>", "[]", '{"messages": {"a": [{}]}}', "[{}]"])
    def test_leaves_out_what_makes_no_sense(self, answer):
        with told_source() as source:
            for path in ("/messages", "/sms-messages", "/_pushes"):
                source.tell(path, answer)
            sent = Carriers(aws_url=source.url, standins_url=source.url).sent()
        assert (sent.emails, sent.conversations) == ([], [])
        assert {"SES", "SNS"} <= set(sent.silent)
