import csv
import io
import itertools
from dataclasses import replace

import pytest

from app.audit import service as audit
from app.emails.models import Email
from app.extensions import EXTENSION
from app.waitlist import service
from app.waitlist.models import Entry
from tests.waitlist.conftest import letters, token_of

JOIN, CONFIRM = "/waitlist/join", "/waitlist/confirm"
ADMIN, INVITE, EXPORT = (f"/api/v1/admin/waitlist{end}" for end in ("", "/invite", "/export"))
STRONG = "Str0ngPass!"


@pytest.fixture
def join(client):
    addresses = (f"127.44.{number // 200}.{number % 200 + 1}" for number in itertools.count())

    def join(email, *, ip=None, headers=None, **body):
        return client.post(
            JOIN,
            json={"email": email, **body},
            headers=headers or {},
            environ_base={"REMOTE_ADDR": ip or next(addresses)},
        )

    return join


@pytest.fixture
def admin(sign_in_as):
    return sign_in_as("admin")


@pytest.fixture
def by_invitation(app, settings):
    """Signing up takes an invitation."""
    app.extensions[EXTENSION].settings = replace(settings, signup_mode="waitlist")


@pytest.fixture
def invite(client, admin):
    def invite(*emails, headers=None):
        return client.post(
            INVITE, json={"emails": list(emails)}, headers={**admin.headers, **(headers or {})}
        )

    return invite


class TestJoin:
    def test_answers_place_and_code(self, join):
        answer = join("Ada@Example.com", source="blog", interested_features=["analyses"])

        assert answer.status_code == 201
        assert set(answer.json) == {"email", "position", "referral_code"}
        assert (answer.json["email"], answer.json["position"]) == ("ada@example.com", 1)
        entry = Entry.of("ada@example.com")
        assert (entry.source, entry.interested_features) == ("blog", ["analyses"])

    def test_comes_from_the_website_unless_told(self, join):
        join("ada@example.com")

        assert Entry.of("ada@example.com").source == "website"

    def test_is_refused_for_who_is_on_the_list(self, join):
        join("ada@example.com")

        answer = join("ADA@example.com")

        assert answer.status_code == 409
        assert answer.json["error_code"] == "ALREADY_ON_WAITLIST"
        assert set(answer.json["details"]) == set()

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"email": "no address"}, "INVALID_EMAIL"),
            ({"referral_code": "NOBODYSCOD"}, "UNKNOWN_REFERRAL_CODE"),
            ({"source": "x" * 65}, "VALIDATION_ERROR"),
            ({"interested_features": ["x"] * 21}, "VALIDATION_ERROR"),
            ({"position": 1}, "VALIDATION_ERROR"),
        ],
    )
    def test_says_what_is_wrong(self, join, body, code):
        answer = join(**{"email": "ada@example.com", **body})

        assert (answer.status_code, answer.json["error_code"]) == (422, code)
        assert Entry.of("ada@example.com") is None

    def test_is_limited_to_ten_an_hour_from_one_address(self, join, clock):
        for number in range(10):
            assert join(f"p{number}@example.com", ip="127.9.9.9").status_code == 201

        answer = join("late@example.com", ip="127.9.9.9")

        assert answer.status_code == 429
        assert int(answer.headers["Retry-After"]) == 3600
        assert join("other@example.com").status_code == 201
        clock.advance(hours=1)
        assert join("late@example.com", ip="127.9.9.9").status_code == 201

    def test_is_repeated_safely_with_a_key(self, join):
        key = {"Idempotency-Key": "one"}

        first = join("ada@example.com", ip="127.9.9.9", headers=key)
        again = join("ada@example.com", ip="127.9.9.9", headers=key)
        stranger = join("ada@example.com", ip="127.9.9.8", headers=key)

        assert (again.status_code, again.json) == (201, first.json)
        assert again.headers["Idempotency-Replayed"] == "true"
        assert stranger.status_code == 409


class TestConfirm:
    def test_answers_the_position(self, client, join):
        join("ada@example.com")

        for _ in range(2):
            answer = client.post(CONFIRM, json={"token": token_of("ada@example.com")})
            assert (answer.status_code, answer.json) == (200, {"confirmed": True, "position": 1})

    def test_refuses_another_token(self, client, join):
        join("ada@example.com")

        answer = client.post(CONFIRM, json={"token": "nonsense"})

        assert (answer.status_code, answer.json["error_code"]) == (401, "INVALID_TOKEN")


class TestReferrals:
    def test_tells_position_and_count_and_not_who(self, client, join):
        code = join("ada@example.com").json["referral_code"]
        join("bob@example.com", referral_code=code.lower())
        client.post(CONFIRM, json={"token": token_of("bob@example.com")})
        assert Entry.of("bob@example.com").referred_by == code

        bobs = Entry.of("bob@example.com").code
        service.credit_referral(referral_code=bobs, now=Entry.of("bob@example.com").joined_at)

        answer = client.get(f"/waitlist/{code.lower()}")
        assert (answer.status_code, answer.json) == (
            200,
            {"referral_code": code, "position": 1, "referrals": 1},
        )

    @pytest.mark.parametrize("code", ["NOBODYSCOD", "K7MPQ2WXRT", "xxxxxxxx", "ada@example.com"])
    def test_answers_404_for_a_code_of_nobody(self, client, code):
        answer = client.get(f"/waitlist/{code}")

        assert (answer.status_code, answer.json["error_code"]) == (404, "REFERRAL_CODE_NOT_FOUND")

    @pytest.mark.parametrize("address", [JOIN, CONFIRM])
    def test_leaves_the_other_addresses_alone(self, client, address):
        assert set(client.options(address).headers["Allow"].split(", ")) == {"OPTIONS", "POST"}


class TestAdminList:
    def test_shows_everybody_by_position(self, client, admin, join):
        code = join("ada@example.com").json["referral_code"]
        join("bob@example.com", referral_code=code)

        first = client.get(f"{ADMIN}?limit=1", headers=admin.headers)
        second = client.get(
            f"{ADMIN}?limit=1&cursor={first.json['next_cursor']}", headers=admin.headers
        )

        (ada,), (bob,) = first.json["waitlist"], second.json["waitlist"]
        assert (ada["email"], ada["position"], ada["status"]) == ("ada@example.com", 1, "waiting")
        assert (bob["position"], bob["referred_by"]) == (2, code)
        assert second.json["next_cursor"] is None

    def test_refuses_a_made_up_cursor(self, client, admin):
        answer = client.get(f"{ADMIN}?cursor=x", headers=admin.headers)

        assert (answer.status_code, answer.json["error"]["code"]) == (422, "invalid_cursor")

    @pytest.mark.parametrize(
        ("method", "path"), [("GET", ADMIN), ("POST", INVITE), ("GET", EXPORT)]
    )
    def test_is_for_admins_alone(self, client, sign_in_as, method, path):
        body = {"emails": ["a@example.com"]} if method == "POST" else None
        viewer = sign_in_as("viewer")

        assert client.open(path, method=method, json=body).status_code == 401
        answer = client.open(path, method=method, json=body, headers=viewer.headers)
        assert answer.status_code == 403


class TestExport:
    def test_is_a_csv_without_formulas(self, client, admin, join):
        join("+ada@example.com", source="=1+1")
        join("bob@example.com")

        answer = client.get(EXPORT, headers=admin.headers)

        assert answer.mimetype == "text/csv"
        assert "attachment" in answer.headers["Content-Disposition"]
        assert "X-Next-Cursor" not in answer.headers
        rows = list(csv.DictReader(io.StringIO(answer.text)))
        assert [row["email"] for row in rows] == ["'+ada@example.com", "bob@example.com"]
        assert rows[0]["source"] == "'=1+1"
        assert (rows[1]["position"], rows[1]["confirmed_at"]) == ("2", "")

    def test_goes_on_from_a_cursor(self, client, admin, join):
        join("ada@example.com")
        join("bob@example.com")

        answer = client.get(f"{EXPORT}?cursor=2", headers=admin.headers)

        assert "ada@" not in answer.text
        assert "bob@" in answer.text


class TestInvite:
    def test_mails_marks_and_records(self, invite, join):
        join("ada@example.com")

        answer = invite("Ada@example.com", "ada@example.com", "stranger@example.com")

        assert answer.status_code == 200
        assert answer.json["results"] == [
            {"email": "ada@example.com", "result": "invited", "position": 1},
            {"email": "stranger@example.com", "result": "invited", "position": None},
        ]
        assert Entry.of("ada@example.com").status == "invited"
        assert len(letters("waitlist_invited", "ada@example.com")) == 1
        entries = audit.list_entries(action="invite", limit=10, cursor=None).items
        assert len(entries) == 2
        assert "@" not in str([entry.metadata for entry in entries])
        assert audit.verify().whole

    def test_leaves_alone_whoever_was_invited_or_has_an_account(self, invite, join, sign_up):
        invite("ada@example.com")
        join("ada@example.com")
        person = sign_up("bob@example.com")

        answer = invite("ada@example.com", person.email)

        assert [row["result"] for row in answer.json["results"]] == [
            "already_invited",
            "has_account",
        ]
        assert Entry.of("ada@example.com").status == "invited"  # though it joined later
        assert len(letters("waitlist_invited", "ada@example.com")) == 1
        assert letters("waitlist_invited", person.email) == []

    def test_keeps_the_place_and_lets_it_be_confirmed(self, client, invite, join):
        join("ada@example.com")
        invite("ada@example.com")

        answer = client.post(CONFIRM, json={"token": token_of("ada@example.com")})

        assert answer.json == {"confirmed": True, "position": 1}
        entry = Entry.of("ada@example.com")
        assert entry.status == "invited"
        assert entry.confirmed_at is not None

    def test_invites_nobody_where_one_is_no_address(self, invite):
        answer = invite("ada@example.com", "nonsense")

        assert (answer.status_code, answer.json["error"]["code"]) == (400, "invalid_email")
        assert [row for row in Email.scan() if row.template == "waitlist_invited"] == []

    @pytest.mark.parametrize("count", [0, 101])
    def test_takes_one_to_a_hundred(self, invite, count):
        assert invite(*[f"p{n}@example.com" for n in range(count)]).status_code == 422

    def test_is_repeated_safely_with_a_key(self, invite):
        key = {"Idempotency-Key": "one"}
        first = invite("ada@example.com", headers=key)

        assert invite("ada@example.com", headers=key).json == first.json


@pytest.mark.usefixtures("by_invitation")
class TestSignupByInvitation:
    def test_is_refused_to_whoever_was_not_invited_and_says_how_to_join(self, client, sign_in_as):
        boss = sign_in_as("admin")
        for email in ("ada@example.com", boss.email):  # whether there is an account or not
            answer = client.post("/auth/signup", json={"email": email, "password": STRONG})

            assert answer.status_code == 403
            assert answer.json["error_code"] == "SIGNUP_BY_INVITATION"
            assert answer.json["details"] == {"join": "/waitlist/join"}
            assert "/waitlist/join" in answer.json["message"]

    def test_is_refused_at_the_door_of_those_who_await_approval(self, client):
        body = {"username": "ada", "email": "ada@example.com", "password": STRONG}

        answer = client.post("/api/v1/signup", json=body)

        assert (answer.status_code, answer.json["error"]["code"]) == (403, "signup_by_invitation")

    def test_is_open_to_the_invited_in_any_spelling(self, client, invite):
        invite("ada@example.com", "bob@example.com")

        body = {"email": "ADA@example.com", "password": STRONG}
        assert client.post("/auth/signup", json=body).status_code == 201
        body = {"username": "bob", "email": "Bob@Example.com", "password": STRONG}
        assert client.post("/api/v1/signup", json=body).status_code == 201

    def test_is_refused_to_a_new_phone_and_open_to_a_known_one(self, app, client, settings):
        def log_in():
            started = client.post("/auth/start", json={"phone": "+15550100123"}).json
            body = {
                "phone": "+15550100123",
                "otp": started["dev_otp"],
                "session": started["session"],
            }
            return client.post("/auth/verify", json=body)

        refused = log_in()
        assert (refused.status_code, refused.json["error_code"]) == (403, "SIGNUP_BY_INVITATION")

    def test_leaves_a_phone_with_an_account_alone(self, app, client, settings, clock):
        def log_in():
            started = client.post("/auth/start", json={"phone": "+15550100124"}).json
            body = {
                "phone": "+15550100124",
                "otp": started["dev_otp"],
                "session": started["session"],
            }
            return client.post("/auth/verify", json=body)

        app.extensions[EXTENSION].settings = settings
        assert log_in().status_code == 200
        app.extensions[EXTENSION].settings = replace(settings, signup_mode="waitlist")
        clock.advance(61)

        assert log_in().status_code == 200


class TestSignup:
    def test_is_open_to_anyone_by_default(self, client):
        answer = client.post("/auth/signup", json={"email": "a@example.com", "password": STRONG})

        assert answer.status_code == 201
