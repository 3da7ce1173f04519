import logging
import threading
from datetime import timedelta

import pytest

from app.core import dynamo
from app.core import logging as logs
from app.emails import rules, service
from app.emails.models import Email, Suppression
from app.emails.service.samples import SAMPLES
from app.providers.mailer.interface import GiveUp, TryAgain
from tests.conftest import NOON
from tests.emails.outside import ADA, ToldMailer, ToldPictures

LATER = NOON + timedelta(hours=1)


class TestDeliver:
    def test_sends_one_email_however_often_it_is_asked_to(self, written, deliver, mailer):
        email_id = written()

        for _ in range(3):
            deliver(email_id, mailer)
        deliver(email_id, mailer, now=LATER)

        (message,) = mailer.taken
        assert (message.to, message.subject) == (ADA, "Welcome to InvestForge")
        assert message.email_id == email_id

    def test_sends_one_email_when_asked_by_many_at_once(self, written, deliver):
        email_id, mailers = written(), [ToldMailer() for _ in range(8)]
        threads = [threading.Thread(target=deliver, args=(email_id, mailer)) for mailer in mailers]

        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sum(len(mailer.taken) for mailer in mailers) == 1

    def test_forgets_the_context_and_leaves_the_index(self, written, deliver, mailer):
        email_id = written(
            "reset_password", key="r", name="Ada", link="https://l", token="secret", hours=1
        )
        assert Email.of(email_id).context["token"] == "secret"

        deliver(email_id, mailer)

        row = Email.of(email_id)
        assert "secret" in mailer.taken[0].text
        assert (row.state, row.context, row.waiting, row.next_attempt_at) == (
            rules.SENT,
            None,
            None,
            None,
        )
        assert row.sent_at == NOON
        assert row.expires_at == NOON + rules.KEPT_FOR
        assert Email.overdue(now=NOON + timedelta(days=1), limit=10) == []

    def test_does_nothing_for_an_email_that_is_gone(self, deliver, mailer):
        deliver("nothing", mailer)

        assert mailer.taken == []

    def test_arrives_once_after_two_failures(self, written, deliver, jobs):
        email_id = written()
        mailer = ToldMailer(TryAgain("no_answer"), TryAgain("throttled"))

        deliver(email_id, mailer, chance=0.5)
        first = Email.of(email_id)
        deliver(email_id, mailer, now=first.next_attempt_at - timedelta(seconds=1))
        assert Email.of(email_id).attempts == 1
        deliver(email_id, mailer, now=first.next_attempt_at, chance=0.999)
        second = Email.of(email_id)
        deliver(email_id, mailer, now=second.next_attempt_at)
        deliver(email_id, mailer, now=LATER)

        assert first.next_attempt_at == NOON + timedelta(seconds=7.5)
        assert (first.state, first.reason) == (rules.QUEUED, "no_answer")
        wait = second.next_attempt_at - first.next_attempt_at
        assert wait == timedelta(seconds=20 * (0.5 + 0.999 / 2))
        assert [delay for _, _, delay in jobs.enqueued] == [8, 20]
        assert len(mailer.taken) == 1
        assert Email.of(email_id).reason is None

    def test_gives_up_on_what_is_refused(self, written, deliver, jobs):
        email_id, mailer = written(), ToldMailer(GiveUp("recipient_refused"))

        deliver(email_id, mailer)
        deliver(email_id, mailer, now=LATER)

        row = Email.of(email_id)
        assert (row.state, row.reason, row.context) == (rules.FAILED, "recipient_refused", None)
        assert mailer.taken == []
        assert jobs.enqueued == []

    def test_gives_up_after_the_last_attempt(self, written, deliver):
        email_id, now = written(), NOON
        mailer = ToldMailer(*[TryAgain("no_answer")] * 100)

        while (row := Email.of(email_id)).state != rules.FAILED:
            now = row.next_attempt_at
            deliver(email_id, mailer, now=now)

        assert len(mailer.errors) == 100 - rules.MOST_ATTEMPTS
        assert (row.reason, row.context) == ("no_answer", None)

    def test_gives_up_on_an_email_whose_senders_always_die(self, written, deliver):
        email_id, now = written(), NOON
        for _ in range(rules.MOST_ATTEMPTS):
            with pytest.raises(SystemExit):
                deliver(email_id, ToldMailer(SystemExit()), now=now)
            now += rules.LEASE

        deliver(email_id, mailer := ToldMailer(), now=now)

        row = Email.of(email_id)
        assert (row.state, row.reason, mailer.taken) == (rules.FAILED, "no_verdict", [])

    def test_sends_what_a_sender_took_and_died_with_once_its_lease_is_over(
        self, written, deliver, mailer
    ):
        email_id = written()
        with pytest.raises(SystemExit):
            deliver(email_id, ToldMailer(SystemExit()))

        deliver(email_id, mailer, now=NOON + rules.LEASE - timedelta(seconds=1))
        assert mailer.taken == []
        deliver(email_id, mailer, now=NOON + rules.LEASE)

        assert len(mailer.taken) == 1

    def test_believes_a_slow_sender_that_it_was_sent(self, written, deliver, mailer):
        email_id = written()
        died = NOON + rules.LEASE

        def somebody_else_takes_it():
            dynamo.commit(Email.of(email_id).taking(now=died))

        deliver(email_id, ToldMailer(meanwhile=somebody_else_takes_it))

        assert Email.of(email_id).state == rules.SENT
        deliver(email_id, mailer, now=died + rules.LEASE)
        assert mailer.taken == []

    @pytest.mark.parametrize("error", [TryAgain("no_answer"), GiveUp("message_refused")])
    def test_lets_a_slow_sender_decide_nothing_else(self, written, deliver, jobs, error):
        email_id = written()
        died = NOON + rules.LEASE

        def somebody_else_takes_it():
            dynamo.commit(Email.of(email_id).taking(now=died))

        deliver(email_id, ToldMailer(error, meanwhile=somebody_else_takes_it))

        row = Email.of(email_id)
        assert (row.state, row.attempts, row.reason) == (rules.SENDING, 2, None)
        assert jobs.enqueued == []

    def test_survives_that_the_account_is_erased_meanwhile(self, written, deliver):
        email_id = written()
        mailer = ToldMailer(meanwhile=lambda: service.erase_owned_by(user_id="ada"))

        deliver(email_id, mailer)

        assert len(mailer.taken) == 1
        assert Email.of(email_id) is None

    @pytest.mark.parametrize("scope", [rules.EVERY_EMAIL, "notification"])
    def test_mails_nobody_who_is_suppressed(self, notification, deliver, mailer, scope):
        dynamo.commit(
            Suppression.creation(
                scope=scope,
                address_key=rules.address_key(" ADA@example.com"),
                reason="why",
                now=NOON,
            )
        )
        email_id = notification()

        deliver(email_id, mailer)

        row = Email.of(email_id)
        assert (row.state, row.reason, row.context) == (rules.SUPPRESSED, "why", None)
        assert mailer.taken == []

    def test_tells_what_must_be_told_to_those_who_want_no_notifications(
        self, written, deliver, mailer
    ):
        dynamo.commit(
            Suppression.creation(
                scope="notification", address_key=rules.address_key(ADA), reason="why", now=NOON
            )
        )

        deliver(written(), mailer)

        assert len(mailer.taken) == 1

    def test_draws_its_pictures_at_every_try_and_forgets_them(self, written, deliver):
        email_id = written(
            "weekly_digest", pictures={"performance": "<svg/>"}, **SAMPLES["weekly_digest"]
        )
        mailer = ToldMailer(TryAgain("no_answer"))

        deliver(email_id, mailer)
        assert Email.of(email_id).pictures is not None
        for _ in range(2):
            deliver(email_id, mailer, now=LATER)

        (message,) = mailer.taken
        assert message.pictures == {"performance": b"1040:<svg/>"}
        assert 'src="cid:performance"' in message.html
        assert Email.of(email_id).pictures is None

    def test_goes_without_a_picture_that_can_not_be_drawn(self, written, deliver, mailer, caplog):
        email_id = written(
            "weekly_digest", pictures={"performance": "<svg/>"}, **SAMPLES["weekly_digest"]
        )

        deliver(email_id, mailer, pictures=ToldPictures("<svg/>"))

        (message,) = mailer.taken
        assert (message.pictures, "<img" in message.html) == ({}, False)
        assert Email.of(email_id).state == rules.SENT
        assert "emails.picture_left_out" in caplog.messages

    def test_fails_an_email_that_can_not_be_rendered(self, aws, deliver, mailer):
        for template, context in (("welcome", {}), ("farewell", {"name": "Ada"})):
            row = Email.creation(
                email_id=template,
                template=template,
                to=ADA,
                user_id=None,
                context=context,
                pictures=None,
                now=NOON,
            )
            dynamo.commit(row)

            deliver(template, mailer)

            found = Email.of(template)
            assert (found.state, found.reason) == (rules.FAILED, "unrenderable")
        assert mailer.taken == []

    def test_drops_nothing_that_somebody_else_is_sending(self, written, deliver, aws):
        email_id = written()
        stale = Email.of(email_id)
        dynamo.commit(stale.taking(now=NOON))

        with pytest.raises(dynamo.ConditionFailed):
            dynamo.commit(stale.dropping(state=rules.SUPPRESSED, reason="why", now=NOON))

    def test_logs_no_address_and_no_token(self, written, deliver, caplog):
        caplog.set_level(logging.INFO)
        outcomes = [None, TryAgain("no_answer"), GiveUp("recipient_refused")]
        for number, outcome in enumerate(outcomes):
            email_id = written(
                "verify_email",
                key=str(number),
                name="Ada",
                link="https://l",
                token="s3cr3t",
                hours=1,
            )
            deliver(email_id, ToldMailer(*[outcome] if outcome else []))

        lines = "\n".join(logs.JsonFormatter().format(record) for record in caplog.records)

        assert "emails.sent" in lines
        assert "emails.postponed" in lines
        assert "emails.failed" in lines
        assert '"reason": "recipient_refused"' in lines
        assert "example.com" not in lines + caplog.text
        assert "s3cr3t" not in lines + caplog.text


class TestRetryOutbox:
    def test_asks_for_what_is_overdue_and_for_nothing_else(self, written, deliver, jobs):
        lost = written(key="lost", now=NOON - timedelta(minutes=5))
        written(key="fresh", now=NOON - timedelta(seconds=30))
        deliver(written(key="sent", now=NOON - timedelta(minutes=9)), ToldMailer())
        died = written(key="died", now=NOON - timedelta(minutes=9))
        with pytest.raises(SystemExit):
            deliver(died, ToldMailer(SystemExit()), now=NOON - timedelta(minutes=9))

        service.retry_outbox(jobs=jobs, now=NOON)

        assert [arguments["email_id"] for _, arguments, _ in jobs.enqueued] == [died, lost]

    def test_is_quiet_when_nothing_is(self, aws, jobs, caplog):
        service.retry_outbox(jobs=jobs, now=NOON)

        assert (jobs.enqueued, caplog.records) == ([], [])
