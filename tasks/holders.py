"""Which domains hold something of a user, and how is it exported and erased?

The one table that closing an account and exporting its data fan out over. A domain whose table has a `user_id`
stands here, or in `EXEMPT` with the reason; tests/architecture holds that.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from app.accounts import service as accounts
from app.accounts.service import Collector, Eraser
from app.analytics import service as analytics
from app.billing import service as billing
from app.devices import service as devices
from app.emails import service as emails
from app.feeds import service as feeds
from app.marketplace import service as marketplace
from app.portfolio.service import upkeep
from app.usage import service as usage
from app.waitlist import service as waitlist
from app.workspace import service as workspace


@dataclass(frozen=True, kw_only=True)
class Holder:
    """A domain, and what it offers."""

    domain: str
    export: Collector
    erase: Eraser


HOLDERS: tuple[Holder, ...] = (
    Holder(
        domain="marketplace", export=marketplace.export_owned_by, erase=marketplace.erase_owned_by
    ),
    Holder(domain="workspace", export=workspace.export_owned_by, erase=workspace.erase_owned_by),
    Holder(domain="portfolio", export=upkeep.export_owned_by, erase=upkeep.erase_owned_by),
    Holder(domain="feeds", export=feeds.export_owned_by, erase=feeds.erase_owned_by),
    Holder(domain="devices", export=devices.export_owned_by, erase=devices.erase_owned_by),
    Holder(domain="emails", export=emails.export_owned_by, erase=emails.erase_owned_by),
    Holder(domain="usage", export=usage.export_owned_by, erase=usage.erase_owned_by),
    Holder(domain="billing", export=billing.export_owned_by, erase=billing.erase_owned_by),
    Holder(domain="waitlist", export=waitlist.export_owned_by, erase=waitlist.erase_owned_by),
    Holder(domain="analytics", export=analytics.export_owned_by, erase=analytics.erase_owned_by),
    # Last, because domains above may ask accounts for what they need to erase theirs.
    Holder(domain="accounts", export=accounts.export_owned_by, erase=accounts.erase_owned_by),
)

EXEMPT: Mapping[str, str] = {
    "audit": "the record of what administrators did stays whole; it holds only opaque ids",
}
