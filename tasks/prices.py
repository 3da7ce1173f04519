"""Which tasks fetch prices?"""

from datetime import date

from app.core import clock
from app.extensions import providers
from app.feeds import service as feeds
from app.prices import service as prices
from tasks.celery_app import app


@app.task(name="prices.refresh_quotes")
def refresh_quotes() -> None:
    """Fetch every tracked price, then have alerts checked. A source that fails is asked by a later run, not a retry."""
    if prices.refresh_quotes(market=providers.market_data, now=clock.now()):
        feeds.announce(channel="prices", jobs=providers.job_queue)
    providers.job_queue.enqueue("portfolio.check_alerts", {})


@app.task(name="prices.refresh_symbols")
def refresh_symbols(asset_type: str, symbols: list[str]) -> None:
    """Fetch prices that a request waits for. Once it has stopped waiting a retry would serve nobody."""
    prices.refresh_symbols(
        asset_type=asset_type, symbols=symbols, market=providers.market_data, now=clock.now()
    )


@app.task(
    name="prices.load_history",
    autoretry_for=(prices.PriceSourceBusy,),
    retry_backoff=60,
    retry_backoff_max=900,
    max_retries=4,
)
def load_history(asset_type: str, symbol: str, start: str) -> None:
    """Load the closes of a symbol from a day (YYYY-MM-DD) on, and again later while the source is busy."""
    prices.load_history(
        asset_type=asset_type,
        symbol=symbol,
        start=date.fromisoformat(start),
        market=providers.market_data,
        now=clock.now(),
    )
