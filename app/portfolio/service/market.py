"""What are units worth by what the market said, in the currency they were bought in and in the user's own?

Of today and of a past day it is the same arithmetic; only the quotes differ.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

from app.portfolio import rules
from app.prices import service as prices
from app.providers.job_queue.interface import JobQueue

if TYPE_CHECKING:
    from app.portfolio.models import Asset
    from app.portfolio.rules.past import PastHolding

Units: TypeAlias = "Asset | PastHolding"
Held = TypeVar("Held", "Asset", "PastHolding")


@dataclass(frozen=True, kw_only=True)
class Holding(Generic[Held]):
    """Units with their valuation in their own currency."""

    asset: Held
    valuation: rules.Valuation


@dataclass(frozen=True, kw_only=True)
class CountedHolding(Holding[Held]):
    """A holding as totals count it: `counted` is its valuation in the user's base currency.

    Where it can't be converted, `counted` is in its own currency still; `rules.why_uncounted` tells why.
    """

    counted: rules.Valuation


@dataclass(frozen=True)
class Market:
    """The quotes of some symbols, and of all the currencies that they and the units are in."""

    quotes: Mapping[prices.Pair, prices.Quote]

    def price_of(self, units: Units) -> rules.Price:
        """What one unit costs, in the currency in which the market says it."""
        quote = self.quotes[units.asset_type, units.symbol]
        return rules.Price(
            amount=quote.price,
            currency=quote.currency,
            quoted_at=quote.timestamp,
            stale=quote.stale,
        )

    def rate(self, currency: str, *, to: str) -> rules.Rate:
        """What one unit of a currency costs in another."""
        found = prices.rates_from(quotes=self.quotes, currencies=[currency], to=to)[currency]
        return rules.Rate(amount=found.amount, quoted_at=found.quoted_at, stale=found.stale)

    def valued(self, units: Held, *, price: rules.Price) -> Holding[Held]:
        """The units at that price."""
        rate = self.rate(price.currency, to=units.currency)
        return Holding(
            asset=units,
            valuation=rules.value_holding(
                quantity=units.quantity,
                cost=units.cost,
                currency=units.currency,
                price=rules.price_in(units.currency, price=price, rate=rate),
            ),
        )

    def counted(self, units: Held, *, price: rules.Price, currency: str) -> CountedHolding[Held]:
        """The units at that price, in their own currency and in `currency`."""
        valuation = self.valued(units, price=price).valuation
        return CountedHolding(
            asset=units,
            valuation=valuation,
            counted=rules.valuation_in(
                currency, valuation=valuation, rate=self.rate(units.currency, to=currency)
            ),
        )


def symbols_of(*, units: Collection[Units], counted_in: Collection[str] = ()) -> set[prices.Pair]:
    """The (asset type, symbol) to ask about before some units can be valued, and counted in other currencies.

    A price may turn out to be in yet another currency: `prices.rate_symbols` of the answers' currencies tells.
    """
    if not units:
        return set()
    currencies = {each.currency for each in units}.union(counted_in)
    return {(each.asset_type, each.symbol) for each in units} | prices.rate_symbols(
        currencies=currencies
    )


def latest_market(
    *, wanted: Collection[prices.Pair], now: datetime, stale_after_seconds: int
) -> Market:
    """What the market last said: one batched read for every 100 symbols.

    A second one follows only where something is priced in a currency that was not asked about.
    """
    quotes = prices.latest_quotes(wanted=wanted, now=now, stale_after_seconds=stale_after_seconds)
    others = (
        prices.rate_symbols(currencies=(quote.currency for quote in quotes.values()))
        - quotes.keys()
    )
    if others:
        quotes |= prices.latest_quotes(
            wanted=others, now=now, stale_after_seconds=stale_after_seconds
        )
    return Market(quotes)


def keep_priced(
    *, asset_type: str, symbol: str, currency: str, now: datetime, jobs: JobQueue
) -> None:
    """Keep fresh from now on what is needed to value units of a symbol that were bought in `currency`."""
    prices.track(asset_type=asset_type, symbol=symbol, now=now, jobs=jobs)
    prices.track(asset_type=prices.CURRENCY, symbol=currency, now=now, jobs=jobs)
