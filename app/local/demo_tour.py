"""What does a user do with InvestForge? A walk through the main job, against the running stack."""

import json
import secrets
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from app.local import demo_checkout
from app.local.api_client import Answer, ApiClient, encoded
from app.local.demo_people import PASSWORD, VIEWER

TOUR_PASSWORD = "Tour-pass1"  # noqa: S105 - of a user who is made for one walk
PRICES_WITHIN_SECONDS = 30.0
PLAN_WITHIN_SECONDS = 20.0
LOOK_AGAIN_SECONDS = 0.5
LONGEST_SHOWN = 1_500
SHOWN_OF_A_TOKEN = 12
OK, CREATED = 200, 201
ASSETS = (
    {
        "asset_type": "crypto",
        "symbol": "BTC",
        "quantity": "0.25",
        "purchase_price": "61250.5",
        "purchase_date": "2024-05-14",
    },
    {
        "asset_type": "crypto",
        "symbol": "ETH",
        "quantity": "3.5",
        "purchase_price": "2890.12",
        "purchase_date": "2024-08-20",
    },
    {
        "asset_type": "stock",
        "symbol": "AAPL",
        "quantity": "20",
        "purchase_price": "189.95",
        "purchase_date": "2024-02-01",
    },
)


class UnexpectedAnswerError(Exception):
    """The stack did not do what it should; the text says what was expected."""


class Tour:
    """One walk; it shows every request and its answer as it goes.

    Args:
        client: calls the stack.
        say: shows a line.
        sleep: waits some seconds, between two looks for prices.
        now_seconds: a clock that only goes forward.
    """

    def __init__(
        self,
        client: ApiClient,
        say: Callable[[str], None],
        *,
        sleep: Callable[[float], None] = time.sleep,
        now_seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._say = say
        self._sleep = sleep
        self._now_seconds = now_seconds

    def walk(self) -> str:
        """The whole way; the verdict in one line.

        Raises:
            UnexpectedAnswerError: at the first answer that is not as it should be.
            ApiUnreachableError: when no stack is running.
        """
        self._sign_up_and_log_in(f"tour_{secrets.token_hex(4)}")
        for asset in ASSETS:
            self._show("POST", "/portfolio/assets", asset, expected=CREATED)
        self._wait_for_prices()
        crypto = self._show("GET", "/portfolio/crypto")
        stocks = self._show("GET", "/portfolio/stocks")
        summary = self._show("GET", "/portfolio/summary")
        quotes = self._show(
            "POST", "/prices", {"symbols": ["AAPL", "MSFT", "VOO"], "asset_type": "stock"}
        )
        check_totals(crypto, stocks, summary)
        check_quotes(quotes, ["AAPL", "MSFT", "VOO"])
        self._buy_and_cancel_a_plan()
        self._look_at_trading()
        return (
            f"All as expected: {summary['total_assets']} assets bought for "
            f"{summary['total_invested']} USD are worth {summary['total_value']} USD "
            f"({summary['total_gain_loss_percentage']} %)."
        )

    def _sign_up_and_log_in(self, username: str) -> None:
        email = f"{username}@example.com"
        person = {"email": email, "username": username, "password": TOUR_PASSWORD}
        self._show("POST", "/auth/signup", person, expected=CREATED)
        signed_in = self._show("POST", "/auth/login", {"email": email, "password": TOUR_PASSWORD})
        self._client.token = signed_in["access_token"]

    def _buy_and_cancel_a_plan(self) -> None:
        back = f"http://127.0.0.1:{self._client.port}/docs"
        wanted = {"plan": "growth", "success_url": back, "cancel_url": back}
        session = self._show("POST", "/stripe/create-checkout-session", wanted)
        url = session["checkout_url"]
        if not demo_checkout.is_on_this_machine(url):
            self._say("... payments are live here, so nothing is bought")
            return
        try:
            demo_checkout.pay(url, card="visa")
            self._say("... paid with the test card ending in 4242, at that page")
            billing = self._wait_for_plan("growth")
            self._show("POST", "/users/billing/cancel")
            demo_checkout.end_period(url, customer=billing["stripe_customer_id"])
            self._say("... moved Stripe's test clock to the end of the month")
            self._wait_for_plan("free")
        except demo_checkout.PageTroubleError as error:
            raise UnexpectedAnswerError(str(error)) from error

    def _wait_for_plan(self, plan: str) -> Any:
        deadline = self._now_seconds() + PLAN_WITHIN_SECONDS
        while self._client.call("GET", "/users/billing").body["plan"] != plan:
            if self._now_seconds() > deadline:
                raise UnexpectedAnswerError(
                    f"The plan should be {plan} within {PLAN_WITHIN_SECONDS:.0f} seconds: look at the "
                    "deliveries on the dashboard of Stripe's stand-in."
                )
            self._sleep(LOOK_AGAIN_SECONDS)
        return self._show("GET", "/users/billing")

    def _look_at_trading(self) -> None:
        viewer = {"username": VIEWER.username, "password": PASSWORD}
        answer = self._client.call("POST", "/api/v1/login", viewer)
        if answer.status != OK:
            self._say(
                f"\n... {VIEWER.email} can't sign in ({answer.status}), so trading is left out"
            )
            return
        self._say(f"\n... now as {VIEWER.email}, who follows the trading bot")
        self._client.token = answer.body["access_token"]
        self._show("GET", "/api/v1/profit")
        self._show("GET", "/api/v1/equity-curve?points=6")
        self._show("GET", "/api/v1/calendar")
        trades = self._show("GET", "/api/v1/trades?page_size=2")
        check_trading(trades, self._show("GET", "/api/v1/stats"))

    def _wait_for_prices(self) -> None:
        self._say("... waiting until the worker has fetched the prices")
        deadline = self._now_seconds() + PRICES_WITHIN_SECONDS
        while (answer := self._client.call("GET", "/portfolio/summary")).body["unpriced"]:
            if self._now_seconds() > deadline:
                left = ", ".join(row["symbol"] for row in answer.body["unpriced"])
                raise UnexpectedAnswerError(
                    f"No price of {left} within {PRICES_WITHIN_SECONDS:.0f} seconds: "
                    "look at the lines of worker and standins."
                )
            self._sleep(LOOK_AGAIN_SECONDS)

    def _show(self, method: str, path: str, body: Any = None, *, expected: int = OK) -> Any:
        self._say(f"\n> {method} {path}{f'  {encoded(without_secrets(body))}' if body else ''}")
        answer = self._client.call(method, path, body)
        self._say(readable(answer))
        if answer.status != expected:
            raise UnexpectedAnswerError(f"{method} {path} should have answered {expected}.")
        return answer.body


def check_totals(crypto: Any, stocks: Any, summary: Any) -> None:
    """Checks that every asset has a price and that the sums agree, to the last digit.

    Raises:
        UnexpectedAnswerError: when something does not add up.
    """
    total = Decimal(0)
    for asset in (*crypto["assets"], *stocks["assets"]):
        price = asset["current_price"]
        if price is None or price <= 0:
            raise UnexpectedAnswerError(f"{asset['symbol']} should have a price.")
        total += Decimal(asset["quantity"]) * Decimal(price)
    parts = Decimal(crypto["total_value"]) + Decimal(stocks["total_value"])
    # Prices may have been refreshed between two answers, so they are compared within one first.
    if total != parts:
        raise UnexpectedAnswerError(f"The assets are worth {total}, their totals say {parts}.")
    if summary["total_assets"] != len(ASSETS) or summary["unpriced"]:
        raise UnexpectedAnswerError("The summary should count every asset as priced.")


def check_quotes(quotes: Any, symbols: list[str]) -> None:
    """Checks that the quotes are those asked for, in that order, each with a price.

    Raises:
        UnexpectedAnswerError: when they are not.
    """
    if [quote["symbol"] for quote in quotes] != symbols:
        raise UnexpectedAnswerError("The quotes should come in the order asked.")
    for quote in quotes:
        if not quote["price"] or quote["error"]:
            raise UnexpectedAnswerError(f"{quote['symbol']} should have a price.")


def check_trading(trades: Any, stats: Any) -> None:
    """Checks that the reports on trading count the same trades.

    Raises:
        UnexpectedAnswerError: when they do not.
    """
    if trades["total"] != stats["trade_count"]:
        raise UnexpectedAnswerError(
            f"The ledger has {trades['total']} trades, the statistics count {stats['trade_count']}."
        )


def readable(answer: Answer) -> str:
    """An answer as a person reads it: the status, then the JSON, tokens cut short."""
    text = json.dumps(without_secrets(answer.body), indent=2, default=_number)
    if len(text) > LONGEST_SHOWN:
        text = f"{text[:LONGEST_SHOWN]}\n  ..."
    indented = "\n".join(f"  {line}" for line in text.splitlines())
    return f"< {answer.status}\n{indented}"


def without_secrets(body: Any) -> Any:
    """The same body with tokens cut short and passwords hidden."""
    if isinstance(body, dict):
        return {name: _hidden(name, value) for name, value in body.items()}
    return body


def _hidden(name: str, value: Any) -> Any:
    if name == "password":
        return "..."
    if name.endswith("token") and isinstance(value, str):
        return f"{value[:SHOWN_OF_A_TOKEN]}..."
    return value


def _number(value: Any) -> Any:
    """For reading only, a float will do."""
    return float(value) if isinstance(value, Decimal) else str(value)
