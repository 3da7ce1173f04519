"""Is whoever may not be let in refused on every protected route?"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.accounts.models import User
from app.config import Settings
from app.core import auth, tokens
from app.factory import create_app
from app.providers.registry import Providers
from tests.security import bodies, routes, stored
from tests.security.conftest import Ask, CallerFor
from tests.security.routes import Route

OF_THE_GUARD = {
    "unauthorized",
    "invalid_token",
    "token_revoked",
    "inactive_account",
    "email_not_verified",
    "forbidden",
    "api_key_not_accepted",
    "insufficient_scope",
}
BAD_HEADERS: dict[str, Callable[[Any], dict[str, str]]] = {
    "no token": lambda _: {},
    "an empty token": lambda _: {"Authorization": "Bearer "},
    "garbage": lambda _: {"Authorization": "Bearer garbage"},
    "another scheme": lambda person: {"Authorization": f"Basic {person.access_token}"},
    "an altered token": lambda person: {"Authorization": f"Bearer {person.access_token[:-4]}AAAA"},
    "an unsigned token": lambda person: {
        "Authorization": f"Bearer {person.access_token.rpartition('.')[0]}."
    },
    "a refresh token": lambda person: {"Authorization": f"Bearer {person.refresh_token}"},
}


def code_of(answer: Any) -> str:
    """The error's code, whichever door told it."""
    body = answer.json
    found: str = body["error"]["code"] if "error" in body else body["error_code"]
    return found.lower()


def told(answer: Any) -> tuple[int, str]:
    """The status, and the code of an error."""
    return answer.status_code, code_of(answer) if answer.status_code >= 400 else ""


@pytest.fixture
def refused(ask: Ask) -> Callable[..., None]:
    """Ask every protected route as somebody, expect one answer, and that nothing changed."""

    def check(
        headers_for: Callable[[Route], dict[str, str] | None], *expected: tuple[int, str]
    ) -> None:
        asked = {
            route: headers
            for route in routes.protected()
            if (headers := headers_for(route)) is not None
        }
        before = stored.everything()
        let_in = {
            str(route): told(answer)
            for route, headers in asked.items()
            if told(answer := ask(route, headers=headers)) not in expected
        }
        assert not let_in, f"These should have answered {expected}."
        assert stored.everything() == before

    return check


class TestEveryProtectedRoute:
    def test_is_one_of_many(self):
        assert len(routes.protected()) > 20

    @pytest.mark.parametrize("what", BAD_HEADERS)
    def test_refuses_who_shows_no_good_token(
        self, what: str, refused: Callable[..., None], caller_for: CallerFor
    ):
        refused(
            lambda route: BAD_HEADERS[what](caller_for(route)),
            *[(401, "invalid_token"), (401, "unauthorized")],
        )

    def test_refuses_expired_tokens(
        self, refused: Callable[..., None], caller_for: CallerFor, clock: Any, settings: Settings
    ):
        for route in routes.protected():
            caller_for(route)
        clock.advance(minutes=settings.access_token_expires_minutes, seconds=1)

        refused(lambda route: caller_for(route).headers, (401, "invalid_token"))

    def test_refuses_tokens_of_another_app(
        self, settings: Settings, refused: Callable[..., None], caller_for: CallerFor, clock: Any
    ):
        other = create_app(replace(settings, jwt_secret="y" * 40))

        def forged(route: Route) -> dict[str, str]:
            with other.app_context():
                token = tokens.mint(
                    kind="access",
                    user_id=caller_for(route).user_id,
                    sign_in_id="a-sign-in",
                    token_id="a-token",
                    role="admin",
                    status="active",
                    token_version=0,
                    now=clock.now(),
                    lifetime=timedelta(minutes=15),
                )
            return {"Authorization": f"Bearer {token}"}

        refused(forged, (401, "invalid_token"))

    def test_refuses_made_up_api_keys(self, refused: Callable[..., None]):
        refused(
            lambda _: {"X-API-Key": "ifk_" + "a" * 43},
            *[(401, "invalid_api_key"), (401, "invalid_token"), (403, "api_key_not_accepted")],
        )

    @pytest.mark.parametrize("status", ["pending", "disabled", "deleted"])
    def test_refuses_accounts_that_are_not_active(
        self, status: str, refused: Callable[..., None], caller_for: CallerFor
    ):
        for person in {caller_for(route).user_id for route in routes.protected()}:
            User(person).update(actions=[User.status.set(status)])

        refused(lambda route: caller_for(route).headers, (401, "inactive_account"))

    def test_refuses_lower_roles(self, refused: Callable[..., None], caller_for: CallerFor):
        by_role = {route.access.role: caller_for(route) for route in routes.protected()}
        for role in auth.ROLES:
            lower = auth.ROLES[: auth.ROLES.index(role)]
            for other in lower:

                def as_other(route: Route, role: str = role, other: str = other) -> Any:
                    return by_role[other].headers if route.access.role == role else None

                refused(as_other, (403, "forbidden"))

    def test_refuses_unverified_emails_where_the_setting_asks(
        self, settings: Settings, caller_for: CallerFor
    ):
        strict = replace(settings, require_verified_email=True)
        client = create_app(strict, Providers(strict)).test_client()
        for person in {caller_for(route).user_id for route in routes.protected()}:
            User(person).update(actions=[User.email_verified.set(False)])
        before = stored.everything()

        let_in = {
            str(route): told(answer)
            for route in routes.protected()
            if told(
                answer := client.open(
                    route.url(),
                    method=route.method,
                    headers=caller_for(route).headers,
                    **bodies.as_json(route.operation["operationId"], route.body),
                )
            )
            != (403, "email_not_verified")
        }

        assert not let_in
        assert stored.everything() == before

    @pytest.mark.usefixtures("priced", "paid_promptly", "unread")
    def test_lets_in_whom_it_may(self, ask: Ask, new_caller_for: CallerFor):
        refused = {
            str(route): told(answer)
            for route in routes.protected()
            if (answer := ask(route, headers=new_caller_for(route).headers)).status_code >= 500
            or told(answer)[1] in OF_THE_GUARD
        }

        assert not refused, "Without this, the tests above would show nothing."
