"""What can a user do with a portfolio: hold assets, and learn what they are worth."""

from app.portfolio.service.assets import (
    PurchaseInTheFuture,
    UnknownAsset,
    add_asset,
    change_asset,
    get_asset,
    list_assets,
    remove_asset,
)
from app.portfolio.service.upkeep import erase_owned_by, export_owned_by, track_holdings
from app.portfolio.service.valuation import (
    Portfolio,
    Summary,
    Unpriced,
    ValuedAsset,
    summarise,
    value_assets,
)

__all__ = [
    "Portfolio",
    "PurchaseInTheFuture",
    "Summary",
    "UnknownAsset",
    "Unpriced",
    "ValuedAsset",
    "add_asset",
    "change_asset",
    "erase_owned_by",
    "export_owned_by",
    "get_asset",
    "list_assets",
    "remove_asset",
    "summarise",
    "track_holdings",
    "value_assets",
]
