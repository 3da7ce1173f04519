"""What is stored of an asset?

What it holds and what that cost follows from its rows of the ledger (models.transactions). It is kept here, written
in the same transaction as they are, so that a summary never reads the ledger.
"""

import secrets
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute

from app.core import dynamo, money
from app.portfolio.models.attributes import DateAttribute, ExactAttribute
from app.portfolio.models.profile import Profile
from app.portfolio.models.rows import (
    ASSET_PREFIX,
    PROFILE,
    TABLE,
    WATCH_PREFIX,
    PortfolioRow,
    user_key,
)

if TYPE_CHECKING:
    from app.portfolio.rules.projection import Projection

# The asset type under which prices keep what currencies cost.
CURRENCY: Final = "currency"
NEVER_STORED: Final = 0


class Asset(PortfolioRow):
    """A pool of units of one crypto coin or stock that a user owns, or owned.

    Attributes:
        quantity: the units held; 0 once all of them went out.
        cost: of just those, first in, first out, to the last digit.
        purchase_price: cost / quantity, rounded at 18 decimals where that is not exact.
        purchase_date: the day on which the oldest units held came in.
        transaction_count: its rows of the ledger.
        ledger_version: another one after every change of those rows.
        opening_id: the transaction that the asset began with; None for a position, which begins with any.
    """

    class Meta(dynamo.Meta):
        """A second kind of row in the documented table."""

        name = TABLE
        shares_table = True

    asset_id = UnicodeAttribute()
    user_id = UnicodeAttribute()
    asset_type = UnicodeAttribute()
    symbol = UnicodeAttribute()
    name = UnicodeAttribute(null=True)
    currency = UnicodeAttribute()
    quantity = dynamo.DecimalAttribute()
    purchase_price = dynamo.DecimalAttribute()
    purchase_date = DateAttribute()
    cost = ExactAttribute()
    transaction_count = NumberAttribute(default=0)
    ledger_version = NumberAttribute(default=NEVER_STORED)
    opening_id = UnicodeAttribute(null=True)
    created_at = UTCDateTimeAttribute()
    updated_at = UTCDateTimeAttribute()

    @classmethod
    def bought(
        cls,
        *,
        user_id: str,
        asset_id: str,
        asset_type: str,
        symbol: str,
        name: str | None,
        currency: str,
        quantity: Decimal,
        purchase_price: Decimal,
        purchase_date: date,
        now: datetime,
        opening_id: str | None = None,
    ) -> "Asset":
        """A new asset, not stored yet: `added` stores it, or `projected` with its first transactions."""
        user, own = _asset_key(user_id, asset_id)
        return cls(
            user,
            own,
            gsi1_pk=own,
            gsi1_sk=user,
            asset_id=asset_id,
            user_id=user_id,
            asset_type=asset_type,
            symbol=symbol,
            name=name,
            currency=currency,
            quantity=quantity,
            purchase_price=purchase_price,
            purchase_date=purchase_date,
            cost=money.multiply(quantity, purchase_price),
            opening_id=opening_id,
            created_at=now,
            updated_at=now,
        )

    def added(self) -> dynamo.Write:
        """Its first write. The condition fails where an asset with this id exists.

        Versions start anywhere, so that a row made anew under an id is not taken for the one before.
        """
        self.ledger_version = 1 + secrets.randbits(40)
        return dynamo.put(self, Asset.pk.does_not_exist())

    @classmethod
    def and_profile(cls, user_id: str, asset_id: str) -> tuple["Asset | None", Profile | None]:
        """The user's asset with this id, and the profile; one request."""
        user, own = _asset_key(user_id, asset_id)
        asset, profile = dynamo.get_together((cls, user, own), (Profile, user, PROFILE))
        return asset, profile

    @classmethod
    def of(cls, user_id: str, asset_id: str) -> "Asset | None":
        """The user's asset with this id; None where the user has none such."""
        return dynamo.find(cls, *_asset_key(user_id, asset_id), consistent_read=True)

    @classmethod
    def owned_by(cls, user_id: str) -> Iterator["Asset"]:
        """All the user's assets: as many requests as their size needs, 1 MB each."""
        return dynamo.every(
            cls,
            user_key(user_id),
            range_key_condition=cls.sk.startswith(ASSET_PREFIX),
            consistent_read=True,
        )

    @classmethod
    def with_profile(cls, user_id: str) -> tuple[list["Asset"], Profile | None]:
        """All the user's assets, also those of which nothing is held any more, and the profile: in one query.

        No other kind of row sorts between the two.
        """
        rows = dynamo.every_kind(
            PortfolioRow,
            user_key(user_id),
            range_key_condition=cls.sk.between(ASSET_PREFIX, PROFILE),
            kind_of=lambda key: Profile if key == PROFILE else Asset,
        )
        assets: list[Asset] = []
        profile = None
        for row in rows:
            if isinstance(row, Asset):
                assets.append(row)
            elif isinstance(row, Profile):
                profile = row
        return assets, profile

    @property
    def is_held(self) -> bool:
        """Whether there are units left; if not, lists, counts and totals leave the asset out."""
        return bool(self.quantity > 0)

    @classmethod
    def symbols_held(cls) -> set[tuple[str, str]]:
        """(asset type, symbol) of all that anybody holds or watches, from a scan: for a daily job, not a request.

        The currencies of what is held are among them, and those that anybody's totals are in.
        """
        is_held = cls.sk.startswith(ASSET_PREFIX) & (cls.quantity > 0)
        found = cls.scan(
            filter_condition=is_held | cls.sk.startswith(WATCH_PREFIX) | (cls.sk == PROFILE),
            attributes_to_get=["asset_type", "symbol", "currency", "base_currency"],
        )
        wanted: set[tuple[str, str]] = set()
        for some in found.page_iter:
            for row in some["Items"]:
                if "symbol" in row:
                    wanted.add((row["asset_type"]["S"], row["symbol"]["S"]))
                wanted |= {
                    (CURRENCY, row[name]["S"])
                    for name in ("currency", "base_currency")
                    if name in row
                }
        return wanted

    @classmethod
    def page_owned_by(cls, user_id: str, *, limit: int, cursor: str | None) -> dynamo.Page["Asset"]:
        """Some of the user's assets that hold any units, in the order of their ids."""
        return dynamo.page(
            cls,
            user_key(user_id),
            range_key_condition=cls.sk.startswith(ASSET_PREFIX),
            filter_condition=cls.quantity > 0,
            limit=limit,
            cursor=cursor,
            consistent_read=True,
        )

    def projected(
        self, held: "Projection", *, transaction_count: int, now: datetime
    ) -> dynamo.Write:
        """The row as its ledger is after a change, to be committed with that change.

        The condition fails where somebody else changed the ledger since this row was read, or, for a row that was
        never stored, where one with its id exists by now.
        """
        version = self.ledger_version
        self.quantity, self.cost = held.quantity, held.cost
        self.purchase_price, self.purchase_date = held.purchase_price, held.purchase_date
        self.transaction_count = transaction_count
        self.updated_at = now
        if version == NEVER_STORED:
            return self.added()
        self.ledger_version = version + 1
        return dynamo.put(self, Asset.ledger_version == version)

    def removed(self) -> dynamo.Write:
        """Its removal. The condition fails where it is gone already, or its ledger was changed since it was read."""
        return dynamo.delete(self, Asset.ledger_version == self.ledger_version)


def _asset_key(user_id: str, asset_id: str) -> tuple[str, str]:
    return user_key(user_id), f"{ASSET_PREFIX}{asset_id}"
