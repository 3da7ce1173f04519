"""What is stored of portfolios?"""

from app.portfolio.models.assets import Asset, PortfolioRow, Profile

__all__ = ["Asset", "PortfolioRow", "Profile"]
