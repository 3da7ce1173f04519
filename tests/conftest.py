"""What do tests stand on? A real local AWS for each worker, emptied between tests, and a clock that they set."""

import contextlib
import itertools
import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts import service as accounts
from app.config import Settings
from app.core import clock as clocks
from app.core import dynamo
from app.extensions import EXTENSION
from app.factory import create_app, load_every_domain
from app.providers.registry import Providers

pytest_plugins = ("tests.log_keeping", "tests.action_keeping")

ROOT = Path(__file__).parent.parent
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
PASSWORD = "password123"

hypothesis.settings.register_profile("unhurried", deadline=None)
hypothesis.settings.load_profile("unhurried")

load_every_domain()  # so that every table is made, whichever test comes first

os.environ.update(
    AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test", AWS_EC2_METADATA_DISABLED="true"
)
os.environ.pop("AWS_PROFILE", None)


def free_port() -> int:
    """A port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(ready: Callable[[], bool], *, seconds: float, what: str) -> None:
    """Ask again and again until `ready` says yes."""
    deadline = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < deadline, f"{what} was not ready within {seconds} s"
        time.sleep(0.05)


@dataclass(frozen=True)
class LocalAws:
    """One ministack of this worker's own; a test that wants a model behind Bedrock serves it at the model's port."""

    url: str
    model_port: int

    def reset(self) -> None:
        """Empty it; the tables stay."""
        self._post("/_ministack/reset")

    def reset_with_tables(self) -> None:
        """Empty it, tables and all."""
        self._post("/_ministack/reset?init=1")

    def _post(self, path: str) -> None:
        urllib.request.urlopen(urllib.request.Request(self.url + path, method="POST"), timeout=10)

    def answers(self) -> bool:
        """Whether it is up."""
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"{self.url}/_ministack/health", timeout=1)
            return True
        return False


@pytest.fixture(scope="session")
def aws_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAws]:
    """A local AWS that lives as long as this test worker."""
    port, model_port = free_port(), free_port()
    log = (tmp_path_factory.mktemp("aws") / "log").open("wb")
    server = subprocess.Popen(
        [ROOT / ".venv-aws/bin/python", "-P", ROOT / "tests/local_aws.py", str(port)],
        env={
            "PATH": os.environ["PATH"],
            "GATEWAY_PORT": str(port),
            "IOT_MTLS_PORT": "bad",
            "PERSIST_STATE": "0",
            "LOG_LEVEL": "ERROR",
            "MINISTACK_BEDROCK_PROXY_URL": f"http://127.0.0.1:{model_port}/bedrock",
        },
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    local = LocalAws(url=f"http://127.0.0.1:{port}", model_port=model_port)
    try:
        wait_until(local.answers, seconds=60, what="ministack")
        yield local
    finally:
        server.terminate()
        server.wait(timeout=20)
        log.close()


@pytest.fixture(scope="session")
def settings(aws_server: LocalAws) -> Settings:
    """Settings of a laptop, with quick password hashes."""
    return Settings.from_env(
        {
            "ENV": "local",
            "AWS_ENDPOINT_URL": aws_server.url,
            "PASSWORD_HASH_ROUNDS": "4",
            "LOG_LEVEL": "info",
        }
    )


@pytest.fixture
def aws(aws_server: LocalAws, settings: Settings) -> LocalAws:
    """The local AWS, emptied, with tables and no queues."""
    aws_server.reset()
    if not dynamo.is_connected_with(settings):
        dynamo.connect(settings)
    dynamo.create_tables()
    return aws_server


class SetClock:
    """The time, as a test sets it."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def now(self) -> datetime:
        """The time it is."""
        return self._now

    def set(self, moment: datetime) -> None:
        """Make it this time."""
        self._now = moment

    def advance(self, seconds: float = 0, **parts: float) -> None:
        """Let time pass."""
        self._now += timedelta(seconds=seconds, **parts)


@pytest.fixture
def clock() -> Iterator[SetClock]:
    """The clock that routes and tasks read, standing at noon until the test moves it."""
    chosen = SetClock(NOON)
    with clocks.reading(chosen.now):
        yield chosen


@pytest.fixture(scope="session")
def shared_app(aws_server: LocalAws, settings: Settings) -> Flask:
    """One app for the whole session, since making it is slow; nothing in it remembers a request."""
    return create_app(settings, Providers(settings))


@pytest.fixture
def app(shared_app: Flask, aws: LocalAws, clock: SetClock) -> Iterator[Flask]:
    """The app on the local AWS, with its queue and its bucket."""
    providers = shared_app.extensions[EXTENSION]
    providers.job_queue.ensure_queues()
    providers.object_storage.ensure_bucket()
    before = dict(vars(providers))
    yield shared_app
    vars(providers).update(before)  # what the test put in a provider's place ends with it


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client of the app."""
    return app.test_client()


@dataclass(frozen=True)
class SignedUp:
    """Somebody with an account, and the headers that prove it."""

    user_id: str
    email: str
    access_token: str
    refresh_token: str
    headers: dict[str, str]


_addresses = (
    f"127.{a}.{b}.{c}" for a, b, c in itertools.product(range(1, 255), range(255), range(1, 255))
)


@pytest.fixture
def sign_up(client: FlaskClient) -> Callable[..., SignedUp]:
    """Sign somebody up at /auth/signup, each from an address of their own."""
    count = itertools.count(1)

    def sign_somebody_up(email: str | None = None, **fields: Any) -> SignedUp:
        email = email or f"user{next(count)}@example.com"
        answer = client.post(
            "/auth/signup",
            json={"email": email, "password": PASSWORD, **fields},
            environ_base={"REMOTE_ADDR": next(_addresses)},
        )
        assert answer.status_code == 201, answer.json
        body = answer.json
        return SignedUp(
            user_id=body["user_id"],
            email=email,
            access_token=body["access_token"],
            refresh_token=body["refresh_token"],
            headers={"Authorization": f"Bearer {body['access_token']}"},
        )

    return sign_somebody_up


@pytest.fixture
def give_plan(app: Flask, clock: SetClock) -> Callable[[str, str], None]:
    """Put an account on a plan, as a payment does: the free one includes no calls with an API key."""
    assert app is not None

    def put_on_plan(user_id: str, plan: str) -> None:
        dynamo.commit(accounts.plan_moved(user_id=user_id, plan=plan, now=clock.now()))

    return put_on_plan


@pytest.fixture
def sign_in_as(
    app: Flask, client: FlaskClient, settings: Settings, clock: SetClock
) -> Callable[..., SignedUp]:
    """Make an account of a role, as an operator's command does, and log it in."""
    count = itertools.count(1)

    def sign_somebody_in(role: str, username: str | None = None) -> SignedUp:
        username = username or f"{role}{next(count)}"
        email, password = f"{username}@example.com", "Str0ngPass!"
        user = accounts.create_account(
            email=email,
            username=username,
            password=password,
            role=role,
            settings=settings,
            now=clock.now(),
        )
        answer = client.post(
            "/auth/login",
            json={"email": email, "password": password},
            environ_base={"REMOTE_ADDR": next(_addresses)},
        )
        assert answer.status_code == 200, answer.json
        return SignedUp(
            user_id=user.user_id,
            email=email,
            access_token=answer.json["access_token"],
            refresh_token=answer.json["refresh_token"],
            headers={"Authorization": f"Bearer {answer.json['access_token']}"},
        )

    return sign_somebody_in
