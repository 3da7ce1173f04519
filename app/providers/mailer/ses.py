"""How do emails leave through Amazon SES, or through the laptop's own?"""

import threading
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from app.providers.mailer.interface import GiveUp, Message, Sender, TryAgain

CONNECT_TIMEOUT_SECONDS = 3
READ_TIMEOUT_SECONDS = 20
REFUSALS = {
    "BadRequestException": "message_refused",
    "MessageRejected": "message_refused",
    "ValidationException": "message_refused",
}
"""What SES says of the email itself. Everything else is said of the account or the hour, and may pass."""
THROTTLES = frozenset({"LimitExceededException", "ThrottlingException", "TooManyRequestsException"})
SERVER_ERROR = 500


class SesMailer:
    """SES, version 2 of its API.

    botocore repeats nothing here: SES knows no idempotency key, so a call whose answer was lost may have been
    carried out. The outbox decides when to try again.

    Args:
        knows_no_sender: the laptop's SES starts empty, where AWS's holds what an operator has verified; the
            sender is then made known to it when it asks.
    """

    def __init__(
        self,
        *,
        sender: Sender,
        region: str,
        endpoint_url: str | None = None,
        configuration_set: str | None = None,
        knows_no_sender: bool = False,
    ) -> None:
        self._sender = sender
        self._region = region
        self._endpoint_url = endpoint_url
        self._configuration_set = configuration_set
        self._knows_no_sender = knows_no_sender
        self._lock = threading.Lock()

    def send(self, message: Message) -> None:
        """Hand over one email."""
        request = self._request(message)
        try:
            self._call("send_email", request)
        except GiveUp:
            if not self._knows_no_sender:
                raise
            self._introduce_sender()
            self._call("send_email", request)

    def _request(self, message: Message) -> dict[str, Any]:
        name = self._sender.name.replace("\\", "").replace('"', "")
        headers = [{"Name": key, "Value": value} for key, value in message.headers.items()]
        request: dict[str, Any] = {
            "FromEmailAddress": f'"{name}" <{self._sender.email}>',
            "Destination": {"ToAddresses": [message.to]},
            "Content": {
                "Simple": {
                    "Subject": _utf8(message.subject),
                    "Body": {"Html": _utf8(message.html), "Text": _utf8(message.text)},
                    "Headers": headers,
                    **_attached(message.pictures),
                }
            },
            "EmailTags": [{"Name": "email_id", "Value": message.email_id}],
        }
        if self._configuration_set:
            request["ConfigurationSetName"] = self._configuration_set
        return request

    def _introduce_sender(self) -> None:
        try:
            self._call("create_email_identity", {"EmailIdentity": self._sender.email})
        except TryAgain as known:  # by another process, a moment ago
            if known.reason != "AlreadyExistsException":
                raise

    @cached_property
    def _client(self) -> Any:
        return botocore.session.get_session().create_client(
            "sesv2",
            region_name=self._region,
            endpoint_url=self._endpoint_url,
            config=Config(
                connect_timeout=CONNECT_TIMEOUT_SECONDS,
                read_timeout=READ_TIMEOUT_SECONDS,
                retries={"mode": "standard", "total_max_attempts": 1},
            ),
        )

    def _call(self, operation: str, request: dict[str, Any]) -> None:
        with self._lock:
            client = self._client
        try:
            getattr(client, operation)(**request)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            if status < SERVER_ERROR and code in REFUSALS:
                raise GiveUp(REFUSALS[code]) from error
            reason = "throttled" if code in THROTTLES else code
            raise TryAgain("server_error" if status >= SERVER_ERROR else reason) from error
        except BotoCoreError as error:
            raise TryAgain("no_answer") from error


def _attached(pictures: Mapping[str, bytes]) -> dict[str, list[dict[str, Any]]]:
    """Pictures within the email. SES takes them for text of 7 bits unless it is told."""
    attachments = [
        {
            "RawContent": png,
            "ContentDisposition": "INLINE",
            "ContentId": name,
            "ContentTransferEncoding": "BASE64",
            "ContentType": "image/png",
            "FileName": f"{name}.png",
        }
        for name, png in pictures.items()
    ]
    return {"Attachments": attachments} if attachments else {}


def _utf8(text: str) -> dict[str, str]:
    return {"Data": text, "Charset": "UTF-8"}
