"""Which of many new rows may an asset's ledger take, so that never more goes out than is held?"""

from collections.abc import Collection, Sequence
from fractions import Fraction

from app.portfolio.rules import entries as ledger
from app.portfolio.rules import lots, projection
from app.portfolio.rules.entries import Entry

# A split rounds units at 18 decimals, which the reckoning here does not: what is so close is left to `lots.follow`.
_CLOSE = Fraction(1, 10**17)


def refused(*, stored: Collection[Entry], new: Collection[Entry]) -> set[str]:
    """The ids of the new rows of one asset that it can't take; with the others it is a ledger that adds up.

    All that comes in is taken. What goes out is taken in the order of time, as long as it was held at that moment
    and everything stored can still go out later. Where even without it the stored rows don't fit the new splits, the
    splits that leave fewer units are refused.

    Raises:
        projection.Unwieldy: numbers grew too long.
    """
    out: set[str] = set()
    ids = {entry.transaction_id for entry in new}
    if (trouble := _trouble([*stored, *new])) is None:
        return out
    in_order = ledger.ordered([*stored, *new])
    if min(_room(in_order, without=_going_out(new)), default=Fraction(0)) < -_CLOSE:
        out |= {entry.transaction_id for entry in new if _leaves_fewer(entry)}
        in_order = [entry for entry in in_order if entry.transaction_id not in out]
    out |= _too_much(in_order, among=_going_out(new))
    while True:
        kept = [entry for entry in in_order if entry.transaction_id not in out]
        trouble = _trouble(kept)
        if trouble is None:
            return out
        # Rounded splits only: the row itself if it is new, else the last new one that took what it wanted.
        before = kept[: kept.index(trouble) + 1]
        out.add(
            next(
                entry.transaction_id
                for entry in reversed(before)
                if entry.transaction_id in ids
                and (entry.type in ledger.GOING_OUT or _leaves_fewer(entry))
            )
        )


def _trouble(entries: Collection[Entry]) -> Entry | None:
    try:
        projection.open_lots([*entries])
    except lots.Oversold as oversold:
        return oversold.entry
    return None


def _going_out(entries: Collection[Entry]) -> set[str]:
    return {entry.transaction_id for entry in entries if entry.type in ledger.GOING_OUT}


def _leaves_fewer(entry: Entry) -> bool:
    return entry.type == ledger.SPLIT and lots.split_ratio(entry.quantity) < 1


def _too_much(in_order: Sequence[Entry], *, among: set[str]) -> set[str]:
    """Those of `among` that can't go out, taking them in the order of time."""
    room, becomes = _room(in_order, without=among), _becoming(in_order)
    out: set[str] = set()
    taken = Fraction(0)
    for entry, free, ratio in zip(in_order, room, becomes, strict=True):
        if entry.transaction_id in among:
            wanted = Fraction(entry.quantity) * ratio
            if wanted > free - taken + _CLOSE:
                out.add(entry.transaction_id)
            else:
                taken += wanted
    return out


def _room(in_order: Sequence[Entry], *, without: set[str]) -> list[Fraction]:
    """After each entry, the least that is held from then on, in units as they are at the end."""
    held: list[Fraction] = []
    now = Fraction(0)
    for entry, ratio in zip(in_order, _becoming(in_order), strict=True):
        if entry.type in ledger.COMING_IN:
            now += Fraction(entry.quantity) * ratio
        elif entry.type in ledger.GOING_OUT and entry.transaction_id not in without:
            now -= Fraction(entry.quantity) * ratio
        held.append(now)
    for at in range(len(held) - 2, -1, -1):
        held[at] = min(held[at], held[at + 1])
    return held


def _becoming(in_order: Sequence[Entry]) -> list[Fraction]:
    """For each entry, how many units at the end one unit of its time becomes."""
    ratios = [Fraction(1)] * len(in_order)
    now = Fraction(1)
    for at in range(len(in_order) - 1, -1, -1):
        ratios[at] = now
        if in_order[at].type == ledger.SPLIT:
            now *= lots.split_ratio(in_order[at].quantity)
    return ratios
