"""What does a portfolio look like in JSON?"""

from app.portfolio.schemas.assets import (
    AssetIn,
    AssetListOut,
    AssetOut,
    AssetUpdate,
    PortfolioOut,
    SummaryOut,
)

__all__ = ["AssetIn", "AssetListOut", "AssetOut", "AssetUpdate", "PortfolioOut", "SummaryOut"]
