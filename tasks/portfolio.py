"""Which tasks look after portfolios?"""

import logging

from app.core import clock
from app.portfolio import service as portfolio
from tasks.celery_app import app

log = logging.getLogger(__name__)


@app.task(name="portfolio.track_holdings")
def track_holdings() -> None:
    """Keep every held symbol on the list of prices that are refreshed."""
    count = portfolio.track_holdings(now=clock.now())
    log.info("portfolio.holdings_tracked", extra={"symbols": count})
