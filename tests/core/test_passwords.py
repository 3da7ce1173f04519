"""Does all of a password count, and is an unknown account no quicker than a wrong password?"""

import pytest

from app.core import passwords


def kept(password: str) -> str:
    return passwords.hashed(password, rounds=4)


class TestMatches:
    @pytest.mark.parametrize(
        "password",
        [
            "password123",
            "ä" * 64,
            "\N{GRINNING FACE}" * 64,
            "with\x00nul-inside",
            " spaced ",
            "x" * 1_024,
        ],
    )
    def test_accepts_the_password_and_nothing_like_it(self, password: str):
        password_hash = kept(password)
        assert passwords.matches(password, password_hash, rounds=4)
        for other in (password + "x", password[:-1], password.swapcase() + "y", ""):
            assert not passwords.matches(other, password_hash, rounds=4)

    def test_reads_past_byte_72(self):
        assert not passwords.matches("a" * 72 + "b", kept("a" * 72 + "c"), rounds=4)

    def test_reads_past_a_nul(self):
        assert not passwords.matches("long\x00enough2", kept("long\x00enough1"), rounds=4)

    def test_minds_the_case(self):
        assert not passwords.matches("Password123", kept("password123"), rounds=4)

    def test_never_matches_nobody(self):
        assert not passwords.matches("no account has this password", None, rounds=4)

    def test_does_the_same_work_for_nobody(self):
        cost = passwords._of_nobody(5).split("$")[2]
        assert cost == passwords.hashed("password123", rounds=5).split("$")[2] == "05"


class TestHashed:
    def test_is_salted_and_tells_nothing(self):
        first, second = kept("password123"), kept("password123")
        assert first != second
        assert "password123" not in first
