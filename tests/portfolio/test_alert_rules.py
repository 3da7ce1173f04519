"""Does an alert fire at the first crossings outside its cool-down, and at nothing else?"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.portfolio.rules import alerts as rules
from app.portfolio.rules.alerts import NextLook, Standing, Terms

START = datetime(2026, 11, 20, 12, tzinfo=UTC)
STEP = timedelta(minutes=5)

PRICES = st.decimals(min_value="0.01", max_value="20", places=2)
PATHS = st.lists(PRICES, min_size=1, max_size=60)
COOLDOWNS = st.integers(0, 12).map(lambda steps: steps * STEP)
TERMS = st.one_of(
    st.builds(
        Terms,
        condition=st.sampled_from([rules.ABOVE, rules.BELOW]),
        threshold=PRICES,
        cooldown=COOLDOWNS,
    ),
    st.builds(
        Terms,
        condition=st.just(rules.PERCENT_CHANGE),
        threshold=st.decimals(min_value="0.5", max_value="150", places=1),
        cooldown=COOLDOWNS,
    ),
)


def obvious_firings(terms: Terms, path: list[Decimal]) -> list[int]:
    """At which prices of a path an alert fires, worked out from the whole past each time."""
    fired: list[int] = []
    for at in range(1, len(path)):
        if fired and (at - fired[-1]) * STEP < terms.cooldown:
            continue
        if terms.condition == rules.PERCENT_CHANGE:
            reference = path[fired[-1] if fired else 0]
            if abs(path[at] - reference) * 100 >= terms.threshold * reference:
                fired.append(at)
            continue
        past, is_past = [
            price >= terms.threshold if terms.condition == rules.ABOVE else price <= terms.threshold
            for price in (path[at - 1], path[at])
        ]
        if is_past and not past:
            fired.append(at)
    return fired


def firings(terms: Terms, path: list[Decimal], *, only_where_due: bool) -> list[int]:
    """The same from the state machine, which looks at every price, or only at those that the index gives."""
    standing, fired = Standing(), []
    for at, price in enumerate(path):
        now = START + at * STEP
        due = rules.next_look(terms=terms, standing=standing).is_due(price=price, at=now)
        if only_where_due and not due:
            continue
        standing, fires = rules.look(terms=terms, standing=standing, price=price, at=now)
        if fires:
            fired.append(at)
    return fired


class TestAlert:
    @given(TERMS, PATHS)
    def test_fires_exactly_at_first_crossings_outside_its_cool_down(self, terms, path):
        assert firings(terms, path, only_where_due=False) == obvious_firings(terms, path)

    @given(TERMS, PATHS)
    def test_misses_nothing_when_only_prices_that_concern_it_are_looked_at(self, terms, path):
        assert firings(terms, path, only_where_due=True) == obvious_firings(terms, path)

    @given(TERMS, PATHS)
    def test_changes_nothing_when_it_sees_a_price_twice(self, terms, path):
        standing = Standing()
        for at, price in enumerate(path):
            now = START + at * STEP
            standing, _ = rules.look(terms=terms, standing=standing, price=price, at=now)
            again, fires = rules.look(terms=terms, standing=standing, price=price, at=now)
            if terms.cooldown or terms.condition != rules.PERCENT_CHANGE:
                assert again == standing
            assert not fires

    @given(TERMS, PATHS)
    def test_leaves_its_place_in_the_index_once_it_was_looked_at(self, terms, path):
        """Otherwise a check that takes some alerts at a time would find the same ones for ever."""
        terms = replace(terms, cooldown=terms.cooldown + STEP)
        standing = Standing()
        for at, price in enumerate(path):
            now = START + at * STEP
            standing, _ = rules.look(terms=terms, standing=standing, price=price, at=now)
            assert not rules.next_look(terms=terms, standing=standing).is_due(price=price, at=now)


ABOVE = Terms(condition=rules.ABOVE, threshold=Decimal(100), cooldown=timedelta(hours=1))
BELOW = replace(ABOVE, condition=rules.BELOW)
CHANGE = replace(ABOVE, condition=rules.PERCENT_CHANGE, threshold=Decimal(5))


def seen(terms: Terms, *prices: str, every: timedelta = STEP) -> list[bool]:
    """Whether each of some prices makes the alert fire."""
    standing, fired = Standing(), []
    for at, price in enumerate(prices):
        standing, fires = rules.look(
            terms=terms, standing=standing, price=Decimal(price), at=START + at * every
        )
        fired.append(fires)
    return fired


class TestFirst:
    @pytest.mark.parametrize(("terms", "price"), [(ABOVE, "120"), (BELOW, "80"), (CHANGE, "50")])
    def test_price_fires_nothing_however_far_past_the_line(self, terms, price):
        assert seen(terms, price, price) == [False, False]

    def test_price_at_the_line_counts_as_past_it(self):
        assert seen(ABOVE, "99.99", "100") == [False, True]
        assert seen(BELOW, "100.01", "100") == [False, True]


class TestAfterFiring:
    def test_above_needs_the_price_to_come_back_however_long_it_rested(self):
        assert seen(ABOVE, "99", "101", "102", "103", every=timedelta(days=1)) == [
            *(False, True, False, False)
        ]

    def test_above_passes_over_a_crossing_in_the_cool_down(self):
        assert seen(ABOVE, "99", "101", "99", "101", "99") == [False, True, False, False, False]

    def test_above_fires_at_the_crossing_that_comes_when_the_cool_down_is_just_over(self):
        assert seen(ABOVE, "99", "101", "99", "101", every=timedelta(minutes=30)) == [
            *(False, True, False, True)
        ]

    def test_change_measures_from_the_price_at_which_it_fired(self):
        assert seen(CHANGE, "100", "105", "109", "111", every=timedelta(hours=1)) == [
            *(False, True, False, True)
        ]

    def test_change_tells_after_the_cool_down_what_happened_in_it(self):
        assert seen(CHANGE, "100", "95", "80", "80.01", every=timedelta(minutes=30)) == [
            *(False, True, False, True)
        ]


class TestNextLook:
    def test_before_any_price_is_at_any(self):
        look = rules.next_look(terms=BELOW, standing=Standing())

        assert look == NextLook(rise_to=Decimal(0))

    def test_of_an_alert_past_its_line_is_just_on_the_other_side(self):
        beyond = Standing(side=rules.BEYOND)

        assert rules.next_look(terms=ABOVE, standing=beyond).fall_to == Decimal(100) - rules.FINEST
        assert rules.next_look(terms=BELOW, standing=beyond).rise_to == Decimal(100) + rules.FINEST

    def test_of_a_change_is_either_end_of_its_band(self):
        standing = Standing(side=rules.WAITING, reference=Decimal(200))

        look = rules.next_look(terms=CHANGE, standing=standing)

        assert look == NextLook(rise_to=Decimal(210), fall_to=Decimal(190))

    def test_of_a_change_of_everything_has_no_lower_end(self):
        standing = Standing(side=rules.WAITING, reference=Decimal(200))
        all_of_it = replace(CHANGE, threshold=Decimal(100))

        look = rules.next_look(terms=all_of_it, standing=standing)

        assert look == NextLook(rise_to=Decimal(400))

    def test_of_a_change_that_rests_is_when_its_cool_down_is_over(self):
        standing = Standing(side=rules.RESTING, reference=Decimal(200), triggered_at=START)

        look = rules.next_look(terms=CHANGE, standing=standing)

        assert look == NextLook(wakes_at=START + timedelta(hours=1))


class TestChangedBy:
    def test_is_in_percent_of_the_reference(self):
        assert rules.changed_by(price=Decimal(95), reference=Decimal(100)) == Decimal("-5.00")
