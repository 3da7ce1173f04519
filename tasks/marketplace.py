"""Which tasks end offers?"""

from app.core import clock, dynamo
from app.extensions import providers
from app.marketplace import service as marketplace
from tasks.celery_app import app


@app.task(
    name="marketplace.close_offers",
    autoretry_for=(dynamo.Busy,),
    retry_backoff=5,
    retry_backoff_max=300,
    max_retries=5,
)
def close_offers(listing_id: str) -> None:
    """Decline the pending offers of an item that left the market, some at a time."""
    marketplace.close_offers(listing_id=listing_id, jobs=providers.job_queue, now=clock.now())


@app.task(name="marketplace.expire_offers")
def expire_offers() -> None:
    """End the offers whose time is up, and look again after items that left the market."""
    marketplace.expire_offers(jobs=providers.job_queue, now=clock.now())
