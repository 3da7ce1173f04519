"""What has a user settled for the whole portfolio?"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from app.accounts import service as accounts
from app.core import dynamo, errors
from app.emails import service as emails
from app.portfolio import rules
from app.portfolio.models import Profile
from app.prices import service as prices
from app.providers.job_queue.interface import JobQueue

log = logging.getLogger(__name__)

DIGEST: Final = "weekly_digest"
"""The category of emails that its unsubscribe link names."""


class UnknownCurrency(errors.Unprocessable):
    """The source of exchange rates knows no such currency."""

    code = "unknown_currency"
    message = "No exchange rate is known for this base_currency. Send an ISO 4217 code such as USD, EUR or JPY."


@dataclass(frozen=True, kw_only=True)
class Preferences:
    """The currency that totals are in, and whether the user wants the weekly digest."""

    base_currency: str
    weekly_digest: bool


def get_preferences(*, user_id: str) -> Preferences:
    """The user's preferences; the usual ones where none were ever settled."""
    return _told(Profile.of(user_id))


def change_preferences(
    *,
    user_id: str,
    changes: Mapping[str, Any],
    jobs: JobQueue,
    now: datetime,
    sleep: Callable[[float], None],
    wait_seconds: float,
) -> Preferences:
    """Change what is named (base_currency, weekly_digest); simultaneous changes of different ones all last.

    The rate of a base currency is kept fresh from now on. No change writes nothing.

    Args:
        sleep: how to wait (`time.sleep`) for a worker to ask about a currency never seen.
        wait_seconds: the longest such wait; after it the currency is accepted without a rate.

    Raises:
        UnknownCurrency: the source of rates says that it knows no such currency.
    """
    if not changes:
        return get_preferences(user_id=user_id)
    currency = changes.get("base_currency")
    if currency is not None:
        _ensure_known(currency=currency, jobs=jobs, now=now, sleep=sleep, wait_seconds=wait_seconds)
        prices.track(asset_type=prices.CURRENCY, symbol=currency, now=now, jobs=jobs)
    profile, change = Profile.preferring(
        user_id=user_id,
        changes=changes,
        default_currency=rules.DEFAULT_CURRENCY,
        now=now,
    )
    dynamo.commit(change)
    if changes.get("weekly_digest"):
        _subscribe_again(user_id)
    log.info("portfolio.preferences_changed", extra={"changed": sorted(changes)})
    return _told(profile)


def _subscribe_again(user_id: str) -> None:
    """Who asks for the digest here has taken back what they said by the link in one."""
    contact = accounts.find_contacts(user_ids=[user_id]).get(user_id)
    if contact is not None and contact.email is not None:
        emails.subscribe_again(category=DIGEST, to=contact.email)


def _ensure_known(
    *,
    currency: str,
    jobs: JobQueue,
    now: datetime,
    sleep: Callable[[float], None],
    wait_seconds: float,
) -> None:
    try:
        prices.ensure_known_symbol(
            asset_type=prices.CURRENCY,
            symbol=currency,
            jobs=jobs,
            now=now,
            sleep=sleep,
            wait_seconds=wait_seconds,
        )
    except prices.UnknownSymbol:
        raise UnknownCurrency(details={"base_currency": currency}) from None


def _told(profile: Profile | None) -> Preferences:
    if profile is None:
        return Preferences(base_currency=rules.DEFAULT_CURRENCY, weekly_digest=True)
    return Preferences(base_currency=profile.base_currency, weekly_digest=profile.weekly_digest)
