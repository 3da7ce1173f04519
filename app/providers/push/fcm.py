"""How do push notifications go out through Firebase Cloud Messaging's HTTP v1 API?

google-auth signs in as the service account and keeps the bearer token until it expires. It and requests are
imported at the first call: only a worker pushes.
"""

import hashlib
import json
import threading
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from app.providers.push.interface import DeadToken, GiveUp, Notification, TryAgain

if TYPE_CHECKING:
    from google.oauth2.service_account import Credentials
    from requests import Response, Session

SCOPE: Final = "https://www.googleapis.com/auth/firebase.messaging"
LIVE_URL: Final = "https://fcm.googleapis.com"
OK: Final = 200
UNAUTHORIZED: Final = 401
PASSING: Final = frozenset({408, 429})
SERVER_ERRORS: Final = 500
# Reaches nothing any more, and belongs to another Firebase project.
DEAD: Final = frozenset({"UNREGISTERED", "SENDER_ID_MISMATCH"})
TOPIC_LENGTH: Final = 32  # RFC 8030 allows no longer ones
FCM_ERROR: Final = "type.googleapis.com/google.firebase.fcm.v1.FcmError"


class FcmPush:
    """Notifications of one Firebase project.

    Args:
        credentials: the service account's JSON, as text.
        base_url: where FCM answers; its public address where it is None.
        token_url: where bearer tokens are given out; what the service account names where it is None.
        timeout_seconds: for connecting, and again for each wait for bytes.
    """

    def __init__(
        self,
        *,
        credentials: str,
        base_url: str | None = None,
        token_url: str | None = None,
        timeout_seconds: float = 10.0,
    ) -> None:
        account: dict[str, str] = json.loads(credentials)
        self._account = account | ({"token_uri": token_url} if token_url else {})
        self._url = f"{base_url or LIVE_URL}/v1/projects/{account['project_id']}/messages:send"
        self._timeout_seconds = timeout_seconds
        self._lock = threading.Lock()
        self._made_session: Session | None = None
        self._made_credentials: Credentials | None = None

    def send(self, *, token: str, notification: Notification) -> None:
        """Send it; see `Push.send`. A bearer token that was withdrawn is replaced once."""
        body = {"message": _message(token, notification)}
        bearer = self._bearer()
        response = self._posted(body, bearer)
        if response.status_code == UNAUTHORIZED:
            response = self._posted(body, self._bearer(instead_of=bearer))
        if response.status_code != OK:
            raise _understood(response)
        if "name" not in _body(response):
            # A proxy's page: nothing says that the message was taken.
            raise TryAgain("FCM answered 200 without naming the message")

    def _posted(self, body: dict[str, Any], bearer: str) -> "Response":
        from requests.exceptions import RequestException

        try:
            return self._session.post(
                self._url,
                json=body,
                headers={"Authorization": f"Bearer {bearer}"},
                timeout=self._timeout_seconds,
                allow_redirects=False,
            )
        except RequestException as error:
            message = f"FCM did not answer: {type(error).__name__}"
            raise TryAgain(message) from None

    def _bearer(self, *, instead_of: str | None = None) -> str:
        """The bearer token at hand, or a new one where it has expired or was refused."""
        from google.auth.exceptions import GoogleAuthError
        from google.auth.transport.requests import Request

        with self._lock:
            credentials = self._credentials()
            if not credentials.valid or credentials.token == instead_of:
                request = partial(Request(self._session), timeout=self._timeout_seconds)
                try:
                    credentials.refresh(request)  # type: ignore[no-untyped-call]
                except (GoogleAuthError, TypeError, ValueError) as error:
                    # google-auth trips over an answer of 200 that is no JSON.
                    raise _not_signed_in(error) from None
            return str(credentials.token)

    def _credentials(self) -> "Credentials":
        if self._made_credentials is None:
            from google.oauth2 import service_account

            try:
                self._made_credentials = service_account.Credentials.from_service_account_info(  # type: ignore[no-untyped-call]
                    self._account, scopes=[SCOPE]
                )
            except ValueError:
                raise GiveUp("the service account's private key can't be read") from None
        return self._made_credentials

    @property
    def _session(self) -> "Session":
        if self._made_session is None:
            import requests

            self._made_session = requests.Session()
        return self._made_session


def _message(token: str, notification: Notification) -> dict[str, Any]:
    """FCM's message. Each platform has its own way to let a repeated notification replace the first."""
    same = hashlib.sha256(notification.notification_id.encode()).hexdigest()[:TOPIC_LENGTH]
    return {
        "token": token,
        "notification": {"title": notification.title, "body": notification.body},
        "data": dict(notification.data),
        "android": {"notification": {"tag": same}},
        "apns": {"headers": {"apns-collapse-id": same}, "payload": {"aps": {"sound": "default"}}},
        "webpush": {"headers": {"Topic": same}, "notification": {"tag": same}},
    }


def _not_signed_in(error: Any) -> TryAgain | GiveUp:
    """What a failed sign-in means. Google's own text may hold anything, so only its kind is told."""
    from google.auth.exceptions import RefreshError

    message = f"Google gave no bearer token: {type(error).__name__}"
    if isinstance(error, RefreshError) and not error.retryable:
        return GiveUp(message)
    return TryAgain(message)


def _understood(response: "Response") -> TryAgain | GiveUp:
    status, problem = response.status_code, _problem(response)
    code = _code(problem)
    message = f"FCM answered {status} {code or 'without a code'}"
    if status in PASSING or status >= SERVER_ERRORS:
        wait = response.headers.get("Retry-After", "").strip()
        return TryAgain(message, retry_after_seconds=int(wait) if wait.isdecimal() else None)
    if not problem:
        # No JSON of FCM's: a proxy or a moved page answered, and says nothing about the message.
        return TryAgain(message)
    if code in DEAD or problem.get("status") == "NOT_FOUND" or _blames_token(problem):
        return DeadToken(message)
    return GiveUp(message)


def _problem(response: "Response") -> dict[str, Any]:
    """The `error` of FCM's answer; empty where the answer is none of FCM's."""
    found = _body(response).get("error")
    return found if isinstance(found, dict) else {}


def _body(response: "Response") -> dict[str, Any]:
    """The JSON object of an answer; empty where it is none."""
    try:
        found = response.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _details(problem: dict[str, Any]) -> list[dict[str, Any]]:
    found = problem.get("details")
    return [part for part in found if isinstance(part, dict)] if isinstance(found, list) else []


def _code(problem: dict[str, Any]) -> str | None:
    """FCM's own code where it gives one, otherwise Google's status."""
    for part in _details(problem):
        if part.get("@type") == FCM_ERROR and isinstance(part.get("errorCode"), str):
            return str(part["errorCode"])
    status = problem.get("status")
    return status if isinstance(status, str) else None


def _blames_token(problem: dict[str, Any]) -> bool:
    """Whether INVALID_ARGUMENT is about the token. The same code is given for a message that is too large."""
    if problem.get("status") != "INVALID_ARGUMENT":
        return False
    fields = [
        violation.get("field")
        for part in _details(problem)
        for violation in part.get("fieldViolations") or []
        if isinstance(violation, dict)
    ]
    return fields == ["message.token"] or (
        not fields and "registration token" in str(problem.get("message"))
    )
