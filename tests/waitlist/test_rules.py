from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.waitlist import rules
from tests.conftest import NOON


class TestReferralCode:
    @given(st.lists(st.integers(0, 31), min_size=10, max_size=10))
    def test_is_recognised_in_any_case(self, choices):
        code = rules.code_of(choices)

        assert rules.is_code(code)
        assert rules.canonical_code(f" {code.lower()} ") == code

    def test_is_read_aright_where_letters_look_like_digits(self):
        assert rules.canonical_code("oilOIL") == "011011"

    @pytest.mark.parametrize("text", ["", "K7MPQ2WXR", "K7MPQ2WXRTT", "K7MPQ2WXR!", "K7MPQ2WXRU"])
    def test_is_refused_when_it_can_never_have_been_given_out(self, text):
        assert not rules.is_code(text)


class TestToken:
    def test_holds_code_and_secret(self):
        token = rules.confirmation_token(code="K7MPQ2WXRT", secret="a.b")

        assert rules.read_token(f" {token}\n") == ("K7MPQ2WXRT", "a.b")

    @pytest.mark.parametrize("text", ["", ".", "no-dot", "K7MPQ2WXRT."])
    def test_reads_any_text(self, text):
        code, secret = rules.read_token(text)

        assert not (rules.is_code(code) and secret)

    def test_is_stored_as_a_hash_that_any_text_has(self):
        assert rules.is_same(rules.secret_hash("\ud800"), rules.secret_hash("\ud800"))
        assert not rules.is_same(rules.secret_hash("a"), rules.secret_hash("b"))


class TestMoveUp:
    def test_goes_to_the_place_ahead(self):
        assert rules.move_up(7) == rules.Move(origin=7, target=6)

    def test_is_none_for_whoever_is_first(self):
        assert rules.move_up(1) is None


class TestNumberWithoutAPlace:
    def test_is_given_up_after_two_minutes(self):
        later = NOON + rules.PLACE_TAKEN_WITHIN

        assert not rules.is_abandoned(next_taken_at=NOON, now=later)
        assert rules.is_abandoned(next_taken_at=NOON, now=later + timedelta(seconds=1))
