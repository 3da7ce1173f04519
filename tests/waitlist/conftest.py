from dataclasses import dataclass
from typing import Any

import pytest

from app.emails.models import Email
from app.waitlist import service
from app.waitlist.models import Entry, Place
from tests.emails.outside import ToldQueue


@pytest.fixture
def jobs():
    return ToldQueue()


def letters(template, to):
    """What waits in the outbox for an address, of one kind."""
    return [row for row in Email.scan() if (row.template, row.to) == (template, to)]


def token_of(email):
    """The token in the welcome email of an address."""
    (letter,) = letters("waitlist_joined", email)
    return letter.context["token"]


def order():
    """The addresses by place, None where nobody stands; the people's rows must agree."""
    places = sorted(Place.scan(consistent_read=True), key=lambda place: place.number)
    assert [place.number for place in places] == list(range(1, len(places) + 1))
    seats = {entry.email: entry.position for entry in Entry.scan(consistent_read=True)}
    assert seats == {place.email: place.number for place in places if place.email}
    return [place.email for place in places]


@dataclass
class Waitlist:
    """The use cases, as somebody calls them now."""

    settings: Any
    jobs: Any  # a ToldQueue
    clock: Any

    def join(self, email, code=None, **fields):
        return service.join(
            email=email,
            source=fields.pop("source", "website"),
            referral_code=code,
            interested_features=fields.pop("interested_features", []),
            settings=self.settings,
            jobs=self.jobs,
            now=self.clock.now(),
        )

    def confirm(self, email):
        return self.confirm_with(token_of(email))

    def confirm_with(self, token):
        return service.confirm(token=token, jobs=self.jobs, now=self.clock.now())

    def credit(self, code):
        return service.credit_referral(referral_code=code, now=self.clock.now())

    def work(self):
        """Do what was enqueued, as a worker does."""
        done = 0
        while self.jobs.enqueued:
            task, arguments, _ = self.jobs.enqueued.pop(0)
            if task == "waitlist.credit_referral":
                done += self.credit(arguments["referral_code"])
        return done

    def refer(self, code, email):
        """Somebody comes with a code and confirms, and the worker has done its part."""
        entry = self.join(email, code)
        self.confirm(email)
        self.work()
        return entry


@pytest.fixture
def waitlist(aws, settings, jobs, clock):
    return Waitlist(settings=settings, jobs=jobs, clock=clock)
