"""What can a user do with a portfolio? Here is what nearly every caller needs; the rest is a module each.

A cold start that shows assets imports no more than that (docs/adr/0012), so nothing is named here that needs imports,
performance or gains: `from app.portfolio.service import performance`.
"""

from app.portfolio.service.assets import (
    AssetHasSales,
    AssetIsPosition,
    PurchaseInTheFuture,
    add_asset,
    change_asset,
    get_asset,
    list_assets,
    remove_asset,
)
from app.portfolio.service.ledger import (
    HoldingTooLarge,
    Oversold,
    TooManySplits,
    TooManyTransactions,
    UnknownAsset,
    entries_of,
)
from app.portfolio.service.valuation import (
    Portfolio,
    Summary,
    Unpriced,
    ValuedAsset,
    summarise,
    value_assets,
)

__all__ = [
    "AssetHasSales",
    "AssetIsPosition",
    "HoldingTooLarge",
    "Oversold",
    "Portfolio",
    "PurchaseInTheFuture",
    "Summary",
    "TooManySplits",
    "TooManyTransactions",
    "UnknownAsset",
    "Unpriced",
    "ValuedAsset",
    "add_asset",
    "change_asset",
    "entries_of",
    "get_asset",
    "list_assets",
    "remove_asset",
    "summarise",
    "value_assets",
]
