"""Are lists paged without a gap, cursors not to be made up, and many items read in few requests?"""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.accounts.models import RevokedToken, SignIn, User
from app.core import dynamo, json
from app.core.dynamo import writing
from tests.core.conftest import Scripted
from tests.core.scripted_dynamodb import refusal

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def sign_in(user_id: str, number: int) -> SignIn:
    return SignIn(
        user_id,
        f"s{number:03}",
        ip=f"10.0.0.{number % 2}",
        created_at=NOW,
        last_used_at=NOW,
        expires_at=NOW + timedelta(days=7),
    )


def stored(user_id: str, count: int) -> list[str]:
    dynamo.commit(*(dynamo.put(sign_in(user_id, number)) for number in range(count)))
    return [f"s{number:03}" for number in range(count)]


def walked(**query: Any) -> list[str]:
    found: list[str] = []
    cursor = None
    while True:
        page = dynamo.page(SignIn, "u1", cursor=cursor, **query)
        assert len(page.items) <= query["limit"]
        found += [item.sign_in_id for item in page.items]
        cursor = page.next_cursor
        if cursor is None:
            return found


def made_up(*parts: Any) -> str:
    text = json.dumps(list(parts))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.usefixtures("aws")
class TestPage:
    @pytest.mark.parametrize("limit", [1, 3, 7, 8, 100])
    def test_gives_every_item_once_in_order(self, limit: int):
        names = stored("u1", 7)
        stored("u2", 3)
        assert walked(limit=limit) == names
        assert walked(limit=limit, newest_first=True) == names[::-1]

    def test_keeps_to_its_conditions(self):
        names = stored("u1", 7)
        late = SignIn.sign_in_id >= "s004"
        assert walked(limit=2, range_key_condition=late) == names[4:]
        assert walked(limit=2, filter_condition=SignIn.ip == "10.0.0.1") == names[1::2]

    def test_asks_dynamodb_once_however_little_matches(self):
        stored("u1", 30)
        with dynamo.counting() as cost:
            page = dynamo.page(
                SignIn, "u1", filter_condition=SignIn.ip == "10.9.9.9", limit=4, cursor=None
            )
        assert (page.items, cost.requests) == ([], 1)

    def test_of_an_empty_partition_is_empty(self):
        assert dynamo.page(SignIn, "nobody", limit=5, cursor=None) == dynamo.Page([], None)

    def test_walks_an_index(self):
        users = [
            User(
                f"u{number}",
                awaiting="approval",
                created_at=NOW + timedelta(seconds=number),
                updated_at=NOW,
            )
            for number in range(5)
        ]
        dynamo.commit(*(user.creation() for user in users))
        first = dynamo.page(User.by_awaiting, "approval", limit=3, cursor=None)
        rest = dynamo.page(User.by_awaiting, "approval", limit=3, cursor=first.next_cursor)
        assert [user.user_id for user in [*first.items, *rest.items]] == [f"u{n}" for n in range(5)]

    def test_refuses_the_cursor_of_another_partition(self):
        stored("u1", 3)
        stored("u2", 3)
        cursor = dynamo.page(SignIn, "u2", limit=1, cursor=None).next_cursor
        with pytest.raises(dynamo.InvalidCursor):
            dynamo.page(SignIn, "u1", limit=1, cursor=cursor)


GOOD_KEY = {"user_id": {"S": "u1"}, "sign_in_id": {"S": "s001"}}


class TestCursor:
    @pytest.mark.parametrize(
        "cursor",
        [
            "x",
            "é",
            "not base64!",
            "A" * 2_049,
            made_up("u1"),
            made_up("u1", GOOD_KEY, 3),
            made_up("u2", GOOD_KEY),
            made_up("u1", {"user_id": {"S": "u2"}, "sign_in_id": {"S": "s001"}}),
            made_up("u1", []),
            made_up("u1", {}),
            made_up("u1", {"user_id": "u1"}),
            made_up("u1", {"user_id": {"S": "u1", "N": "1"}}),
            made_up("u1", {"user_id": {"S": "u1"}, "sign_in_id": {"B": "AA=="}}),
            made_up("u1", {"user_id": {"S": "u1"}, "sign_in_id": {"S": 5}}),
            base64.urlsafe_b64encode(b'"ab"').decode(),
            base64.urlsafe_b64encode(b"[" * 1_500).decode(),
            base64.urlsafe_b64encode(b"\xff\xfe").decode(),
        ],
    )
    def test_that_was_made_up_is_refused_without_asking(self, cursor: str):
        with pytest.raises(dynamo.InvalidCursor):
            dynamo.page(SignIn, "u1", limit=1, cursor=cursor)

    def test_that_dynamodb_refuses_is_refused(self, scripted: Scripted):
        with scripted(refusal("ValidationException")), pytest.raises(dynamo.InvalidCursor):
            dynamo.page(SignIn, "u1", limit=1, cursor=made_up("u1", {"foo": {"S": "u1"}}))

    def test_is_not_blamed_for_another_mistake(self, scripted: Scripted):
        with scripted(refusal("ValidationException")), pytest.raises(Exception, match="query"):
            dynamo.page(SignIn, "u1", limit=1, cursor=None)


@pytest.mark.usefixtures("aws")
class TestGetMany:
    def test_reads_100_a_request(self):
        for start in range(0, 250, 50):
            dynamo.commit(*(dynamo.put(sign_in("u1", start + n)) for n in range(50)))
        keys = [("u1", f"s{number:03}") for number in range(260)]
        with dynamo.counting() as cost:
            found = dynamo.get_many(SignIn, keys)
        assert sorted(row.sign_in_id for row in found) == [key for _, key in keys[:250]]
        assert cost.operations == ["BatchGetItem"] * 3

    def test_of_no_keys_asks_nothing(self):
        with dynamo.counting() as cost:
            assert dynamo.get_many(SignIn, []) == []
        assert cost.requests == 0


class TestGetManyUnderLoad:
    def test_asks_again_for_what_was_left_out(self, scripted: Scripted):
        row = {"user_id": {"S": "u1"}, "sign_in_id": {"S": "s1"}}
        with scripted((200, {})) as server:
            table = dynamo.table_name(SignIn)
            left_out = {"Responses": {table: []}, "UnprocessedKeys": {table: {"Keys": [row]}}}
            rest = {"Responses": {table: [row]}, "UnprocessedKeys": {}}
            server.answers = [(200, left_out), (200, rest)]
            found = dynamo.get_many(SignIn, [("u1", "s1")])
        assert [item.sign_in_id for item in found] == ["s1"]
        assert server.asked == ["BatchGetItem"] * 2


@pytest.mark.usefixtures("aws")
class TestEvery:
    def test_gives_the_whole_partition(self):
        names = stored("u1", 5)
        assert [row.sign_in_id for row in dynamo.every(SignIn, "u1")] == names
        newest = dynamo.every(SignIn, "u1", newest_first=True, consistent_read=True)
        assert [row.sign_in_id for row in newest] == names[::-1]


class TestDistinct:
    def test_keeps_the_first_of_each_in_order(self):
        assert dynamo.distinct(["b", "a", "b", "c", "a"]) == ["b", "a", "c"]


class TestGetTogether:
    @pytest.mark.usefixtures("aws")
    def test_reads_several_tables_in_one_request(self):
        stored("u1", 1)
        with dynamo.counting() as cost:
            found = dynamo.get_together(
                (SignIn, "u1", "s000"), (User, "nobody", None), (RevokedToken, "t", None)
            )
        assert found[0].ip == "10.0.0.0"
        assert found[1:] == [None, None]
        assert cost.operations == ["BatchGetItem"]

    @pytest.mark.usefixtures("aws")
    def test_gives_each_in_its_place_whatever_order_they_come_in(self):
        stored("u1", 5)
        wanted = ["s003", "s000", "nothing", "s004", "s003"]
        found = dynamo.get_together(*((SignIn, "u1", name) for name in wanted))
        assert [row and row.sign_in_id for row in found] == ["s003", "s000", None, "s004", "s003"]

    def test_asks_again_for_what_was_left_unread(self, scripted: Scripted):
        with scripted((200, {"Responses": {}})):
            table = dynamo.table_name(RevokedToken)
        left = {"UnprocessedKeys": {table: {"Keys": [{"token_id": {"S": "t"}}]}}}
        row = {"token_id": {"S": "t"}, "user_id": {"S": "u1"}}
        with scripted((200, left), (200, left), (200, {"Responses": {table: [row]}})) as server:
            found = dynamo.get_together((User, "u1", None), (RevokedToken, "t", None))
        assert found[0] is None
        assert found[1].user_id == "u1"
        assert server.asked == ["BatchGetItem"] * 3

    def test_gives_up_when_it_stays_unread(
        self, scripted: Scripted, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(writing, "CONFLICT_PAUSE_SECONDS", 0)
        left = {"UnprocessedKeys": {"users": {"Keys": [{"user_id": {"S": "u1"}}]}}}
        with scripted((200, left)), pytest.raises(dynamo.Busy):
            dynamo.get_together((User, "u1", None))
