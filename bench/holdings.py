"""What does a person hold and watch before an endpoint is asked what it costs?"""

from functools import cached_property

from bench.runs import Runs
from bench.scenarios import ALERT, ASSET, ASSETS, TRANSACTION, WATCH


class Holdings(Runs):
    """Of a person: what a row of the scenarios may name."""

    @cached_property
    def asset_id(self) -> str:
        """An asset of theirs."""
        answer = self.ask("POST", "/portfolio/assets", ASSET, self.token)
        assert answer.status_code == 201, answer.text
        return str(answer.json["asset_id"])

    @cached_property
    def transaction_id(self) -> str:
        """A transaction of theirs."""
        answer = self.ask("POST", "/portfolio/transactions", TRANSACTION, self.token)
        assert answer.status_code == 201, answer.text
        return str(answer.json["id"])

    @cached_property
    def assets(self) -> str:
        """Ten assets of theirs; their number."""
        for number in range(ASSETS):
            body = {**ASSET, "symbol": f"S{number:03d}"}
            assert self.ask("POST", "/portfolio/assets", body, self.token).status_code == 201
        return str(ASSETS)

    @cached_property
    def watch_id(self) -> str:
        """A symbol on their watchlist."""
        return str(self.ask("POST", "/portfolio/watchlist", WATCH, self.token).json["id"])

    @cached_property
    def alert_id(self) -> str:
        """A price alert of theirs."""
        return str(self.ask("POST", "/portfolio/alerts", ALERT, self.token).json["id"])
