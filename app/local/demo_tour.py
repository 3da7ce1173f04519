"""What does a user do with InvestForge? A walk through the main job, against the running stack."""

import json
import secrets
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from app.local import demo_checkout, demo_portfolio, demo_questions, demo_workspace
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
        self._go_deeper()
        self._buy_and_cancel_a_plan()
        self._ask_of_data()
        viewer = self._viewer_token()
        self._sell_something(viewer)
        self._look_at_trading(viewer)
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

    def _go_deeper(self) -> None:
        investor = demo_portfolio.Investor(
            self._client,
            show=self._show,
            say=self._say,
            sleep=self._sleep,
            now_seconds=self._now_seconds,
        )
        try:
            investor.go_deeper()
        except demo_questions.NoAnswerError as error:
            raise UnexpectedAnswerError(str(error)) from error

    def _ask_of_data(self) -> None:
        project = self._show("POST", "/projects", {"name": "Weather"}, expected=CREATED)
        file = demo_workspace.DATA / demo_questions.TOUR_FILE
        asker = demo_questions.Asker(self._client, sleep=self._sleep, now_seconds=self._now_seconds)
        try:
            self._say(f"\n... uploads {file.name}, public-domain data")
            sent = self._client.send_file(f"/projects/{project['id']}/files", file)
            demo_questions.body_of(sent, f"the upload of {file.name}")
            asker.wait_for_files(project["id"])
            session = self._show(
                "POST", f"/projects/{project['id']}/sessions", {}, expected=CREATED
            )
            self._say(f"\n... asks: {demo_questions.TOUR_QUESTION}")
            said = asker.answer_to(session["id"], demo_questions.TOUR_QUESTION)
        except demo_questions.NoAnswerError as error:
            raise UnexpectedAnswerError(str(error)) from error
        (cited,) = said["citations"]
        self._say(said["content"])
        self._say(f"  from: {cited['sql']}")
        self._say(f"  which gave {cited['row_count']} rows, hash {cited['result_hash']}")
        again = self._show("POST", f"/messages/{said['id']}/rerun")
        check_rerun(again)

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

    def _viewer_token(self) -> str | None:
        """What lets the viewer in, asked for once: sign-ins of one address are limited."""
        viewer = {"username": VIEWER.username, "password": PASSWORD}
        answer = self._client.call("POST", "/api/v1/login", viewer)
        if answer.status == OK:
            return str(answer.body["access_token"])
        self._say(
            f"\n... {VIEWER.email} can't sign in ({answer.status}), so nobody buys anything and "
            "trading is left out"
        )
        return None

    def _sell_something(self, buyer: str | None) -> None:
        item_id = f"guitar-{secrets.token_hex(4)}"
        guitar = {"item_id": item_id, "name": "Acoustic guitar", "price": Decimal("249.99")}
        self._show("POST", "/items", guitar, expected=CREATED)
        self._show("GET", "/items?q=guit&max_price=250")
        if buyer is None:
            return
        seller, self._client.token = self._client.token, buyer
        self._say(f"\n... {VIEWER.email} makes an offer for it")
        wanted = {"item_id": item_id, "price": Decimal("235.50")}
        offer = self._show("POST", "/offers", wanted, expected=CREATED)
        self._client.token = seller
        self._say("\n... and its owner accepts")
        sold = self._show("POST", f"/offers/{offer['id']}/accept")
        check_sale(sold, self._show("GET", f"/items/{item_id}"))

    def _look_at_trading(self, viewer: str | None) -> None:
        if viewer is None:
            return
        self._say(f"\n... now as {VIEWER.email}, who follows the trading bot")
        self._client.token = viewer
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


def check_rerun(again: Any) -> None:
    """Checks that the queries of an answer still give what they gave.

    Raises:
        UnexpectedAnswerError: when they do not.
    """
    if not all(row["matches"] for row in again["citations"]):
        raise UnexpectedAnswerError("The query should give the same when it is run again.")


def check_sale(offer: Any, item: Any) -> None:
    """Checks that an accepted offer sold the item.

    Raises:
        UnexpectedAnswerError: when it did not.
    """
    if (offer["status"], item["status"]) != ("accepted", "sold"):
        raise UnexpectedAnswerError(
            f"The offer is {offer['status']} and the item {item['status']}, not accepted and sold."
        )


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
