"""What answers questions about tables without a language model, and says plainly when it can't?"""

from app.providers.language_model.planner.conversing import NAME, Planner

__all__ = ["NAME", "Planner"]
