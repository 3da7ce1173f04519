"""Is a caller let in with the right credentials alone, and told the right thing otherwise?"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.config import Settings
from app.core import auth, clock, errors, tokens
from app.core.auth import Principal
from app.factory import create_app

KEY = "the-key-of-a-robot"


class Doorkeeper:
    """Believes every genuine token and one key, so that the guards alone are tested."""

    def by_token(self, claims: tokens.Claims) -> Principal:
        return Principal(
            user_id=claims.user_id,
            role=claims.role,
            status=claims.status,
            plan="free",
            email_verified=True,
            sign_in_id=claims.sign_in_id,
            token_id=claims.token_id,
            claims=claims,
        )

    def __init__(self) -> None:
        self.charged: list[tuple[str, str]] = []
        self.refusing = False

    def charge(self, caller: Principal, *, scope: str) -> None:
        if self.refusing:
            raise errors.CallLimitExceeded(retry_after_seconds=60)
        self.charged.append((caller.user_id, scope))

    def by_key(self, key: str) -> Principal:
        if key != KEY:
            raise tokens.InvalidToken
        return Principal(
            user_id="robot",
            role="user",
            status="active",
            plan="free",
            email_verified=True,
            sign_in_id=None,
            token_id="key",
            scopes=frozenset({"portfolio:read"}),
        )


@pytest.fixture
def doorkeeper() -> Doorkeeper:
    return Doorkeeper()


@pytest.fixture
def guarding(settings: Settings, clock: Any, doorkeeper: Doorkeeper) -> Flask:
    """An app with routes behind every kind of guard."""
    app = create_app(settings)
    auth.install(app, doorkeeper)

    def add(path: str, guard: Callable[[Any], Any], answer: Callable[[], Any]) -> None:
        def view() -> Any:
            return answer()

        app.add_url_rule(path, path, guard(view))

    def whoami() -> str:
        return auth.principal().user_id

    for role in auth.ROLES:
        add(f"/role/{role}", auth.signed_in(shows=auth.PRIVATE, role=role), whoami)
    for scope in ("portfolio:read", "portfolio:write"):
        add(f"/scope/{scope}", auth.signed_in(shows=auth.PRIVATE, scope=scope), whoami)
    claiming = auth.signed_in(shows=auth.PRIVATE, scope="portfolio:read")
    add("/claims", claiming, lambda: auth.token_claims().token_id)
    add("/open", auth.public, lambda: "open")
    return app


@pytest.fixture
def guarded(guarding: Flask) -> FlaskClient:
    return guarding.test_client()


def token(app: Flask, *, kind: str = "access", role: str = "user") -> str:
    with app.app_context():
        return tokens.mint(
            kind=kind,
            user_id="ada",
            sign_in_id="s",
            token_id="t",
            role=role,
            status="active",
            token_version=0,
            now=clock.now(),
            lifetime=timedelta(minutes=15),
        )


class TestSignedIn:
    @pytest.mark.parametrize("held", auth.ROLES)
    @pytest.mark.parametrize("needed", auth.ROLES)
    def test_asks_for_a_role_or_a_higher_one(
        self, guarding: Flask, guarded: FlaskClient, held: str, needed: str
    ):
        headers = {"Authorization": f"Bearer {token(guarding, role=held)}"}
        answer = guarded.get(f"/role/{needed}", headers=headers)
        if auth.ROLES.index(held) >= auth.ROLES.index(needed):
            assert (answer.status_code, answer.text) == (200, "ada")
        else:
            assert answer.status_code == 403
            assert answer.json["error_code"] == "FORBIDDEN"
            assert answer.json["details"] == {"role": needed}

    @pytest.mark.parametrize(
        "form", ["Bearer {}", "bearer {}", "BEARER {}", "Bearer   {} ", " Bearer {}"]
    )
    def test_takes_the_scheme_in_any_case(self, guarding: Flask, guarded: FlaskClient, form: str):
        headers = {"Authorization": form.format(token(guarding))}
        assert guarded.get("/role/user", headers=headers).status_code == 200

    @pytest.mark.parametrize(
        "header",
        ["", " ", "Bearer", "Bearer ", "Basic YTpi", "Token {}", "{}", "Bearer{}", "Bearer {} {}",
         "Bearer,{}", "Bearer {}x", "Bearer é", "Bearer null"],
    )  # fmt: skip
    def test_refuses_a_malformed_header(self, guarding: Flask, guarded: FlaskClient, header: str):
        given = token(guarding)
        headers = {"Authorization": header.replace("{}", given)}
        answer = guarded.get("/role/user", headers=headers)
        assert (answer.status_code, answer.json["error_code"]) == (401, "INVALID_TOKEN")

    def test_asks_a_stranger_to_sign_in(self, guarded: FlaskClient):
        answer = guarded.get("/role/user")
        assert (answer.status_code, answer.json["error_code"]) == (401, "UNAUTHORIZED")
        assert guarded.get("/open").text == "open"

    @pytest.mark.parametrize("kind", ["refresh", "id"])
    def test_refuses_other_kinds_of_token(self, guarding: Flask, guarded: FlaskClient, kind: str):
        headers = {"Authorization": f"Bearer {token(guarding, kind=kind)}"}
        answer = guarded.get("/role/user", headers=headers)
        assert (answer.status_code, answer.json["error_code"]) == (401, "INVALID_TOKEN")

    @pytest.mark.parametrize("wrong", [{"shows": "all"}, {"shows": auth.PRIVATE, "role": "owner"}])
    def test_refuses_to_be_declared_wrongly(self, wrong: dict[str, str]):
        with pytest.raises(ValueError, match="must be one of"):
            auth.signed_in(**wrong)


class TestApiKey:
    def test_opens_what_its_scope_names(self, guarded: FlaskClient):
        answer = guarded.get("/scope/portfolio:read", headers={"X-API-Key": KEY})
        assert answer.text == "robot"

    def test_opens_nothing_beyond_its_scope(self, guarded: FlaskClient):
        answer = guarded.get("/scope/portfolio:write", headers={"X-API-Key": KEY})
        assert (answer.status_code, answer.json["error_code"]) == (403, "INSUFFICIENT_SCOPE")
        assert answer.json["details"] == {"scope": "portfolio:write"}

    def test_opens_nothing_that_names_no_scope(self, guarded: FlaskClient):
        answer = guarded.get("/role/user", headers={"X-API-Key": KEY})
        assert (answer.status_code, answer.json["error_code"]) == (403, "API_KEY_NOT_ACCEPTED")

    def test_is_charged_for_a_call_that_it_opens_and_for_no_other(
        self, guarding: Flask, guarded: FlaskClient, doorkeeper: Doorkeeper
    ):
        with_key, with_token = {"X-API-Key": KEY}, {"Authorization": f"Bearer {token(guarding)}"}
        for headers in (with_key, with_token):
            for path in ("/scope/portfolio:read", "/scope/portfolio:write", "/role/user", "/open"):
                guarded.get(path, headers=headers)

        assert doorkeeper.charged == [("robot", "portfolio:read")]

    def test_opens_nothing_once_its_calls_are_used_up(
        self, guarded: FlaskClient, doorkeeper: Doorkeeper
    ):
        doorkeeper.refusing = True

        answer = guarded.get("/scope/portfolio:read", headers={"X-API-Key": KEY})

        assert (answer.status_code, answer.json["error_code"]) == (429, "USAGE_LIMIT_EXCEEDED")
        assert answer.headers["Retry-After"] == "60"

    def test_has_no_token_claims(self, guarded: FlaskClient):
        answer = guarded.get("/claims", headers={"X-API-Key": KEY})
        assert (answer.status_code, answer.json["error_code"]) == (403, "API_KEY_NOT_ACCEPTED")

    def test_gives_way_to_a_token(self, guarding: Flask, guarded: FlaskClient):
        headers = {"X-API-Key": "wrong", "Authorization": f"Bearer {token(guarding)}"}
        assert guarded.get("/role/user", headers=headers).text == "ada"
        assert guarded.get("/claims", headers=headers).text == "t"

    @pytest.mark.parametrize("path", ["/users/me", "/api/v1/me", "/portfolio/summary"])
    def test_that_nobody_was_given_opens_nothing(self, client: FlaskClient, path: str):
        answer = client.get(path, headers={"X-API-Key": "ifk_anything"})
        assert answer.status_code in {401, 403}

    def test_changes_no_account(self, client: FlaskClient):
        answer = client.put("/users/me", headers={"X-API-Key": "ifk_anything"}, json={})
        assert (answer.status_code, answer.json["error_code"]) == (403, "API_KEY_NOT_ACCEPTED")
