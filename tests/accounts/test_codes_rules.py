"""Do codes give up after so many wrong tries, whatever is sent, tried and waited for in between?"""

import string
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.accounts.rules import codes
from app.accounts.rules.codes import Tries, Verdict

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
LASTS = timedelta(seconds=300)
SECRET = "a secret of the installation"


def judge(tries: Tries | None, *, matches: bool, now: datetime = NOON, most: int = 5) -> Verdict:
    return codes.judged(tries=tries, matches=matches, most=most, lasts=LASTS, now=now)


class TestTry:
    def test_that_is_right_costs_nothing(self):
        before = Tries(wrong=4, count_until=NOON + LASTS)

        assert judge(before, matches=True) == Verdict(right=True, remaining=1, counted=None)

    def test_that_is_wrong_counts_until_a_code_sent_now_would_have_expired(self):
        verdict = judge(None, matches=False)

        assert verdict == Verdict(
            right=False, remaining=4, counted=Tries(wrong=1, count_until=NOON + LASTS)
        )

    def test_after_the_fifth_wrong_one_is_refused_even_if_right_and_changes_nothing(self):
        burnt = Tries(wrong=5, count_until=NOON + LASTS)

        for matches in (True, False):
            assert judge(burnt, matches=matches) == Verdict(right=False, remaining=0, counted=None)

    def test_is_judged_afresh_once_the_count_has_ended(self):
        burnt = Tries(wrong=5, count_until=NOON)

        assert judge(burnt, matches=True).right
        assert judge(burnt, matches=False).remaining == 4

    @settings(max_examples=300)
    @given(
        st.integers(1, 4),
        st.lists(
            st.one_of(
                st.just("send"),
                st.sampled_from([1, 60, 150, 299, 300]),  # seconds that pass
                st.tuples(
                    st.integers(0, 2), st.booleans()
                ),  # which code is tried, and is it right?
                st.tuples(st.integers(0, 2), st.just(False)),
            ),
            max_size=80,
        ),
    )
    def test_is_wrong_at_most_so_often_for_each_code(self, most, events):
        now, tries = NOON, None
        sent, wrong = [now, now], [0, 0]
        used: set[int] = set()
        for event in events:
            if event == "send":
                sent.append(now)
                wrong.append(0)
            elif isinstance(event, int):
                now += timedelta(seconds=event)
            else:
                which = event[0] % len(sent)
                if which in used or sent[which] + LASTS <= now:
                    continue
                verdict = judge(tries, matches=event[1], now=now, most=most)
                assert 0 <= verdict.remaining <= most
                if verdict.right:
                    used.add(which)
                elif verdict.counted is not None:
                    wrong[which] += 1
                    tries = verdict.counted
                    assert verdict.remaining == most - tries.wrong
                assert wrong[which] <= most


class TestCode:
    @given(st.integers(0, 999_999))
    def test_is_six_digits(self, number):
        code = codes.code_of(number)

        assert len(code) == 6
        assert set(code) <= set(string.digits)
        assert int(code) == number


class TestHash:
    PARTS = {"session": "s", "phone": "+14155550100", "code": "123456"}  # noqa: RUF012

    @pytest.mark.parametrize("part", ["session", "phone", "code"])
    def test_of_a_code_is_of_this_session_phone_and_code_alone(self, part):
        kept = codes.code_hash(secret=SECRET, **self.PARTS)

        assert codes.is_same(kept, codes.code_hash(secret=SECRET, **self.PARTS))
        other = codes.code_hash(secret=SECRET, **(self.PARTS | {part: "other"}))
        assert not codes.is_same(kept, other)

    def test_of_a_code_can_not_be_made_without_the_secret(self):
        ours = codes.code_hash(secret=SECRET, **self.PARTS)

        assert ours != codes.code_hash(secret="another", **self.PARTS)
        assert "123456" not in ours

    def test_of_who_asks_is_of_phone_and_address(self):
        keys = {
            codes.tries_key(secret=SECRET, phone=phone, address=address)
            for phone in ("+14155550100", "+14155550101")
            for address in ("127.0.0.1", "127.0.0.2")
        }

        assert len(keys) == 4

    def test_of_a_token_tells_nothing_of_it(self):
        assert codes.token_hash("abc") == codes.token_hash("abc") != codes.token_hash("abd")
        assert "abc" not in codes.token_hash("abc")

    def test_marks_what_a_token_is_bound_to(self):
        assert len({codes.mark(text) for text in (None, "a", "b")}) == 3
