from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.emails import rules


class TestDelay:
    def test_doubles_until_two_hours(self):
        seconds = [
            rules.delay(attempts=attempts, chance=1).total_seconds()
            for attempts in range(1, rules.MOST_ATTEMPTS)
        ]

        assert seconds[:5] == [10, 20, 40, 80, 160]
        assert seconds[9:12] == [5_120, 7_200, 7_200]

    def test_outlasts_a_night_of_outage(self):
        waits = [
            rules.delay(attempts=attempts, chance=0) for attempts in range(1, rules.MOST_ATTEMPTS)
        ]

        assert sum(waits, timedelta()) > timedelta(hours=10)

    @given(st.integers(1, 40), st.floats(0, 1, exclude_max=True))
    def test_leaves_half_to_chance(self, attempts, chance):
        whole = min(10 * 2 ** (attempts - 1), 7_200)

        wait = rules.delay(attempts=attempts, chance=chance).total_seconds()

        assert whole / 2 - 0.001 <= wait <= whole
        assert wait == pytest.approx(whole * (0.5 + chance / 2), abs=0.001)


class TestMayTryAgain:
    def test_ends_after_the_last_attempt(self):
        assert rules.may_try_again(attempts=rules.MOST_ATTEMPTS - 1)
        assert not rules.may_try_again(attempts=rules.MOST_ATTEMPTS)


class TestCheckContext:
    def test_takes_what_fits(self):
        rules.checked_context("security_alert", frozenset({"what"}))
        rules.checked_context("security_alert", frozenset({"what", "name", "at", "ip"}))

    @pytest.mark.parametrize("given_names", [set(), {"name", "nickname"}])
    def test_refuses_missing_and_unknown_names(self, given_names):
        with pytest.raises(ValueError, match="welcome"):
            rules.checked_context("welcome", frozenset(given_names))

    def test_refuses_an_unknown_template(self):
        with pytest.raises(ValueError, match="no email template"):
            rules.checked_context("farewell", frozenset())


class TestEmailId:
    def test_is_one_for_a_key_and_tells_nothing_of_it(self):
        assert rules.email_id("a") == rules.email_id("a") != rules.email_id("b")
        assert "ada@example.com" not in rules.email_id("ada@example.com")


class TestOneLine:
    @given(st.text())
    def test_is_one_visible_line(self, text):
        line = rules.one_line(text)

        assert line.isprintable()
        assert len(line) <= rules.LONGEST_SUBJECT

    def test_keeps_no_break_for_a_header_to_hide_behind(self):
        assert rules.one_line("Hi\r\nBcc: a@b.c\x00\u2028x") == "Hi Bcc: a@b.c x"

    def test_cuts_what_is_too_long(self):
        assert rules.one_line("ab cd ef", longest=6) == "ab cd…"


class TestGreetingName:
    @pytest.mark.parametrize("name", ["Ada", "Dr. Ada Lovelace", "Ağa-Søren O'Neil"])
    def test_is_the_name(self, name):
        assert rules.greeting_name(name) == name

    @pytest.mark.parametrize(
        "name", [None, "", " ", "evil.example", "https://evil", "a@b", "win at x.co/y", "www.x"]
    )
    def test_is_there_where_a_name_is_missing_or_a_link(self, name):
        assert rules.greeting_name(name) == "there"


class TestUnsubscribeToken:
    def test_is_read_under_either_secret(self):
        token = rules.unsubscribe_token(
            category="notification", address="Ada@Example.com ", secret="old"
        )

        found = rules.read_unsubscribe_token(token, secrets=["new", "old"])

        assert found == ("notification", rules.address_key("ada@example.com"))
        assert "example" not in token

    @pytest.mark.parametrize("token", ["", ".", "a.b.c", "notification.abc.\ud800", "é.é.é"])
    def test_is_not_made_up(self, token):
        assert rules.read_unsubscribe_token(token, secrets=["s"]) is None

    def test_holds_for_one_category_and_address(self):
        token = rules.unsubscribe_token(category="digest", address="a@b.c", secret="s")
        other = rules.address_key("x@b.c")

        assert rules.read_unsubscribe_token("every" + token[6:], secrets=["s"]) is None
        changed = f"digest.{other}.{token.rpartition('.')[2]}"
        assert rules.read_unsubscribe_token(changed, secrets=["s"]) is None
        assert rules.read_unsubscribe_token(token, secrets=["t"]) is None
