"""Do items keep to their owners, and are they found as their names and prices say?"""

from decimal import Decimal

import pytest

from tests.marketplace.conftest import LAMP


def names(answer):
    assert answer.status_code == 200, answer.text
    return [item["name"] for item in answer.json["items"]]


class TestPutUpItem:
    def test_answers_the_item_with_its_exact_price(self, seller):
        answer = seller.post("/items", {"item_id": "demo", "name": "Sample", "price": 19.99})

        assert answer.status_code == 201
        assert '"price":19.99' in answer.text.replace(" ", "")
        assert {name: answer.json[name] for name in ("item_id", "name", "currency", "status")} == {
            "item_id": "demo",
            "name": "Sample",
            "currency": "USD",
            "status": "active",
        }
        assert answer.json["owner_id"] == seller.user_id
        assert answer.json["description"] is None

    def test_keeps_every_digit(self, seller):
        price = "123456789012345678.000000000000000001"

        seller.put_up(price=price)

        assert f'"price":{price}' in seller.get("/items/lamp").text.replace(" ", "")

    def test_may_be_repeated_by_its_owner(self, seller):
        first = seller.put_up()
        again = seller.post("/items", LAMP)
        assert (again.status_code, again.json) == (200, first)

        changed = seller.post("/items", {**LAMP, "name": "Floor lamp", "description": "Tall"})

        assert changed.status_code == 200
        assert names(seller.get("/items?q=floor")) == ["Floor lamp"]
        assert names(seller.get("/items?q=desk")) == []
        assert seller.get("/items/lamp").json["description"] == "Tall"

    def test_refuses_an_id_that_another_user_has(self, seller, buyer):
        seller.put_up()

        answer = buyer.post("/items", {**LAMP, "name": "Mine"})

        assert (answer.status_code, answer.json["error_code"]) == (409, "ITEM_ID_TAKEN")
        assert names(seller.get("/items")) == ["Desk lamp"]

    @pytest.mark.parametrize(
        "wrong",
        [
            {"price": 0},
            {"price": -1},
            {"price": "1e3"},
            {"price": None},
            {"name": ""},
            {"name": "x" * 256},
            {"item_id": ""},
            {"item_id": "x" * 129},
            {"item_id": "a/b"},
            {"item_id": ".."},
            {"status": "sold"},
            {"currency": "usd"},
            {"owner_id": "me"},
        ],
    )
    def test_refuses_what_is_no_item(self, seller, wrong):
        answer = seller.post("/items", {**LAMP, **wrong})

        assert (answer.status_code, answer.json["error_code"]) == (422, "VALIDATION_ERROR")
        assert next(iter(wrong)) in answer.json["details"]["json"]

    def test_takes_the_longest_id_and_name_that_there_may_be(self, seller):
        seller.put_up(item_id="i" * 128, name=" ".join("abcdefghijk"[:3] for _ in range(60)))
        seller.put_up(item_id="ü ?#%", name="w" * 255)

        assert seller.get("/items/" + "i" * 128).status_code == 200
        assert seller.get("/items/%C3%BC%20%3F%23%25").json["item_id"] == "ü ?#%"

    def test_takes_a_name_of_more_words_than_are_filed(self, seller):
        many = " ".join(f"{chr(97 + n % 26)}{chr(97 + n // 26)}zz" for n in range(51))
        seller.put_up(name=many)

        changed = seller.put("/items/lamp", {"name": many[::-1], "price": 1})

        assert changed.status_code == 200, changed.text


class TestGetItem:
    def test_says_which_item_is_not_found(self, seller):
        answer = seller.get("/items/nothing")

        assert answer.status_code == 404
        assert answer.json["message"] == "Item nothing not found"
        assert answer.json["error_code"] == "ITEM_NOT_FOUND"

    def test_hides_drafts_and_withdrawn_ones_from_others(self, seller, buyer):
        seller.put_up(status="draft")
        assert seller.get("/items/lamp").status_code == 200
        assert buyer.get("/items/lamp").status_code == 404
        assert names(buyer.get("/items")) == []

        assert seller.put("/items/lamp", {"status": "active"}).status_code == 200
        assert names(buyer.get("/items")) == ["Desk lamp"]
        assert names(buyer.get("/items?q=lamp")) == ["Desk lamp"]

        assert seller.put("/items/lamp", {"status": "withdrawn"}).status_code == 200
        assert buyer.get("/items/lamp").status_code == 404
        assert names(buyer.get("/items")) == names(buyer.get("/items?q=lamp")) == []
        assert names(seller.get("/items?mine=true")) == ["Desk lamp"]


class TestChangeItem:
    def test_leaves_out_what_it_does_not_name(self, seller):
        seller.put_up(description="Brass")

        answer = seller.put("/items/lamp", {"price": 30})

        assert (answer.status_code, answer.json["price"]) == (200, 30)
        assert answer.json["description"] == "Brass"
        assert names(seller.get("/items?q=lamp&min_price=30")) == ["Desk lamp"]
        assert names(seller.get("/items?q=lamp&max_price=29")) == []

    @pytest.mark.parametrize("method", ["put", "delete"])
    def test_is_for_its_owner_only(self, seller, buyer, method):
        seller.put_up()
        arguments = [{"price": 1}] if method == "put" else []

        answer = getattr(buyer, method)("/items/lamp", *arguments)

        assert (answer.status_code, answer.json["error_code"]) == (403, "NOT_ITEM_OWNER")
        assert seller.get("/items/lamp").json["price"] == Decimal("25.50")

    @pytest.mark.parametrize("method", ["put", "delete"])
    def test_knows_no_hidden_item_of_others(self, seller, buyer, method):
        seller.put_up(status="draft")
        arguments = [{"price": 1}] if method == "put" else []

        assert getattr(buyer, method)("/items/lamp", *arguments).status_code == 404

    def test_refuses_a_move_that_cannot_be(self, seller):
        seller.put_up()

        answer = seller.put("/items/lamp", {"status": "draft"})

        assert (answer.status_code, answer.json["error_code"]) == (409, "ITEM_STATUS_REFUSED")
        assert answer.json["details"] == {"status": "active", "asked": "draft"}

    def test_leaves_a_sold_item_as_it_was_sold(self, seller, buyer):
        seller.put_up()
        assert seller.put("/items/lamp", {"status": "sold"}).status_code == 200

        answer = seller.put("/items/lamp", {"price": 1})

        assert (answer.status_code, answer.json["error_code"]) == (409, "ITEM_SOLD")
        assert buyer.get("/items/lamp").json["status"] == "sold"
        assert seller.post("/items", LAMP).status_code == 200
        assert names(buyer.get("/items")) == names(buyer.get("/items?q=lamp")) == []


class TestRemoveItem:
    def test_frees_the_id_and_leaves_the_index(self, seller, buyer):
        seller.put_up()

        assert seller.delete("/items/lamp").json == {"message": "Item deleted successfully"}

        assert seller.delete("/items/lamp").status_code == 404
        assert names(buyer.get("/items?q=desk")) == []
        assert buyer.post("/items", LAMP).status_code == 201


@pytest.fixture
def catalogue(seller):
    rows = [
        ("camera", "Vintage film camera", "180.00"),
        ("cable", "USB-C cable", "4.50"),
        ("cafe", "Café table, camping", "59.99"),
        ("lens", "Lens for a film camera", "75"),
        ("table", "Oak table", "420"),
    ]
    for item_id, name, price in rows:
        seller.put_up(item_id=item_id, name=name, price=price)
    return rows


@pytest.mark.usefixtures("catalogue")
class TestListItems:
    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("", ["cable", "cafe", "lens", "camera", "table"]),
            ("q=cam", ["cafe", "lens", "camera"]),
            ("q=CAMERA", ["lens", "camera"]),
            ("q=ca", ["cable", "cafe", "lens", "camera"]),
            ("q=cafe", ["cafe"]),
            ("q=film+cam", ["lens", "camera"]),
            ("q=vintage+camera", ["camera"]),
            ("q=amera", []),
            ("q=film+oak", []),
            ("min_price=59.99&max_price=180", ["cafe", "lens", "camera"]),
            ("min_price=60", ["lens", "camera", "table"]),
            ("max_price=4.49", []),
            ("q=cam&max_price=75", ["cafe", "lens"]),
            ("q=camera&min_price=75.01", ["camera"]),
            ("q=cam&min_price=60&max_price=100", ["lens"]),
        ],
    )
    def test_finds_by_words_and_price_the_cheapest_first(self, buyer, query, found):
        answer = buyer.get(f"/items?{query}")

        assert [item["item_id"] for item in answer.json["items"]] == found
        assert answer.json["next_cursor"] is None

    @pytest.mark.parametrize("query", ["", "q=ca", "q=camera", "mine=true", "mine=true&q=film"])
    def test_pages_without_gap_or_repetition(self, seller, query):
        whole = [item["item_id"] for item in seller.get(f"/items?{query}").json["items"]]
        assert len(whole) > 1

        found, cursor = [], ""
        while cursor is not None:
            page = seller.get(f"/items?{query}&limit=1{cursor and f'&cursor={cursor}'}").json
            assert len(page["items"]) <= 1
            found += [item["item_id"] for item in page["items"]]
            cursor = page["next_cursor"]

        assert found == whole

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("", ["table", "lens", "cafe", "cable", "camera"]),
            ("&q=tab", ["table", "cafe"]),
            ("&max_price=59.99", ["cafe", "cable"]),
            ("&min_price=60&max_price=200", ["lens", "camera"]),
            ("&q=film&min_price=100", ["camera"]),
        ],
    )
    def test_finds_among_ones_own(self, seller, buyer, query, found):
        answer = seller.get(f"/items?mine=true{query}")

        assert sorted(item["item_id"] for item in answer.json["items"]) == sorted(found)
        assert buyer.get(f"/items?mine=true{query}").json["items"] == []

    @pytest.mark.parametrize(
        ("query", "code"),
        [
            ("q=!!!", "NOTHING_TO_SEARCH_FOR"),
            ("q=a+b+c+d+e+f+g+h+i+j+k", "NOTHING_TO_SEARCH_FOR"),
            ("q=", "VALIDATION_ERROR"),
            ("q=" + "x" * 101, "VALIDATION_ERROR"),
            ("min_price=cheap", "VALIDATION_ERROR"),
            ("mine=perhaps", "VALIDATION_ERROR"),
            ("limit=101", "VALIDATION_ERROR"),
            ("cursor=abc", "INVALID_CURSOR"),
            ("q=cam&cursor=abc", "INVALID_CURSOR"),
        ],
    )
    def test_says_what_is_wrong_with_a_search(self, buyer, query, code):
        answer = buyer.get(f"/items?{query}")

        assert (answer.status_code, answer.json["error_code"]) == (422, code)

    def test_answers_an_empty_page_where_the_lowest_price_is_above_the_highest(self, buyer):
        assert names(buyer.get("/items?q=cam&min_price=100&max_price=60")) == []
        assert names(buyer.get("/items?min_price=100&max_price=60")) == []
        assert names(buyer.get("/items?mine=true&min_price=100&max_price=60")) == []


class TestKey:
    def test_needs_the_scope_for_what_it_does(self, seller, client, give_plan):
        give_plan(seller.user_id, "growth")
        made = seller.post("/users/me/api-keys", {"name": "r", "scopes": ["marketplace:read"]})
        key = {"X-API-Key": made.json["key"]}

        assert client.get("/items", headers=key).status_code == 200
        assert client.post("/items", json=LAMP, headers=key).status_code == 403
