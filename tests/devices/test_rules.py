import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.devices import rules

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
TOKEN = "fGhI9jKlMnOpQrStUvWxYz0123456789"


class TestDeviceId:
    def test_is_the_same_for_the_same_token_and_no_other(self):
        assert rules.device_id(TOKEN) == rules.device_id(TOKEN)
        assert rules.device_id(TOKEN) != rules.device_id(TOKEN.lower())

    def test_does_not_hold_the_token(self):
        assert re.fullmatch("[0-9a-f]{64}", rules.device_id("a" * 200))

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            (rules.device_id(TOKEN), True),
            (rules.device_id(TOKEN) + "0", False),
            (rules.device_id(TOKEN).upper(), False),
            (rules.device_id(TOKEN) + "\n", False),
            ("", False),
        ],
    )
    def test_is_told_from_other_text(self, text, expected):
        assert rules.is_device_id(text) is expected


class TestTokenSuffix:
    def test_is_six_characters_of_a_real_token(self):
        assert rules.token_suffix(TOKEN) == "456789"

    @pytest.mark.parametrize(("token", "suffix"), [("abc", ""), ("abcd", "d"), ("abcdefgh", "gh")])
    def test_gives_no_short_token_away(self, token, suffix):
        assert rules.token_suffix(token) == suffix

    @given(st.text(min_size=1, max_size=200))
    def test_is_the_end_and_at_most_a_quarter(self, token):
        suffix = rules.token_suffix(token)
        assert token.endswith(suffix)
        assert len(suffix) <= min(6, len(token) // 4)


def registered(count):
    return [(f"device-{number}", NOON + timedelta(days=number)) for number in range(count)]


class TestSuperfluous:
    def test_are_none_of_twenty(self):
        assert rules.superfluous(registered(20)) == []

    def test_are_those_not_heard_of_for_longest(self):
        assert rules.superfluous(reversed(registered(23))) == ["device-2", "device-1", "device-0"]

    def test_are_the_same_whoever_counts(self):
        same_moment = [(f"device-{number:02}", NOON) for number in range(21)]
        assert rules.superfluous(same_moment) == rules.superfluous(same_moment[::-1])
