from datetime import timedelta

import pytest

from app.accounts import service as accounts
from app.core import dynamo, tokens
from app.waitlist import rules, service
from app.waitlist.models import OWED, Entry, NumbersGiven, Place, ReferralCode
from tests.core.together import together
from tests.waitlist.conftest import letters, order, token_of


def begin_to_join(email, now):
    """A request that claims an address and dies."""
    entry = Entry(
        email, status=rules.JOINING, source="x", joined_at=now, code="DEADDEADDE", secret_hash="x"
    )
    dynamo.commit(entry.arrival(instead_of_before=now))
    return entry


class TestJoin:
    def test_gives_the_next_place_and_a_code(self, waitlist):
        first, second = waitlist.join("a@example.com"), waitlist.join("b@example.com")

        assert (first.position, second.position) == (1, 2)
        assert rules.is_code(first.code)
        assert first.code != second.code
        assert order() == ["a@example.com", "b@example.com"]

    def test_compares_addresses_as_accounts_do(self, waitlist):
        entry = waitlist.join("  Ada@Example.COM ")

        assert entry.email == "ada@example.com"
        with pytest.raises(service.AlreadyOnWaitlist):
            waitlist.join("ADA@example.com")
        assert NumbersGiven.current().last == 1

    def test_mails_the_link_once(self, waitlist, jobs, settings):
        entry = waitlist.join("ada@example.com")

        (letter,) = letters("waitlist_joined", "ada@example.com")
        assert letter.context["position"] == 1
        assert letter.context["referral_code"] == entry.code
        assert letter.context["link"].startswith(f"{settings.app_url}/waitlist/confirm?token=")
        assert jobs.enqueued == [("emails.send_email", {"email_id": letter.email_id}, 0)]

    def test_keeps_no_token_that_could_be_used(self, waitlist):
        waitlist.join("ada@example.com")

        secret = token_of("ada@example.com").partition(".")[2]
        assert secret not in str(Entry.of("ada@example.com").to_dynamodb_dict())

    @pytest.mark.parametrize("code", ["", "NOBODYSCODE", "K7MPQ2WXRT", "x" * 32])
    def test_refuses_a_code_that_nobody_has(self, waitlist, code):
        with pytest.raises(service.UnknownReferralCode):
            waitlist.join("ada@example.com", code)
        assert Entry.of("ada@example.com") is None

    def test_refuses_what_is_no_address(self, waitlist):
        with pytest.raises(accounts.InvalidEmail):
            waitlist.join("ada@example")

    def test_admits_one_of_many_who_join_with_one_address(self, waitlist):
        def join(_):
            try:
                return waitlist.join("ada@example.com").position
            except service.AlreadyOnWaitlist:
                return None

        results = together(20, join)

        assert sorted(results, key=str) == [1] + [None] * 19
        assert NumbersGiven.current().last == 1
        assert len(letters("waitlist_joined", "ada@example.com")) == 1

    def test_waits_for_another_request_with_the_address_and_then_says_so(self, waitlist, clock):
        begin_to_join("ada@example.com", clock.now())

        with pytest.raises(dynamo.Busy) as refusal:
            waitlist.join("ada@example.com")
        assert refusal.value.retry_after_seconds == 30
        clock.advance(rules.CLAIM_LASTS.total_seconds() + 1)
        assert waitlist.join("ada@example.com").position == 1

    def test_does_not_seat_whoever_was_taken_over(self, waitlist, clock):
        late = begin_to_join("ada@example.com", clock.now())
        clock.advance(31)
        waitlist.join("ada@example.com")

        with pytest.raises(dynamo.ConditionFailed):
            dynamo.commit(late.seated(9))
        with pytest.raises(dynamo.ConditionFailed):
            dynamo.commit(late.withdrawal())

    def test_takes_another_number_where_its_own_was_given_up(self, waitlist, clock):
        dynamo.commit(Place.taken(1, email="mover@example.com", now=clock.now()))

        assert waitlist.join("ada@example.com").position == 2

    def test_frees_the_address_where_it_gets_no_place(self, waitlist, clock):
        for number in range(1, 9):
            dynamo.commit(Place.taken(number, email=f"m{number}@example.com", now=clock.now()))

        with pytest.raises(dynamo.Busy):
            waitlist.join("ada@example.com")
        assert Entry.of("ada@example.com") is None
        assert waitlist.join("ada@example.com").position == 9


class TestConfirm:
    def test_confirms_once_and_again_is_harmless(self, waitlist, clock):
        waitlist.join("ada@example.com")
        assert waitlist.confirm("ada@example.com") == 1
        clock.advance(60)

        assert waitlist.confirm("ada@example.com") == 1
        entry = Entry.of("ada@example.com")
        assert entry.status == rules.CONFIRMED
        assert entry.confirmed_at == clock.now() - timedelta(seconds=60)

    @pytest.mark.parametrize(
        "change", [lambda token: token + "x", lambda token: token[:-1], lambda _: "nonsense"]
    )
    def test_refuses_any_other_token(self, waitlist, change):
        waitlist.join("ada@example.com")

        with pytest.raises(tokens.InvalidToken):
            waitlist.confirm_with(change(token_of("ada@example.com")))
        assert Entry.of("ada@example.com").confirmed_at is None

    def test_refuses_the_secret_of_another_person(self, waitlist):
        ada, bob = waitlist.join("ada@example.com"), waitlist.join("bob@example.com")
        secret = token_of(bob.email).partition(".")[2]

        with pytest.raises(tokens.InvalidToken):
            waitlist.confirm_with(f"{ada.code}.{secret}")

    def test_acts_once_of_many_at_once(self, waitlist, jobs):
        ada = waitlist.join("ada@example.com")
        waitlist.join("bob@example.com", ada.code)
        jobs.enqueued.clear()
        token = token_of("bob@example.com")

        assert together(10, lambda _: waitlist.confirm_with(token)) == [2] * 10
        assert len(jobs.enqueued) == 1


class TestReferral:
    def test_moves_up_by_one_once_confirmed(self, waitlist):
        waitlist.join("a@example.com")
        b = waitlist.join("b@example.com")
        waitlist.join("c@example.com", b.code)
        assert waitlist.work() == 0
        assert order() == ["a@example.com", "b@example.com", "c@example.com"]

        waitlist.confirm("c@example.com")
        assert waitlist.work() == 1

        assert order() == ["b@example.com", "a@example.com", "c@example.com"]
        assert Entry.of("b@example.com").referrals == 1

    def test_counts_once_however_often_its_task_runs(self, waitlist):
        waitlist.join("a@example.com")
        waitlist.join("b@example.com")
        c = waitlist.join("c@example.com")
        d = waitlist.refer(c.code, "d@example.com")

        assert together(8, lambda _: waitlist.credit(d.code)) == [False] * 8
        assert Entry.of("c@example.com").referrals == 1
        assert Entry.of("c@example.com").position == 2

    def test_counts_once_of_many_tasks_at_once(self, waitlist, jobs):
        waitlist.join("a@example.com")
        b = waitlist.join("b@example.com")
        c = waitlist.join("c@example.com", b.code)
        waitlist.confirm("c@example.com")

        assert sorted(together(8, lambda _: waitlist.credit(c.code))) == [False] * 7 + [True]
        assert Entry.of("b@example.com").referrals == 1

    def test_counts_once_of_many_tasks_at_once_for_whoever_is_first(self, waitlist):
        a = waitlist.join("a@example.com")
        b = waitlist.join("b@example.com", a.code)
        waitlist.confirm("b@example.com")

        assert sorted(together(8, lambda _: waitlist.credit(b.code))) == [False] * 7 + [True]
        assert Entry.of("a@example.com").referrals == 1

    def test_only_counts_for_whoever_is_first(self, waitlist):
        a = waitlist.join("a@example.com")
        waitlist.refer(a.code, "b@example.com")

        assert order() == ["a@example.com", "b@example.com"]
        assert Entry.of("a@example.com").referrals == 1

    def test_exchanges_the_referrer_with_the_referred_who_came_to_stand_ahead(self, waitlist):
        a = waitlist.join("a@example.com")
        b = waitlist.join("b@example.com", a.code)
        waitlist.refer(b.code, "c@example.com")
        assert order() == ["b@example.com", "a@example.com", "c@example.com"]

        waitlist.confirm("b@example.com")
        waitlist.work()

        assert order() == ["a@example.com", "b@example.com", "c@example.com"]

    def test_follows_a_chain(self, waitlist):
        a = waitlist.join("a@example.com")
        b = waitlist.refer(a.code, "b@example.com")
        c = waitlist.refer(b.code, "c@example.com")
        waitlist.refer(c.code, "d@example.com")

        assert order() == ["b@example.com", "c@example.com", "a@example.com", "d@example.com"]

    def test_takes_the_place_that_somebody_left(self, waitlist, clock):
        waitlist.join("a@example.com")
        (place,) = Place.between(1, 1)
        dynamo.commit(Entry.of("a@example.com").removal(), place.handed_over(to=None))
        b = waitlist.join("b@example.com")
        waitlist.refer(b.code, "c@example.com")

        assert order() == ["b@example.com", None, "c@example.com"]

    def test_waits_while_the_place_ahead_is_being_taken(self, waitlist, clock):
        NumbersGiven.next()  # by a request that has not got further yet
        b = waitlist.join("b@example.com")
        c = waitlist.join("c@example.com", b.code)
        waitlist.confirm("c@example.com")

        with pytest.raises(dynamo.Busy):
            waitlist.credit(c.code)
        assert Entry.of("b@example.com").position == 2

        clock.advance(rules.PLACE_TAKEN_WITHIN.total_seconds() + 1)
        assert waitlist.credit(c.code)
        assert order() == ["b@example.com", None, "c@example.com"]

    def test_moves_nobody_where_the_referrer_has_left(self, waitlist):
        b = waitlist.join("b@example.com")
        c = waitlist.join("c@example.com", b.code)
        waitlist.confirm("c@example.com")
        (place,) = Place.between(1, 1)
        dynamo.commit(
            Entry.of("b@example.com").removal(),
            ReferralCode.removal(b.code),
            place.handed_over(to=None),
        )

        assert not waitlist.credit(c.code)
        assert Entry.of("c@example.com").credit is None
        assert order() == [None, "c@example.com"]

    def test_does_nothing_for_a_code_of_nobody(self, waitlist):
        assert not waitlist.credit("K7MPQ2WXRT")

    def test_is_asked_for_again_where_its_task_was_lost(self, waitlist, jobs):
        a = waitlist.join("a@example.com")
        b = waitlist.join("b@example.com", a.code)
        waitlist.confirm("b@example.com")
        jobs.enqueued.clear()
        assert Entry.of("b@example.com").credit == OWED

        assert service.credit_owed(jobs=jobs) == 1
        assert jobs.enqueued == [("waitlist.credit_referral", {"referral_code": b.code}, 0)]
        waitlist.work()

        assert service.credit_owed(jobs=jobs) == 0
        assert Entry.of("a@example.com").referrals == 1


class TestManyAtOnce:
    def test_join_confirm_and_move_without_losing_or_doubling_a_place(self, waitlist, jobs):
        """Each of 60 comes with the code of somebody who joined before; all confirm; all moves run at once."""
        roots = [waitlist.join(f"root{number}@example.com") for number in range(4)]
        joined = together(
            60, lambda number: waitlist.join(f"p{number}@example.com", roots[number % 4].code)
        )
        second = together(
            30, lambda number: waitlist.join(f"q{number}@example.com", joined[number].code)
        )
        everybody = [*joined, *second]
        assert sorted(entry.position for entry in [*roots, *everybody]) == list(range(1, 95))
        tokens_by_place = [token_of(entry.email) for entry in everybody]
        together(len(everybody), lambda number: waitlist.confirm_with(tokens_by_place[number]))

        def credit(number):
            for _ in range(40):
                try:
                    return waitlist.credit(everybody[number].code)
                except dynamo.Busy:
                    continue
            raise AssertionError("a move was never let through")

        assert together(len(everybody), credit) == [True] * len(everybody)
        assert len(order()) == 94
        assert [Entry.of(root.email).referrals for root in roots] == [15] * 4
        counts = [Entry.of(entry.email).referrals for entry in joined]
        assert counts == [1] * 30 + [0] * 30


class TestList:
    def test_goes_by_position_page_by_page(self, waitlist):
        for number in range(5):
            waitlist.join(f"p{number}@example.com")

        first = service.list_waitlist(limit=2, cursor=None)
        second = service.list_waitlist(limit=2, cursor=first.next_cursor)
        third = service.list_waitlist(limit=2, cursor=second.next_cursor)

        found = [entry.email for part in (first, second, third) for entry in part.entries]
        assert found == [f"p{number}@example.com" for number in range(5)]
        assert third.next_cursor is None

    def test_is_empty_at_first(self, aws):
        assert service.list_waitlist(limit=50, cursor=None) == service.Part(
            entries=[], next_cursor=None
        )

    @pytest.mark.parametrize("cursor", ["x", "-1", "1.5", "\u0661", "1" * 16])
    def test_refuses_a_cursor_that_it_never_gave(self, aws, cursor):
        with pytest.raises(dynamo.InvalidCursor):
            service.list_waitlist(limit=50, cursor=cursor)

    def test_shows_nobody_who_is_still_joining(self, waitlist, clock):
        begin_to_join("ada@example.com", clock.now())
        NumbersGiven.next()

        assert service.list_waitlist(limit=50, cursor=None).entries == []


class TestCsv:
    def test_has_a_line_for_each_and_no_formula(self, waitlist):
        waitlist.join("=cmd@example.com", source="@SUM(1)", interested_features=["=1+1", 'a"b'])

        part = service.list_waitlist(limit=5, cursor=None)
        heading, line = service.as_csv(entries=part.entries).splitlines()

        assert heading.startswith("position,email,status,source,referral_code,referred_by")
        assert line.startswith("1,'=cmd@example.com,waiting,'@SUM(1),")
        assert '"\'=1+1; a""b"' in line

    def test_reads_no_more_than_a_hundred_places_at_once(self, waitlist):
        together(120, lambda number: waitlist.join(f"p{number}@example.com"))

        part = service.list_waitlist(limit=service.MOST_EXPORTED, cursor=None)

        assert [entry.position for entry in part.entries] == list(range(1, 121))
