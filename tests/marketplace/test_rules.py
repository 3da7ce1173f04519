"""Do items and offers move as they may, and are words and prices filed where searches look?"""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.marketplace.rules import items, offers, words
from tests.conftest import NOON

PRICES = st.decimals(
    min_value=Decimal("1e-18"), max_value=Decimal(10) ** 18 - 1, places=18, allow_nan=False
)


class TestItem:
    @pytest.mark.parametrize(
        ("before", "after", "may"),
        [
            ("draft", "active", True),
            ("draft", "withdrawn", True),
            ("draft", "sold", False),
            ("active", "sold", True),
            ("active", "withdrawn", True),
            ("active", "draft", False),
            ("withdrawn", "active", True),
            ("withdrawn", "sold", False),
            ("withdrawn", "draft", False),
            ("sold", "active", False),
            ("sold", "withdrawn", False),
            ("sold", "sold", True),
        ],
    )
    def test_becomes_only_what_may_follow(self, before, after, may):
        assert items.may_become(before=before, after=after) is may

    @pytest.mark.parametrize(
        ("status", "seen"),
        [("draft", False), ("active", True), ("sold", True), ("withdrawn", False)],
    )
    def test_is_hidden_from_others_as_draft_and_withdrawn(self, status, seen):
        assert items.is_seen_by(user_id="ben", owner_id="sara", status=status) is seen
        assert items.is_seen_by(user_id="sara", owner_id="sara", status=status)


class TestOffer:
    def test_is_moved_by_one_side_each(self):
        moves = {name: (move.by, move.after) for name, move in offers.MOVES.items()}
        assert moves == {
            "accept": ("seller", "accepted"),
            "decline": ("seller", "declined"),
            "withdraw": ("buyer", "withdrawn"),
        }

    @pytest.mark.parametrize(
        ("user", "side"), [("ben", "buyer"), ("sara", "seller"), ("eve", None)]
    )
    def test_has_two_sides(self, user, side):
        assert offers.side_of(user_id=user, buyer_id="ben", seller_id="sara") == side

    @pytest.mark.parametrize(
        ("status", "seconds", "shown"),
        [
            ("pending", None, "pending"),
            ("pending", 1, "pending"),
            ("pending", 0, "expired"),
            ("pending", -1, "expired"),
            ("accepted", -1, "accepted"),
        ],
    )
    def test_has_expired_from_its_moment_on(self, status, seconds, shown):
        expires_at = None if seconds is None else NOON + timedelta(seconds=seconds)
        assert offers.status_at(status=status, expires_at=expires_at, now=NOON) == shown


class TestAmountTold:
    @pytest.mark.parametrize(
        ("price", "told"),
        [
            ("1500.5", "1,500.50 USD"),
            ("20", "20.00 USD"),
            ("0.125", "0.125 USD"),
            ("180.00", "180.00 USD"),
            ("1234567890.000000000000000001", "1,234,567,890.000000000000000001 USD"),
        ],
    )
    def test_has_every_digit_and_cents(self, price, told):
        assert offers.amount_told(price=Decimal(price), currency="USD") == told


class TestWords:
    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("Film camera", ["film", "camera"]),
            ("CAFÉ Größe café", ["cafe", "grosse"]),
            ("no.2 (new!)", ["no", "2", "new"]),
            ("\uff57\uff49\uff44\uff45", ["wide"]),
            ("!!!", []),
        ],
    )
    def test_disregard_case_accents_and_width(self, text, found):
        assert words.words_of(text) == found

    def test_are_filed_under_their_first_three_letters(self):
        assert words.beginnings("Old oak") == ["o", "ol", "old", "oa", "oak"]

    @given(st.text(max_size=255))
    def test_never_need_more_rows_than_a_transaction_has_room_for(self, name):
        assert 2 * len(words.beginnings(name)) + 2 <= 100

    @given(st.text(alphabet="abc é", min_size=1, max_size=60), st.data())
    def test_are_found_by_every_beginning(self, name, data):
        found = words.words_of(name)
        if not found:
            return
        word = data.draw(st.sampled_from(found))
        asked = [word[: data.draw(st.integers(1, len(word)))]]
        assert words.partition(asked) in words.beginnings(name) or len(found) > 16
        assert all(f" {left}" in words.searched_text(name) for left in words.left_to_compare(asked))

    def test_are_looked_for_where_the_fewest_are(self):
        assert words.partition(["a", "camera"]) == "cam"
        assert words.left_to_compare(["a", "camera"]) == ["a", "camera"]
        assert words.left_to_compare(["ca"]) == []


class TestPlace:
    @given(PRICES, PRICES)
    def test_orders_as_prices_do(self, one, other):
        places = [words.place(price=price, item_id="x") for price in (one, other)]
        assert (places[0] < places[1]) == (one < other)

    @given(PRICES, st.text(min_size=1, max_size=128))
    def test_lies_between_its_own_price_and_its_own_price(self, price, item_id):
        place = words.place(price=price, item_id=item_id)
        first, last = words.places_between(lowest=price, highest=price)
        assert first <= place <= last
        assert words.places_between(lowest=None, highest=None)[0] <= place
        assert place <= words.places_between(lowest=None, highest=None)[1]

    def test_lies_outside_of_other_prices(self):
        place = words.place(price=Decimal("19.99"), item_id="demo")
        assert not place <= words.places_between(lowest=None, highest=Decimal("19.98"))[1]
        assert not words.places_between(lowest=Decimal(20), highest=None)[0] <= place
