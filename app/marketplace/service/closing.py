"""How do offers end by themselves: because their time is up, or because the item left the market?

Each is ended by one transaction with the email that tells of it, whose condition lets it happen once, however often
a task runs. Work is bounded: what a run leaves over is asked for again.
"""

import logging
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta

from app.core import dynamo
from app.marketplace.models import Departure, Offer
from app.marketplace.rules import offers as rules
from app.marketplace.service import letters
from app.providers.job_queue.interface import JobQueue

log = logging.getLogger(__name__)

CLOSE_OFFERS = "marketplace.close_offers"
CLOSED_AT_ONCE = 50
MOST_EXPIRED = 250
# An offer of the last moment may appear in an index so much later than it was written.
SETTLED_AFTER = timedelta(minutes=1)


def ask(*, listing_id: str, jobs: JobQueue) -> None:
    """Have the pending offers of an item that left the market declined, once the request has succeeded."""
    jobs.enqueue(CLOSE_OFFERS, {"listing_id": listing_id})


def close_offers(*, listing_id: str, jobs: JobQueue, now: datetime) -> int:
    """Decline up to 50 pending offers of an item that left the market, ask for the rest; how many were declined."""
    departure = Departure.of(listing_id)
    if departure is None:
        return 0
    pending = Offer.open_in(listing_id, limit=CLOSED_AT_ONCE)
    closed = _end(pending, rules.DECLINED, letters.CLOSED, jobs, now)
    if len(pending) == CLOSED_AT_ONCE:
        ask(listing_id=listing_id, jobs=jobs)
    elif not pending:
        _settle(departure, now)
    log.info("marketplace.offers_closed", extra={"count": closed})
    return closed


def expire_offers(*, jobs: JobQueue, now: datetime) -> int:
    """End up to 250 offers whose time is up, and look again after items that left the market; how many expired.

    What one run does not reach is longer due, and first, at the next; until then it is shown as expired all the same.
    """
    due = Offer.due(now=now, limit=MOST_EXPIRED)
    expired = _end(due, rules.EXPIRED, letters.EXPIRED, jobs, now)
    for departure in Departure.unfinished():
        ask(listing_id=departure.listing_id, jobs=jobs)
    if expired:
        log.info("marketplace.offers_expired", extra={"count": expired})
    return expired


def _end(
    offers: Iterable[Offer], status: str, kinds: Mapping[str, str], jobs: JobQueue, now: datetime
) -> int:
    """End each of these offers that is still pending; how many."""
    ended, offers = 0, list(offers)
    contacts = letters.contacts_of(offers=offers)
    for offer in offers:
        # One whose time is up has expired, whatever else would end it.
        is_over = rules.status_at(status=offer.status, expires_at=offer.expires_at, now=now)
        after, news = (
            (rules.EXPIRED, letters.EXPIRED) if is_over == rules.EXPIRED else (status, kinds)
        )
        written = letters.written(kinds=news, offer=offer, contacts=contacts, now=now)
        with suppress(dynamo.ConditionFailed):  # somebody ended it since it was read
            dynamo.commit(offer.ending(status=after, now=now), *letters.writes_of(letters=written))
            letters.send(letters=written, jobs=jobs)
            ended += 1
    return ended


def _settle(departure: Departure, now: datetime) -> None:
    """Forget an item that left once nothing can appear any more."""
    if departure.quiet_since is None:
        with suppress(dynamo.ConditionFailed):  # another run noted it, or forgot the item
            dynamo.commit(departure.found_quiet(now=now))
    elif now - departure.quiet_since >= SETTLED_AFTER:
        dynamo.commit(departure.done())
