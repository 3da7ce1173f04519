"""Does the tour notice when something is not as it should be?"""

import json
import threading
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from app.local import demo_checkout
from app.local.api_client import ApiClient, ApiUnreachableError
from app.local.demo_tour import (
    Tour,
    UnexpectedAnswerError,
    check_quotes,
    check_rerun,
    check_sale,
    check_totals,
    check_trading,
    without_secrets,
)

ROWS = [
    {"symbol": "BTC", "quantity": Decimal("0.25"), "current_price": Decimal("100000.1")},
    {"symbol": "ETH", "quantity": Decimal("3.5"), "current_price": Decimal(3000)},
]
STOCKS = [{"symbol": "AAPL", "quantity": 20, "current_price": Decimal("200.05")}]
SOLANA = {"symbol": "SOL", "quantity": Decimal("18.42"), "current_price": Decimal(150)}
BACKTESTED = {"final_value": 11000, "total_return": 10, "max_drawdown": 5}
CHOSEN = {"weights": {"AAPL": 0.25, "MSFT": 0.75}, "sharpe": 1.5}
CRYPTO_TOTAL, STOCK_TOTAL = Decimal("35500.025"), Decimal("4001.00")


def portfolio(rows, total):
    return {"assets": rows, "total_value": total}


def summary(count=3, unpriced=()):
    return {"total_assets": count, "unpriced": list(unpriced)}


class TestCheckTotals:
    def test_accepts_what_adds_up_to_the_last_digit(self):
        check_totals(portfolio(ROWS, CRYPTO_TOTAL), portfolio(STOCKS, STOCK_TOTAL), summary())

    def test_notices_a_wrong_digit(self):
        with pytest.raises(UnexpectedAnswerError, match="their totals say"):
            check_totals(
                portfolio(ROWS, CRYPTO_TOTAL + Decimal("0.001")),
                portfolio(STOCKS, STOCK_TOTAL),
                summary(),
            )

    def test_notices_a_missing_price(self):
        rows = [{**ROWS[0], "current_price": None}]
        with pytest.raises(UnexpectedAnswerError, match="BTC should have a price"):
            check_totals(portfolio(rows, Decimal(0)), portfolio([], Decimal(0)), summary(1))

    def test_notices_an_asset_that_was_not_counted(self):
        with pytest.raises(UnexpectedAnswerError, match="count every asset"):
            check_totals(portfolio(ROWS, CRYPTO_TOTAL), portfolio(STOCKS, STOCK_TOTAL), summary(2))


class TestCheckQuotes:
    def test_notices_another_order(self):
        quotes = [{"symbol": name, "price": 1, "error": None} for name in ("MSFT", "AAPL")]
        check_quotes(quotes, ["MSFT", "AAPL"])
        with pytest.raises(UnexpectedAnswerError, match="order"):
            check_quotes(quotes, ["AAPL", "MSFT"])

    def test_notices_an_error(self):
        with pytest.raises(UnexpectedAnswerError, match="AAPL should have a price"):
            check_quotes([{"symbol": "AAPL", "price": None, "error": "x"}], ["AAPL"])


class TestCheckRerun:
    def test_notices_another_result(self):
        check_rerun({"citations": [{"matches": True}]})
        with pytest.raises(UnexpectedAnswerError, match="the same when it is run again"):
            check_rerun({"citations": [{"matches": True}, {"matches": False}]})


class TestCheckSale:
    def test_notices_an_item_that_is_still_for_sale(self):
        check_sale({"status": "accepted"}, {"status": "sold"})
        with pytest.raises(UnexpectedAnswerError, match="accepted and the item active"):
            check_sale({"status": "accepted"}, {"status": "active"})


class TestCheckTrading:
    def test_notices_another_count(self):
        check_trading({"total": 3}, {"trade_count": 3})
        with pytest.raises(UnexpectedAnswerError, match="has 3 trades, the statistics count 4"):
            check_trading({"total": 3}, {"trade_count": 4})


class TestTour:
    def test_says_when_no_stack_is_running(self):
        with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
            port = server.server_port
        with pytest.raises(ApiUnreachableError, match=f"No API answers at http://127.0.0.1:{port}"):
            Tour(ApiClient(port), lambda _line: None).walk()

    def test_walks_the_whole_way(self, scripted_api):
        lines: list[str] = []
        verdict = Tour(ApiClient(scripted_api), lines.append, sleep=lambda _seconds: None).walk()
        assert verdict.startswith("All as expected: 3 assets")
        text = "\n".join(lines)
        assert "> POST /auth/signup" in text
        assert "< 201" in text
        assert "Tour-pass1" not in text
        assert "a-long-access-token" not in text

        assert "> GET /api/v1/stats" in text
        assert "Demo-pass1" not in text

    def test_buys_a_plan_and_lets_it_end(self, scripted_api):
        lines: list[str] = []
        Tour(ApiClient(scripted_api), lines.append, sleep=lambda _seconds: None).walk()
        text = "\n".join(lines)
        assert text.index('"plan": "growth"') < text.index("/users/billing/cancel")
        assert text.index("test clock") < text.index('"plan": "free"')
        assert Scripted.pressed == ["card=visa", '{"customer": "cus_1"}']

    def test_sells_something_to_the_viewer(self, scripted_api):
        lines: list[str] = []
        Tour(ApiClient(scripted_api), lines.append, sleep=lambda _seconds: None).walk()
        text = "\n".join(lines)
        assert text.index("> POST /items") < text.index("> POST /offers")
        assert text.index("> POST /offers") < text.index("> POST /offers/o/accept")

    def test_asks_a_question_and_shows_what_the_answer_rests_on(self, scripted_api):
        lines: list[str] = []
        Tour(ApiClient(scripted_api), lines.append, sleep=lambda _seconds: None).walk()
        text = "\n".join(lines)
        assert "uploads seattle-weather.csv" in text
        assert text.index("It was 16.1.") < text.index("from: SELECT 1")
        assert "which gave 4 rows, hash abc" in text
        assert "> POST /messages/m/rerun" in text

    def test_brings_a_ledger_and_tries_other_portfolios(self, scripted_api):
        lines: list[str] = []
        Tour(ApiClient(scripted_api), lines.append, sleep=lambda _seconds: None).walk()
        text = "\n".join(lines)
        assert "line 5 refused: Left out." in text
        assert "10000 became 11000 (10 %), and fell by 5 % at worst" in text
        assert "AAPL 0.25, MSFT 0.75; Sharpe ratio 1.5" in text

    def test_notices_a_file_that_counts_twice(self, scripted_api):
        Scripted.imported_again = 4
        with pytest.raises(UnexpectedAnswerError, match="sent again should add nothing"):
            Tour(ApiClient(scripted_api), lambda _line: None, sleep=lambda _seconds: None).walk()

    def test_notices_a_wrong_gain(self, scripted_api):
        Scripted.gain = 1225.537
        with pytest.raises(UnexpectedAnswerError, match="The sale of SOL should have gained"):
            Tour(ApiClient(scripted_api), lambda _line: None, sleep=lambda _seconds: None).walk()

    def test_notices_a_file_that_is_refused(self, scripted_api):
        Scripted.file_status = "refused"
        with pytest.raises(UnexpectedAnswerError, match=r"seattle-weather\.csv should be ready"):
            Tour(ApiClient(scripted_api), lambda _line: None, sleep=lambda _seconds: None).walk()

    def test_notices_an_answer_that_failed(self, scripted_api):
        Scripted.answer_status = "failed"
        with pytest.raises(UnexpectedAnswerError, match="should be answered; there is"):
            Tour(ApiClient(scripted_api), lambda _line: None, sleep=lambda _seconds: None).walk()

    def test_gives_up_when_an_answer_does_not_come(self, scripted_api):
        Scripted.answer_status = "pending"
        seconds = iter(range(0, 1000, 10))
        tour = Tour(
            ApiClient(scripted_api),
            lambda _line: None,
            sleep=lambda _seconds: None,
            now_seconds=lambda: next(seconds),
        )
        with pytest.raises(UnexpectedAnswerError, match="should be done within 60 seconds"):
            tour.walk()

    def test_buys_nothing_where_payments_are_live(self, scripted_api):
        Scripted.checkout_url = "https://checkout.stripe.com/c/pay/cs_1"
        lines: list[str] = []
        Tour(ApiClient(scripted_api), lines.append, sleep=lambda _seconds: None).walk()
        assert "payments are live here" in "\n".join(lines)
        assert Scripted.pressed == []

    def test_notices_a_plan_that_does_not_come(self, scripted_api):
        Scripted.takes_payment = False
        seconds = iter(range(0, 1000, 10))
        tour = Tour(
            ApiClient(scripted_api),
            lambda _line: None,
            sleep=lambda _seconds: None,
            now_seconds=lambda: next(seconds),
        )
        with pytest.raises(UnexpectedAnswerError, match="plan should be growth within 20 seconds"):
            tour.walk()

    def test_notices_a_page_that_sells_nothing(self, scripted_api):
        Scripted.page_status = 500
        with pytest.raises(UnexpectedAnswerError, match="answered 500 instead of 303"):
            Tour(ApiClient(scripted_api), lambda _line: None, sleep=lambda _seconds: None).walk()
        base = f"http://127.0.0.1:{scripted_api}/stripe"
        with pytest.raises(demo_checkout.PageTroubleError, match="_advance answered 500"):
            demo_checkout.end_period(f"{base}/checkout/cs_1", customer="cus_1")
        with pytest.raises(demo_checkout.PageTroubleError, match="Nobody answers"):
            demo_checkout.pay("http://127.0.0.1:9/stripe/checkout/cs_1", card="visa")

    def test_leaves_trading_out_where_there_is_no_viewer(self, scripted_api):
        Scripted.has_demo_world = False
        lines: list[str] = []
        Tour(ApiClient(scripted_api), lines.append, sleep=lambda _seconds: None).walk()
        assert "viewer@example.com can't sign in (401), so nobody buys" in "\n".join(lines)
        assert "/api/v1/stats" not in "\n".join(lines)
        assert "> POST /offers" not in "\n".join(lines)

    def test_gives_up_when_prices_do_not_come(self, scripted_api):
        Scripted.unpriced_times = 1_000_000
        seconds = iter(range(0, 1000, 10))
        tour = Tour(
            ApiClient(scripted_api),
            lambda _line: None,
            sleep=lambda _seconds: None,
            now_seconds=lambda: next(seconds),
        )
        with pytest.raises(UnexpectedAnswerError, match="No price of ETH within 30 seconds"):
            tour.walk()


class TestWithoutSecrets:
    def test_hides_passwords_and_cuts_tokens_short(self):
        body = {"password": "p", "access_token": "a-long-access-token", "email": "e"}
        hidden = {"password": "...", "access_token": "a-long-acces...", "email": "e"}
        assert without_secrets(body) == hidden


class Scripted(BaseHTTPRequestHandler):
    """Answers as the API does, twice with an asset that has no price yet."""

    unpriced_times: ClassVar[int] = 2
    has_demo_world: ClassVar[bool] = True
    plan: ClassVar[str] = "free"
    takes_payment: ClassVar[bool] = True
    page_status: ClassVar[int] = 303
    checkout_url: ClassVar[str | None] = None
    readings: ClassVar[int] = 0
    file_status: ClassVar[str] = "completed"
    answer_status: ClassVar[str] = "completed"
    repeats: ClassVar[bool] = True
    imports: ClassVar[int] = 0
    imported_again: ClassVar[int] = 0
    gain: ClassVar[float] = 1225.536
    pressed: ClassVar[list[str]] = []

    def press(self, body):
        """A page of Stripe's: it has paid, or its clock has moved."""
        type(self).pressed.append(body)
        paid = self.path.startswith("/stripe/checkout/")
        if self.takes_payment:
            type(self).plan = "growth" if paid else "free"
        self.send_response(self.page_status if paid else {303: 200}.get(self.page_status, 500))
        self.send_header("Location", "http://127.0.0.1/docs")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def do_POST(self):
        sent = self.rfile.read(int(self.headers["Content-Length"])).decode("utf-8", "replace")
        if self.path.startswith(("/stripe/checkout/", "/stripe/_advance")):
            self.press(sent)
            return
        url = self.checkout_url or f"http://{self.headers['Host']}/stripe/checkout/cs"
        quotes = [{"symbol": s, "price": 1.5, "error": None} for s in ("AAPL", "MSFT", "VOO")]
        tokens = {"access_token": "a-long-access-token", "user_id": "u"}
        status, body = {
            "/auth/signup": (201, tokens),
            "/auth/login": (200, tokens),
            "/api/v1/login": (200 if self.has_demo_world else 401, tokens),
            "/portfolio/assets": (201, {"asset_id": "a"}),
            "/portfolio/import": (202, self.imported("pending")),
            "/portfolio/transactions": (409, {"error_code": "OVERSOLD"}),
            "/portfolio/backtests": (200, {"id": "b", "status": "completed", **BACKTESTED}),
            "/portfolio/optimizations": (200, {"id": "w", "status": "completed", **CHOSEN}),
            "/stripe/create-checkout-session": (200, {"checkout_url": url, "session_id": "cs"}),
            "/users/billing/cancel": (200, {"plan": "growth"}),
            "/prices": (200, quotes),
            "/items": (201, {"item_id": "i"}),
            "/projects": (201, {"id": "p"}),
            "/projects/p/files": (201, {"id": "f"}),
            "/projects/p/sessions": (201, {"id": "s"}),
            "/sessions/s/messages": (202, {"ai_response": {"id": "m", "status": "pending"}}),
            "/messages/m/rerun": (200, {"citations": [{"matches": self.repeats}]}),
            "/offers": (201, {"id": "o"}),
            "/offers/o/accept": (200, {"status": "accepted"}),
        }[self.path]
        self.answer(status, body)

    def do_GET(self):
        assert self.headers["Authorization"] == "Bearer a-long-access-token"
        if self.path == "/portfolio/summary":
            waiting = type(self).unpriced_times > 0
            type(self).unpriced_times -= 1
            facts = {"total_invested": 1, "total_value": 2, "total_gain_loss_percentage": 100}
            self.answer(200, {**summary(3, [{"symbol": "ETH"}] if waiting else ()), **facts})
        elif self.path == "/users/billing":
            self.answer(200, {"plan": self.plan, "stripe_customer_id": "cus_1"})
        elif self.path == "/projects/p/files":
            type(self).readings += 1
            status = "processing" if self.readings < 3 else self.file_status
            self.answer(200, {"files": [{"filename": "seattle-weather.csv", "status": status}]})
        elif self.path == "/sessions/s/messages":
            said = {"id": "m", "status": self.answer_status, "content": "It was 16.1."}
            cited = {"sql": "SELECT 1", "row_count": 4, "result_hash": "abc"}
            self.answer(200, {"messages": [{**said, "citations": [cited]}]})
        elif self.path.startswith("/items"):
            self.answer(200, {"items": [], "status": "sold"})
        elif self.path.startswith("/api/v1/"):
            self.answer(200, {"total": 100, "trade_count": 100})
        elif self.path == "/portfolio/crypto":
            held = [SOLANA] if type(self).imports else []
            self.answer(200, portfolio([*ROWS, *held], CRYPTO_TOTAL))
        elif self.path == "/portfolio/imports/i":
            type(self).imports += 1
            self.answer(200, self.imported("completed"))
        elif self.path.startswith("/portfolio/gains"):
            self.answer(200, {"disposals": [{"gain": self.gain}]})
        else:
            self.answer(200, portfolio(STOCKS, STOCK_TOTAL))

    def imported(self, status):
        """The file's lines are new once."""
        count = 4 if self.imports == 1 else self.imported_again
        line = {"line": 5, "result": "refused", "reason": "Left out."}
        return {"id": "i", "status": status, "imported": count, "rows": [line]}

    def answer(self, status, body):
        text = json.dumps(body, default=float).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_arguments):
        """The test's output stays quiet."""


@pytest.fixture
def scripted_api():
    Scripted.unpriced_times, Scripted.has_demo_world = 2, True
    Scripted.plan, Scripted.takes_payment, Scripted.page_status = "free", True, 303
    Scripted.checkout_url, Scripted.pressed = None, []
    Scripted.readings, Scripted.file_status = 0, "completed"
    Scripted.answer_status, Scripted.repeats = "completed", True
    Scripted.imports, Scripted.imported_again, Scripted.gain = 0, 0, 1225.536
    with ThreadingHTTPServer(("127.0.0.1", 0), Scripted) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()
