"""Is every error told alike, in the form of the door that it happened at?"""

import re
from typing import Any

import pytest
from flask import Flask, abort
from flask.testing import FlaskClient

from app.config import Settings
from app.core import auth, errors, schemas
from app.core.openapi import Blueprint
from app.factory import create_app

STATUSES = (400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503)
DOORS = ("/probe", "/api/v1/probe")
SECRET_CAUSE = "the-cause-that-nobody-is-told"


class EchoIn(schemas.Schema):
    amount = schemas.Money(required=True)
    text = schemas.Text(maximum=100)


class Missing(errors.NotFound):
    code = "probe_missing"
    message = "No such probe."
    api_v1_status = 400


def probes() -> Blueprint:
    blp = Blueprint("probes", __name__)

    def raised(status: int) -> None:
        raise errors.BY_STATUS[status](
            details={"why": "a probe"}, retry_after_seconds=7 if status == 429 else None
        )

    def aborted(status: int) -> None:
        abort(status)

    def broken() -> None:
        raise KeyError(SECRET_CAUSE)

    def missing() -> None:
        raise Missing

    def echo(body: dict[str, Any]) -> dict[str, Any]:
        return body

    for number, door in enumerate(DOORS):
        name = f"_{number}"
        blp.add_url_rule(f"{door}/raised/<int:status>", "raised" + name, auth.public(raised))
        blp.add_url_rule(f"{door}/aborted/<int:status>", "aborted" + name, auth.public(aborted))
        blp.add_url_rule(f"{door}/broken", "broken" + name, auth.public(broken))
        blp.add_url_rule(f"{door}/missing", "missing" + name, auth.public(missing))
        taking = blp.response(200, EchoIn)(blp.arguments(EchoIn)(echo))
        blp.add_url_rule(f"{door}/echo", "echo" + name, auth.public(taking), methods=["POST"])
    return blp


@pytest.fixture(scope="module")
def probed(settings: Settings) -> FlaskClient:
    """A client of the app with routes that fail in every way."""
    app: Flask = create_app(settings)
    app.register_blueprint(probes())
    return app.test_client()


def told(answer: Any, *, door: str) -> tuple[str, str, dict[str, Any]]:
    """The error's code, in lower case, its message and details, once its form was checked."""
    assert answer.mimetype == "application/json"
    assert answer.headers["X-Request-ID"]
    body = answer.json
    if door.startswith("/api/v1"):
        assert set(body) == {"error"}
        assert set(body["error"]) == {"code", "message", "details"}
        code, message, details = (body["error"][part] for part in ("code", "message", "details"))
        assert re.fullmatch(r"[a-z0-9_]+", code)
    else:
        assert set(body) == {"success", "message", "error_code", "details"}
        assert body["success"] is False
        code, message, details = body["error_code"], body["message"], body["details"]
        assert re.fullmatch(r"[A-Z0-9_]+", code)
        code = code.lower()
    assert message.endswith(".")
    return code, message, details


@pytest.mark.parametrize("door", DOORS)
class TestEveryError:
    @pytest.mark.parametrize("status", STATUSES)
    def test_is_told_in_the_form_of_its_door(self, probed: FlaskClient, door: str, status: int):
        answer = probed.get(f"{door}/raised/{status}")
        assert answer.status_code == status
        code, _, details = told(answer, door=door)
        assert (code, details) == (errors.BY_STATUS[status].code, {"why": "a probe"})
        assert answer.headers.get("Retry-After") == ("7" if status == 429 else None)

    @pytest.mark.parametrize("status", STATUSES)
    def test_of_the_framework_is_told_alike(self, probed: FlaskClient, door: str, status: int):
        answer = probed.get(f"{door}/aborted/{status}")
        assert answer.status_code == status
        code, message, details = told(answer, door=door)
        kind = errors.BY_STATUS[status]
        assert (code, message, details) == (kind.code, kind.message, {})

    def test_of_an_unusual_status_is_told_alike(self, probed: FlaskClient, door: str):
        answer = probed.get(f"{door}/aborted/418")
        assert answer.status_code == 418
        assert told(answer, door=door)[0] == "i_m_a_teapot"

    def test_of_an_unknown_url_is_404(self, probed: FlaskClient, door: str):
        for headers in ({}, {"Authorization": "Bearer x"}):
            answer = probed.get(f"{door}/nowhere", headers=headers)
            assert answer.status_code == 404
            assert told(answer, door=door)[0] == "not_found"

    def test_of_a_wrong_method_lists_the_right_ones(self, probed: FlaskClient, door: str):
        answer = probed.delete(f"{door}/echo")
        assert answer.status_code == 405
        assert told(answer, door=door)[0] == "method_not_allowed"
        assert set(answer.headers["Allow"].split(", ")) == {"POST", "OPTIONS"}

    def test_of_ours_shows_no_cause(self, probed: FlaskClient, door: str):
        answer = probed.get(f"{door}/broken")
        assert answer.status_code == 500
        assert told(answer, door=door)[0] == "internal_error"
        assert SECRET_CAUSE not in answer.text

    def test_may_have_another_status_at_api_v1(self, probed: FlaskClient, door: str):
        answer = probed.get(f"{door}/missing")
        assert answer.status_code == (400 if door.startswith("/api/v1") else 404)
        assert told(answer, door=door)[:2] == ("probe_missing", "No such probe.")


@pytest.mark.parametrize("door", DOORS)
class TestBody:
    @pytest.mark.parametrize(
        ("raw", "reason"),
        [
            (b"{", "Expecting"),
            (b'{"amount": NaN}', "NaN is not a JSON number"),
            (b'{"amount": Infinity}', "Infinity is not a JSON number"),
            (b'{"amount": ' + b"[" * 40 + b"]" * 40 + b"}", "nested deeper than 32"),
            (b'{"text": "\\ud800"}', "surrogate"),
            (b'{"text": "\xff"}', "it is not UTF-8"),
            ('{"amount": 1}'.encode("utf-16"), "it is not UTF-8"),
            (b'{"amount": ' + b"9" * 5_000 + b"}", "400 digits or more"),
            (b'{"amount": 1e999999999}', "400 digits or more"),
        ],
    )
    def test_that_is_no_json_is_400(self, probed: FlaskClient, door: str, raw: bytes, reason: str):
        answer = probed.post(f"{door}/echo", data=raw, content_type="application/json")
        assert answer.status_code == 400
        code, _, details = told(answer, door=door)
        assert code == "malformed_json"
        assert reason in details["reason"]

    @pytest.mark.parametrize(
        "raw",
        [
            b"",
            b"null",
            b"[]",
            b"3",
            b'"text"',
            b"{}",
            b'{"amount": 1e300}',
            b'{"amount": "1", "x": 2}',
        ],
    )
    def test_that_does_not_fit_is_422(self, probed: FlaskClient, door: str, raw: bytes):
        answer = probed.post(f"{door}/echo", data=raw, content_type="application/json")
        assert answer.status_code == 422
        code, _, details = told(answer, door=door)
        assert code == "validation_error"
        assert set(details) == {"json"}

    @pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", None])
    def test_of_another_type_is_415(self, probed: FlaskClient, door: str, kind: str | None):
        answer = probed.post(f"{door}/echo", data=b'{"amount": 1}', content_type=kind)
        assert answer.status_code == 415
        assert told(answer, door=door)[0] == "unsupported_media_type"

    def test_that_is_too_large_is_413(self, probed: FlaskClient, door: str):
        raw = b'{"text": "' + b"x" * 1024 * 1024 + b'"}'
        answer = probed.post(f"{door}/echo", data=raw, content_type="application/json")
        assert answer.status_code == 413
        assert told(answer, door=door)[0] == "payload_too_large"

    @pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "application/vnd.a+json"])
    def test_keeps_its_digits_on_the_way_through(self, probed: FlaskClient, door: str, kind: str):
        digits = "123456789012345678.876543210987654321"
        raw = f'\ufeff{{"amount": {digits}, "text": "é"}}'.encode()
        answer = probed.post(f"{door}/echo", data=raw, content_type=kind)
        assert answer.status_code == 200
        assert f'"amount":{digits}' in answer.text
        assert answer.json["text"] == "é"


class TestCode:
    def test_belongs_to_one_class(self):
        with pytest.raises(TypeError, match="belongs to Conflict already"):
            type("Rival", (errors.AppError,), {"code": "conflict"})

    def test_is_listed_once(self):
        codes = errors.codes()
        assert codes == sorted(set(codes))
        assert {"user_exists", "validation_error", "too_many_attempts"} <= set(codes)

    @pytest.mark.parametrize(
        ("path", "is_api_v1"),
        [("/api/v1", True), ("/api/v1/me", True), ("/api/v10/me", False), ("/auth/login", False)],
    )
    def test_is_rendered_by_the_path(self, path: str, is_api_v1: bool):
        assert errors.is_api_v1(path) is is_api_v1
