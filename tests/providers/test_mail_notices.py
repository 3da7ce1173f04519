import base64
import http.server
import json
import socket
import ssl
import threading
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding

from app.providers.mailer import sns
from app.providers.mailer.interface import Notice, TryAgain, UntrustedNotice
from app.providers.mailer.sns import SnsNotices
from tests.conftest import NOON
from tests.providers import mail_servers

TOPIC = "arn:aws:sns:us-east-1:123456789012:mail-events"
CERTIFICATE_URL = "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-abc.pem"
SUBSCRIBE_URL = "https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&Token=t"


@pytest.fixture(scope="module")
def key():
    return mail_servers.make_key()


@pytest.fixture(scope="module")
def certificate(key):
    return mail_servers.make_certificate(key, name="sns.amazonaws.com")


class Aws:
    """Where certificates and confirmations stand; counts who comes."""

    def __init__(self, certificate):
        self.certificate = certificate
        self.visited = []

    def __call__(self, url):
        self.visited.append(url)
        return self.certificate


@pytest.fixture
def amazon(certificate):
    return Aws(certificate)


@pytest.fixture
def notices(amazon):
    return SnsNotices(topic_arns=[TOPIC], fetch=amazon)


def sign(key, envelope, version="1"):
    """Sign as SNS does, written here from its documentation."""
    names = ["Message", "MessageId"]
    if envelope["Type"] == "Notification":
        names += ["Subject"] if "Subject" in envelope else []
        names += ["Timestamp", "TopicArn", "Type"]
    else:
        names += ["SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
    text = "".join(f"{name}\n{envelope[name]}\n" for name in names)
    algorithm = {"1": hashes.SHA1(), "2": hashes.SHA256()}[version]  # noqa: S303 - SNS's own choice
    signature = key.sign(text.encode(), padding.PKCS1v15(), algorithm)
    return {
        **envelope,
        "SignatureVersion": version,
        "Signature": base64.b64encode(signature).decode(),
    }


def envelope(told="{}", **changes):
    return {
        "Type": "Notification",
        "MessageId": "m-1",
        "TopicArn": TOPIC,
        "Message": told if isinstance(told, str) else json.dumps(told),
        "Timestamp": "2026-11-20T12:00:00.000Z",
        "SigningCertURL": CERTIFICATE_URL,
        **changes,
    }


def subscription(**changes):
    return envelope(
        "Confirm?",
        **{
            "Type": "SubscriptionConfirmation",
            "Token": "t",
            "SubscribeURL": SUBSCRIBE_URL,
            **changes,
        },
    )


def bounce(kind="Permanent", name="notificationType", address="gone@example.com"):
    return {
        name: "Bounce",
        "bounce": {"bounceType": kind, "bouncedRecipients": [{"emailAddress": address}]},
    }


def complaint(**about):
    recipients = [{"emailAddress": "Angry <angry@example.com>"}]
    return {"eventType": "Complaint", "complaint": {"complainedRecipients": recipients, **about}}


class TestReadNotice:
    @pytest.mark.parametrize("version", ["1", "2"])
    @pytest.mark.parametrize("more", [{}, {"Subject": "Amazon SES Email Event"}])
    def test_believes_a_genuine_signature(self, notices, key, version, more):
        told = sign(key, envelope(bounce(), **more), version)

        assert notices.read(told, now=NOON) == Notice(bounced=("gone@example.com",))

    @pytest.mark.parametrize("field", ["Message", "MessageId", "Timestamp"])
    def test_refuses_what_was_altered(self, notices, key, field):
        told = sign(key, envelope(bounce())) | {
            field: json.dumps(bounce(address="ada@example.com"))
        }

        with pytest.raises(UntrustedNotice) as refusal:
            notices.read(told, now=NOON)

        assert refusal.value.reason == "wrong_signature"

    def test_refuses_another_key(self, notices):
        with pytest.raises(UntrustedNotice):
            notices.read(sign(mail_servers.make_key(), envelope(bounce())), now=NOON)

    def test_refuses_a_weaker_reading_of_a_strong_signature(self, notices, key):
        told = sign(key, envelope(bounce()), "2") | {"SignatureVersion": "1"}

        with pytest.raises(UntrustedNotice):
            notices.read(told, now=NOON)

    @pytest.mark.parametrize(
        "url",
        [
            "http://sns.us-east-1.amazonaws.com/a.pem",
            "https://sns.us-east-1.amazonaws.com.evil.example/a.pem",
            "https://evil.example/sns.us-east-1.amazonaws.com/a.pem",
            "https://sns.us-east-1.amazonaws.com@evil.example/a.pem",
            "https://sns.us-east-1.amazonaws.com:8443/a.pem",
            "https://sns.eu-west-1.amazonaws.com/a.pem",
            "https://s3.us-east-1.amazonaws.com/a.pem",
            "https://sns.us-east-1.amazonaws.com/a.pem?redirect=x",
            "https://sns.us-east-1.amazonaws.com/?file=a.pem",
            "https://sns.us-east-1.amazonaws.com/a.pem\r\nX: y",
            "https://[sns/a.pem",
        ],
    )
    def test_fetches_no_certificate_from_elsewhere(self, notices, key, amazon, url):
        told = sign(key, envelope(bounce(), SigningCertURL=url))

        with pytest.raises(UntrustedNotice):
            notices.read(told, now=NOON)

        assert amazon.visited == []

    @pytest.mark.parametrize("topic", [TOPIC + "-old", "", "arn:aws:sns:us-east-1:1:mail-events"])
    def test_believes_no_other_topic_and_fetches_nothing_for_it(self, notices, key, amazon, topic):
        with pytest.raises(UntrustedNotice) as refusal:
            notices.read(sign(key, envelope(bounce(), TopicArn=topic)), now=NOON)

        assert refusal.value.reason == "unknown_topic"
        assert amazon.visited == []

    @pytest.mark.parametrize("days", [-400, 400])
    def test_refuses_a_certificate_out_of_its_time(self, key, days):
        short = mail_servers.make_certificate(
            key, name="sns", starts=NOON - timedelta(days=1), ends=NOON + timedelta(days=1)
        )
        notices = SnsNotices(topic_arns=[TOPIC], fetch=lambda _: short)
        told = sign(key, envelope(bounce()))

        assert notices.read(told, now=NOON).bounced
        with pytest.raises(UntrustedNotice) as refusal:
            notices.read(told, now=NOON + timedelta(days=days))

        assert refusal.value.reason == "certificate_expired"

    @pytest.mark.parametrize(
        "changes",
        [
            {"SignatureVersion": "3"},
            {"Signature": "not base64!"},
            {"Signature": None},
            {"Type": "Other"},
            {"Message": None},
            {"Message": "\ud800"},
        ],
    )
    def test_refuses_what_is_not_whole(self, notices, key, changes):
        with pytest.raises(UntrustedNotice):
            notices.read(sign(key, envelope(bounce())) | changes, now=NOON)

    def test_refuses_what_is_no_certificate_or_none_of_rsa(self, key):
        elliptic = mail_servers.make_certificate(
            ec.generate_private_key(ec.SECP256R1()), name="sns"
        )
        for other in (b"<html>", elliptic):
            notices = SnsNotices(topic_arns=[TOPIC], fetch=Aws(other))
            with pytest.raises(UntrustedNotice):
                notices.read(sign(key, envelope(bounce())), now=NOON)

    def test_fetches_a_certificate_once(self, notices, key, amazon):
        for _ in range(3):
            notices.read(sign(key, envelope(bounce())), now=NOON)

        assert amazon.visited == [CERTIFICATE_URL]

    @pytest.mark.parametrize(
        ("told", "found"),
        [
            (bounce(name="eventType"), Notice(bounced=("gone@example.com",))),
            (bounce(kind="Transient"), Notice()),
            (complaint(), Notice(complained=("angry@example.com",))),
            (complaint(complaintFeedbackType="not-spam"), Notice()),
            ({"notificationType": "Delivery"}, Notice()),
            ({"notificationType": "Bounce", "bounce": "x"}, Notice()),
            ({"notificationType": "Complaint", "complaint": {"complainedRecipients": 3}}, Notice()),
            (bounce(address="nobody"), Notice()),
            ("Successfully validated SNS topic", Notice()),
            ("[1]", Notice()),
        ],
    )
    def test_hears_only_of_what_ends_mail(self, notices, key, told, found):
        assert notices.read(sign(key, envelope(told)), now=NOON) == found

    def test_hears_of_a_topic_in_china(self, key, certificate):
        topic = "arn:aws-cn:sns:cn-north-1:123456789012:mail"
        url = "https://sns.cn-north-1.amazonaws.com.cn/a.pem"
        notices = SnsNotices(topic_arns=[topic], fetch=Aws(certificate))

        told = sign(key, envelope(bounce(), TopicArn=topic, SigningCertURL=url))

        assert notices.read(told, now=NOON).bounced


class TestConfirmTopic:
    def test_visits_where_sns_wants_to_hear_it(self, notices, key, amazon):
        notice = notices.read(sign(key, subscription()), now=NOON)

        notices.confirm(notice)

        assert amazon.visited == [CERTIFICATE_URL, SUBSCRIBE_URL]

    @pytest.mark.parametrize(
        "url",
        [
            "https://evil.example/",
            "http://sns.us-east-1.amazonaws.com/",
            "https://sns.us-east-1.amazonaws.com.evil.example/",
        ],
    )
    def test_visits_no_other_place_even_if_it_is_signed(self, notices, key, url):
        with pytest.raises(UntrustedNotice):
            notices.read(sign(key, subscription(SubscribeURL=url)), now=NOON)

    def test_has_nothing_to_confirm_of_an_ordinary_notice(self, notices, key, amazon):
        notices.confirm(notices.read(sign(key, envelope()), now=NOON))

        assert amazon.visited == [CERTIFICATE_URL]

    def test_lets_a_topic_go(self, notices, key):
        told = sign(key, subscription(Type="UnsubscribeConfirmation"))

        assert notices.read(told, now=NOON) == Notice()


class Page(http.server.BaseHTTPRequestHandler):
    """Answers /a.pem, and leads everyone else there."""

    def do_GET(self):
        found = self.path.startswith("/a.pem")
        self.send_response(200 if found else 302)
        self.send_header("Location", "/a.pem")
        self.end_headers()
        self.wfile.write(b"x" * 100_000 if found else b"")

    def log_message(self, *_):
        pass


@pytest.fixture
def https(tmp_path):
    """Where a page stands, and the TLS that trusts it."""
    certificate_file = tmp_path / "both.pem"
    certificate = mail_servers.write_pair(certificate_file)
    server = http.server.HTTPServer(("127.0.0.1", 0), Page)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate_file)
    server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield (
            f"https://localhost:{server.server_port}",
            ssl.create_default_context(cadata=certificate.decode()),
        )
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class TestFetchOverHttps:
    def test_reads_so_much_and_no_more(self, https):
        url, tls = https

        assert sns.over_https(f"{url}/a.pem", tls=tls) == b"x" * sns.LARGEST_ANSWER

    def test_follows_nobody_elsewhere(self, https):
        url, tls = https

        with pytest.raises(TryAgain) as trouble:
            sns.over_https(f"{url}/?Action=Confirm", tls=tls)

        assert trouble.value.reason == "answered_302"

    def test_speaks_to_nobody_whom_it_does_not_trust(self, tmp_path):
        with (
            mail_servers.relay(tmp_path, starts_with_tls=True) as stranger,
            pytest.raises(TryAgain) as trouble,
        ):
            sns.over_https(f"https://localhost:{stranger.port}/a.pem")

        assert trouble.value.reason == "no_answer"

    def test_says_try_again_when_nobody_answers(self):
        with socket.socket() as deaf:
            deaf.bind(("127.0.0.1", 0))
            with pytest.raises(TryAgain) as trouble:
                sns.over_https(f"https://127.0.0.1:{deaf.getsockname()[1]}/a.pem")

        assert trouble.value.reason == "no_answer"
