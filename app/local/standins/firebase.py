"""What do Google's token endpoint and Firebase Cloud Messaging answer, and what was pushed?

`POST /firebase/token` gives a service account a bearer token; the assertion's signature is not checked, because
the account is made up. `POST /firebase/v1/projects/<project>/messages:send` takes a message. Besides, for tests
and the outbox page: `GET /firebase/_pushes` shows what was pushed, `DELETE` forgets it, and
`PUT /firebase/_devices/<token>` with `{"answers": "unregistered"}` makes one device answer so from then on.
"""

import base64
import itertools
import json
import secrets
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, jsonify, request

from app.local.standins.faults import Faults

NAME = "firebase"
SIGN_IN = "firebase_sign_in"
GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer"
AUDIENCE = "https://oauth2.googleapis.com/token"
SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
BEARER_LASTS = timedelta(hours=1)
LARGEST_MESSAGE_BYTES = 4_096
PUSHES_REMEMBERED = 500
RETRY_AFTER_SECONDS = 60
TYPE = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"

Answer = Response | tuple[Response, int] | tuple[Response, int, dict[str, str]]


@dataclass(frozen=True, kw_only=True)
class _Refusal:
    """One of FCM's errors: status, Google's and FCM's own code, sentence, and the field that is wrong."""

    status: int
    google: str
    fcm: str | None
    sentence: str
    field: str | None = None


REFUSALS = {
    "401": _Refusal(
        status=401,
        google="UNAUTHENTICATED",
        fcm=None,
        sentence="Request had invalid authentication credentials.",
    ),
    "429": _Refusal(
        status=429,
        google="RESOURCE_EXHAUSTED",
        fcm="QUOTA_EXCEEDED",
        sentence="Quota exceeded for quota metric 'Messages sent'.",
    ),
    "500": _Refusal(
        status=500, google="INTERNAL", fcm="INTERNAL", sentence="Internal error encountered."
    ),
    "unregistered": _Refusal(
        status=404,
        google="NOT_FOUND",
        fcm="UNREGISTERED",
        sentence="Requested entity was not found.",
    ),
    "not_found": _Refusal(
        status=404, google="NOT_FOUND", fcm=None, sentence="Requested entity was not found."
    ),
    "sender_id_mismatch": _Refusal(
        status=403,
        google="PERMISSION_DENIED",
        fcm="SENDER_ID_MISMATCH",
        sentence="SenderId mismatch",
    ),
    "permission_denied": _Refusal(
        status=403,
        google="PERMISSION_DENIED",
        fcm=None,
        sentence="Permission 'cloudmessaging.messages.create' denied.",
    ),
    "invalid_token": _Refusal(
        status=400,
        google="INVALID_ARGUMENT",
        fcm="INVALID_ARGUMENT",
        sentence="The registration token is not a valid FCM registration token",
        field="message.token",
    ),
    "invalid_argument": _Refusal(
        status=400,
        google="INVALID_ARGUMENT",
        fcm="INVALID_ARGUMENT",
        sentence="Message too big",
        field="message",
    ),
}
MODES = tuple(mode for mode in REFUSALS if mode not in {"429", "500"})


@dataclass
class _Account:
    """What the stand-in keeps in memory: bearer tokens, pushes, and devices that answer in another way."""

    bearers: dict[str, datetime] = field(default_factory=dict)
    pushes: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=PUSHES_REMEMBERED))
    devices: dict[str, str] = field(default_factory=dict)
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    lock: threading.Lock = field(default_factory=threading.Lock)


def blueprint(*, faults: Faults, now: Callable[[], datetime]) -> Blueprint:
    """Firebase under /firebase."""
    blp = Blueprint(NAME, __name__, url_prefix="/firebase")
    account = _Account()
    _add_sign_in(blp, account, faults, now)
    _add_messages(blp, account, faults, now)
    _add_what_was_pushed(blp, account)
    return blp


def _add_sign_in(
    blp: Blueprint, account: _Account, faults: Faults, now: Callable[[], datetime]
) -> None:
    @blp.post("/token")
    def give_token() -> Answer:
        faults.record(provider=SIGN_IN, method="POST", path="/token", query={}, at=now())
        mode = faults.mode_once_answering(SIGN_IN)
        if mode == "garbage":
            return Response("<html>Sorry...</html>", mimetype="text/html")
        if mode in {"429", "500"}:
            return jsonify(error="internal_failure", error_description="Try again."), int(mode)
        problem = _problem_of_assertion(request.form)
        if problem:
            return jsonify(error="invalid_grant", error_description=problem), 400
        token = f"ya29.{secrets.token_urlsafe(48)}"
        with account.lock:
            account.bearers[token] = now() + BEARER_LASTS
        lasts = int(BEARER_LASTS.total_seconds())
        return jsonify(access_token=token, expires_in=lasts, token_type="Bearer")  # noqa: S106 - OAuth's word

    @blp.delete("/_bearers")
    def withdraw_tokens() -> tuple[str, int]:
        with account.lock:
            account.bearers.clear()
        return "", 204


def _problem_of_assertion(form: Any) -> str | None:
    if form.get("grant_type") != GRANT_TYPE:
        return "Unsupported grant type."
    try:
        header, claims = (_decoded(part) for part in form.get("assertion", "").split(".")[:2])
        lasts = claims["exp"] - claims["iat"]
    except (ValueError, KeyError, TypeError):
        return "Invalid JWT."
    if header.get("alg") != "RS256" or not str(claims.get("iss", "")).count("@"):
        return "Invalid JWT: it must be signed with RS256 by a service account."
    if claims.get("aud") not in {AUDIENCE, request.base_url} or not 0 < lasts <= 3600:  # noqa: PLR2004
        return "Invalid JWT: wrong audience, or longer than an hour."
    return None if SCOPE in str(claims.get("scope", "")).split() else "Invalid OAuth scope."


def _decoded(part: str) -> dict[str, Any]:
    padded = part + "=" * (-len(part) % 4)
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(padded))
    return found


def _add_messages(
    blp: Blueprint, account: _Account, faults: Faults, now: Callable[[], datetime]
) -> None:
    @blp.post("/v1/projects/<project>/messages:send")
    def send(project: str) -> Answer:
        path = f"/v1/projects/{project}/messages:send"
        faults.record(provider=NAME, method="POST", path=path, query={}, at=now())
        mode = faults.mode_once_answering(NAME)
        scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or account.bearers.get(bearer, now()) <= now():
            return _refused(REFUSALS["401"])
        if mode == "garbage":
            return Response("<html>Sorry...</html>", mimetype="text/html")
        message = (request.get_json(silent=True) or {}).get("message")
        refusal = REFUSALS.get(mode) or _wrong_with(message, account)
        if refusal is not None:
            return _refused(refusal)
        with account.lock:
            number = next(account.numbers)
            name = f"projects/{project}/messages/0:{number:016d}%stand-in"
            account.pushes.append({"name": name, "at": now().isoformat(), "message": message})
        return jsonify(name=name)


def _wrong_with(message: Any, account: _Account) -> _Refusal | None:
    """What FCM refuses by itself: no token, data that is no text, more than 4 KB, a device that is gone."""
    token = message.get("token") if isinstance(message, dict) else None
    if not isinstance(token, str) or not token or " " in token:
        return REFUSALS["invalid_token"]
    data = message.get("data", {})
    shown = {"data": data, "notification": message.get("notification", {})}
    is_text = isinstance(data, dict) and all(isinstance(value, str) for value in data.values())
    if not is_text or len(json.dumps(shown).encode()) > LARGEST_MESSAGE_BYTES:
        return REFUSALS["invalid_argument"]
    return REFUSALS.get(account.devices.get(token, ""))


def _refused(refusal: _Refusal) -> Answer:
    details: list[dict[str, Any]] = []
    if refusal.fcm:
        details.append({"@type": TYPE, "errorCode": refusal.fcm})
    if refusal.field:
        violation = {"field": refusal.field, "description": refusal.sentence}
        details.append({"@type": BAD_REQUEST, "fieldViolations": [violation]})
    error = {"code": refusal.status, "message": refusal.sentence, "status": refusal.google}
    headers = {"Retry-After": str(RETRY_AFTER_SECONDS)} if refusal is REFUSALS["429"] else {}
    return jsonify(error={**error, "details": details}), refusal.status, headers


def _add_what_was_pushed(blp: Blueprint, account: _Account) -> None:
    @blp.get("/_pushes")
    def show_pushes() -> Response:
        with account.lock:
            return jsonify(list(account.pushes))

    @blp.delete("/_pushes")
    def forget_pushes() -> tuple[str, int]:
        with account.lock:
            account.pushes.clear()
        return "", 204

    @blp.put("/_devices/<token>")
    def change_device(token: str) -> Answer:
        answers = (request.get_json(silent=True) or {}).get("answers")
        if answers != "ok" and answers not in REFUSALS:
            known = ", ".join(("ok", *REFUSALS))
            return jsonify(error=f"answers is unknown: it is one of {known}"), 422
        with account.lock:
            account.devices[token] = answers
        return jsonify({token: answers})
