"""How do messages reach a Celery worker? As kombu delivers them, but for those that are no task.

kombu trusts what it receives: a message of another shape stops the worker, and does so again whenever SQS
hands it out. Here such a message reaches the worker empty, which refuses it.
"""

from typing import Any

from kombu.transport import SQS

from tasks import envelope


class Channel(SQS.Channel):
    """Reads a message the way the Lambda handler does, before kombu does."""

    def _envelope_payload(
        self, payload: dict[str, Any], raw_text: str, message: Any, q_url: str
    ) -> dict[str, Any]:
        try:
            envelope.opened(raw_text)
        except envelope.Unreadable:
            payload = {}
        parent: Any = super()
        made: dict[str, Any] = parent._envelope_payload(payload, raw_text, message, q_url)
        return made


class Transport(SQS.Transport):
    """SQS with that channel."""

    Channel = Channel
