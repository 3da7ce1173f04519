"""A market that answers what it was told, and a queue whose worker asks it at once."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from app.prices import service as prices
from app.providers.job_queue.interface import DeadLetter
from app.providers.market_data.interface import DailyClose, ProviderQuote, TryAgain

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class ToldMarket:
    """A market that knows the prices it was told, and none while it is `down`."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, str], tuple[Decimal, str, datetime]] = {
            ("crypto", "BTC"): (Decimal(50000), "USD", NOON),
            ("crypto", "ETH"): (Decimal(3000), "USD", NOON),
            ("stock", "AAPL"): (Decimal(200), "USD", NOON),
            ("stock", "MSFT"): (Decimal(400), "USD", NOON),
        }
        self.closes: dict[tuple[str, str], dict[date, str]] = {}
        self.down = False

    def tell(
        self,
        asset_type: str,
        symbol: str,
        amount: str,
        *,
        currency: str = "USD",
        at: datetime = NOON,
    ) -> None:
        self.known[asset_type, symbol] = (Decimal(amount), currency, at)

    def quotes(self, *, asset_type: str, symbols: Sequence[str]) -> dict[str, ProviderQuote]:
        if self.down:
            message = "the market is down"
            raise TryAgain(message)
        return {
            symbol: ProviderQuote(
                symbol=symbol,
                price=self.known[asset_type, symbol][0],
                currency=self.known[asset_type, symbol][1],
                quoted_at=self.known[asset_type, symbol][2],
                source="told",
                name=None,
                day_change_percentage=None,
            )
            for symbol in symbols
            if (asset_type, symbol) in self.known
        }

    def daily_closes(
        self,
        *,
        asset_type: str,
        symbol: str,
        start: date,
        end: date,
    ) -> list[DailyClose]:
        return [
            DailyClose(date=day, close=Decimal(close))
            for day, close in sorted(self.closes.get((asset_type, symbol), {}).items())
            if start <= day <= end
        ]


class WorkingJobs:
    """A queue whose worker answers at once: it asks `market` about the symbols that it is given, and for closes."""

    def __init__(self, market: ToldMarket, now: Callable[[], datetime]) -> None:
        self.market = market
        self.now = now
        self.given: list[str] = []

    def enqueue(
        self,
        task: str,
        arguments: Mapping[str, Any] | None = None,
        *,
        delay_seconds: int = 0,
    ) -> None:
        assert delay_seconds == 0
        if task == "prices.refresh_symbols":  # the welcome mail of a signup is nobody's here
            self.ask(task, arguments)

    def ask(self, task: str, arguments: Mapping[str, Any] | None = None) -> None:
        assert arguments is not None
        self.given.append(task)
        if task == "prices.load_history":
            prices.load_history(
                asset_type=arguments["asset_type"],
                symbol=arguments["symbol"],
                start=date.fromisoformat(arguments["start"]),
                market=self.market,
                now=self.now(),
            )
            return
        assert task == "prices.refresh_symbols"
        prices.refresh_symbols(
            asset_type=arguments["asset_type"],
            symbols=arguments["symbols"],
            market=self.market,
            now=self.now(),
        )

    def send_enqueued(self) -> None:
        """Nothing waits here."""

    def discard_enqueued(self) -> None:
        """Nothing waits here."""

    def postpone(self, message: str, *, delay_seconds: float) -> None:
        """No worker receives from here."""

    def count_waiting(self) -> int:
        return 0

    def list_dead_letters(self, *, limit: int) -> list[DeadLetter]:
        return []

    def redrive(self, *, limit: int) -> int:
        return 0

    @property
    def queue_url(self) -> str:
        return "told"

    def url_of(self, *, queue_name: str) -> str:
        return queue_name

    def ensure_queues(self) -> list[str]:
        return []
