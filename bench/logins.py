"""Does a login tell, by its time, whether there is such an account? Unknown names beside wrong passwords."""

import statistics
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask.testing import FlaskClient

TRIES = 50
ACCOUNTS = 10
HASH_ROUNDS = "10"


def measure(environment: dict[str, str]) -> dict[str, float]:
    """Medians in milliseconds over 50 tries each, taken turn by turn, every try from an address of its own."""
    from app.config import Settings
    from app.factory import create_app

    app = create_app(Settings.from_env({**environment, "PASSWORD_HASH_ROUNDS": HASH_ROUNDS}))
    client = app.test_client()
    for number in range(ACCOUNTS):
        known = {"email": f"known{number}@example.com", "password": "password123"}
        _ask(client, "/auth/signup", known, address=f"127.20.{number}.1", expected=201)
    unknown: list[float] = []
    wrong: list[float] = []
    for number in range(TRIES):
        for names, times in (("unknown", unknown), ("known", wrong)):
            body = {
                "email": f"{names}{number % ACCOUNTS}@example.com",
                "password": "not the password",
            }
            address = f"127.21.{number}.{len(names)}"
            started = time.perf_counter()
            _ask(client, "/auth/login", body, address=address, expected=401)
            times.append((time.perf_counter() - started) * 1000)
    return {"unknown_ms": statistics.median(unknown), "wrong_ms": statistics.median(wrong)}


def _ask(
    client: "FlaskClient", path: str, body: dict[str, str], *, address: str, expected: int
) -> None:
    answer = client.post(path, json=body, environ_base={"REMOTE_ADDR": address})
    assert answer.status_code == expected, answer.text
