"""Is a token believed only when we gave it out, for this purpose, and its time has not passed?"""

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt as pyjwt
import pytest
from flask import Flask

from app.config import LOCAL_SECRET, Settings
from app.core import tokens
from app.factory import create_app

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
OTHER_SECRET = "another-secret-of-32-characters-or-more"


@pytest.fixture(scope="module")
def signing(settings: Settings) -> Iterator[Flask]:
    app = create_app(settings)
    with app.app_context():
        yield app


def minted(**changes: Any) -> str:
    parts: dict[str, Any] = {
        "kind": "access",
        "user_id": "u1",
        "sign_in_id": "s1",
        "token_id": "t1",
        "role": "user",
        "status": "active",
        "token_version": 0,
        "now": NOW,
        "lifetime": timedelta(minutes=15),
    }
    return tokens.mint(**(parts | changes))


def claims_of(token: str) -> dict[str, Any]:
    found: dict[str, Any] = pyjwt.decode(token, options={"verify_signature": False})
    return found


def forged(
    *, secret: str = LOCAL_SECRET, headers: dict[str, Any] | None = None, **claims: Any
) -> str:
    whole = claims_of(minted()) | claims
    whole = {name: value for name, value in whole.items() if value is not None}
    return pyjwt.encode(whole, secret, algorithm="HS256", headers=headers)


def by_hand(header: bytes | dict[str, Any], claims: bytes | dict[str, Any], signature: str) -> str:
    parts = [
        part if isinstance(part, bytes) else json.dumps(part).encode() for part in (header, claims)
    ]
    encoded = [base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts]
    return ".".join([*encoded, signature])


def refused(token: str, *, kind: str = "access", now: datetime = NOW) -> bool:
    try:
        tokens.read(token, kind=kind, now=now)
    except tokens.InvalidToken:
        return True
    return False


@pytest.mark.usefixtures("signing")
class TestMint:
    def test_says_everything_that_is_documented(self):
        claims = claims_of(minted())
        documented = {"sub", "sid", "jti", "type", "role", "status", "token_version"}
        assert documented | {"iat", "exp", "iss", "aud"} <= set(claims)
        assert claims["exp"] - claims["iat"] == 15 * 60
        assert (claims["iss"], claims["aud"]) == ("investforge", "investforge-api")
        assert (claims["sub"], claims["sid"], claims["jti"]) == ("u1", "s1", "t1")

    def test_names_its_key_without_telling_it(self):
        header = pyjwt.get_unverified_header(minted())
        assert header["kid"] == tokens.key_id(LOCAL_SECRET)
        assert LOCAL_SECRET not in str(header)


@pytest.mark.usefixtures("signing")
class TestRead:
    @pytest.mark.parametrize("kind", ["access", "refresh", "id"])
    def test_gives_what_was_minted(self, kind: str):
        claims = tokens.read(minted(kind=kind, token_version=3, role="admin"), kind=kind, now=NOW)
        assert claims == tokens.Claims(
            user_id="u1",
            sign_in_id="s1",
            token_id="t1",
            kind=kind,
            role="admin",
            status="active",
            token_version=3,
            issued_at=NOW,
            expires_at=NOW + timedelta(minutes=15),
        )

    @pytest.mark.parametrize("kind", ["access", "refresh", "id"])
    @pytest.mark.parametrize("wanted", ["access", "refresh", "id"])
    def test_refuses_another_kind(self, kind: str, wanted: str):
        assert refused(minted(kind=kind), kind=wanted) is (kind != wanted)

    @pytest.mark.parametrize(
        ("seconds", "is_refused"),
        [(-31, True), (-30, False), (0, False), (899, False), (900, True)],
    )
    def test_minds_when_it_is_read(self, seconds: int, is_refused: bool):
        assert refused(minted(), now=NOW + timedelta(seconds=seconds)) is is_refused

    @pytest.mark.parametrize(
        "claims",
        [
            {"aud": "other"},
            {"aud": None},
            {"iss": "other"},
            {"iss": None},
            {"exp": None},
            {"exp": "soon"},
            {"exp": 10**30},
            {"iat": None},
            {"iat": int(NOW.timestamp()) + 3_600},
            {"sub": None},
            {"sub": 5},
            {"sid": None},
            {"jti": None},
            {"type": None},
            {"role": None},
            {"status": None},
            {"token_version": None},
            {"token_version": "x"},
            {"token_version": [1]},
        ],
    )
    def test_refuses_wrong_or_missing_claims(self, claims: dict[str, Any]):
        assert not refused(forged())
        assert refused(forged(**claims))

    def test_refuses_another_key(self):
        assert refused(forged(secret=OTHER_SECRET))

    def test_refuses_altered_claims(self):
        header, _, signature = minted().split(".")
        claims = json.dumps(claims_of(minted()) | {"role": "admin"}).encode()
        altered = base64.urlsafe_b64encode(claims).decode().rstrip("=")
        assert refused(f"{header}.{altered}.{signature}")

    @pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "HS384", "RS256", "HS256x", ""])
    def test_refuses_another_algorithm(self, algorithm: str):
        token = minted()
        signature = token.split(".")[2]
        for sign in ("", signature):
            assert refused(by_hand({"alg": algorithm, "typ": "JWT"}, claims_of(token), sign))

    @pytest.mark.parametrize(
        "headers",
        [
            {"kid": "../../../../dev/null"},
            {"kid": ""},
            {"kid": tokens.key_id(OTHER_SECRET)},
            {"jku": "https://evil.example/keys.json"},
            {"x5u": "https://evil.example/cert.pem"},
            {"jwk": {"kty": "oct", "k": base64.urlsafe_b64encode(OTHER_SECRET.encode()).decode()}},
        ],
    )
    def test_takes_no_key_from_the_header(self, headers: dict[str, Any]):
        assert refused(forged(secret=OTHER_SECRET, headers=headers))

    @pytest.mark.parametrize("kid", [5, None, ["a"], {"a": 1}])
    def test_refuses_a_key_name_that_is_no_text(self, kid: Any):
        signature = minted().split(".")[2]
        assert refused(by_hand({"alg": "HS256", "kid": kid}, claims_of(minted()), signature))

    @pytest.mark.parametrize(
        "token",
        [
            "",
            ".",
            "..",
            "a.b.c",
            "not a token",
            "tökén.ä.ö",
            "\ud800.a.b",
            "eyJhbGciOiJIUzI1NiJ9",
            by_hand(b"[" * 3_000, {}, "x"),
            by_hand({"alg": "HS256"}, b"[" * 3_000, "x"),
            by_hand(b"null", {}, "x"),
            by_hand({"alg": "HS256", "typ": "JWT"}, b"null", "x"),
            by_hand({"alg": ["HS256"]}, {}, "x"),
            by_hand({"alg": "HS256", "b64": False, "crit": ["b64"]}, {}, "x"),
        ],
    )
    def test_refuses_what_is_no_token(self, token: str):
        assert refused(token)

    def test_refuses_signed_claims_that_are_no_object(self):
        signed = pyjwt.api_jws.encode(b"[1]", LOCAL_SECRET, algorithm="HS256")
        assert refused(signed)


class TestRotation:
    def test_accepts_the_previous_key_without_signing_with_it(self, settings: Settings):
        with create_app(settings).app_context():
            before = minted()
        rotated = replace(settings, jwt_secret=OTHER_SECRET, jwt_previous_secret=LOCAL_SECRET)
        with create_app(rotated).app_context():
            after = minted()
            assert not refused(before)
            assert not refused(after)
            assert pyjwt.get_unverified_header(after)["kid"] == tokens.key_id(OTHER_SECRET)
        with create_app(replace(settings, jwt_secret=OTHER_SECRET)).app_context():
            assert refused(before)
            assert not refused(after)

    def test_signs_as_the_settings_say(self, settings: Settings):
        changed = replace(settings, jwt_algorithm="HS512", jwt_secret=OTHER_SECRET * 2)
        with create_app(changed).app_context():
            assert pyjwt.get_unverified_header(minted())["alg"] == "HS512"
            assert not refused(minted())
            weaker = pyjwt.encode(claims_of(minted()), OTHER_SECRET * 2, algorithm="HS256")
            assert refused(weaker)
