"""Where does a user's watchlist stand?

In the user's partition of document 001's table, after the profile, so that reading the assets never reads it:

    row    PK              SK                GSI1PK                       GSI1SK
    watch  USER#{user_id}  WATCH#{watch_id}  WATCH#{asset_type}#{symbol}  USER#{user_id}
    count  USER#{user_id}  WATCHES
"""

import uuid
from datetime import datetime
from typing import Final

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute

from app.core import dynamo
from app.portfolio.models.rows import TABLE, WATCH_PREFIX, PortfolioRow, user_key

TALLY: Final = "WATCHES"
MOST_WATCHED: Final = 100
_NAMESPACE: Final = uuid.UUID("5f0c3b62-2f0a-4c0b-9b6e-3a4d4f5f7c11")


def watch_id_of(asset_type: str, symbol: str) -> str:
    """The id of a symbol on anybody's watchlist: of two equal wishes, one row is made."""
    return str(uuid.uuid5(_NAMESPACE, f"{asset_type}#{symbol}"))


class Watch(PortfolioRow):
    """A symbol that a user keeps an eye on."""

    class Meta(dynamo.Meta):
        """One more kind of row in the documented table."""

        name = TABLE
        shares_table = True

    watch_id = UnicodeAttribute()
    user_id = UnicodeAttribute()
    asset_type = UnicodeAttribute()
    symbol = UnicodeAttribute()
    created_at = UTCDateTimeAttribute()

    @classmethod
    def begun(cls, *, user_id: str, asset_type: str, symbol: str, now: datetime) -> "Watch":
        """A new one, not stored yet: `addition` stores it."""
        watch_id = watch_id_of(asset_type, symbol)
        return cls(
            user_key(user_id),
            f"{WATCH_PREFIX}{watch_id}",
            gsi1_pk=f"{WATCH_PREFIX}{asset_type}#{symbol}",
            gsi1_sk=user_key(user_id),
            watch_id=watch_id,
            user_id=user_id,
            asset_type=asset_type,
            symbol=symbol,
            created_at=now,
        )

    def addition(self) -> list[dynamo.Write]:
        """Store and count it; the first condition fails where it is watched, the second at the most one may watch."""
        return [
            dynamo.put(self, Watch.pk.does_not_exist()),
            WatchTally.one_more(self.user_id),
        ]

    @classmethod
    def of(cls, user_id: str, watch_id: str) -> "Watch | None":
        """What the user watches under this id, or None."""
        key = f"{WATCH_PREFIX}{watch_id}"
        return dynamo.find(cls, user_key(user_id), key, consistent_read=True)

    @classmethod
    def removal(cls, *, user_id: str, watch_id: str) -> list[dynamo.Write]:
        """Forget it and count it out; the first condition fails where it is not watched."""
        row = cls(user_key(user_id), f"{WATCH_PREFIX}{watch_id}")
        return [dynamo.delete(row, cls.pk.exists()), WatchTally.one_less(user_id)]

    @classmethod
    def owned_by(cls, user_id: str) -> list["Watch"]:
        """All that the user watches, what was added first first."""
        rows = dynamo.every(
            cls,
            user_key(user_id),
            range_key_condition=cls.sk.startswith(WATCH_PREFIX),
            consistent_read=True,
        )
        return sorted(rows, key=lambda row: (row.created_at, row.watch_id))


class WatchTally(PortfolioRow):
    """How many symbols a user watches."""

    class Meta(dynamo.Meta):
        """One more kind of row in the documented table."""

        name = TABLE
        shares_table = True

    watches = NumberAttribute(default=0)

    @classmethod
    def one_more(cls, user_id: str) -> dynamo.Write:
        """Count one; the condition fails at the most that one may watch."""
        room = cls.watches.does_not_exist() | (cls.watches < MOST_WATCHED)
        return dynamo.update(cls(user_key(user_id), TALLY), [cls.watches.add(1)], room)

    @classmethod
    def one_less(cls, user_id: str) -> dynamo.Write:
        """Count one that was removed."""
        return dynamo.update(cls(user_key(user_id), TALLY), [cls.watches.add(-1)])
