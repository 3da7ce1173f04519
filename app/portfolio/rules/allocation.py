"""How is what somebody holds spread, and where does too much depend on one thing?

Thresholds: a quarter in one symbol, as US law allows a diversified fund at most (26 U.S.C. 851(b)(3)(B)); half in
crypto, and half in currencies other than one's own, where one kind of risk decides more than all others together.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from typing import Final

from app.core import money
from app.portfolio.rules.valuation import CRYPTO

SYMBOL_CONCENTRATION: Final = "symbol_concentration"
CRYPTO_CONCENTRATION: Final = "crypto_concentration"
FOREIGN_CURRENCY_CONCENTRATION: Final = "foreign_currency_concentration"
WARNINGS: Final = (SYMBOL_CONCENTRATION, CRYPTO_CONCENTRATION, FOREIGN_CURRENCY_CONCENTRATION)

MOST_IN_A_SYMBOL: Final = Decimal(25)
MOST_IN_CRYPTO: Final = Decimal(50)
MOST_IN_FOREIGN_CURRENCIES: Final = Decimal(50)

HUNDRED: Final = Decimal(100)


@dataclass(frozen=True, kw_only=True)
class Position:
    """An asset that has a value.

    Attributes:
        currency: the asset's own.
        value: in the user's base currency, 0 or more.
    """

    asset_id: str
    asset_type: str
    symbol: str
    name: str | None
    currency: str
    value: Decimal


@dataclass(frozen=True, kw_only=True)
class AssetShare(Position):
    """An asset, and how many percent of the whole it is."""

    percentage: Decimal


@dataclass(frozen=True, kw_only=True)
class TypeShare:
    """All assets of a type together."""

    asset_type: str
    value: Decimal
    percentage: Decimal


@dataclass(frozen=True, kw_only=True)
class CurrencyShare:
    """All assets in a currency together."""

    currency: str
    value: Decimal
    percentage: Decimal


@dataclass(frozen=True, kw_only=True)
class Concentration:
    """Something that a lot depends on; `percentage` of the whole is in it."""

    code: str
    message: str
    percentage: Decimal


@dataclass(frozen=True, kw_only=True)
class Shares:
    """How the whole is spread, the largest share first."""

    by_asset: list[AssetShare]
    by_type: list[TypeShare]
    by_currency: list[CurrencyShare]
    warnings: list[Concentration]


def shares(positions: Iterable[Position], *, base_currency: str) -> Shares:
    """How the positions are spread by asset, type and currency, and what to be warned of."""
    ranked = sorted(positions, key=lambda one: (-one.value, one.symbol, one.asset_id))
    return Shares(
        by_asset=[
            AssetShare(**vars(one), percentage=percentage)
            for one, percentage in zip(
                ranked, percentages([one.value for one in ranked]), strict=True
            )
        ],
        by_type=[
            TypeShare(asset_type=name, value=value, percentage=percentage)
            for name, value, percentage in _grouped(ranked, lambda one: one.asset_type)
        ],
        by_currency=[
            CurrencyShare(currency=name, value=value, percentage=percentage)
            for name, value, percentage in _grouped(ranked, lambda one: one.currency)
        ],
        warnings=_warnings(ranked, base_currency=base_currency),
    )


def percentages(values: Sequence[Decimal]) -> list[Decimal]:
    """What each value is of their sum, in percent with 2 decimals, so that together they are 100.00.

    Each is rounded down, and the hundredths that are missing go to those that lost most by it, the first of equal
    ones: the method of largest remainders (Hamilton). All are 0 where the sum is.
    """
    whole = money.total(values)
    if whole == 0:
        return [Decimal("0.00")] * len(values)
    exact = [
        money.ROUNDING.divide(money.ROUNDING.multiply(value, HUNDRED), whole) for value in values
    ]
    rounded = [
        each.quantize(money.CENTI, rounding=ROUND_DOWN, context=money.ROUNDING) for each in exact
    ]
    missing = int(money.subtract(HUNDRED, money.total(rounded)) / money.CENTI)
    by_loss = sorted(range(len(values)), key=lambda place: rounded[place] - exact[place])
    for place in by_loss[:missing]:
        rounded[place] += money.CENTI
    return rounded


def _grouped(
    positions: Sequence[Position], key: Callable[[Position], str]
) -> list[tuple[str, Decimal, Decimal]]:
    """Name, value and percentage of each group, the largest first."""
    sums: dict[str, Decimal] = {}
    for one in positions:
        sums[key(one)] = money.total([sums.get(key(one), money.ZERO), one.value])
    ranked = sorted(sums.items(), key=lambda group: (-group[1], group[0]))
    found = percentages([value for _, value in ranked])
    return [
        (name, value, percentage) for (name, value), percentage in zip(ranked, found, strict=True)
    ]


def _warnings(positions: Sequence[Position], *, base_currency: str) -> list[Concentration]:
    found = [
        Concentration(
            code=SYMBOL_CONCENTRATION,
            message=f"{symbol} is {share} % of what you hold. Over {MOST_IN_A_SYMBOL} % in one symbol, its price "
            "decides how you do.",
            percentage=share,
        )
        for (_, symbol), share in _by_symbol(positions)
        if share > MOST_IN_A_SYMBOL
    ]
    crypto = _share_of(positions, lambda one: one.asset_type == CRYPTO)
    if crypto > MOST_IN_CRYPTO:
        found.append(
            Concentration(
                code=CRYPTO_CONCENTRATION,
                message=f"Crypto is {crypto} % of what you hold. Over {MOST_IN_CRYPTO} %, most of it rises and falls "
                "together.",
                percentage=crypto,
            )
        )
    foreign = _share_of(positions, lambda one: one.currency != base_currency)
    if foreign > MOST_IN_FOREIGN_CURRENCIES:
        found.append(
            Concentration(
                code=FOREIGN_CURRENCY_CONCENTRATION,
                message=f"{foreign} % of what you hold is not in {base_currency}. Over {MOST_IN_FOREIGN_CURRENCIES} %, "
                "exchange rates decide as much as prices.",
                percentage=foreign,
            )
        )
    return found


def _by_symbol(positions: Sequence[Position]) -> list[tuple[tuple[str, str], Decimal]]:
    """(asset type, symbol) and percentage: several assets of one symbol are one thing to depend on."""
    sums: dict[tuple[str, str], Decimal] = {}
    for one in positions:
        key = (one.asset_type, one.symbol)
        sums[key] = money.total([sums.get(key, money.ZERO), one.value])
    whole = money.total(sums.values())
    found = [(key, money.percentage(value, whole)) for key, value in sums.items()]
    return sorted(found, key=lambda share: (-share[1], share[0]))


def _share_of(positions: Sequence[Position], belongs: Callable[[Position], bool]) -> Decimal:
    whole = money.total(one.value for one in positions)
    return money.percentage(money.total(one.value for one in positions if belongs(one)), whole)
