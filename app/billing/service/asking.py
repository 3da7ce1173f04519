"""How does billing ask whoever takes payments, and what does a request say that can't?"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from app.core import errors
from app.providers.payments.interface import GiveUp, Payments, TryAgain

log = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = 30


class BillingNotConfigured(errors.ServiceUnavailable):
    """There is no key for payments."""

    code = "billing_not_configured"
    message = "Payments are not set up here: whoever runs this has to set STRIPE_SECRET_KEY."


class PaymentsUnavailable(errors.ServiceUnavailable):
    """Stripe did not do what was asked."""

    code = "payments_unavailable"
    message = "The payment service is not answering. Nothing was charged; try again shortly."


def configured(*, payments: Payments | None) -> Payments:
    """Whoever takes payments.

    Raises:
        BillingNotConfigured.
    """
    if payments is None:
        raise BillingNotConfigured
    return payments


@contextmanager
def within_request() -> Iterator[None]:
    """Tell a caller who waits that Stripe did not answer, or refused, as PaymentsUnavailable."""
    try:
        yield
    except (TryAgain, GiveUp) as error:
        log.warning("payments.unavailable", extra={"reason": str(error)})
        wait = getattr(error, "retry_after_seconds", None) or RETRY_AFTER_SECONDS
        raise PaymentsUnavailable(retry_after_seconds=wait) from error
