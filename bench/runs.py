"""Which backtests and optimisations are there before an endpoint is asked what it costs?"""

from abc import ABC, abstractmethod
from functools import cached_property
from typing import Any

from bench.scenarios import BACKTEST, OPTIMISATION


class Runs(ABC):
    """Of a person: what a row of the scenarios may name."""

    @property
    @abstractmethod
    def token(self) -> str | None:
        """The access token of the person who asks; whoever the person is knows it."""

    @abstractmethod
    def ask(self, method: str, path: str, body: Any = None, token: str | None = None) -> Any:
        """One request; whoever the person is knows how."""

    @cached_property
    def backtest_id(self) -> str:
        """A backtest that they asked for."""
        return str(self.ask("POST", "/portfolio/backtests", BACKTEST, self.token).json["id"])

    @cached_property
    def optimization_id(self) -> str:
        """An optimisation that they asked for."""
        asked = self.ask("POST", "/portfolio/optimizations", OPTIMISATION, self.token)
        return str(asked.json["id"])
