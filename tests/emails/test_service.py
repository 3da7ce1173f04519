import secrets
from dataclasses import replace
from datetime import timedelta

import pytest

from app.core import dynamo
from app.emails import rules, service
from app.emails.models import Email
from app.emails.service.samples import SAMPLES
from app.providers.mailer.interface import Notice, TryAgain, UntrustedNotice
from tests.conftest import NOON
from tests.emails.outside import ADA

LATER = NOON + timedelta(hours=1)


class TestOutgoing:
    def test_is_one_email_for_one_key(self, written):
        written()

        with pytest.raises(dynamo.ConditionFailed):
            written(to="somebody@example.com")

    def test_is_part_of_the_callers_transaction(self, written):
        first = service.outgoing(
            template="welcome",
            to=ADA,
            context={"name": "Ada"},
            idempotency_key="one",
            user_id=None,
            now=NOON,
        )
        written(key="two")
        again = Email.creation(
            email_id=rules.email_id("two"),
            template="welcome",
            to=ADA,
            user_id=None,
            context={},
            pictures=None,
            now=NOON,
        )

        with pytest.raises(dynamo.ConditionFailed) as failure:
            dynamo.commit(first.write, again)

        assert failure.value.failed == {1}
        assert Email.of(first.email_id) is None

    @pytest.mark.parametrize("to", ["ada", "ada@example.com\nBcc: all@example.com", "a\x00@b.c"])
    def test_goes_to_one_address(self, written, to):
        with pytest.raises(ValueError, match="one address"):
            written(to=to)


class TestPicturesOfOutgoing:
    def test_are_packed(self, written):
        svg = "<svg>" + "<path/>" * 1_000 + "</svg>"

        email = Email.of(
            written("weekly_digest", pictures={"performance": svg}, **SAMPLES["weekly_digest"])
        )

        assert len(email.pictures) < 200
        assert rules.unpacked_pictures(email.pictures) == {"performance": svg}

    def test_are_none_where_none_are_given(self, written):
        assert Email.of(written()).pictures is None

    def test_have_a_name_of_the_templates(self, written):
        with pytest.raises(ValueError, match=r"'weekly_digest' shows no picture \['mix'\]"):
            written("weekly_digest", pictures={"mix": "<svg/>"}, **SAMPLES["weekly_digest"])

    @pytest.mark.parametrize(
        "svg", ["x" * (rules.LARGEST_PICTURE + 1), secrets.token_hex(rules.LARGEST_PICTURE)]
    )
    def test_are_not_larger_than_a_row_can_hold(self, written, svg):
        with pytest.raises(ValueError, match="an email takes 3 pictures of 100000 characters"):
            written("weekly_digest", pictures={"performance": svg}, **SAMPLES["weekly_digest"])

    def test_that_hardly_pack_fit_a_row_still(self, written):
        svg = "".join(chr(0x4E00 + secrets.randbelow(20_000)) for _ in range(18_000))

        email_id = written(
            "weekly_digest", pictures={"performance": svg}, **SAMPLES["weekly_digest"]
        )

        stored = Email.of(email_id)
        assert 45_000 < len(stored.pictures) <= rules.LARGEST_PACKED
        assert rules.unpacked_pictures(stored.pictures) == {"performance": svg}


class TestSend:
    def test_asks_for_the_email_by_its_id_alone(self, jobs, aws):
        email = service.outgoing(
            template="verify_email",
            to=ADA,
            context={"name": "Ada", "link": "l", "token": "secret", "hours": 24},
            idempotency_key="v",
            user_id="ada",
            now=NOON,
        )

        service.send(email=email, jobs=jobs)

        assert jobs.enqueued == [("emails.send_email", {"email_id": email.email_id}, 0)]


class ToldNotices:
    def __init__(self, told):
        self.told = told
        self.confirmed = []

    def read(self, envelope, *, now):
        if isinstance(self.told, Exception):
            raise self.told
        return self.told

    def confirm(self, notice):
        self.confirmed.append(notice.confirmation_url)


def take(told):
    return service.take_notice(envelope={}, notices=ToldNotices(told), now=NOON)


class TestTakeNotice:
    def test_mails_no_more_where_mail_bounced_or_was_unwanted(self, written, deliver, mailer):
        assert take(Notice(bounced=("ADA@Example.com",), complained=("bob@example.com",))) == 2

        deliver(written(key="1"), mailer)
        deliver(written(key="2", to="bob@example.com"), mailer)
        deliver(written(key="3", to="eve@example.com"), mailer)

        assert [message.to for message in mailer.taken] == ["eve@example.com"]

    def test_acts_once(self, aws):
        assert [take(Notice(bounced=(ADA,))) for _ in range(3)] == [1, 0, 0]

    def test_confirms_a_topic(self, aws):
        notices = ToldNotices(Notice(confirmation_url="https://sns"))

        assert service.take_notice(envelope={}, notices=notices, now=NOON) == 0
        assert notices.confirmed == ["https://sns"]

    def test_refuses_what_is_not_trusted(self, aws):
        with pytest.raises(service.NoticeNotTrusted):
            take(UntrustedNotice("wrong_signature"))

    def test_has_it_sent_again_when_it_could_not_be_checked(self, aws):
        with pytest.raises(service.NoticesUnavailable) as trouble:
            take(TryAgain("no_answer"))

        assert trouble.value.retry_after_seconds == 30


class TestUnsubscribe:
    @pytest.fixture
    def token(self, notification, deliver, mailer):
        """The one that stands in a notification to Ada."""
        deliver(notification(), mailer)
        link = mailer.taken[0].headers["List-Unsubscribe"]
        return link.partition("token=")[2].rstrip(">")

    def test_ends_notifications_and_nothing_else(
        self, token, settings, written, notification, deliver, mailer
    ):
        for _ in range(2):
            service.unsubscribe(token=token, settings=settings, now=NOON)

        deliver(notification(key="m"), mailer)
        deliver(written(), mailer)

        assert [message.subject for message in mailer.taken[1:]] == ["Welcome to InvestForge"]

    def test_works_while_a_signing_key_is_replaced(self, token, settings):
        replaced = replace(settings, jwt_secret="another", jwt_previous_secret=settings.jwt_secret)

        service.check_unsubscribe_link(token=token, settings=replaced)

        with pytest.raises(service.UnknownUnsubscribeLink):
            service.check_unsubscribe_link(
                token=token, settings=replace(replaced, jwt_previous_secret=None)
            )


class TestExportOwnedBy:
    def test_tells_of_every_email_and_what_is_not_mailed(self, written, deliver, mailer):
        deliver(written(), mailer)
        written(key="other", user_id="bob")
        take(Notice(complained=(ADA,)))

        exported = service.export_owned_by(user_id="ada")

        assert exported == {
            "emails": [
                {
                    "template": "welcome",
                    "to": ADA,
                    "state": "sent",
                    "created_at": NOON,
                    "sent_at": NOON,
                }
            ],
            "not_mailed": [{"address": ADA, "what": "every", "why": "complained"}],
        }


class TestEraseOwnedBy:
    def test_leaves_nothing_of_the_user_and_all_of_others(self, written):
        written()
        kept = written(key="other", user_id="bob")

        for _ in range(2):
            service.erase_owned_by(user_id="ada")

        assert service.export_owned_by(user_id="ada") == {"emails": [], "not_mailed": []}
        assert Email.of(kept) is not None
