"""When does a price alert fire, and at which price must it be looked at next?

An alert fires when a price crosses its line, and only outside its cool-down:

    above           from below the threshold to the threshold or over it
    below           from over the threshold to the threshold or under it
    percent_change  to a price that differs from the reference by the threshold, in percent of the reference, or more,
                    up or down. The reference is the price when the alert was set, and then the price at which it last
                    fired.

`above` and `below` must see the price on the other side again before they can fire anew, however long ago the cool-down
ended; a crossing during the cool-down is passed over. `percent_change` needs no way back, because its reference moved
along: what the price has done by the end of the cool-down counts at the next look. Nothing fires at the first price
that an alert sees, because nothing has crossed anything yet.

Each standing names the prices at which it would change. Whoever keeps these in order of price need look at no other
alert, however many there are.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from app.core import money

ABOVE: Final = "above"
BELOW: Final = "below"
PERCENT_CHANGE: Final = "percent_change"
CONDITIONS: Final = (ABOVE, BELOW, PERCENT_CHANGE)

UNSEEN: Final = "unseen"
WAITING: Final = "waiting"
BEYOND: Final = "beyond"
RESTING: Final = "resting"
"""Where an alert stands: it saw no price yet; it waits for its line; the price is past the line; it sleeps."""

FINEST: Final = Decimal(1).scaleb(-18)
"""Prices are told apart to 18 decimals, so that "less than x" is "x minus this, or less"."""

MOST_ALERTS: Final = 100
DEFAULT_COOLDOWN: Final = timedelta(days=1)
SHORTEST_COOLDOWN: Final = timedelta(minutes=5)
LONGEST_COOLDOWN: Final = timedelta(days=365)
LARGEST_PERCENTAGE: Final = Decimal(10_000)


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What somebody wants to be told.

    Attributes:
        threshold: a price, or for percent_change a percentage; more than 0.
    """

    condition: str
    threshold: Decimal
    cooldown: timedelta


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What an alert remembers of the prices that it saw.

    Attributes:
        side: UNSEEN, WAITING, BEYOND (above and below only) or RESTING (percent_change only).
        reference: of percent_change, once a price was seen.
        triggered_at: when it last fired.
    """

    side: str = UNSEEN
    reference: Decimal | None = None
    triggered_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class NextLook:
    """When a standing can change: at a price of `rise_to` or more, of `fall_to` or less, or from `wakes_at` on."""

    rise_to: Decimal | None = None
    fall_to: Decimal | None = None
    wakes_at: datetime | None = None

    def is_due(self, *, price: Decimal, at: datetime) -> bool:
        """Whether the alert has to be looked at."""
        risen = self.rise_to is not None and price >= self.rise_to
        fallen = self.fall_to is not None and price <= self.fall_to
        return risen or fallen or (self.wakes_at is not None and self.wakes_at <= at)


def look(
    *, terms: Terms, standing: Standing, price: Decimal, at: datetime
) -> tuple[Standing, bool]:
    """Where the alert stands after seeing a price, and whether it fires."""
    if terms.condition == PERCENT_CHANGE:
        return _look_at_change(terms, standing, price, at)
    crossed = price >= terms.threshold if terms.condition == ABOVE else price <= terms.threshold
    fires = crossed and standing.side == WAITING and has_rested(terms, standing, at)
    after = replace(standing, side=BEYOND if crossed else WAITING)
    return (replace(after, triggered_at=at), True) if fires else (after, False)


def _look_at_change(
    terms: Terms, standing: Standing, price: Decimal, at: datetime
) -> tuple[Standing, bool]:
    if standing.reference is None:
        return replace(standing, side=WAITING, reference=price), False
    if not has_rested(terms, standing, at):
        return standing, False
    after = replace(standing, side=WAITING)
    if not next_look(terms=terms, standing=after).is_due(price=price, at=at):
        return after, False
    return Standing(side=RESTING, reference=price, triggered_at=at), True


def next_look(*, terms: Terms, standing: Standing) -> NextLook:
    """What has to happen until the alert needs to be looked at again."""
    if standing.side == UNSEEN:
        return NextLook(rise_to=money.ZERO)
    if standing.side == RESTING:
        return NextLook(wakes_at=rests_until(terms, standing))
    if terms.condition == PERCENT_CHANGE:
        return _band(terms, standing)
    up = (terms.condition == ABOVE) == (standing.side == WAITING)
    line = terms.threshold
    if standing.side == WAITING:
        return NextLook(rise_to=line) if up else NextLook(fall_to=line)
    if up:
        return NextLook(rise_to=money.EXACT.add(line, FINEST))
    return NextLook(fall_to=money.subtract(line, FINEST))


def _band(terms: Terms, standing: Standing) -> NextLook:
    """The two prices that differ from the reference by the threshold; the lower one only where a price can reach it."""
    reference = standing.reference or money.ZERO
    step = money.multiply(money.multiply(reference, terms.threshold), money.CENTI)
    lower = _rounded(money.subtract(reference, step))
    return NextLook(
        rise_to=_rounded(money.EXACT.add(reference, step)),
        fall_to=lower if lower > 0 else None,
    )


def rests_until(terms: Terms, standing: Standing) -> datetime | None:
    """When the cool-down ends, or ended; None where the alert never fired."""
    return None if standing.triggered_at is None else standing.triggered_at + terms.cooldown


def has_rested(terms: Terms, standing: Standing, at: datetime) -> bool:
    """Whether no cool-down runs."""
    until = rests_until(terms, standing)
    return until is None or until <= at


def as_seen(price: Decimal) -> Decimal:
    """A price as alerts compare it: to 18 decimals."""
    return _rounded(price)


def changed_by(*, price: Decimal, reference: Decimal) -> Decimal:
    """How far a price is from the reference, in percent of it, 2 decimals."""
    return money.percentage(money.subtract(price, reference), reference)


def _rounded(amount: Decimal) -> Decimal:
    return amount.quantize(FINEST, rounding=ROUND_HALF_UP, context=money.ROUNDING)
