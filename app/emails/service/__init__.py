"""What emails do for the rest of the product. Each function is one use case."""

from app.emails.service.delivery import deliver, retry_outbox
from app.emails.service.outbox import (
    Outgoing,
    erase_owned_by,
    export_owned_by,
    outgoing,
    send,
)
from app.emails.service.rendering import Rendered, preview, templates
from app.emails.service.suppression import (
    NoticeNotTrusted,
    NoticesUnavailable,
    UnknownUnsubscribeLink,
    check_unsubscribe_link,
    subscribe_again,
    take_notice,
    unsubscribe,
    why_unwanted,
)

__all__ = [
    "NoticeNotTrusted",
    "NoticesUnavailable",
    "Outgoing",
    "Rendered",
    "UnknownUnsubscribeLink",
    "check_unsubscribe_link",
    "deliver",
    "erase_owned_by",
    "export_owned_by",
    "outgoing",
    "preview",
    "retry_outbox",
    "send",
    "subscribe_again",
    "take_notice",
    "templates",
    "unsubscribe",
    "why_unwanted",
]
