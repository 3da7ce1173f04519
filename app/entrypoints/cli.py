"""What can an operator do from the command line? `flask --app wsgi <command>`."""

from typing import NoReturn

import click
from flask import Flask
from flask.cli import with_appcontext

from app.accounts import service as accounts
from app.audit import service as audit
from app.billing import service as billing
from app.core import clock, dynamo, errors, json
from app.extensions import api, providers, settings
from app.providers.payments.interface import GiveUp, TryAgain


def register(app: Flask) -> None:
    """Add the commands to the app."""
    for command in (migrate, create_admin, verify_audit_log, openapi_json, stripe_setup):
        app.cli.add_command(command)


@click.command("migrate")
@with_appcontext
def migrate() -> None:
    """Make the tables, the queues and, on a laptop, the bucket that don't exist yet."""
    made = [*dynamo.create_tables(), *providers.job_queue.ensure_queues()]
    if settings.is_local:
        made += providers.object_storage.ensure_bucket()
    for name in made:
        click.echo(f"made {name}")
    click.echo(
        f"{len(dynamo.tables())} tables and the job queue are there"
        + ("" if made else "; nothing to do")
    )


@click.command("create-admin")
@click.option("--email", required=True, help="Where the administrator reads mail.")
@click.option("--username", required=True, help="3 to 30 letters, digits and underscores.")
@click.password_option(help="At least 8 characters with upper, lower and digit.")
@click.option(
    "--role", type=click.Choice(["admin", "viewer", "user"]), default="admin", show_default=True
)
@with_appcontext
def create_admin(email: str, username: str, password: str, role: str) -> None:
    """Make an active account of a role, an administrator's by default."""
    try:
        user = accounts.create_account(
            email=email,
            username=username,
            password=password,
            role=role,
            settings=settings,
            now=clock.now(),
        )
    except errors.AppError as error:
        _fail(error)
    click.echo(f"made {role} {username} with user id {user.user_id}")


@click.command("verify-audit-log")
@with_appcontext
def verify_audit_log() -> None:
    """Prove that the record of what administrators did is whole; exits 1 where it is not."""
    found = audit.verify()
    if not found.whole:
        message = f"the audit log is broken at entry {found.first_broken}"
        raise click.ClickException(message)
    click.echo(f"the audit log is whole: {found.entries} entries, head {found.head_hash}")


@click.command("openapi-json")
@with_appcontext
def openapi_json() -> None:
    """Print the OpenAPI document."""
    click.echo(json.dumps(api.document(), indent=2))


@click.command("stripe-setup")
@click.option("--api-url", help="Where Stripe reaches this API; API_URL without it.")
@with_appcontext
def stripe_setup(api_url: str | None) -> None:
    """Make the products, prices, portal and webhook that are missing in the Stripe account."""
    try:
        done = billing.set_up_payments(
            account=providers.payments_account,
            api_url=api_url or settings.api_url,
            settings=settings,
        )
    except errors.AppError as error:
        _fail(error)
    except (TryAgain, GiveUp) as error:
        raise click.ClickException(str(error)) from None
    for line in done:
        click.echo(line)
    if settings.payments == "live" and not (api_url or settings.api_url):
        click.echo("no webhook was made: say --api-url, or set API_URL")


def _fail(error: errors.AppError) -> NoReturn:
    message = f"{error.text} ({error.code})"
    raise click.ClickException(message)
