"""Do returns tell how well holdings and money did, as the public libraries tell it?"""

import math
from collections.abc import Sequence
from decimal import Decimal

import pandas as pd
import pytest
import pyxirr
from hypothesis import given, settings
from hypothesis import strategies as st
from quantstats import stats

from app.portfolio.rules import entries as ledger
from app.portfolio.rules import lots, performance
from app.portfolio.rules.entries import Entry
from app.portfolio.rules.performance import Figures
from app.portfolio.rules.valued_days import Day
from tests.portfolio.ledgers import Made, day, dollars, entry, ledgers, line
from tests.portfolio.test_valued_days_rules import ACME, days_of

FIGURES = [ledger.BUY, ledger.SELL, ledger.DIVIDEND, ledger.TRANSFER_IN, ledger.TRANSFER_OUT]


def worth(*values: str) -> list[Day]:
    return [Day(day=day(number), value=Decimal(value)) for number, value in enumerate(values)]


def figures(entries: Sequence[Entry], closes: Sequence[str]) -> Figures:
    return performance.figures(days_of(entries, {ACME: line(closes)}, end=len(closes) - 1))


def rounded(value: Decimal | None) -> Decimal | None:
    return None if value is None else round(value, 10)


class TestTimeWeightedReturn:
    def test_links_the_returns_of_days(self) -> None:
        # +10 %, then -10 %: 1.1 x 0.9 - 1.
        assert performance.figures(worth("100", "110", "99")).time_weighted_return == -1

    def test_is_what_the_holding_did_whatever_was_put_in(self) -> None:
        bought = [entry("buy", 1, "1", "100"), entry("buy", 2, "1000", "100")]
        done = figures(bought, ["100", "100", "110", "121"])
        assert rounded(done.time_weighted_return) == 21
        assert done.net_deposits == 100_100

    def test_counts_what_a_purchase_gained_or_lost_on_its_day(self) -> None:
        assert (
            rounded(figures([entry("buy", 1, "1", "80")], ["90", "100"]).time_weighted_return) == 25
        )
        paid = [entry("buy", 1, "1", "100", fee="25")]
        assert rounded(figures(paid, ["90", "100"]).time_weighted_return) == -20

    def test_counts_dividends_and_fees(self) -> None:
        held = entry("buy", 1, "1", "100")
        dividend = entry("dividend", 2, "1", "12", fee="2")
        assert rounded(figures([held, dividend], ["100"] * 3).time_weighted_return) == 10
        fee = entry("fee", 2, "1", "25", symbol=None)
        assert rounded(figures([held, fee], ["100"] * 3).time_weighted_return) == -20

    def test_stands_still_once_all_is_sold(self) -> None:
        traded = [entry("buy", 1, "1", "100"), entry("sell", 2, "1", "150")]
        done = figures(traded, ["100", "100", "140", "10", "1000"])
        assert done.cumulative_returns == [0, 0, 50, 50, 50]
        assert [done.end_value, done.gain, done.net_deposits] == [0, 50, -50]

    def test_does_not_count_a_dividend_that_comes_when_nothing_is_held(self) -> None:
        traded = [
            entry("buy", 1, "1", "100"),
            entry("sell", 2, "1", "150"),
            entry("dividend", 3, "1", "5"),
        ]
        done = figures(traded, ["100", "100", "140", "10"])
        assert rounded(done.time_weighted_return) == 50
        assert [done.gain, done.income] == [55, 5]
        assert done.money_weighted_return is None  # beyond a billion percent a year

    def test_loses_all_at_most(self) -> None:
        ruined = [entry("buy", 1, "1", "1"), entry("fee", 2, "1", "1000", symbol=None)]
        done = figures(ruined, ["1", "1", "0.01"])
        assert done.time_weighted_return is not None
        assert -100 <= done.time_weighted_return < Decimal("-99.9")

    def test_takes_what_a_sale_cost_beyond_its_proceeds_as_paid_in(self) -> None:
        sold = [entry("buy", 1, "2", "10"), entry("sell", 2, "1", "1", fee="11")]
        # 20 and 10 besides became 10.
        done = figures(sold, ["10", "10", "10"])
        assert round(done.time_weighted_return or 0, 4) == Decimal("-66.6667")

    def test_is_unknown_where_nothing_was_held(self) -> None:
        done = performance.figures(worth("0", "0"))
        assert (done.time_weighted_return, done.max_drawdown, done.volatility) == (None, None, None)
        assert (done.money_weighted_return, done.sharpe) == (None, None)

    @settings(max_examples=60)
    @given(
        closes=st.lists(st.decimals("1", "1000", places=2), min_size=6, max_size=12),
        deposits=st.lists(st.tuples(st.integers(2, 5), st.decimals("0.001", "900", places=3))),
    )
    def test_does_not_change_with_deposits(
        self, closes: list[Decimal], deposits: list[tuple[int, Decimal]]
    ) -> None:
        """What is bought at the price of the day before, and so works for all of its day, changes nothing."""
        held = [entry("buy", 1, "1", closes[0])]
        more = [entry("buy", on, units, closes[on - 1]) for on, units in deposits]
        less = [entry("sell", on, "0.1", closes[on]) for on, _ in deposits[:5]]
        prices = [str(close) for close in closes]
        alone = figures(held, prices).cumulative_returns
        assert [rounded(each) for each in figures([*held, *more], prices).cumulative_returns] == [
            rounded(each) for each in alone
        ]
        assert [rounded(each) for each in figures([*held, *less], prices).cumulative_returns] == [
            rounded(each) for each in alone
        ]


class TestAgainstPublicLibraries:
    @settings(max_examples=60)
    @given(made=ledgers(types=FIGURES))
    def test_figures_are_theirs(self, made: Made) -> None:
        """Returns by the definition in floats, from units and closes; all else is quantstats'."""
        days = days_of(made.entries, made.lines, end=made.last)
        done = performance.figures(days)
        theirs = self._returns(made)
        assert done.time_weighted_return is not None
        assert math.isclose(
            float(done.time_weighted_return) / 100,
            float(stats.comp(theirs)),
            rel_tol=1e-9,
            abs_tol=1e-9,
        )
        known = theirs.dropna()
        if len(known) > 1 and known.std() > 1e-9:
            volatility = float(stats.volatility(known, periods=365)) * 100
            assert math.isclose(float(done.volatility or 0), volatility, rel_tol=1e-9)
            assert math.isclose(
                float(done.sharpe or 0),
                float(stats.sharpe(known, periods=365)),
                rel_tol=1e-7,
                abs_tol=1e-9,
            )
        index = pd.concat([pd.Series([1.0]), (1 + theirs.fillna(0)).cumprod()], ignore_index=True)
        assert math.isclose(
            float(done.max_drawdown or 0),
            -float((index / index.cummax() - 1).min()) * 100,
            abs_tol=1e-9,
        )

    @settings(max_examples=50)
    @given(made=ledgers(days=200, types=FIGURES))
    def test_money_weighted_return_is_pyxirr_s(self, made: Made) -> None:
        days = days_of(made.entries, made.lines, end=made.last)
        ours = performance.figures(days).money_weighted_return
        flows = self._payments(made)
        theirs = pyxirr.xirr([on for on, _ in flows], [amount for _, amount in flows])
        if ours is None or theirs is None or ours < -85:
            return
        rate = float(ours) / 100
        value = pyxirr.xnpv(rate, [on for on, _ in flows], [amount for _, amount in flows])
        size = sum(abs(amount) for _, amount in flows)
        # Where several rates explain the payments, ours is one of them.
        assert (
            math.isclose(rate, theirs, rel_tol=1e-6, abs_tol=1e-8) or abs(value or 0) < 1e-6 * size
        )

    @staticmethod
    def _units(made: Made, on: int) -> dict[str, float]:
        held = {"ACME": 0.0, "BETA": 0.0}
        for each in made.entries:
            if each.day <= day(on) and each.symbol is not None:
                sign = {"buy": 1, "transfer_in": 1, "sell": -1, "transfer_out": -1}.get(
                    each.type, 0
                )
                held[each.symbol] += sign * float(each.quantity)
        return held

    @classmethod
    def _value(cls, made: Made, on: int) -> float:
        return sum(
            units * float(made.lines["stock", symbol].closes.at(day(on)) or 0)
            for symbol, units in cls._units(made, on).items()
        )

    @staticmethod
    def _flows(made: Made, on: int) -> tuple[float, float]:
        came_in = went_out = 0.0
        for each in made.entries:
            if each.day != day(on) or each.symbol is None:
                continue
            close = float(made.lines["stock", each.symbol].closes.at(day(on)) or 0)
            units, price, fee = float(each.quantity), float(each.price), float(each.fee)
            match each.type:
                case "buy":
                    came_in += units * price + fee
                case "sell":
                    went_out += units * price - fee
                case "dividend":
                    went_out += price - fee
                case "transfer_in":
                    came_in += units * close + fee
                case "transfer_out":
                    went_out += units * close
                    came_in += fee
        return came_in, went_out

    @classmethod
    def _returns(cls, made: Made) -> "pd.Series":
        found = []
        for on in range(1, made.last + 1):
            before, after = cls._value(made, on - 1), cls._value(made, on)
            came_in, went_out = cls._flows(made, on)
            if went_out < 0:
                came_in, went_out = came_in - went_out, 0.0
            at_work = before + came_in
            found.append((after + went_out) / at_work - 1 if at_work > 1e-12 else math.nan)
        return pd.Series(found, index=pd.date_range(day(1), periods=made.last))

    @classmethod
    def _payments(cls, made: Made) -> list[tuple[object, float]]:
        found: list[tuple[object, float]] = []
        for on in range(1, made.last + 1):
            came_in, went_out = cls._flows(made, on)
            found.append((day(on), went_out - came_in))
        return [*found, (day(made.last), cls._value(made, made.last))]


class TestMoneyWeightedReturn:
    def test_is_the_rate_of_what_was_paid_and_received(self) -> None:
        bought = [entry("buy", 1, "1", "100"), entry("dividend", 366, "1", "10")]
        days = days_of(bought, {ACME: line({0: "100"})}, end=366)
        assert rounded(performance.figures(days).money_weighted_return) == 10

    def test_begins_with_what_was_there(self) -> None:
        days = [*worth("100")[:1], Day(day=day(365), value=Decimal(110))]
        assert rounded(performance.figures(days).money_weighted_return) == 10

    def test_is_lower_where_more_was_put_in_before_a_fall(self) -> None:
        prices = ["100"] + ["100"] * 100 + ["200"] * 100 + ["100"] * 165
        early = figures([entry("buy", 1, "2", "100")], prices)
        late = figures([entry("buy", 1, "1", "100"), entry("buy", 150, "1", "200")], prices)
        assert rounded(early.time_weighted_return) == rounded(late.time_weighted_return) == 0
        assert rounded(early.money_weighted_return) == 0
        assert (late.money_weighted_return or 0) < -30


class TestRisk:
    def test_worst_fall_is_of_returns_and_not_of_withdrawals(self) -> None:
        traded = [entry("buy", 1, "10", "100"), entry("sell", 2, "9", "100")]
        done = figures(traded, ["100", "100", "100", "80", "90"])
        assert rounded(done.max_drawdown) == 20

    def test_days_on_which_nothing_was_held_are_no_days_without_risk(self) -> None:
        traded = [
            entry("buy", 1, "1", "100"),
            entry("sell", 3, "1", "99"),
            entry("buy", 20, "1", "100"),
        ]
        prices = ["100", "100", "110", "99", *["100"] * 17, "110"]
        done = figures(traded, prices)
        # 0, +10 %, -10 % | 0, +10 %
        expected = pd.Series([0, 0.1, -0.1, 0, 0.1])
        assert math.isclose(
            float(done.volatility or 0), float(stats.volatility(expected, periods=365)) * 100
        )


class TestBeside:
    DAYS = (
        Day(day=day(0), value=Decimal(100)),
        Day(day=day(1), value=Decimal(150), came_in=Decimal(50)),
        Day(day=day(2), value=Decimal(130), went_out=Decimal(20)),
    )

    def test_tells_what_the_same_payments_would_have_come_to(self) -> None:
        found = performance.beside(self.DAYS, line=line(["10", "11", "22"]), rates=dollars)
        assert [rounded(each) for each in found.cumulative_returns] == [0, 10, 120]
        # (100 + 50) x 1.1 = 165; x 2 - 20 = 310.
        assert found.worth == [100, 165, 310]
        assert rounded(found.total_return) == 120
        assert found.max_drawdown == 0

    def test_begins_with_its_first_price(self) -> None:
        found = performance.beside(self.DAYS, line=line({1: "10", 2: "11"}), rates=dollars)
        assert [rounded(each) for each in found.cumulative_returns] == [None, 0, 10]
        assert found.worth == [None, 150, 145]

    def test_is_unknown_without_any(self) -> None:
        found = performance.beside(self.DAYS, line=line({}), rates=dollars)
        assert found.cumulative_returns == found.worth == [None, None, None]
        assert (found.total_return, found.sharpe) == (None, None)

    def test_is_in_the_currency_of_the_report(self) -> None:
        found = performance.beside(self.DAYS, line=line(["10"], currency="XYZ"), rates=dollars)
        assert found.total_return is None


class TestGains:
    TRADED = (
        entry("buy", 1, "10", "10"),
        entry("buy", 2, "10", "20"),
        entry("sell", 3, "5", "30"),
        entry("sell", 5, "5", "40"),
    )

    @pytest.mark.parametrize(
        ("method", "realised", "cost"),
        [("fifo", 150, 200), ("lifo", 100, 100), ("hifo", 100, 100), ("average", 125, 150)],
    )
    def test_are_by_the_cost_basis(self, method: str, realised: int, cost: int) -> None:
        found = performance.gains(
            self.TRADED, method=method, start=day(3), end=day(9), uncounted=()
        )
        assert found.realised == realised
        assert found.open_cost == cost

    def test_are_of_what_happened_by_the_end(self) -> None:
        found = performance.gains(
            self.TRADED, method=lots.FIFO, start=day(0), end=day(3), uncounted=()
        )
        assert [found.realised, found.open_cost] == [100, 250]

    def test_leave_out_the_cost_of_what_nobody_can_value(self) -> None:
        found = performance.gains(
            self.TRADED, method=lots.FIFO, start=day(0), end=day(9), uncounted={"ACME"}
        )
        assert [found.realised, found.open_cost] == [250, 0]
