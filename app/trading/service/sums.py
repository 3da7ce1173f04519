"""What did the trades of a range of days come to, by symbol? Whole months are read as months."""

from collections.abc import Iterator
from datetime import date

from app.trading.models import Tally
from app.trading.models.tallies import BySymbol
from app.trading.rules import ranges


def by_symbol(*, first: date | None, last: date | None) -> Iterator[BySymbol]:
    """By symbol and side, several times each; all time where a bound is missing on both sides.

    A range takes one read for its whole months and one for each of the two rests at most, of a megabyte each.
    """
    if first is None and last is None:
        yield from Tally.by_symbol_ever()
        return
    found = ranges.pieces(first or ranges.EARLIEST.date(), last or ranges.LATEST.date())
    if found.months is not None:
        yield from Tally.by_symbol_of_months(*found.months)
    for edge_first, edge_last in found.edges:
        yield from Tally.by_symbol_of_days(edge_first, edge_last)
