"""Can an operator make the tables, an administrator and the API document from the command line?"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from flask.cli import FlaskGroup

from app.accounts.models import AccountTotal, User
from app.config import Settings
from app.core import dynamo, json
from app.entrypoints import cli
from app.extensions import EXTENSION
from app.factory import create_app
from app.providers.payments.stripe_account import StripeAccount
from tests.conftest import SetClock
from tests.local.stripe_server import LocalStripe, stripe_served

ADMIN = ["create-admin", "--email", "root@example.com", "--username", "root"]


@dataclass(frozen=True)
class CommandLine:
    """What `flask --app wsgi` is to an operator."""

    app: Flask

    def run(self, *words: str, password: str | None = None, typed: str | None = None) -> Result:
        """Run one command."""
        group = FlaskGroup(create_app=lambda: self.app, load_dotenv=False)
        more = ["--password", password] if password else []
        return CliRunner().invoke(group, [*words, *more], input=typed)


@pytest.fixture
def commands(app: Flask, settings: Settings) -> CommandLine:
    """The command line of an app on the tables that `app` made."""
    made = create_app(settings, app.extensions[EXTENSION])
    cli.register(made)
    return CommandLine(made)


class TestMigrate:
    def test_makes_what_is_missing_once(self, commands: CommandLine, aws: Any):
        aws.reset_with_tables()
        first = commands.run("migrate")
        assert first.exit_code == 0, first.output
        assert "made investforge-local-users\n" in first.output
        assert "made investforge-local-jobs\n" in first.output
        assert dynamo.missing_tables() == []
        second = commands.run("migrate")
        assert second.exit_code == 0
        assert second.output == (
            f"{len(dynamo.tables())} tables and the job queue are there; nothing to do\n"
        )


class TestCreateAdmin:
    def test_makes_an_administrator_who_can_sign_in(self, commands: CommandLine):
        made = commands.run(*ADMIN, password="Str0ngPass!")
        assert made.exit_code == 0, made.output
        assert "Str0ngPass!" not in made.output
        (user,) = User.scan()
        assert made.output == f"made admin root with user id {user.user_id}\n"
        assert (user.role, user.status) == ("admin", "active")
        total = dynamo.find(AccountTotal, "active_admins")
        assert total is not None
        assert total.total == 1
        login = {"username": "root", "password": "Str0ngPass!"}
        answer = commands.app.test_client().post("/api/v1/login", json=login)
        assert answer.status_code == 200

    def test_asks_for_the_password_twice(self, commands: CommandLine):
        made = commands.run(*ADMIN, typed="Str0ngPass!\nStr0ngPass!\n")
        assert made.exit_code == 0, made.output
        assert "Str0ngPass!" not in made.output

    def test_makes_another_role(self, commands: CommandLine):
        assert commands.run(*ADMIN, "--role", "viewer", password="Str0ngPass!").exit_code == 0
        (user,) = User.scan()
        assert user.role == "viewer"

    @pytest.mark.parametrize(
        ("changes", "password", "code"),
        [
            ({}, "password123", "weak_password"),
            ({"--username": "r"}, "Str0ngPass!", "invalid_username"),
            ({"--email": "root"}, "Str0ngPass!", "invalid_email"),
        ],
    )
    def test_says_what_is_wrong(
        self, commands: CommandLine, changes: dict[str, str], password: str, code: str
    ):
        words = [changes.get(ADMIN[place - 1], word) for place, word in enumerate(ADMIN)]
        made = commands.run(*words, password=password)
        assert made.exit_code == 1
        assert f"({code})" in made.output
        assert list(User.scan()) == []

    def test_refuses_a_name_that_is_taken(self, commands: CommandLine):
        commands.run(*ADMIN, password="Str0ngPass!")
        again = commands.run(*ADMIN, password="Str0ngPass!")
        assert again.exit_code == 1
        assert "(user_exists)" in again.output

    def test_knows_no_other_role(self, commands: CommandLine):
        assert commands.run(*ADMIN, "--role", "owner", password="Str0ngPass!").exit_code == 2


class TestOpenapiJson:
    def test_prints_the_document(self, commands: CommandLine):
        printed = commands.run("openapi-json")
        assert printed.exit_code == 0
        served = commands.app.test_client().get("/openapi.json").json
        assert json.loads(printed.output) == served


class TestStripeSetup:
    @pytest.fixture
    def stripe(self, app: Flask, clock: SetClock) -> Iterator[LocalStripe]:
        with stripe_served(clock.now) as served:
            account = StripeAccount(secret_key=served.secret_key, base_url=served.api_base)
            vars(app.extensions[EXTENSION])["payments_account"] = account
            yield served
            vars(app.extensions[EXTENSION]).pop("payments_account")

    @pytest.mark.usefixtures("stripe")
    def test_makes_what_is_missing_once_and_tells_the_secret_once(self, commands: CommandLine):
        words = ["stripe-setup", "--api-url", "https://api.example/"]
        first, again = commands.run(*words), commands.run(*words)

        assert first.exit_code == again.exit_code == 0, first.output
        assert "made product investforge_growth\n" in first.output
        assert "made price pro_monthly: 9.99 USD\n" in first.output
        assert "for https://api.example/stripe/webhook\n" in first.output
        assert "STRIPE_WEBHOOK_SECRET=whsec_" in first.output
        assert "made" not in again.output
        assert "whsec_" not in again.output

    def test_says_that_stripe_does_not_answer(self, commands: CommandLine, stripe: LocalStripe):
        stripe.set_faults(stripe="500")
        failed = commands.run("stripe-setup")
        assert failed.exit_code == 1
        assert "Stripe answered 500" in failed.output

    def test_says_that_there_is_no_key(self, commands: CommandLine, app: Flask):
        vars(app.extensions[EXTENSION])["payments_account"] = None
        failed = commands.run("stripe-setup")
        vars(app.extensions[EXTENSION]).pop("payments_account")
        assert failed.exit_code == 1
        assert "(billing_not_configured)" in failed.output
