"""How do messages reach the WebSockets of Amazon API Gateway, or of the laptop's own AWS?"""

import contextlib
import threading
from typing import Any, Final

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from app.providers.socket_gateway.interface import ConnectionGone, GiveUp, TryAgain

CONNECT_TIMEOUT_SECONDS: Final = 2
GONE: Final = 410
TOO_MANY: Final = (
    429  # also for a reader that takes nothing and whose buffer at the gateway is full
)
SERVER_ERRORS: Final = 500


class ApiGatewaySockets:
    """The connections of one stage of one WebSocket API.

    Nothing is tried twice in here: a message whose answer was lost may have arrived.

    Args:
        endpoint_url: the stage's own address, as in https://{api}.execute-api.{region}.amazonaws.com/{stage}.
    """

    def __init__(self, *, endpoint_url: str, region: str, timeout_seconds: float = 5.0) -> None:
        self._endpoint_url = endpoint_url
        self._region = region
        self._timeout_seconds = timeout_seconds
        self._lock = threading.Lock()
        self._made_client: Any = None

    def send(self, *, connection_id: str, text: str) -> None:
        """Post to the connection; see `SocketGateway.send`."""
        self._call("post_to_connection", ConnectionId=connection_id, Data=text.encode())

    def close(self, *, connection_id: str) -> None:
        """Delete the connection; see `SocketGateway.close`."""
        with contextlib.suppress(ConnectionGone):
            self._call("delete_connection", ConnectionId=connection_id)

    def _call(self, operation: str, **arguments: Any) -> None:
        try:
            getattr(self._client, operation)(**arguments)
        except ClientError as error:
            raise _understood(error) from error
        except (BotoCoreError, ResponseParserError) as error:
            message = f"API Gateway did not answer: {type(error).__name__}"
            raise TryAgain(message) from error

    @property
    def _client(self) -> Any:
        with self._lock:
            if self._made_client is None:
                self._made_client = botocore.session.get_session().create_client(
                    "apigatewaymanagementapi",
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
    message = f"API Gateway answered {status} {code}"
    if status == GONE:
        return ConnectionGone(message)
    if status == TOO_MANY or status >= SERVER_ERRORS:
        return TryAgain(message)
    return GiveUp(message)
