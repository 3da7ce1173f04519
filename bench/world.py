"""What do the benchmarks run on? A local AWS of their own and users who hold 10, 100 and 1,000 assets."""

import contextlib
import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

ROOT = Path(__file__).parent.parent
HELD = (10, 100, 1_000)


@contextlib.contextmanager
def local_aws() -> Iterator[str]:
    """A ministack on a free loopback port; yields its URL."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        "PATH": os.environ["PATH"],
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "IOT_MTLS_PORT": "bad",
        "PERSIST_STATE": "0",
        "LOG_LEVEL": "ERROR",
    }
    server = subprocess.Popen(
        [ROOT / ".venv-aws/bin/ministack"],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 60
        while not _answers(url):
            if time.monotonic() > deadline:
                message = "the local AWS did not start within 60 s"
                raise RuntimeError(message)
            time.sleep(0.1)
        yield url
    finally:
        server.terminate()
        server.wait(timeout=20)


def _answers(url: str) -> bool:
    with contextlib.suppress(OSError):
        urllib.request.urlopen(f"{url}/_ministack/health", timeout=1)
        return True
    return False


def environment(url: str) -> dict[str, str]:
    """The environment in which the app under measurement runs."""
    return {
        "PATH": os.environ["PATH"],
        "ENV": "local",
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "PASSWORD_HASH_ROUNDS": "4",
        "LOG_LEVEL": "error",
        "ACCESS_TOKEN_EXPIRES_MIN": "600",
    }


def sign_up_holder(app: "Flask", assets: int) -> str:
    """Somebody who holds `assets` priced assets; returns their access token."""
    answer = app.test_client().post(
        "/auth/signup",
        json={"email": f"holder{assets}@example.com", "password": "password123"},
        environ_base={"REMOTE_ADDR": f"127.9.{assets // 256}.{assets % 256}"},
    )
    hold(user_id=answer.json["user_id"], assets=assets)
    token: str = answer.json["access_token"]
    return token


def hold(*, user_id: str, assets: int) -> None:
    """Store assets of as many stocks, and a fresh quote for each."""
    from app.portfolio.models import Asset
    from app.prices.models import QuoteRow

    now = datetime.now(UTC)
    with Asset.batch_write() as batch:
        for number in range(assets):
            batch.save(
                Asset.bought(
                    user_id=user_id,
                    asset_id=f"asset-{number:05d}",
                    asset_type="stock",
                    symbol=f"S{number:04d}",
                    name=None,
                    currency="USD",
                    quantity=Decimal(number + 1) / 4,
                    purchase_price=Decimal("12.5"),
                    purchase_date=date(2026, 1, 5),
                    now=now,
                )
            )
    for number in range(assets):
        QuoteRow.confirm(
            asset_type="stock",
            symbol=f"S{number:04d}",
            price=Decimal(number) + 10,
            currency="USD",
            quoted_at=now,
            confirmed_at=now,
            source="bench",
            name=None,
            day_change=None,
        )
