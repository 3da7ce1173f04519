"""Does signing up give an account, once, and refuse what it should at every door?"""

import itertools
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask

from app.accounts.models import UniqueKey, User
from tests.accounts.doors import PASSWORD, STRONG, bearer, code_of, post
from tests.core.together import together

DOORS = ("/auth/signup", "/auth/register")
FORM = {"email": "ada@example.com", "password": PASSWORD}
REQUEST = {"username": "ada", "email": "ada@example.com", "password": STRONG}
PROFILE = {
    "user_id", "email", "username", "phone", "first_name", "last_name", "plan", "intended_plan",
    "role", "status", "email_verified", "stripe_customer_id", "preferences", "created_at",
    "updated_at", "last_login_at",
}  # fmt: skip
FORBIDDEN = ("role", "status", "user_id", "email_verified", "token_version", "is_admin", "phone")


@pytest.mark.parametrize("door", DOORS)
class TestSignUp:
    def test_gives_an_active_account_and_tokens(self, client: Any, door: str):
        answer = post(client, door, FORM)
        assert answer.status_code == 201
        body = answer.json
        tokens = {"access_token", "refresh_token", "token_type", "expires_in"}
        assert set(body) == {"user_id", "email", "user"} | tokens
        assert (body["email"], body["token_type"], body["expires_in"]) == (
            "ada@example.com",
            "Bearer",
            900,
        )
        user = body["user"]
        assert set(user) == PROFILE
        assert user["user_id"] == body["user_id"]
        assert (user["plan"], user["role"], user["status"]) == ("free", "user", "active")
        assert user["created_at"] == user["last_login_at"] == "2026-11-20T12:00:00+00:00"
        assert user["email_verified"] is False
        assert client.get("/users/me", headers=bearer(body["access_token"])).json == user

    def test_keeps_everything_that_is_told(self, client: Any, door: str):
        told = {
            "first_name": " Ada ",
            "last_name": "King",
            "username": "Ada_1815",
            "plan": "pro",
            "referral_source": "a friend",
            "preferences": {"theme": "dark", "limit": 0.1, "gone": None},
        }
        user = post(client, door, FORM | told).json["user"]
        assert (user["first_name"], user["last_name"]) == ("Ada", "King")
        assert (user["username"], user["plan"], user["intended_plan"]) == (
            "Ada_1815",
            "free",
            "pro",
        )
        assert user["preferences"] == {"theme": "dark", "limit": Decimal("0.1")}
        stored = User.of(user["user_id"])
        assert stored is not None
        assert stored.referral_source == "a friend"
        assert PASSWORD not in str(stored.attribute_values)

    @pytest.mark.parametrize(
        ("names", "expected"),
        [
            ({"full_name": "Ada King Lovelace"}, ("Ada", "King Lovelace")),
            ({"full_name": "Ada"}, ("Ada", None)),
            ({"full_name": "Ada King", "first_name": "Augusta"}, ("Augusta", None)),
            ({}, (None, None)),
        ],
    )
    def test_splits_a_full_name(
        self, client: Any, door: str, names: dict[str, str], expected: tuple[Any, Any]
    ):
        user = post(client, door, FORM | names).json["user"]
        assert (user["first_name"], user["last_name"]) == expected

    @pytest.mark.parametrize(
        "wrong",
        [
            {"email": "ada"},
            {"email": "ada@localhost"},
            {"email": "\uff41da@example.com"},
            {"email": "ada@example.com "},
            {"email": 5},
            {"email": None},
            {"password": "1234567"},
            {"password": 12345678},
            {"password": "x" * 1_025},
            {"username": "ab"},
            {"username": "ada\n"},
            {"username": "adä"},
            {"plan": "gold"},
            {"preferences": []},
            {"preferences": {"": 1}},
            {"preferences": {"a": "x" * 20_000}},
            {"first_name": "a\x00b"},
            {"first_name": "x" * 101},
            *({name: "x"} for name in FORBIDDEN),
        ],
    )
    def test_refuses_what_is_wrong(self, client: Any, door: str, wrong: dict[str, Any]):
        answer = post(client, door, FORM | wrong)
        assert answer.status_code == 422
        assert UniqueKey.holder(kind="email", value=FORM["email"]) is None

    @pytest.mark.parametrize("missing", ["email", "password"])
    def test_names_what_is_missing(self, client: Any, door: str, missing: str):
        answer = post(client, door, {name: FORM[name] for name in FORM if name != missing})
        assert (answer.status_code, code_of(answer)) == (422, "validation_error")
        assert missing in answer.json["details"]["json"]

    @pytest.mark.parametrize(
        "rival",
        [
            {"email": "ada@example.com"},
            {"email": "ADA@Example.Com"},
            {"email": "other@example.com", "username": "ada_1"},
            {"email": "other@example.com", "username": "ADA_1"},
        ],
    )
    def test_refuses_a_name_that_is_taken(self, client: Any, door: str, rival: dict[str, str]):
        post(client, door, FORM | {"username": "Ada_1"})
        answer = post(client, door, {"password": PASSWORD} | rival)
        assert (answer.status_code, code_of(answer)) == (409, "user_exists")
        assert post(client, door, {"email": "other@example.com", "password": PASSWORD}).json

    def test_takes_ten_an_hour_from_one_address(self, client: Any, clock: Any, door: str):
        for number in range(10):
            form = {"email": f"user{number}@example.com", "password": PASSWORD}
            assert post(client, door, form, ip="127.9.9.9").status_code == 201
        answer = post(client, door, FORM, ip="127.9.9.9")
        assert (answer.status_code, code_of(answer)) == (429, "too_many_attempts")
        assert answer.headers["Retry-After"] == "3600"
        assert post(client, door, FORM, ip="127.9.9.8").status_code == 201
        clock.advance(3_600)
        again = {"email": "late@example.com", "password": PASSWORD}
        assert post(client, door, again, ip="127.9.9.9").status_code == 201


class TestTwentyAtOnce:
    @pytest.mark.parametrize("door", [*DOORS, "/api/v1/signup"])
    def test_leave_one_account(self, app: Flask, door: str):
        is_v1 = door.startswith("/api/v1")

        def attempt(number: int) -> int:
            form = {"email": "Ada@example.com" if number % 2 else FORM["email"]}
            form |= {"username": f"ada_{number}", "password": STRONG}
            answer = post(app.test_client(), door, form, ip=f"127.8.0.{number + 1}")
            return int(answer.status_code)

        statuses = together(20, attempt)
        assert sorted(statuses) == sorted([201] + [400 if is_v1 else 409] * 19)
        assert len(list(User.scan())) == 1
        assert len(list(UniqueKey.scan())) == 2


class TestAccountThatAwaitsApproval:
    def test_is_pending_and_has_no_tokens(self, client: Any):
        answer = post(client, "/api/v1/signup", REQUEST)
        assert answer.status_code == 201
        assert answer.json == {"message": "Signup received. Await approval.", "status": "pending"}
        (user,) = User.scan()
        assert (user.status, user.role, user.awaiting) == ("pending", "user", "approval")

    def test_is_trimmed(self, client: Any):
        form = {"username": "  ada ", "email": " ada@example.com\n", "password": STRONG}
        assert post(client, "/api/v1/signup", form).status_code == 201
        assert post(client, "/api/v1/signup", REQUEST).status_code == 400
        (user,) = User.scan()
        assert (user.username, user.email) == ("ada", "ada@example.com")

    @pytest.mark.parametrize(
        ("wrong", "code"),
        [
            ({"username": "ab"}, "invalid_username"),
            ({"username": "a" * 31}, "invalid_username"),
            ({"username": "ada lovelace"}, "invalid_username"),
            ({"username": ""}, "invalid_username"),
            ({"email": "ada"}, "invalid_email"),
            ({"email": ""}, "invalid_email"),
            ({"password": "password123"}, "weak_password"),
            ({"password": "PASSWORD123"}, "weak_password"),
            ({"password": "Passwords"}, "weak_password"),
            ({"password": "Sh0rt"}, "weak_password"),
        ],
    )
    def test_is_refused_as_documented(self, client: Any, wrong: dict[str, str], code: str):
        answer = post(client, "/api/v1/signup", REQUEST | wrong)
        assert (answer.status_code, code_of(answer)) == (400, code)

    @pytest.mark.parametrize(
        "rival",
        [
            {"email": "ADA@example.com", "username": "other"},
            {"email": "o@example.com", "username": "ADA"},
        ],
    )
    def test_is_refused_when_its_names_are_taken(self, client: Any, rival: dict[str, str]):
        post(client, "/api/v1/signup", REQUEST)
        answer = post(client, "/api/v1/signup", REQUEST | rival)
        assert (answer.status_code, code_of(answer)) == (400, "user_exists")

    @pytest.mark.parametrize("name", [*FORBIDDEN, "plan", "first_name"])
    def test_takes_no_other_field(self, client: Any, name: str):
        answer = post(client, "/api/v1/signup", REQUEST | {name: "admin"})
        assert (answer.status_code, code_of(answer)) == (422, "validation_error")

    def test_shares_names_and_limits_with_the_other_door(self, client: Any):
        post(client, "/auth/signup", FORM)
        assert post(client, "/api/v1/signup", REQUEST).status_code == 400
        doors = itertools.cycle(["/auth/signup", "/api/v1/signup"])
        for number in range(10):
            form = {
                "email": f"u{number}@example.com",
                "username": f"u_{number}",
                "password": STRONG,
            }
            assert post(client, next(doors), form, ip="127.9.9.7").status_code == 201
        assert post(client, next(doors), REQUEST, ip="127.9.9.7").status_code == 429
