import base64
import socket

import pytest

from app.config import Settings
from app.providers.mailer.brevo import BrevoMailer
from app.providers.mailer.interface import (
    GiveUp,
    Message,
    Sender,
    TryAgain,
)
from app.providers.mailer.ses import SesMailer
from app.providers.registry import Providers
from tests.providers import mail_servers

SENDER = Sender(email="no-reply@investforge.example", name='Invest"Forge, Ltd')
PNG = b"\x89PNG\r\n\x1a\n and pixels \x00\xff" * 50
TOPIC = "arn:aws:sns:us-east-1:123456789012:mail-events"


def message(**changes):
    fields = {
        "email_id": "e1f2",
        "to": "ada@example.com",
        "subject": "Grüße",
        "html": "<p>Hallo, Ada</p>",
        "text": "Hallo, Ada\n",
        "headers": {"List-Unsubscribe": "<https://api.example.com/emails/unsubscribe?token=t>"},
    }
    return Message(**fields | changes)


@pytest.fixture
def relay(tmp_path):
    with mail_servers.relay(tmp_path) as made:
        yield made


@pytest.fixture
def ses(aws):
    with mail_servers.ses_proxy(aws.url) as made:
        yield made


def brevo(relay, **changes):
    fields = {
        "sender": SENDER,
        "host": "localhost",
        "port": relay.port,
        "api_key": relay.api_key,
        "tls": relay.trust,
    }
    return BrevoMailer(**fields | changes)


def ses_mailer(ses, **changes):
    fields = {
        "sender": SENDER,
        "region": "us-east-1",
        "endpoint_url": ses.url,
        "knows_no_sender": True,
    }
    return SesMailer(**fields | changes)


class TestAnyMailer:
    @pytest.fixture(params=["brevo", "ses"])
    def either(self, request, tmp_path, aws):
        """A mailer, how to make it fail in passing or for good, and what arrived."""
        if request.param == "brevo":
            with mail_servers.relay(tmp_path) as relay:
                yield (
                    brevo(relay),
                    lambda: relay.answers.append("451 later"),
                    lambda: relay.answers.append("554 never"),
                    lambda: [taken["Subject"] for taken in relay.taken],
                )
        else:
            with mail_servers.ses_proxy(aws.url) as ses:
                ses_mailer(ses)._introduce_sender()
                yield (
                    ses_mailer(ses, knows_no_sender=False),
                    lambda: ses.answers.append((503, "InternalFailure")),
                    lambda: ses.answers.append((400, "MessageRejected")),
                    lambda: [sent["Subject"] for sent in mail_servers.sent_by_ses(aws.url)],
                )

    def test_hands_over_one_email(self, either):
        mailer, _, _, arrived = either

        mailer.send(message())

        assert arrived() == ["Grüße"]

    def test_says_try_again_and_does_not_do_so_itself(self, either):
        mailer, fail, _, arrived = either
        fail()

        with pytest.raises(TryAgain):
            mailer.send(message())

        assert arrived() == []
        mailer.send(message())
        assert arrived() == ["Grüße"]

    def test_gives_up_on_what_is_refused_for_good(self, either):
        mailer, _, refuse, arrived = either
        refuse()

        with pytest.raises(GiveUp) as refusal:
            mailer.send(message())

        assert refusal.value.reason == "message_refused"
        assert arrived() == []


class TestBrevoMailer:
    def test_writes_both_parts_and_the_headers(self, relay):
        brevo(relay).send(message())

        (taken,) = relay.taken
        assert taken["From"].addresses[0].addr_spec == SENDER.email
        assert taken["From"].addresses[0].display_name == SENDER.name
        assert taken["Message-ID"] == "<e1f2@investforge.example>"
        assert taken["List-Unsubscribe"] == message().headers["List-Unsubscribe"]
        assert taken["Date"] is not None
        assert taken.get_body(("plain",)).get_content().strip() == "Hallo, Ada"
        assert taken.get_body(("html",)).get_content().strip() == "<p>Hallo, Ada</p>"
        assert relay.recipients == [["ada@example.com"]]

    def test_writes_a_picture_where_the_html_names_it(self, relay):
        html = '<img src="cid:equity" alt="up"><img src="cid:mix" alt="">'

        brevo(relay).send(message(html=html, pictures={"equity": PNG, "mix": b"other"}))

        (taken,) = relay.taken
        assert taken.get_content_type() == "multipart/alternative"
        plain, related = taken.iter_parts()
        assert plain.get_content().strip() == "Hallo, Ada"
        assert related.get_content_type() == "multipart/related"
        page, equity, mix = related.iter_parts()
        assert page.get_content().strip() == html
        assert (equity["Content-ID"], equity.get_content_type()) == ("<equity>", "image/png")
        assert equity.get_content_disposition() == "inline"
        assert (equity.get_content(), mix.get_content()) == (PNG, b"other")

    def test_speaks_tls_from_the_start_where_that_is_wanted(self, tmp_path):
        with mail_servers.relay(tmp_path, starts_with_tls=True) as relay:
            brevo(relay, tls_from_the_start=True).send(message())

            assert len(relay.taken) == 1

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("subject", "Hello\r\nBcc: all@example.com"),
            ("to", "ada@example.com\nBcc: all@example.com"),
            ("headers", {"X-Kind": "a\nBcc: all@example.com"}),
        ],
    )
    def test_refuses_a_header_of_two_lines(self, relay, field, value):
        with pytest.raises(GiveUp):
            brevo(relay).send(message(**{field: value}))

        assert relay.tries == 0

    def test_does_not_show_its_key_to_a_relay_that_it_does_not_trust(self, relay):
        with pytest.raises(TryAgain) as trouble:
            brevo(relay, tls=None).send(message())

        assert trouble.value.reason == "no_answer"
        assert relay.tries == 0

    def test_waits_for_a_key_that_is_wrong_to_be_mended(self, relay):
        with pytest.raises(TryAgain) as trouble:
            brevo(relay, api_key="wrong").send(message())

        assert trouble.value.reason == "not_authorised"

    @pytest.mark.parametrize(
        ("answer", "outcome"), [("450 busy", TryAgain), ("550 unknown", GiveUp)]
    )
    def test_tells_a_mailbox_that_is_busy_from_one_that_is_not(self, relay, answer, outcome):
        relay.recipient_answer = answer

        with pytest.raises(outcome) as refusal:
            brevo(relay).send(message())

        assert refusal.value.reason == "recipient_refused"
        assert "example.com" not in str(refusal.value)

    def test_tries_again_when_nobody_listens(self, relay):
        with socket.socket() as deaf:
            deaf.bind(("127.0.0.1", 0))
            with pytest.raises(TryAgain):
                brevo(relay, port=deaf.getsockname()[1]).send(message())


class TestSesMailer:
    def test_tags_the_email_with_its_id_and_carries_the_headers(self, ses):
        ses_mailer(ses, configuration_set=None).send(message())

        offered = ses.sends[-1]
        assert offered["EmailTags"] == [{"Name": "email_id", "Value": "e1f2"}]
        assert offered["Content"]["Simple"]["Headers"] == [
            {"Name": "List-Unsubscribe", "Value": message().headers["List-Unsubscribe"]}
        ]
        assert offered["FromEmailAddress"] == f'"InvestForge, Ltd" <{SENDER.email}>'
        assert "ConfigurationSetName" not in offered
        assert "Attachments" not in offered["Content"]["Simple"]

    def test_sends_through_the_configuration_set(self, ses):
        ses_mailer(ses, configuration_set="mail").send(message())

        assert ses.sends[-1]["ConfigurationSetName"] == "mail"

    def test_attaches_a_picture_where_the_html_names_it(self, ses, aws):
        html = '<img src="cid:equity" alt="up">'

        ses_mailer(ses).send(message(html=html, pictures={"equity": PNG}))

        attached = {
            "RawContent": base64.b64encode(PNG).decode(),
            "ContentDisposition": "INLINE",
            "ContentId": "equity",
            "ContentTransferEncoding": "BASE64",
            "ContentType": "image/png",
            "FileName": "equity.png",
        }
        assert ses.sends[-1]["Content"]["Simple"]["Attachments"] == [attached]
        (sent,) = mail_servers.sent_by_ses(aws.url)
        assert (
            sent["BodyHtml"]
            == f'<img src="data:image/png;base64,{attached["RawContent"]}" alt="up">'
        )

    def test_makes_the_sender_known_to_a_laptops_ses_again_after_it_was_emptied(self, ses, aws):
        mailer = ses_mailer(ses)
        mailer.send(message())
        aws.reset()

        mailer.send(message())

        (sent,) = mail_servers.sent_by_ses(aws.url)
        assert (sent["To"], sent["BodyText"]) == (["ada@example.com"], "Hallo, Ada\n")

    def test_survives_that_another_process_made_the_sender_known(self, ses, aws):
        ses_mailer(ses).send(message())
        ses.answers = [(400, "MessageRejected")]

        ses_mailer(ses).send(message())

        assert len(mail_servers.sent_by_ses(aws.url)) == 2

    def test_does_not_verify_senders_elsewhere(self, ses, aws):
        with pytest.raises(GiveUp):
            ses_mailer(ses, knows_no_sender=False).send(message())

        assert mail_servers.sent_by_ses(aws.url) == []

    @pytest.mark.parametrize(
        ("status", "code", "reason"),
        [
            (429, "TooManyRequestsException", "throttled"),
            (400, "SendingPausedException", "SendingPausedException"),
            (403, "AccessDeniedException", "AccessDeniedException"),
            (500, "MessageRejected", "server_error"),
        ],
    )
    def test_waits_for_what_an_operator_or_an_hour_mends(self, ses, status, code, reason):
        ses.answers = [(status, code)]

        with pytest.raises(TryAgain) as trouble:
            ses_mailer(ses).send(message())

        assert trouble.value.reason == reason
        assert len(ses.sends) == 1

    def test_tries_again_when_nobody_listens(self):
        with socket.socket() as deaf:
            deaf.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{deaf.getsockname()[1]}"
            with pytest.raises(TryAgain) as trouble:
                SesMailer(sender=SENDER, region="us-east-1", endpoint_url=url).send(message())

        assert trouble.value.reason == "no_answer"

    def test_says_what_failed_while_the_sender_was_made_known(self, ses, aws):
        ses.behind = "http://127.0.0.1:1"
        ses.answers = [(400, "MessageRejected")]

        with pytest.raises(TryAgain):
            ses_mailer(ses).send(message())


def providers(**environ):
    return Providers(Settings.from_env({"ENV": "local", **environ}))


class TestChoice:
    def test_keeps_mail_on_the_laptop_whatever_keys_are_exported(self):
        mailer = providers(MAIL_PROVIDER="brevo", BREVO_API_KEY="k").mailer

        assert isinstance(mailer, SesMailer)
        assert mailer._endpoint_url == "http://127.0.0.1:4566"

    def test_sends_live_mail_past_the_local_aws(self):
        mailer = providers(
            MAIL="live", AWS_ENDPOINT_URL="http://127.0.0.1:4566", SES_REGION="eu-west-1"
        ).mailer

        assert mailer._endpoint_url == "https://email.eu-west-1.amazonaws.com"
        assert mailer._region == "eu-west-1"
        assert not mailer._knows_no_sender

    def test_falls_back_to_the_region_of_the_rest(self):
        assert providers(AWS_REGION="eu-north-1").mailer._region == "eu-north-1"

    def test_takes_brevo_when_it_is_live(self):
        mailer = providers(MAIL="live", MAIL_PROVIDER="brevo", BREVO_API_KEY="k").mailer

        assert isinstance(mailer, BrevoMailer)
        assert (mailer._host, mailer._port) == ("smtp-relay.brevo.com", 587)

    def test_believes_the_topics_of_the_settings(self):
        notices = providers(MAIL_EVENTS_TOPIC_ARNS=f"{TOPIC}, {TOPIC}-2").mail_notices

        assert notices._topic_arns == {TOPIC, f"{TOPIC}-2"}
