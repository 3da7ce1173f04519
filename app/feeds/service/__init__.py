"""What does the product do with feeds? Whoever has news appends it; apps read it in order, each event once."""

from app.feeds.rules import CHANNELS
from app.feeds.service.appending import FeedEvent, NewEvent, announce, append
from app.feeds.service.delivering import (
    Reach,
    close_connection,
    drop_connections,
    erase_owned_by,
    export_owned_by,
    message_of,
    open_connection,
    push_events,
    push_to_connections,
)
from app.feeds.service.reading import (
    EventsExpired,
    InvalidPosition,
    UnknownChannel,
    ends,
    events_after,
    following,
    latest,
    poll,
    position,
)
from app.feeds.service.standing import Credential, as_stored, from_stored, still_counts

__all__ = [
    "CHANNELS",
    "Credential",
    "EventsExpired",
    "FeedEvent",
    "InvalidPosition",
    "NewEvent",
    "Reach",
    "UnknownChannel",
    "announce",
    "append",
    "as_stored",
    "close_connection",
    "drop_connections",
    "ends",
    "erase_owned_by",
    "events_after",
    "export_owned_by",
    "following",
    "from_stored",
    "latest",
    "message_of",
    "open_connection",
    "poll",
    "position",
    "push_events",
    "push_to_connections",
    "still_counts",
]
