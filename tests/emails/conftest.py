"""The outbox, and what stands around it."""

from collections.abc import Mapping

import pytest

from app.core import dynamo
from app.emails import service
from tests.conftest import NOON
from tests.emails.outside import ADA, ToldMailer, ToldPictures, ToldQueue

PICTURES = ToldPictures()
NOTHING: Mapping[str, str] = {}


@pytest.fixture
def jobs():
    return ToldQueue()


@pytest.fixture
def mailer():
    return ToldMailer()


@pytest.fixture
def written(aws):
    """Write an email into the outbox, and return its id."""

    def write(
        template="welcome",
        *,
        to=ADA,
        key="welcome#ada",
        user_id="ada",
        now=NOON,
        pictures=NOTHING,
        **context,
    ):
        email = service.outgoing(
            template=template,
            to=to,
            context=context or {"name": "Ada"},
            idempotency_key=key,
            user_id=user_id,
            pictures=pictures,
            now=now,
        )
        dynamo.commit(email.write)
        return email.email_id

    return write


@pytest.fixture
def deliver(aws, settings, jobs):
    def attempt(email_id, mailer, *, now=NOON, chance=0.0, settings=settings, pictures=PICTURES):
        service.deliver(
            email_id=email_id,
            mailer=mailer,
            pictures=pictures,
            jobs=jobs,
            settings=settings,
            chance=chance,
            now=now,
        )

    return attempt


@pytest.fixture
def notification(written):
    """Write a notification into the outbox, and return its id."""

    def write(key="n"):
        return written("notification", key=key, subject="Hello", message="Your plan is ready")

    return write
