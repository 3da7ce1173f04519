"""How do text messages go out through Amazon SNS, or through the laptop's own AWS?"""

import threading
from typing import Any, Final

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from app.providers.sms.interface import GiveUp, TryAgain

CONNECT_TIMEOUT_SECONDS: Final = 2
PASSING_CODES: Final = frozenset(
    {
        "InternalError",
        "InternalErrorException",
        "InternalFailure",
        "KMSThrottlingException",
        "ServiceUnavailable",
        "Throttled",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "RequestLimitExceeded",
    }
)
SERVER_ERRORS: Final = 500
# Carriers put these before advertising, and SNS routes them for delivery rather than for cost.
TRANSACTIONAL: Final = {
    "AWS.SNS.SMS.SMSType": {"DataType": "String", "StringValue": "Transactional"}
}


class SnsSms:
    """One message, one call: SNS doesn't recognise a repeated publish, so nothing is tried twice here."""

    def __init__(
        self, *, region: str, endpoint_url: str | None = None, timeout_seconds: float = 5.0
    ) -> None:
        self._region = region
        self._endpoint_url = endpoint_url
        self._timeout_seconds = timeout_seconds
        self._lock = threading.Lock()
        self._made_client: Any = None

    def send(self, phone: str, text: str) -> None:
        """Publish to the phone; see `Sms.send`. SNS's own errors name the phone, so none is chained."""
        try:
            self._client.publish(PhoneNumber=phone, Message=text, MessageAttributes=TRANSACTIONAL)
        except ClientError as error:
            raise _understood(error) from None
        except (BotoCoreError, ResponseParserError) as error:
            message = f"SNS did not answer: {type(error).__name__}"
            raise TryAgain(message) from None

    @property
    def _client(self) -> Any:
        with self._lock:
            if self._made_client is None:
                self._made_client = botocore.session.get_session().create_client(
                    "sns",
                    region_name=self._region,
                    endpoint_url=self._endpoint_url,
                    config=Config(
                        connect_timeout=min(CONNECT_TIMEOUT_SECONDS, self._timeout_seconds),
                        read_timeout=self._timeout_seconds,
                        retries={"mode": "standard", "total_max_attempts": 1},
                    ),
                )
            return self._made_client


def _understood(error: ClientError) -> TryAgain | GiveUp:
    code = error.response["Error"]["Code"]
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    message = f"SNS answered {status} {code}"
    if code in PASSING_CODES or status >= SERVER_ERRORS:
        return TryAgain(message)
    return GiveUp(message)
