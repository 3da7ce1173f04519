"""How does the tour go deeper into a portfolio: a broker's file, gains, performance, a backtest, an optimisation?"""

import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from app.local import demo_workspace
from app.local.api_client import ApiClient, encoded
from app.local.demo_questions import (
    LOOK_AGAIN_SECONDS,
    WITHIN_SECONDS,
    WORKING,
    NoAnswerError,
    body_of,
)

EXPORT: Final = "coinbase-transactions.csv"
SYMBOL: Final = "SOL"
LEFT: Final = Decimal("18.42")
"""SOL left after the file: 20 and 10 bought, 0.42 earned, 12 sold."""
GAIN: Final = Decimal("1225.536")
"""Of the 12 sold, first in, first out: 2344.80 - 14.07 brought, (1824.00 + 17.99) x 12 / 20 paid."""
YEAR_SOLD: Final = 2025
BACKTEST: Final = {
    "weights": {"AAPL": "0.6", "MSFT": "0.4"},
    "asset_type": "stock",
    "start": "2026-01-02",
    "end": "2026-10-30",
    "rebalance": "quarterly",
    "fee_percent": "0.1",
}
OPTIMISATION: Final = {
    "symbols": ["AAPL", "MSFT", "VOO"],
    "asset_type": "stock",
    "start": "2026-01-02",
    "end": "2026-10-30",
    "objective": "max_sharpe",
}
CONFLICT: Final = 409


class Investor:
    """Somebody who is signed in, and brings a ledger.

    Args:
        show: asks and shows the answer: method, path, body, the status expected.
        say: shows a line.
        sleep: waits some seconds, between two looks.
        now_seconds: a clock that only goes forward.
    """

    def __init__(
        self,
        client: ApiClient,
        *,
        show: Callable[..., Any],
        say: Callable[[str], None],
        sleep: Callable[[float], None] = time.sleep,
        now_seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._show = show
        self._say = say
        self._sleep = sleep
        self._now_seconds = now_seconds

    def go_deeper(self) -> None:
        """Import, look at what follows from it, and try other portfolios.

        Raises:
            NoAnswerError: when something is not as it should be.
        """
        file = demo_workspace.DATA / EXPORT
        first = self._import(file)
        again = self._import(file)
        _expect(first["imported"] == 4, f"4 rows of {EXPORT} should be new: {first}")  # noqa: PLR2004
        _expect(again["imported"] == 0, f"{EXPORT} sent again should add nothing: {again}")
        self._show("GET", f"/portfolio/transactions?symbol={SYMBOL}&limit=2")
        self._sell_too_much()
        self._look_at_what_follows()
        self._try_others()

    def _sell_too_much(self) -> None:
        self._say("\n... tries to sell what was never bought")
        sale = {
            "type": "sell",
            "asset_type": "crypto",
            "symbol": SYMBOL,
            "quantity": "100",
            "price": "150",
            "executed_at": "2025-03-01T12:00:00Z",
        }
        self._show("POST", "/portfolio/transactions", sale, expected=CONFLICT)

    def _look_at_what_follows(self) -> None:
        gains = self._show("GET", f"/portfolio/gains?year={YEAR_SOLD}")
        gained = sum(Decimal(str(row["gain"])) for row in gains["disposals"])
        _expect(gained == GAIN, f"the sale of SOL should have gained {GAIN}: {gained}")
        crypto = self._client.call("GET", "/portfolio/crypto").body["assets"]
        left = sum(Decimal(str(row["quantity"])) for row in crypto if row["symbol"] == SYMBOL)
        _expect(left == LEFT, f"{LEFT} SOL should be left, not {left}")
        self._show("GET", "/portfolio/performance?range=90d")
        self._show("GET", "/portfolio/allocation")

    def _try_others(self) -> None:
        self._say("\n... what would 60 % Apple and 40 % Microsoft have brought?")
        tested = self._run("/portfolio/backtests", BACKTEST)
        self._say(
            f"10000 became {tested['final_value']} ({tested['total_return']} %), and fell by "
            f"{tested['max_drawdown']} % at worst"
        )
        self._say("\n... and which weights had the best return for their risk?")
        best = self._run("/portfolio/optimizations", OPTIMISATION)
        shares = ", ".join(f"{symbol} {weight}" for symbol, weight in best["weights"].items())
        self._say(f"{shares}; Sharpe ratio {best['sharpe']}")
        weights = sum(Decimal(str(weight)) for weight in best["weights"].values())
        _expect(weights == 1, f"the weights should come to 1: {best['weights']}")

    def _run(self, path: str, body: Any) -> Any:
        self._say(f"> POST {path}  {encoded(body)}")
        done = self._settled(path, body_of(self._client.call("POST", path, body), path))
        _expect(done["status"] == "completed", f"{path} ended as {done}")
        return done

    def _import(self, file: Path) -> Any:
        self._say(f"\n> POST /portfolio/import  {file.name}, as Coinbase writes it")
        sent = body_of(self._client.send_file("/portfolio/import", file), "the import")
        done = self._settled("/portfolio/imports", sent)
        _expect(done["status"] == "completed", f"the import ended as {done}")
        for row in done["rows"]:
            reason = f": {row['reason']}" if row["reason"] else ""
            self._say(f"  line {row['line']} {row['result']}{reason}")
        return done

    def _settled(self, path: str, body: Any) -> Any:
        """What was begun, once it is done."""
        deadline = self._now_seconds() + WITHIN_SECONDS
        while body["status"] in WORKING:
            if self._now_seconds() > deadline:
                raise NoAnswerError(
                    f"{path}/{body['id']} should be done within {WITHIN_SECONDS} s."
                )
            self._sleep(LOOK_AGAIN_SECONDS)
            body = body_of(self._client.call("GET", f"{path}/{body['id']}"), path)
        return body


def _expect(holds: bool, trouble: str) -> None:  # noqa: FBT001 - an assertion with words
    if not holds:
        raise NoAnswerError(trouble[:1].upper() + trouble[1:])
