"""A queue that keeps what it is given, for a test to look at."""

from collections.abc import Mapping
from typing import Any

from app.core import clock
from tests.portfolio.market import ToldMarket, WorkingJobs


class KeptJobs(WorkingJobs):
    """Nobody works here; what is asked for at once is asked in vain."""

    def __init__(self) -> None:
        super().__init__(ToldMarket(), clock.now)
        self.named: list[tuple[str, Mapping[str, Any]]] = []

    def enqueue(
        self,
        task: str,
        arguments: Mapping[str, Any] | None = None,
        *,
        delay_seconds: int = 0,
    ) -> None:
        assert delay_seconds == 0
        self.named.append((task, arguments or {}))

    def ask(self, task: str, arguments: Mapping[str, Any] | None = None) -> None:
        self.named.append((task, arguments or {}))

    def of(self, task: str) -> list[Mapping[str, Any]]:
        """The arguments of each time that this task was named."""
        return [arguments for name, arguments in self.named if name == task]
