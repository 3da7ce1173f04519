"""What is stored of portfolios?"""

from app.portfolio.models.assets import Asset
from app.portfolio.models.profile import Profile
from app.portfolio.models.rows import PortfolioRow
from app.portfolio.models.transactions import Transaction

__all__ = ["Asset", "PortfolioRow", "Profile", "Transaction"]
