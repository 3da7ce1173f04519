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

from collections.abc import Iterator
from typing import Self

from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from app.core import dynamo

TABLE = "portfolio-tracker"
PROFILE = "PROFILE"
ASSET_PREFIX = "ASSET#"
WATCH_PREFIX = "WATCH#"


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
        return dynamo.every(cls, user_key(user_id), consistent_read=True)

    def erased(self) -> dynamo.Write:
        """The row's removal, whether it is still there or not: so an erasure can be run again."""
        return dynamo.delete(self)


def user_key(user_id: str) -> str:
    """The partition that a user's rows share."""
    return f"USER#{user_id}"
