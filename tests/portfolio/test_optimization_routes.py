"""Does an optimisation come to its result through the API, for one unit, and tell why where it can't?"""

from decimal import Decimal

import pytest

from tests.portfolio.trying import (
    DAYS,
    backtest,
    done,
    market,
    optimise,
    owner,
    used,
    worker,
)

__all__ = ["backtest", "market", "optimise", "owner", "used", "worker"]


class TestOptimisation:
    def test_gives_weights_that_add_up_to_one_and_can_be_backtested(
        self, worker, client, owner, optimise, backtest, used
    ):
        first = optimise()
        assert first.status_code == 202
        shown = done(worker, client, owner, first, "/portfolio/optimizations")

        assert (shown["status"], shown["error"]) == ("completed", None)
        assert shown["symbols"] == ["AAA", "BBB"]
        assert sum(Decimal(str(weight)) for weight in shown["weights"].values()) == 1
        assert len(shown["frontier"]) == 25
        assert shown["frontier"][0]["volatility"] == shown["volatility"]
        returns = [point["expected_return"] for point in shown["frontier"]]
        assert returns == sorted(returns)
        assert used("portfolio_optimizations") == 1

        tried = backtest(weights=shown["weights"])
        assert tried.status_code == 200
        assert tried.json["weights"] == shown["weights"]

    @pytest.mark.parametrize("objective", ["max_sharpe", "risk_parity"])
    def test_knows_other_objectives(self, worker, client, owner, optimise, objective):
        first = optimise(objective=objective, risk_free_rate="2.5")
        shown = done(worker, client, owner, first, "/portfolio/optimizations")

        assert (shown["objective"], shown["risk_free_rate"]) == (objective, 2.5)
        assert shown["sharpe"] == pytest.approx(
            (shown["expected_return"] - Decimal("2.5")) / shown["volatility"], abs=Decimal("0.002")
        )

    @pytest.mark.parametrize(
        ("symbols", "chosen", "code"),
        [
            (["AAA", "FLAT"], {}, "price_never_moved"),
            (["AAA", "SHORT"], {"end": DAYS[29].isoformat()}, "too_few_common_days"),
            (
                ["AAA", "BBB"],
                {"objective": "max_sharpe", "risk_free_rate": 100},
                "nothing_above_risk_free",
            ),
            (["AAA", "TWIN"], {}, "no_risk_left"),
        ],
    )
    def test_says_why_it_fails_and_costs_nothing(
        self, worker, client, owner, optimise, market, used, symbols, chosen, code
    ):
        falling = {day: Decimal(100) * Decimal("0.99") ** n for n, day in enumerate(DAYS)}
        market.remember("stock", "FLAT", dict.fromkeys(DAYS, Decimal(5)))
        market.remember("stock", "SHORT", {day: Decimal(n + 1) for n, day in enumerate(DAYS)})
        if code == "no_risk_left":
            market.remember("stock", "AAA", _mirrored(1))
            market.remember("stock", "TWIN", _mirrored(-1))
        if code == "nothing_above_risk_free":
            market.remember(
                "stock", "AAA", {day: c + n % 2 for n, (day, c) in enumerate(falling.items())}
            )
            market.remember(
                "stock", "BBB", {day: c + n % 3 for n, (day, c) in enumerate(falling.items())}
            )

        first = optimise(symbols=symbols, **chosen)
        shown = done(worker, client, owner, first, "/portfolio/optimizations")

        assert (shown["status"], shown["error_code"]) == ("failed", code)
        assert shown["weights"] is None
        assert used("portfolio_optimizations") == 0

    @pytest.mark.parametrize(
        "wrong",
        [
            {"symbols": ["AAA"]},
            {"symbols": ["AAA", "aaa"]},
            {"symbols": ["AAA", "stock:AAA"]},
            {"symbols": [f"S{n}" for n in range(31)]},
            {"objective": "most"},
            {"risk_free_rate": 101},
        ],
    )
    def test_is_refused_where_it_makes_no_sense(self, optimise, wrong):
        assert optimise(**wrong).status_code == 422


def _mirrored(sign):
    """Closes whose daily returns are one hundredth up and down, or down and up."""
    closes, value = {}, Decimal(100)
    for number, day in enumerate(DAYS):
        value *= 1 + sign * Decimal("0.01") * (1 if number % 2 else -1)
        closes[day] = value.quantize(Decimal("1e-15"))
    return closes
