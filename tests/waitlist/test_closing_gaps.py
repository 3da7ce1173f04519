from datetime import timedelta
from typing import Any

import pytest

from app.core import dynamo
from app.waitlist import rules, service
from app.waitlist.models import Entry, NumbersGiven, Place, ReferralCode
from app.waitlist.service import closing_gaps
from tests.waitlist.conftest import order


def leave(email):
    entry = Entry.of(email)
    position = int(entry.position)
    (place,) = Place.between(position, position)
    dynamo.commit(entry.removal(), ReferralCode.removal(entry.code), place.handed_over(to=None))


@pytest.fixture
def everybody(waitlist):
    """Five people, a to e."""
    return [waitlist.join(f"{name}@example.com").email for name in "abcde"]


@pytest.fixture
def close_gaps(clock):
    return lambda: service.close_gaps(now=clock.now())


def standing():
    return [email.partition("@")[0] if email else None for email in order()]


class TestCloseGaps:
    def test_moves_those_behind_up_in_their_order(self, everybody, close_gaps, waitlist):
        leave("b@example.com")
        leave("d@example.com")

        assert close_gaps()

        assert standing() == ["a", "c", "e", None, None]
        assert NumbersGiven.current().last == 3
        assert waitlist.join("f@example.com").position == 4
        assert close_gaps()
        assert standing() == ["a", "c", "e", "f", None]

    def test_changes_nothing_where_nobody_left(self, everybody, close_gaps):
        assert close_gaps()

        assert standing() == list("abcde")
        assert NumbersGiven.current().taken_back is None

    def test_is_content_with_an_empty_list(self, aws, close_gaps):
        assert close_gaps()

    def test_takes_the_numbers_back_of_those_who_left_at_the_end(
        self, everybody, close_gaps, waitlist
    ):
        leave("e@example.com")

        assert close_gaps()

        assert waitlist.join("f@example.com").position == 5

    def test_closes_a_number_that_was_lost_once_that_is_certain(self, waitlist, close_gaps, clock):
        waitlist.join("a@example.com")
        NumbersGiven.next()
        waitlist.join("b@example.com")
        waitlist.join("c@example.com")

        assert close_gaps()
        assert Entry.of("b@example.com").position == 3
        clock.advance(rules.PLACE_TAKEN_WITHIN.total_seconds() + 1)
        assert close_gaps()

        assert standing() == ["a", "b", "c", None]

    def test_leaves_a_number_at_the_end_to_whoever_may_be_joining(self, everybody, close_gaps):
        NumbersGiven.next()

        assert close_gaps()

        assert NumbersGiven.current().last == 6

    def test_goes_on_in_another_turn(self, everybody, close_gaps, monkeypatch):
        monkeypatch.setattr(closing_gaps, "MOST_MOVED", 2)
        leave("a@example.com")

        assert not close_gaps()
        assert close_gaps()

        assert standing() == ["b", "c", "d", "e", None]

    def test_is_to_be_run_again_where_somebody_moved_meanwhile(self, everybody):
        leave("a@example.com")
        read: Any = Place.between(2, 2)[0]
        moved: Any = Place.between(3, 3)[0]
        read.email = moved.email  # as it was read before a referral exchanged the two

        with pytest.raises(dynamo.Busy):
            closing_gaps._move(read, to=1)
        assert standing() == [None, "b", "c", "d", "e"]

    def test_takes_no_number_back_that_was_decided_before_another_run(self, everybody, waitlist):
        leave("e@example.com")
        before = NumbersGiven.current()
        dynamo.commit(before.taken_back_to(4))
        waitlist.join("f@example.com")

        with pytest.raises(dynamo.ConditionFailed):
            dynamo.commit(before.taken_back_to(4))
        closing_gaps._give_back(before, last=4)
        assert NumbersGiven.current().last == 5

    def test_keeps_referrals_working(self, everybody, close_gaps, waitlist, clock):
        leave("b@example.com")
        close_gaps()
        clock.advance(timedelta(minutes=3).total_seconds())

        waitlist.refer(Entry.of("c@example.com").code, "f@example.com")

        assert standing() == ["c", "a", "d", "e", "f"]
