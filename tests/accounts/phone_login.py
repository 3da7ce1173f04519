"""How do the tests of accounts sign in by phone? As its holder does, with the code from the phone's inbox."""

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.config import Settings
from app.extensions import EXTENSION
from tests.accounts.doors import post
from tests.accounts.worker import Worker

START, VERIFY = "/auth/start", "/auth/verify"
PHONE = "+14155550100"
OTHER_PHONE = "+14155550101"
HOME, AWAY = "127.50.0.1", "127.50.0.2"


class Login:
    """One start of a phone login, and its tries."""

    def __init__(
        self, client: FlaskClient, worker: Worker, phone: str = PHONE, ip: str = HOME
    ) -> None:
        self.client, self.phone, self.ip = client, phone, ip
        answer = post(client, START, {"phone": phone}, ip=ip)
        assert answer.status_code == 200, answer.text
        self.session: str = answer.json["session"]
        self.code = worker.code(phone)
        self.wrong = f"{(int(self.code) + 1) % 1_000_000:06d}"

    def send(self, code: str, **changes: str) -> Any:
        ip = changes.pop("ip", self.ip)
        body = {"phone": self.phone, "otp": code, "session": self.session} | changes
        return post(self.client, VERIFY, body, ip=ip)

    def fail(self, times: int = 1) -> list[int]:
        answers = [self.send(self.wrong) for _ in range(times)]
        assert {answer.status_code for answer in answers} == {401}
        return [answer.json["details"]["attempts_remaining"] for answer in answers]

    def finish(self) -> dict[str, Any]:
        answer = self.send(self.code)
        assert answer.status_code == 200, answer.text
        return dict(answer.json)


def use_settings(app: Flask, patch: pytest.MonkeyPatch, settings: Settings, **changes: Any) -> None:
    patch.setattr(app.extensions[EXTENSION], "settings", replace(settings, **changes))
