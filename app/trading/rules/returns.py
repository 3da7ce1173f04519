"""How good are the bot's returns for the risk taken? The formulas are everyone's (app.core.returns)."""

from app.core.returns import SHORTEST_DAYS, cagr, calmar, period_returns, sharpe, sortino

__all__ = ["SHORTEST_DAYS", "cagr", "calmar", "period_returns", "sharpe", "sortino"]
