import doctest

from hypothesis import given
from hypothesis import strategies as st

from app.accounts.rules.scopes import ROLE_NEEDED as ROLE_OF_SCOPE
from app.feeds import rules


class TestRules:
    def test_examples_hold(self):
        assert doctest.testmod(rules).failed == 0

    def test_every_channel_has_its_word_its_role_and_its_scope(self):
        for table in (rules.EVENT_OF, rules.ROLE_NEEDED, rules.SCOPE_NEEDED):
            assert tuple(table) == rules.CHANNELS
        assert set(rules.CHANNELS) > rules.PRIMED

    def test_the_scope_of_a_channel_may_be_held_by_whoever_may_read_it(self):
        for channel in rules.CHANNELS:
            assert ROLE_OF_SCOPE[rules.SCOPE_NEEDED[channel]] == rules.ROLE_NEEDED[channel]


class TestUnbroken:
    @given(st.sets(st.integers(1, 30)), st.integers(0, 30))
    def test_counts_what_follows_without_a_hole(self, numbers, after):
        later = sorted(number for number in numbers if number > after)
        count = rules.unbroken(later, after=after)
        assert later[:count] == list(range(after + 1, after + 1 + count))
        assert after + count + 1 not in numbers


class TestLooks:
    @given(st.floats(0, 25))
    def test_pauses_add_up_to_the_wait(self, wait_seconds):
        pauses = list(rules.looks(wait_seconds))
        assert abs(sum(pauses) - wait_seconds) < 1e-6
        assert len(pauses) <= 27
        assert all(0 < pause <= 1 for pause in pauses)
