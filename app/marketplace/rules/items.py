"""Which states does an item go through, and who may see it?"""

from collections.abc import Mapping
from typing import Final

DRAFT: Final = "draft"
ACTIVE: Final = "active"
SOLD: Final = "sold"
WITHDRAWN: Final = "withdrawn"
STATUSES = (DRAFT, ACTIVE, SOLD, WITHDRAWN)
AT_FIRST = (DRAFT, ACTIVE)

MOVES: Mapping[str, frozenset[str]] = {
    DRAFT: frozenset({ACTIVE, WITHDRAWN}),
    ACTIVE: frozenset({SOLD, WITHDRAWN}),
    WITHDRAWN: frozenset({ACTIVE}),
    SOLD: frozenset(),
}
"""From each state, those that follow. What was shown to others is no draft again; what is sold stays as it is."""


def may_become(*, before: str, after: str) -> bool:
    """Whether an item in one state may be put into another; staying as it is always may.

    >>> may_become(before="withdrawn", after="active"), may_become(before="sold", after="active")
    (True, False)
    """
    return before == after or after in MOVES[before]


def is_seen_by(*, user_id: str, owner_id: str, status: str) -> bool:
    """Whether somebody may see an item: drafts and withdrawn ones are their owner's alone."""
    return user_id == owner_id or status in {ACTIVE, SOLD}
