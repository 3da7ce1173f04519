"""Which passwords does PASSWORD_POLICY=strict refuse, and does every door ask?"""

from dataclasses import replace

import pytest

from app.accounts import rules, service
from app.accounts.service import password_policy
from tests.accounts.doors import bearer, code_of, post
from tests.accounts.variants import app_with

BREACHED = "Password1"
STRONG = "Str0ngPass!"


@pytest.fixture
def strict(settings):
    return replace(settings, password_policy="strict")


class TestCheckPassword:
    @pytest.mark.parametrize(
        ("password", "strong"),
        [("password", False), ("password123", False), ("Abcdefg1", True), ("Ünïcödé1", True)],
    )
    def test_accepts_as_documented(self, settings, password, strong):
        password_policy.check_password(password=password, strong=strong, settings=settings)

    @pytest.mark.parametrize(
        ("password", "strong"), [("short", False), ("short", True), ("password123", True)]
    )
    def test_refuses_as_documented(self, settings, password, strong):
        with pytest.raises(service.WeakPassword):
            password_policy.check_password(password=password, strong=strong, settings=settings)

    def test_accepts_a_breached_one_where_nobody_asked_for_more(self, settings):
        password_policy.check_password(password=BREACHED, strong=True, settings=settings)

    @pytest.mark.parametrize("strong", [False, True])
    @pytest.mark.parametrize(
        "password", ["short", "password123", BREACHED, "pASSWORD1", "Passw0rd"]
    )
    def test_refuses_weak_and_breached_ones_when_strict(self, strict, strong, password):
        with pytest.raises(service.WeakPassword):
            password_policy.check_password(password=password, strong=strong, settings=strict)

    @pytest.mark.parametrize("password", [STRONG, "Correct horse 9 battery", "Ab1" * 300])
    def test_accepts_others_when_strict(self, strict, password):
        password_policy.check_password(password=password, strong=False, settings=strict)

    def test_says_why(self, strict):
        with pytest.raises(service.WeakPassword, match="guessed first"):
            password_policy.check_password(password=BREACHED, strong=False, settings=strict)
        with pytest.raises(service.WeakPassword, match="digit"):
            password_policy.check_password(password="longenough", strong=False, settings=strict)
        with pytest.raises(service.WeakPassword, match="8 characters\\."):
            password_policy.check_password(password="short", strong=True, settings=strict)


class TestTheList:
    def test_holds_what_strict_would_let_through(self):
        listed = password_policy.BREACHED.read_text("utf-8").split()

        assert len(listed) == len(set(listed)) > 4_000
        assert all(entry == entry.casefold() for entry in listed)
        assert all(
            rules.is_strong(entry.title()) or rules.is_long_enough(entry) for entry in listed
        )

    def test_names_its_source_and_licence(self):
        source = password_policy.BREACHED.with_name("SOURCE.txt").read_text("utf-8")

        assert "zxcvbn 4.5.0" in source
        assert "Permission is hereby granted" in source


class TestDoors:
    @pytest.fixture
    def client(self, app, settings):
        return app_with(settings, password_policy="strict").test_client()

    @pytest.mark.parametrize("password", ["password123", BREACHED])
    def test_refuse_at_signup(self, client, password):
        body = {"email": "ada@example.com", "username": "ada", "password": password}

        at_auth = post(client, "/auth/signup", body)
        at_api_v1 = post(client, "/api/v1/signup", body)

        assert (at_auth.status_code, code_of(at_auth)) == (422, "weak_password")
        assert (at_api_v1.status_code, code_of(at_api_v1)) == (400, "weak_password")

    @pytest.mark.parametrize("password", ["password123", BREACHED])
    def test_refuse_when_it_is_changed(self, client, password):
        body = {"email": "ada@example.com", "password": STRONG}
        token = post(client, "/auth/signup", body).json["access_token"]

        answer = post(
            client,
            "/users/me/password",
            {"current_password": STRONG, "new_password": password},
            headers=bearer(token),
        )

        assert (answer.status_code, code_of(answer)) == (422, "weak_password")

    @pytest.mark.parametrize("password", ["password123", BREACHED])
    def test_refuse_when_it_is_reset(self, client, worker, password):
        assert (
            post(
                client, "/auth/signup", {"email": "ada@example.com", "password": STRONG}
            ).status_code
            == 201
        )
        assert (
            post(client, "/auth/forgot-password", {"email": "ada@example.com"}).status_code == 202
        )
        (mail,) = [one for one in worker.emails("ada@example.com") if "new password" in one.subject]

        answer = post(client, "/auth/reset-password", {"token": mail.token, "password": password})

        assert (answer.status_code, code_of(answer)) == (422, "weak_password")
