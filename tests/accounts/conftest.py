"""What stands around the tests of accounts: an admin, those who ask for an account, and a worker."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import User
from tests.accounts.doors import STRONG
from tests.accounts.phone_login import Login
from tests.accounts.worker import Worker
from tests.conftest import LocalAws, SignedUp


@pytest.fixture
def worker(app: Flask, aws: LocalAws) -> Worker:
    """Who works the queue off, and reads what was sent."""
    return Worker(app=app, aws_url=aws.url)


@pytest.fixture
def admin(sign_in_as: Callable[..., SignedUp]) -> SignedUp:
    """An active admin."""
    return sign_in_as("admin", username="boss")


@pytest.fixture
def ask_for_account(client: FlaskClient) -> Callable[[str], str]:
    """Ask for an account at /api/v1/signup; returns its id."""

    def asked(username: str) -> str:
        body = {"username": username, "email": f"{username}@example.com", "password": STRONG}
        answer = client.post("/api/v1/signup", json=body)
        assert answer.status_code == 201, answer.json
        return str(
            next(
                user.user_id
                for user in User.page_of_all(status=None, limit=100, cursor=None).items
                if user.username == username
            )
        )

    return asked


@pytest.fixture
def login(client: FlaskClient, worker: Worker) -> Login:
    """A code that was sent to a phone, and its session."""
    return Login(client, worker)
