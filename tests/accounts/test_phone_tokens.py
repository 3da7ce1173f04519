"""Do the tokens of a sign-in by phone last and say what document 003 shows?"""

from typing import Any

import jwt
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import UniqueKey, User
from app.config import Settings
from app.core import dynamo
from tests.accounts.doors import bearer, code_of, post
from tests.accounts.phone_login import (
    PHONE,
    Login,
    use_settings,
)


class TestTokens:
    def test_last_an_hour(self, client: FlaskClient, login: Login, clock: Any):
        headers = bearer(login.finish()["access_token"])
        clock.advance(seconds=3599)

        assert client.get("/users/me", headers=headers).status_code == 200
        clock.advance(seconds=1)
        assert client.get("/users/me", headers=headers).status_code == 401

    def test_are_given_anew_as_documented(self, client: FlaskClient, login: Login, clock: Any):
        tokens = login.finish()
        clock.advance(hours=2)

        answer = post(client, "/auth/refresh", {"refresh_token": tokens["refresh_token"]})

        assert answer.status_code == 200
        assert set(answer.json) == {"access_token", "id_token", "expires_in", "token_type"}
        assert (answer.json["expires_in"], answer.json["token_type"]) == (3600, "Bearer")
        clock.advance(seconds=3599)
        headers = bearer(answer.json["access_token"])
        assert client.get("/users/me", headers=headers).status_code == 200

    def test_rotate_with_the_rest(
        self, app: Flask, login: Login, monkeypatch: Any, settings: Settings
    ):
        tokens = login.finish()
        use_settings(app, monkeypatch, settings, refresh_token_rotation=True)

        body = {"refresh_token": tokens["refresh_token"]}
        answer = post(app.test_client(), "/auth/refresh", body)

        assert {"id_token", "refresh_token"} <= set(answer.json)

    def test_of_a_sign_in_by_email_are_as_before(self, client: FlaskClient, sign_up: Any):
        ada = sign_up()
        dynamo.commit(dynamo.update(User(ada.user_id), [User.phone.set(PHONE)]))

        answer = post(client, "/auth/refresh", {"refresh_token": ada.refresh_token})

        assert set(answer.json) == {"access_token", "expires_in", "token_type"}
        assert answer.json["expires_in"] == 900

    def test_of_identity_tell_who_it_is(self, login: Login):
        token = login.finish()["id_token"]

        said = jwt.decode(token, options={"verify_signature": False})

        assert said["type"] == "id"
        assert said["sub"] == UniqueKey.holder(kind="phone", value=PHONE)
        assert (said["phone_number"], said["phone_number_verified"]) == (PHONE, True)
        assert said["aud"] == "investforge-api"
        assert said["exp"] - said["iat"] == 3600

    def test_of_identity_open_no_door(self, client: FlaskClient, login: Login):
        token = login.finish()["id_token"]

        assert code_of(client.get("/users/me", headers=bearer(token))) == "invalid_token"
        assert code_of(post(client, "/auth/refresh", {"refresh_token": token})) == "invalid_token"
        assert code_of(post(client, "/auth/verify-email", {"token": token})) == "invalid_token"

    def test_end_with_a_logout(self, client: FlaskClient, login: Login):
        tokens = login.finish()

        client.post("/auth/logout", headers=bearer(tokens["access_token"]))

        body = {"refresh_token": tokens["refresh_token"]}
        assert code_of(post(client, "/auth/refresh", body)) == "token_revoked"
