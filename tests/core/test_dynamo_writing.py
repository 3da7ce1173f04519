"""Is a change whole or not at all, and do rivals wait for each other?"""

from datetime import UTC, datetime

import pytest

from app.accounts.models import AccountTotal, UniqueKey
from app.core import dynamo
from app.core.dynamo import writing
from tests.core.conftest import Scripted
from tests.core.scripted_dynamodb import cancelled, refusal
from tests.core.together import together

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def claim(value: str, user_id: str = "u1") -> dynamo.Write:
    return UniqueKey.claim(kind="username", value=value, user_id=user_id)


def release(value: str, user_id: str = "u1") -> dynamo.Write:
    return UniqueKey.release(kind="username", value=value, user_id=user_id)


def holder(value: str) -> str | None:
    return UniqueKey.holder(kind="username", value=value)


def guard(value: str, user_id: str) -> dynamo.Write:
    key = UniqueKey.key_of("username", value)
    return dynamo.check(UniqueKey, key, condition=UniqueKey.user_id == user_id)


@pytest.mark.usefixtures("aws")
class TestCommit:
    def test_carries_one_write_out_by_itself(self):
        with dynamo.counting() as cost:
            dynamo.commit(claim("ada"))
        assert cost.operations == ["PutItem"]
        assert holder("ada") == "u1"

    def test_carries_several_out_as_one_transaction(self):
        with dynamo.counting() as cost:
            dynamo.commit(claim("ada"), claim("bob"), AccountTotal.one_more_admin())
        assert cost.operations == ["TransactWriteItems"]
        assert (holder("ada"), holder("bob")) == ("u1", "u1")

    @pytest.mark.parametrize("write", [claim("ada", "u2"), release("ada", "u2")])
    def test_names_the_single_write_that_failed(self, write: dynamo.Write):
        dynamo.commit(claim("ada"))
        with pytest.raises(dynamo.ConditionFailed) as failure:
            dynamo.commit(write)
        assert failure.value.failed == {0}
        assert holder("ada") == "u1"

    def test_names_a_single_update_that_failed(self):
        row = AccountTotal("active_admins")
        with pytest.raises(dynamo.ConditionFailed) as failure:
            dynamo.commit(dynamo.update(row, [AccountTotal.total.add(1)], AccountTotal.total > 5))
        assert failure.value.failed == {0}

    def test_names_the_places_of_those_that_failed_and_changes_nothing(self):
        dynamo.commit(claim("ada"), claim("bob"), claim("eve"))
        row = AccountTotal("active_admins")
        count = dynamo.update(row, [AccountTotal.total.add(1)], AccountTotal.total.exists())
        with pytest.raises(dynamo.ConditionFailed) as failure:
            dynamo.commit(count, claim("carl"), claim("ada"), release("bob"), guard("eve", "u2"))
        assert failure.value.failed == {0, 2, 4}
        assert "[0, 2, 4]" in str(failure.value)
        assert (holder("bob"), holder("carl")) == ("u1", None)

    def test_requires_what_it_checks(self):
        dynamo.commit(claim("ada"))
        dynamo.commit(claim("bob"), guard("ada", "u1"))
        with pytest.raises(dynamo.ConditionFailed) as failure:
            dynamo.commit(claim("carl"), guard("ada", "u2"))
        assert failure.value.failed == {1}
        assert holder("carl") is None

    def test_refuses_a_check_alone(self):
        with pytest.raises(ValueError, match="belongs in a transaction"):
            dynamo.commit(guard("ada", "u1"))

    def test_acts_once_for_one_token(self):
        for _ in range(2):
            dynamo.commit(AccountTotal.one_more_admin(), claim("ada"), token="token-of-one-try")
        row = dynamo.find(AccountTotal, "active_admins")
        assert row is not None
        assert row.total == 1

    def test_gives_a_name_to_one_of_many(self):
        def attempt(number: int) -> bool:
            try:
                dynamo.commit(claim("ada", f"u{number}"), claim(f"other{number}", f"u{number}"))
            except dynamo.ConditionFailed:
                return False
            return True

        won = together(20, attempt)
        assert won.count(True) == 1
        assert holder("ada") == f"u{won.index(True)}"
        assert [holder(f"other{number}") is not None for number in range(20)] == won


CONFLICT = cancelled("None", "TransactionConflict")
IN_CONFLICT = refusal("TransactionConflictException")


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "CONFLICT_PAUSE_SECONDS", 0)


@pytest.mark.usefixtures("_impatient")
class TestConflict:
    def test_is_tried_again(self, scripted: Scripted):
        with scripted(CONFLICT, CONFLICT, (200, {})) as server:
            dynamo.commit(claim("ada"), claim("bob"))
            assert server.asked == ["TransactWriteItems"] * 3
        with scripted(IN_CONFLICT, (200, {})) as server:
            dynamo.commit(claim("ada"))
            assert server.asked == ["PutItem"] * 2

    @pytest.mark.parametrize("writes", [[claim("ada")], [claim("ada"), claim("bob")]])
    def test_that_lasts_is_told_as_busy(self, writes: list[dynamo.Write], scripted: Scripted):
        answer = IN_CONFLICT if len(writes) == 1 else CONFLICT
        with scripted(answer) as server, pytest.raises(dynamo.Busy):
            dynamo.commit(*writes)
        assert len(server.asked) == writing.CONFLICT_ATTEMPTS

    def test_does_not_hide_a_condition_that_failed(self, scripted: Scripted):
        both = cancelled("TransactionConflict", "ConditionalCheckFailed")
        with scripted(both), pytest.raises(dynamo.ConditionFailed) as failure:
            dynamo.commit(claim("ada"), claim("bob"))
        assert failure.value.failed == {1}


class TestOtherRefusal:
    def test_is_passed_on(self, scripted: Scripted):
        with scripted(refusal("ValidationException")), pytest.raises(Exception, match="put item"):
            dynamo.commit(claim("ada"))
        with (
            scripted(cancelled("ValidationError", "None")),
            pytest.raises(Exception, match="transact"),
        ):
            dynamo.commit(claim("ada"), claim("bob"))
