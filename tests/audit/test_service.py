"""Can the record of what admins did be changed without anyone noticing?"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pynamodb.expressions.update import Action

from app.audit import rules, service
from app.audit.models import AdminAction, AuditHead
from app.core import dynamo

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)

pytestmark = pytest.mark.usefixtures("aws")


def record(
    number: int, *, admin_id: str = "ann", target_user_id: str = "bob", action: str = "approve_user"
) -> None:
    writes = service.entry(
        admin_id=admin_id,
        action=action,
        target_user_id=target_user_id,
        metadata={"number": number},
        now=NOON + timedelta(minutes=number),
    )
    dynamo.commit(*writes)


def numbers(**wanted: Any) -> list[int]:
    page = service.list_entries(**{"limit": 20, "cursor": None, **wanted})
    return [entry.metadata["number"] for entry in page.items]


class TestEntry:
    def test_ties_each_entry_to_the_one_before(self) -> None:
        for number in range(3):
            record(number)

        first, second, third = AdminAction.in_order()

        assert first.previous_hash == rules.GENESIS
        assert second.previous_hash == first.entry_hash
        assert third.previous_hash == second.entry_hash

    def test_is_refused_when_another_came_first(self) -> None:
        early = service.entry(admin_id="a", action="x", target_user_id="b", metadata={}, now=NOON)
        record(0)

        with pytest.raises(dynamo.ConditionFailed):
            dynamo.commit(*early)

        assert service.verify().entries == 1


class TestRecord:
    def test_ties_what_was_done_to_nobody_to_the_rest(self) -> None:
        record(0)
        service.record(admin_id="ann", action="run_job", metadata={"job": "a.b"}, now=NOON)
        record(1)

        assert service.verify() == replace(service.verify(), whole=True, entries=3)
        [found] = service.list_entries(action="run_job", limit=5, cursor=None).items
        assert found.admin_id == "ann"
        assert found.target_user_id is None

    def test_loses_none_of_many_at_once(self) -> None:
        def act(number: int) -> None:
            service.record(admin_id="ann", action="run_job", metadata={"number": number}, now=NOON)

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(act, range(4)))

        assert (service.verify().whole, service.verify().entries) == (True, 4)
        assert sorted(numbers()) == [0, 1, 2, 3]


class TestListEntries:
    def test_shows_the_newest_first(self) -> None:
        for number in range(4):
            record(number)

        assert numbers() == [3, 2, 1, 0]

    def test_skips_as_many_as_the_offset_says(self) -> None:
        for number in range(5):
            record(number)

        assert numbers(offset=1, limit=2) == [3, 2]
        assert numbers(offset=9) == []

    def test_goes_on_from_a_cursor(self) -> None:
        for number in range(3):
            record(number)
        page = service.list_entries(limit=2, cursor=None)

        assert numbers(cursor=page.next_cursor) == [0]

    def test_filters_by_admin_target_and_action(self) -> None:
        record(0, admin_id="ann", target_user_id="bob")
        record(1, admin_id="ann", target_user_id="cid", action="disable_user")
        record(2, admin_id="dee", target_user_id="bob")

        assert numbers(admin_id="ann") == [1, 0]
        assert numbers(target_user_id="bob") == [2, 0]
        assert numbers(admin_id="ann", target_user_id="bob") == [0]
        assert numbers(action="disable_user") == [1]
        assert numbers(admin_id="ann", action="approve_user") == [0]
        assert numbers(target_user_id="bob", offset=1) == [0]


class TestVerify:
    def test_calls_an_untouched_log_whole(self) -> None:
        for number in range(3):
            record(number)

        found = service.verify()

        assert (found.whole, found.entries, found.first_broken) == (True, 3, None)
        assert found.head_hash == AuditHead.current().entry_hash

    def test_calls_an_empty_log_whole(self) -> None:
        assert service.verify().whole

    @pytest.mark.parametrize(
        "change",
        [
            AdminAction.admin_id.set("somebody else"),
            AdminAction.metadata.set({"number": 7}),
            AdminAction.created_at.set(NOON),
            AdminAction.previous_hash.set(rules.GENESIS),
        ],
        ids=["admin", "metadata", "time", "hash before"],
    )
    def test_names_the_entry_that_was_changed(self, change: Action) -> None:
        for number in range(3):
            record(number)
        AdminAction("audit", 2).update(actions=[change])

        found = service.verify()

        assert (found.whole, found.first_broken) == (False, 2)

    def test_names_the_place_of_an_entry_that_was_taken_out(self) -> None:
        for number in range(3):
            record(number)
        AdminAction("audit", 2).delete()

        assert service.verify().first_broken == 2

    def test_notices_that_the_end_was_cut_off(self) -> None:
        for number in range(3):
            record(number)
        AdminAction("audit", 3).delete()

        found = service.verify()

        assert (found.whole, found.first_broken) == (False, 3)


class TestEntryHash:
    def test_depends_on_every_fact_and_not_on_their_order(self) -> None:
        one = rules.entry_hash(previous_hash=rules.GENESIS, facts={"a": 1, "b": 2})

        assert one == rules.entry_hash(previous_hash=rules.GENESIS, facts={"b": 2, "a": 1})
        assert one != rules.entry_hash(previous_hash=rules.GENESIS, facts={"a": 1, "b": 3})
        assert one != rules.entry_hash(previous_hash=one, facts={"a": 1, "b": 2})
