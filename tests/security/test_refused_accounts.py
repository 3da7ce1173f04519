"""Is whoever may not be let in refused on every protected route?"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from app.accounts.models import User
from app.config import Settings
from app.core import auth, tokens
from app.factory import create_app
from app.providers.registry import Providers
from tests.security import bodies, routes, stored
from tests.security.routes import Route

LOWER_ROLES = {
    role: [other for other in auth.ROLES if auth.ROLES.index(other) < auth.ROLES.index(role)]
    for role in auth.ROLES
}


def code_of(answer: Any) -> str:
    """The error's code, whichever door told it."""
    found: str = answer.json["error"]["code"] if "error" in answer.json else answer.json["error_code"]
    return found.lower()


def with_body(route: Route) -> dict[str, Any]:
    """What a caller would send who is let in."""
    if route.body is None:
        return {}
    return {"json": bodies.example(route.operation["operationId"], route.body)}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def expired_token(app: Flask, clock: Any) -> Callable[[Any], str]:
    """A token that was good until a second ago."""

    def made(person: Any) -> str:
        with app.app_context():
            return tokens.mint(
                kind="access",
                user_id=person.user_id,
                sign_in_id="a-sign-in",
                token_id="a-token",
                role="admin",
                status="active",
                token_version=0,
                now=clock.now() - timedelta(minutes=15, seconds=1),
                lifetime=timedelta(minutes=15),
            )

    return made


@pytest.mark.parametrize("route", routes.protected(), ids=str)
class TestProtectedRoute:
    def test_refuses_who_shows_no_good_token(
        self,
        route: Route,
        ask: Callable[..., Any],
        caller_for: Callable[..., Any],
        expired_token: Callable[[Any], str],
    ):
        person = caller_for(route)
        before = stored.everything()
        for what, headers in {
            "no token": {},
            "garbage": bearer("garbage"),
            "another scheme": {"Authorization": f"Basic {person.access_token}"},
            "a token of ours with another end": bearer(person.access_token[:-4] + "AAAA"),
            "an expired token": bearer(expired_token(person)),
            "a refresh token": bearer(person.refresh_token),
        }.items():
            answer = ask(route, headers=headers, **with_body(route))

            assert answer.status_code == 401, (what, answer.json)
        unknown_key = ask(route, headers={"X-API-Key": "ifk_" + "a" * 40}, **with_body(route))
        assert unknown_key.status_code in {401, 403}, unknown_key.json
        assert stored.everything() == before

    @pytest.mark.parametrize("status", ["pending", "disabled", "deleted"])
    def test_refuses_accounts_that_are_not_active(
        self, route: Route, status: str, ask: Callable[..., Any], caller_for: Callable[..., Any]
    ):
        person = caller_for(route)
        User(person.user_id).update(actions=[User.status.set(status)])
        before = stored.everything()

        answer = ask(route, headers=person.headers, **with_body(route))

        assert (answer.status_code, code_of(answer)) == (401, "inactive_account")
        assert stored.everything() == before

    def test_refuses_unverified_emails_where_the_setting_asks(
        self,
        route: Route,
        strict_app: Flask,
        caller_for: Callable[..., Any],
    ):
        person = caller_for(route)
        User(person.user_id).update(actions=[User.email_verified.set(False)])  # noqa: FBT003
        before = stored.everything()

        answer = strict_app.test_client().open(
            route.url(), method=route.method, headers=person.headers, **with_body(route)
        )

        assert (answer.status_code, code_of(answer)) == (403, "email_not_verified")
        assert stored.everything() == before

    def test_refuses_lower_roles(
        self,
        route: Route,
        ask: Callable[..., Any],
        sign_up: Callable[..., Any],
        sign_in_as: Callable[..., Any],
    ):
        for role in LOWER_ROLES[route.access.role]:
            person = sign_up() if role == "user" else sign_in_as(role)
            before = stored.everything()

            answer = ask(route, headers=person.headers, **with_body(route))

            assert (answer.status_code, code_of(answer)) == (403, "forbidden")
            assert stored.everything() == before

    def test_lets_in_whom_it_may(
        self, route: Route, ask: Callable[..., Any], caller_for: Callable[..., Any]
    ):
        answer = ask(route, headers=caller_for(route).headers, **with_body(route))

        assert answer.status_code < 500
        assert answer.status_code not in {401, 403}, answer.json


@pytest.fixture(scope="session")
def strict_app(settings: Settings, shared_app: Flask) -> Flask:
    """The app with REQUIRE_VERIFIED_EMAIL."""
    from dataclasses import replace

    assert shared_app is not None  # the one that the other tests use is made first
    strict = replace(settings, require_verified_email=True)
    return create_app(strict, Providers(strict))


class TestRoutes:
    def test_were_found(self):
        assert len(routes.protected()) > 20
