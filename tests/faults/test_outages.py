"""What does the API answer while something beneath it is down, how soon, and does it recover by itself?

API Gateway ends a request after 29 s, so every limit here is below that. What fails at once is tried three times
within a few seconds; what hangs costs its timeout each time.
"""

import contextlib
import threading
import time
from collections.abc import Iterator

import pytest
from werkzeug.serving import make_server

from app.config import Settings
from app.core.idempotency import LOCKED_FOR
from app.local.standins.server import create_app as create_standins
from tasks import emails as email_tasks
from tasks import prices as price_tasks
from tests.accounts.worker import Worker
from tests.conftest import PASSWORD, LocalAws, SetClock
from tests.faults import fault_proxy
from tests.faults.fault_proxy import BROKEN, GARBAGE, HANGING, PLAIN, THROTTLING, UNREACHABLE

AT_ONCE_SECONDS = 3  # what needs nothing that is down
REFUSED_SECONDS = 10  # three tries of something that fails at once, on a machine that is busy
HANGING_SECONDS = 25  # three tries of something that doesn't answer
SYMBOL_WAIT_SECONDS = 6  # a new symbol waits 3 s for a worker, and none works here
REFRESH_SECONDS = 60  # a task; nobody waits for it

COIN = {
    "asset_type": "crypto",
    "symbol": "BTC",
    "quantity": 2,
    "purchase_price": 100,
    "purchase_date": "2026-01-05",
}


@pytest.fixture(scope="session")
def proxy(aws_server: LocalAws) -> Iterator[fault_proxy.FaultProxy]:
    """In front of AWS."""
    with fault_proxy.in_front_of(aws_server.url) as proxy:
        yield proxy


@pytest.fixture(scope="session")
def sources() -> Iterator[fault_proxy.FaultProxy]:
    """In front of the stand-ins for the sources of prices."""
    server = make_server("127.0.0.1", 0, create_standins(), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        with fault_proxy.in_front_of(f"http://127.0.0.1:{server.port}") as proxy:
            yield proxy
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="session")
def settings(aws_server, request) -> Settings:
    """Settings under which everything outside is reached through a proxy."""
    return Settings.from_env(
        {
            "ENV": "local",
            "AWS_ENDPOINT_URL": request.getfixturevalue("proxy").url,
            "STANDINS_PORT": str(request.getfixturevalue("sources").port),
            "PASSWORD_HASH_ROUNDS": "4",
            "ACCESS_TOKEN_EXPIRES_MIN": "600",
            "SMS_DEV_ECHO": "false",
            "LOG_LEVEL": "info",
        }
    )


@pytest.fixture(autouse=True)
def healed(proxy, sources) -> Iterator[None]:
    yield
    proxy.heal()
    sources.heal()


@pytest.fixture
def worker(app, aws) -> Worker:
    return Worker(app=app, aws_url=aws.url)


@contextlib.contextmanager
def within(seconds: float) -> Iterator[None]:
    began = time.monotonic()
    yield
    assert time.monotonic() - began < seconds


def limit(fault: str) -> float:
    return HANGING_SECONDS if fault == HANGING else REFUSED_SECONDS


def retry_outbox(app, clock: SetClock) -> None:
    """What the minute's job does, ten minutes later."""
    clock.advance(minutes=10)
    with app.app_context():
        email_tasks.retry_outbox.apply(throw=True)


class TestDynamoDBOutage:
    @pytest.mark.parametrize("fault", [UNREACHABLE, THROTTLING, BROKEN, HANGING])
    def test_is_told_as_503_and_passes(self, client, sign_up, proxy, fault):
        ada = sign_up()
        proxy.break_down("dynamodb", fault)
        with within(limit(fault)):
            answer = client.get("/portfolio/summary", headers=ada.headers)
        assert answer.status_code == 503, answer.json
        assert answer.json["error_code"] == "SERVICE_UNAVAILABLE"
        assert int(answer.headers["Retry-After"]) > 0
        with within(AT_ONCE_SECONDS):
            assert client.get("/healthz").status_code == 200
            assert client.get("/openapi.json").status_code == 200
        proxy.heal()
        with within(AT_ONCE_SECONDS):
            assert client.get("/portfolio/summary", headers=ada.headers).status_code == 200

    @pytest.mark.parametrize("fault", [UNREACHABLE, THROTTLING, BROKEN, HANGING])
    def test_is_told_by_the_health_of_the_system(self, client, proxy, fault):
        proxy.break_down("dynamodb", fault)
        with within(limit(fault)):
            answer = client.get("/health")
        assert answer.status_code == 503
        checks = {check["name"]: check["status"] for check in answer.json["checks"]}
        assert (checks["tables"], checks["queue"]) == ("down", "ok")
        proxy.heal()
        assert client.get("/health").json["checks"][0]["status"] == "ok"

    def test_refuses_a_write_that_then_can_be_repeated(self, client, sign_up, proxy):
        ada = sign_up()
        headers = {**ada.headers, "Idempotency-Key": "once"}
        proxy.break_down("dynamodb", THROTTLING)
        with within(REFUSED_SECONDS):
            assert client.post("/portfolio/assets", json=COIN, headers=headers).status_code == 503
        proxy.heal()
        for _ in range(2):
            answer = client.post("/portfolio/assets", json=COIN, headers=headers)
            assert answer.status_code == 201, answer.json
        held = client.get("/portfolio/assets", headers=ada.headers).json
        assert len(held["assets"]) == 1

    @pytest.mark.parametrize("operation", ["PutItem", "UpdateItem", "TransactWriteItems"])
    def test_that_loses_an_answer_does_nothing_twice(
        self, client, sign_up, proxy, clock, operation
    ):
        ada = sign_up()
        headers = {**ada.headers, "Idempotency-Key": "once"}
        proxy.lose_answers(operation)
        first = client.post("/portfolio/assets", json=COIN, headers=headers)
        proxy.heal()
        # The lost answer may have been that of the lock, which then stands in its own way until it ends.
        clock.advance(LOCKED_FOR.total_seconds() + 1)
        again = client.post("/portfolio/assets", json=COIN, headers=headers)
        assert (first.status_code in {201, 409, 503}, again.status_code) == (True, 201), first.json
        held = client.get("/portfolio/assets", headers=ada.headers).json
        assert len(held["assets"]) == 1, (first.status_code, first.json)


class TestQueueOutage:
    @pytest.mark.parametrize("fault", [UNREACHABLE, THROTTLING, BROKEN, HANGING])
    def test_fails_no_request_and_loses_no_email(
        self, app, client, sign_up, proxy, worker, clock, fault
    ):
        proxy.break_down("sqs", fault)
        with within(limit(fault)):
            ada = sign_up("ada@example.com")
        with within(AT_ONCE_SECONDS):
            login = {"email": ada.email, "password": PASSWORD}
            assert client.post("/auth/login", json=login).status_code == 200
            assert client.get("/portfolio/summary", headers=ada.headers).status_code == 200
        with within(limit(fault)):
            answer = client.post("/portfolio/assets", json=COIN, headers=ada.headers)
            assert answer.status_code == 201, answer.json
        proxy.heal()
        assert worker.emails(ada.email) == []
        retry_outbox(app, clock)
        subjects = sorted(mail.subject for mail in worker.emails(ada.email))
        assert subjects == ["Confirm your email address", "Welcome to InvestForge"]

    def test_is_told_where_the_queue_itself_is_asked_for(self, client, sign_in_as, proxy):
        boss = sign_in_as("admin")
        proxy.break_down("sqs", BROKEN)
        for method, path in (
            ("POST", "/api/v1/admin/jobs/prices.refresh_quotes/run"),
            ("GET", "/api/v1/admin/dead-letters"),
            ("POST", "/api/v1/admin/dead-letters/redrive"),
        ):
            with within(REFUSED_SECONDS):
                answer = client.open(path, method=method, headers=boss.headers)
            assert answer.status_code == 503, (path, answer.json)
        with within(AT_ONCE_SECONDS):
            assert client.get("/api/v1/admin/jobs", headers=boss.headers).status_code == 200


class TestMailOutage:
    @pytest.mark.parametrize("fault", [UNREACHABLE, THROTTLING, BROKEN, HANGING])
    def test_fails_no_request_and_sends_each_email_once_afterwards(
        self, app, sign_up, proxy, worker, clock, fault
    ):
        proxy.break_down("ses", fault)
        with within(AT_ONCE_SECONDS):
            ada = sign_up("ada@example.com")
        with within(2 * HANGING_SECONDS):  # two tasks, for which nobody waits
            assert set(worker.work()) == {"emails.send_email"}
        proxy.heal()
        assert worker.emails(ada.email) == []
        for _ in range(2):
            retry_outbox(app, clock)
            subjects = sorted(mail.subject for mail in worker.emails(ada.email))
            assert subjects == ["Confirm your email address", "Welcome to InvestForge"]


class TestSmsOutage:
    @pytest.mark.parametrize("fault", [UNREACHABLE, THROTTLING, BROKEN, HANGING])
    def test_is_told_as_503_gives_the_try_back_and_stops_no_other_door(
        self, client, sign_up, proxy, worker, fault
    ):
        proxy.break_down("sns", fault)
        with within(limit(fault)):
            answer = client.post("/auth/start", json={"phone": "+14155550123"})
        assert answer.status_code == 503, answer.json
        with within(AT_ONCE_SECONDS):
            sign_up()
        proxy.heal()
        answer = client.post("/auth/start", json={"phone": "+14155550123"})
        assert answer.status_code == 200, answer.json
        assert len(worker.texts("+14155550123")) == 1


class TestPriceOutage:
    @pytest.mark.parametrize("fault", [UNREACHABLE, BROKEN, GARBAGE, HANGING])
    def test_leaves_the_last_price_and_is_over_by_itself(
        self, app, client, sign_up, sources, clock, fault
    ):
        ada = sign_up()
        with within(SYMBOL_WAIT_SECONDS):
            assert (
                client.post("/portfolio/assets", json=COIN, headers=ada.headers).status_code == 201
            )
        refresh(app)
        priced = held(client, ada)
        assert priced["current_price"] is not None
        clock.advance(hours=1)
        sources.break_down(PLAIN, fault)
        with within(REFRESH_SECONDS):
            refresh(app)
        with within(AT_ONCE_SECONDS):
            stale = held(client, ada)
        assert stale["current_price"] == priced["current_price"]
        assert stale["stale"] is True
        sources.heal()
        clock.advance(hours=1)
        refresh(app)
        assert held(client, ada)["stale"] is False


def refresh(app) -> None:
    with app.app_context():
        price_tasks.refresh_quotes.apply(throw=True)


def held(client, somebody) -> dict[str, object]:
    found = client.get("/portfolio/assets", headers=somebody.headers).json["assets"]
    assert len(found) == 1
    return dict(found[0])
