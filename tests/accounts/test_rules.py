"""What is accepted as an email, a username and a password, and which names are the same?"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.accounts import rules


class TestIsEmail:
    @pytest.mark.parametrize(
        "text", ["a@b.co", "Ada.King+tag@mail.example.com", "o'hara@x-y.example", "1@2.3"]
    )
    def test_accepts(self, text: str):
        assert rules.is_email(text)

    @pytest.mark.parametrize(
        "text",
        ["", "ada", "ada@", "@b.co", "ada@localhost", "a b@c.de", "a@b..co", "a@b.co\n", " a@b.co",
         "a@b.co ", "ä@b.co", "a@bücher.example", "\uff41@b.co", "a@@b.co", f"{'a' * 65}@b.co",
         f"a@{'b' * 64}.co", f"a@{'b' * 60}." + "c" * 60 + "." + "d" * 60 + "." + "e" * 60 + ".fffffffff"],
    )  # fmt: skip
    def test_refuses(self, text: str):
        assert not rules.is_email(text)


class TestIsUsername:
    @pytest.mark.parametrize("text", ["abc", "Ada_1815", "_" * 30])
    def test_accepts(self, text: str):
        assert rules.is_username(text)

    @pytest.mark.parametrize(
        "text", ["", "ab", "a" * 31, "a b", "a-b-c", "ada\n", "adä", "\uff41\uff42\uff43", "a.b.c"]
    )
    def test_refuses(self, text: str):
        assert not rules.is_username(text)


class TestCanonical:
    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("Ada@Example.COM", "ada@example.com"),
            (" ada ", "ADA"),
            ("\uff41da", "ada"),
            ("caf\u00e9", "cafe\u0301"),
            ("STRASSE", "stra\u00dfe"),
            ("\u212aelvin", "kelvin"),
        ],
    )
    def test_is_the_same_for_what_looks_the_same(self, one: str, other: str):
        assert rules.canonical(one) == rules.canonical(other)

    def test_differs_for_what_differs(self):
        assert rules.canonical("ada") != rules.canonical("ada1")

    @settings(deadline=None)
    @given(text=st.text())
    def test_changes_nothing_a_second_time(self, text: str):
        assert rules.canonical(rules.canonical(text)) == rules.canonical(text)

    @settings(deadline=None)
    @given(text=st.text(st.characters(codec="ascii")))
    def test_does_not_mind_the_case(self, text: str):
        assert rules.canonical(text.upper()) == rules.canonical(text.lower())


class TestPassword:
    @pytest.mark.parametrize(
        ("password", "is_long_enough", "is_strong"),
        [
            ("password123", True, False),
            ("Str0ngPass!", True, True),
            ("Sh0rt", False, False),
            ("Passw0r", False, False),
            ("PASSWORD1", True, False),
            ("Passwords", True, False),
            ("Ärger123", True, True),
            ("        ", True, False),
        ],
    )
    def test_satisfies_the_policies(self, password: str, is_long_enough: bool, is_strong: bool):
        assert rules.is_long_enough(password) is is_long_enough
        assert rules.is_strong(password) is is_strong


class TestSplitFullName:
    @pytest.mark.parametrize(
        ("full", "first", "last"),
        [
            ("Ada King Lovelace", "Ada", "King Lovelace"),
            ("Ada", "Ada", None),
            ("  Ada   King ", "Ada", "King"),
        ],
    )
    def test_splits_at_the_first_space(self, full: str, first: str, last: str | None):
        assert rules.split_full_name(full) == (first, last)
