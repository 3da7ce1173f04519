"""Where does a user's portfolio stand in DynamoDB, and how is it reached?

One table with document 001's keys. A user's rows share a partition, so that one query reads all of
them:

    row      PK              SK                GSI1PK            GSI1SK
    profile  USER#{user_id}  PROFILE           USER#{user_id}    USER#{user_id}
    asset    USER#{user_id}  ASSET#{asset_id}  ASSET#{asset_id}  USER#{user_id}

The document keeps the profile under EMAIL#{email} in GSI1. Finding a user by email is the accounts'
work, and a copy of the address here would have to follow every change and erasure of it, so it
stands under the user's id instead.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Self

from pynamodb.attributes import Attribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.constants import STRING
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from app.core import dynamo

TABLE = "portfolio-tracker"
PROFILE = "PROFILE"
ASSET_PREFIX = "ASSET#"


class DateAttribute(Attribute[date]):
    """A calendar date, kept as YYYY-MM-DD so that text order is date order."""

    attr_type = STRING

    def serialize(self, value: date) -> str:
        """Write the date in ISO 8601."""
        return value.isoformat()

    def deserialize(self, value: str) -> date:
        """Read the date back."""
        return date.fromisoformat(value)


class ByOwnKey(GlobalSecondaryIndex["PortfolioRow"]):
    """GSI1 of document 001: an asset by its id alone."""

    class Meta:
        """The index's documented name; it holds whole rows."""

        index_name = "GSI1"
        projection = AllProjection()

    gsi1_pk = UnicodeAttribute(hash_key=True, attr_name="GSI1PK")
    gsi1_sk = UnicodeAttribute(range_key=True, attr_name="GSI1SK")


class PortfolioRow(dynamo.Model):
    """The keys that all rows have, and the partition that a user's rows share."""

    class Meta(dynamo.Meta):
        """The documented table."""

        name = TABLE

    pk = UnicodeAttribute(hash_key=True, attr_name="PK")
    sk = UnicodeAttribute(range_key=True, attr_name="SK")
    gsi1_pk = UnicodeAttribute(attr_name="GSI1PK")
    gsi1_sk = UnicodeAttribute(attr_name="GSI1SK")
    by_own_key = ByOwnKey()

    @classmethod
    def belonging_to(cls, user_id: str) -> Iterator[Self]:
        """Every row of the user, of whatever kind."""
        return dynamo.every(cls, _user_key(user_id), consistent_read=True)

    def erased(self) -> dynamo.Write:
        """The row's removal, whether it is still there or not: so an erasure can be run again."""
        return dynamo.delete(self)


class Profile(PortfolioRow):
    """What a user has settled for the whole portfolio."""

    class Meta(dynamo.Meta):
        """A second kind of row in the documented table."""

        name = TABLE
        shares_table = True

    user_id = UnicodeAttribute()
    base_currency = UnicodeAttribute()
    created_at = UTCDateTimeAttribute()

    @classmethod
    def of(cls, user_id: str) -> "Profile | None":
        """The user's profile; None before the first write."""
        return dynamo.find(cls, _user_key(user_id), PROFILE)

    @classmethod
    def opened(cls, *, user_id: str, base_currency: str, now: datetime) -> dynamo.Write:
        """The first write of a portfolio. Its condition fails where the profile exists."""
        key = _user_key(user_id)
        profile = cls(
            key,
            PROFILE,
            gsi1_pk=key,
            gsi1_sk=key,
            user_id=user_id,
            base_currency=base_currency,
            created_at=now,
        )
        return dynamo.put(profile, cls.pk.does_not_exist())


class Asset(PortfolioRow):
    """Some of one crypto coin or stock that a user bought."""

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
    ) -> "Asset":
        """A new asset, not stored yet: `added` stores it."""
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
            created_at=now,
            updated_at=now,
        )

    def added(self) -> dynamo.Write:
        """Its first write. The condition fails where an asset with this id exists."""
        return dynamo.put(self, Asset.pk.does_not_exist())

    @classmethod
    def of(cls, user_id: str, asset_id: str) -> "Asset | None":
        """The user's asset with this id; None where the user has none such."""
        return dynamo.find(cls, *_asset_key(user_id, asset_id), consistent_read=True)

    @classmethod
    def owned_by(cls, user_id: str) -> Iterator["Asset"]:
        """All the user's assets: as many requests as their size needs, 1 MB each."""
        return dynamo.every(
            cls,
            _user_key(user_id),
            range_key_condition=cls.sk.startswith(ASSET_PREFIX),
            consistent_read=True,
        )

    @classmethod
    def symbols_held(cls) -> set[tuple[str, str]]:
        """(asset type, symbol) of every asset of every user, from a scan: for a daily job, never for a request."""
        held = cls.scan(
            filter_condition=cls.sk.startswith(ASSET_PREFIX),
            attributes_to_get=["PK", "SK", "asset_type", "symbol"],
        )
        return {(asset.asset_type, asset.symbol) for asset in held}

    @classmethod
    def page_owned_by(cls, user_id: str, *, limit: int, cursor: str | None) -> dynamo.Page["Asset"]:
        """Some of the user's assets, in the order of their ids."""
        return dynamo.page(
            cls,
            _user_key(user_id),
            range_key_condition=cls.sk.startswith(ASSET_PREFIX),
            limit=limit,
            cursor=cursor,
            consistent_read=True,
        )

    @classmethod
    def changed(
        cls, *, user_id: str, asset_id: str, changes: Mapping[str, Any], now: datetime
    ) -> tuple["Asset", dynamo.Write]:
        """A change of the named attributes, and the asset that holds the result once committed.

        Only what is named is written, so two changes of different attributes at the same time both
        last. The condition fails where the asset is gone.
        """
        asset = cls(*_asset_key(user_id, asset_id))
        actions = [getattr(cls, attribute).set(value) for attribute, value in changes.items()]
        return asset, dynamo.update(asset, [*actions, cls.updated_at.set(now)], cls.pk.exists())

    @classmethod
    def removed(cls, *, user_id: str, asset_id: str) -> dynamo.Write:
        """The asset's removal. The condition fails where it is gone already."""
        return dynamo.delete(cls(*_asset_key(user_id, asset_id)), cls.pk.exists())


def _user_key(user_id: str) -> str:
    return f"USER#{user_id}"


def _asset_key(user_id: str, asset_id: str) -> tuple[str, str]:
    return _user_key(user_id), f"{ASSET_PREFIX}{asset_id}"
