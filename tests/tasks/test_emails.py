"""Emails from the request that asks for one to the mailbox, over real SMTP and a real SES API."""

import json
from datetime import timedelta

import boto3
import pytest

from app import extensions
from app.core import dynamo
from app.emails import rules
from app.emails import service as emails
from app.emails.models import Email
from app.providers.mailer.brevo import BrevoMailer
from app.providers.mailer.interface import Notice, Sender
from app.providers.mailer.ses import SesMailer
from app.providers.registry import Providers
from tasks.emails import retry_outbox, send_email
from tests.emails.outside import ToldQueue
from tests.providers import mail_servers

SENDER = Sender(email="no-reply@investforge.example", name="InvestForge")


@pytest.fixture
def providers(aws, settings, clock, monkeypatch):
    """Those that the tasks of this process use."""
    chosen = Providers(settings)
    chosen.__dict__["job_queue"] = ToldQueue()
    monkeypatch.setattr(extensions, "_of_process", chosen)
    return chosen


@pytest.fixture
def written(aws, clock):
    def write(key="welcome#ada", to="ada@example.com"):
        email = emails.outgoing(
            template="welcome",
            to=to,
            context={"name": "Ada"},
            idempotency_key=key,
            user_id="ada",
            now=clock.now(),
        )
        dynamo.commit(email.write)
        return email.email_id

    return write


@pytest.fixture(params=["smtp", "ses"])
def mailbox(request, providers, tmp_path, aws):
    """A mail server, how to make it fail in passing, and who got which email by it."""
    if request.param == "smtp":
        with mail_servers.relay(tmp_path) as relay:
            providers.__dict__["mailer"] = BrevoMailer(
                sender=SENDER,
                host="localhost",
                port=relay.port,
                api_key=relay.api_key,
                tls=relay.trust,
            )
            yield (
                lambda: relay.answers.append("451 try later"),
                lambda: [(mail["To"], mail["Subject"]) for mail in relay.taken],
            )
    else:
        with mail_servers.ses_proxy(aws.url) as ses:
            providers.__dict__["mailer"] = SesMailer(
                sender=SENDER, region="us-east-1", endpoint_url=ses.url, knows_no_sender=True
            )
            yield (
                lambda: ses.answers.append((503, "ServiceUnavailable")),
                lambda: [
                    (mail["To"][0], mail["Subject"]) for mail in mail_servers.sent_by_ses(aws.url)
                ],
            )


ARRIVED = ("ada@example.com", "Welcome to InvestForge")


class TestSendEmail:
    def test_delivers_one_email_after_two_failures(self, mailbox, written, providers, clock):
        fail, arrived = mailbox
        email_id = written()
        fail()
        fail()

        send_email(email_id)
        for attempt in range(4):
            assert arrived() == ([] if attempt < 2 else [ARRIVED])
            delays = [delay for _, _, delay in providers.job_queue.enqueued]
            clock.advance(seconds=delays[-1])
            send_email(email_id)

        assert arrived() == [ARRIVED]
        assert Email.of(email_id).attempts == 3
        assert [5 <= delays[0] <= 10, 10 <= delays[1] <= 20, len(delays)] == [True, True, 2]

    def test_delivers_one_email_when_its_task_comes_twice(self, mailbox, written, clock):
        _, arrived = mailbox
        email_id = written()

        for _ in range(3):
            send_email(email_id)
            clock.advance(hours=1)

        assert arrived() == [ARRIVED]

    def test_mails_no_address_that_bounced(self, mailbox, written, clock):
        _, arrived = mailbox
        send_email(written())
        emails.take_notice(envelope={}, notices=Bounced(), now=clock.now())

        send_email(written(key="again"))

        assert arrived() == [ARRIVED]
        assert Email.of(rules.email_id("again")).state == rules.SUPPRESSED


class Bounced:
    """A notice that mail to Ada bounced."""

    def read(self, envelope, *, now):
        return Notice(bounced=("Ada@example.com",))

    def confirm(self, notice):
        pass


class TestRetryOutbox:
    def test_brings_back_what_a_worker_died_with(self, mailbox, written, providers, clock):
        _, arrived = mailbox
        email_id = written()
        dynamo.commit(Email.of(email_id).taking(now=clock.now()))  # and then its process was killed

        send_email(email_id)
        retry_outbox()
        assert (arrived(), providers.job_queue.enqueued) == ([], [])
        clock.advance(seconds=(rules.LEASE + rules.OVERDUE_AFTER + timedelta(seconds=1)).seconds)
        retry_outbox()

        ((task, arguments, _),) = providers.job_queue.enqueued
        assert (task, arguments) == ("emails.send_email", {"email_id": email_id})
        send_email(**arguments)
        assert arrived() == [ARRIVED]


class TestRequest:
    def test_is_answered_before_mail_leaves(self, client, sign_up, aws, settings, providers):
        person = sign_up(email="ada@example.com", first_name="Ada")
        sqs = boto3.client("sqs", region_name=settings.region, endpoint_url=aws.url)
        queue = sqs.get_queue_url(QueueName=settings.queue_name)["QueueUrl"]
        sqs.purge_queue(QueueUrl=queue)

        answer = client.post("/emails/welcome", json={}, headers=person.headers)

        assert answer.status_code == 202
        (message,) = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
        assert "ada@example.com" not in message["Body"]
        envelope = json.loads(message["Body"])
        assert envelope["headers"]["task"] == "emails.send_email"
        send_email(answer.json["email_id"])
        assert [mail["Subject"] for mail in mail_servers.sent_by_ses(aws.url)] == [ARRIVED[1]]
