"""To how many digits are figures shown to people? As everywhere: what trading shows is named here."""

from app.core.shown import WORKING, amount, dollars, percent, ratio

__all__ = ["WORKING", "amount", "dollars", "percent", "ratio"]
