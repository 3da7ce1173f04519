"""How do messages reach a Celery worker? As kombu delivers them, but for two cases that would stop the worker.

kombu trusts what it receives: a message of another shape stops the worker, and does so again whenever SQS
hands it out. And when a process of the worker dies, kombu gives its message back without asking whether SQS
has done so already.
"""

import logging
from typing import Any

from botocore.exceptions import ClientError
from kombu.transport import SQS

from tasks import envelope

log = logging.getLogger(__name__)


class Channel(SQS.Channel):
    """Reads a message the way the Lambda handler does, before kombu does."""

    def _envelope_payload(
        self, payload: dict[str, Any], raw_text: str, message: Any, q_url: str
    ) -> dict[str, Any]:
        """Let a message that is no task arrive empty, which the worker refuses."""
        try:
            envelope.opened(raw_text)
        except envelope.Unreadable:
            payload = {}
        parent: Any = super()
        made: dict[str, Any] = parent._envelope_payload(payload, raw_text, message, q_url)  # noqa: SLF001 - the parent's own hook
        return made

    def _restore(self, message: Any, *rest: Any) -> None:
        """Give a message back, unless it was out for so long that SQS has."""
        parent: Any = super()
        try:
            parent._restore(message, *rest)  # noqa: SLF001 - the parent's own hook
        except ClientError as error:
            log.warning("tasks.not_given_back", extra={"reason": error.response["Error"]["Code"]})


class Transport(SQS.Transport):
    """SQS with that channel."""

    Channel = Channel
