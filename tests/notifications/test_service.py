import pytest

from app.accounts import service as accounts
from app.accounts.models import User
from app.core import dynamo, throttle
from app.emails.models import Email
from app.notifications import service
from tests.conftest import NOON
from tests.emails.outside import ToldQueue

ADA = service.Caller(user_id="ada", is_admin=False)
ADMIN = service.Caller(user_id="admin", is_admin=True)


@pytest.fixture
def jobs(aws):
    for user_id, email, username in (
        ("ada", "ada@example.com", "ada_l"),
        ("admin", "admin@example.com", None),
        ("phone", None, None),
    ):
        row = User(user_id, email=email, username=username, created_at=NOON, updated_at=NOON)
        dynamo.commit(row.creation())
    return ToldQueue()


def welcome(jobs, caller, user_id=None):
    return service.send_welcome(caller=caller, user_id=user_id, jobs=jobs, now=NOON)


def notify(jobs, caller, user_id=None, **words):
    said = {"subject": "s", "message": "m", "type": "notification"} | words
    return service.send_notification(caller=caller, user_id=user_id, **said, jobs=jobs, now=NOON)


class TestEither:
    @pytest.fixture(params=[welcome, notify])
    def ask(self, request):
        return request.param

    def test_writes_an_email_down_and_asks_for_it(self, ask, jobs):
        email_id = ask(jobs, ADA)

        assert jobs.enqueued == [("emails.send_email", {"email_id": email_id}, 0)]
        assert (Email.of(email_id).to, Email.of(email_id).user_id) == ("ada@example.com", "ada")

    def test_mails_anyone_for_an_admin(self, ask, jobs):
        assert Email.of(ask(jobs, ADMIN, "ada")).user_id == "ada"

    def test_mails_each_time_that_it_is_asked(self, ask, jobs):
        assert ask(jobs, ADA) != ask(jobs, ADA)

    @pytest.mark.parametrize(
        ("caller", "user_id", "error"),
        [
            (ADA, "admin", service.NotYourAccount),
            (ADA, "nobody", service.NotYourAccount),
            (ADMIN, "nobody", accounts.UnknownAccount),
            (ADMIN, "phone", service.NoEmailAddress),
        ],
    )
    def test_refuses_and_counts_nothing(self, ask, jobs, caller, user_id, error):
        for _ in range(21):
            with pytest.raises(error):
                ask(jobs, caller, user_id)

        assert jobs.enqueued == []

    def test_stops_after_20_in_a_day_for_each_caller(self, ask, jobs):
        for _ in range(20):
            ask(jobs, ADMIN, "ada")

        with pytest.raises(throttle.TooManyAttempts) as refusal:
            ask(jobs, ADMIN)

        assert refusal.value.retry_after_seconds == 86_400
        ask(jobs, ADA)


class TestSendWelcome:
    def test_calls_by_first_name_else_by_username(self, jobs):
        assert Email.of(welcome(jobs, ADA)).context == {"name": "ada_l"}
        assert Email.of(welcome(jobs, ADMIN)).context == {"name": None}


class TestSendNotification:
    def test_says_what_was_asked(self, jobs):
        words = {"subject": "Hi", "message": "<b>", "type": "price_alert"}

        assert Email.of(notify(jobs, ADA, **words)).context == words
