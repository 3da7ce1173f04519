"""What analytics do for the rest of the product. Each function is one use case."""

from app.analytics.rules import Cohort
from app.analytics.service.insight import (
    Step,
    TooManyEvents,
    TooManyPeople,
    Values,
    show_funnel,
    show_properties,
    show_retention,
)
from app.analytics.service.owned_data import erase_owned_by, export_owned_by
from app.analytics.service.reading import (
    Hours,
    Overview,
    show_all,
    show_hours_of_all,
    show_hours_of_own,
    show_own,
)
from app.analytics.service.rollup import roll_up
from app.analytics.service.tracking import (
    EventTooLarge,
    InvalidEventTime,
    NewEvent,
    Tracked,
    happened,
    track_events,
)

__all__ = [
    "Cohort",
    "EventTooLarge",
    "Hours",
    "InvalidEventTime",
    "NewEvent",
    "Overview",
    "Step",
    "TooManyEvents",
    "TooManyPeople",
    "Tracked",
    "Values",
    "erase_owned_by",
    "export_owned_by",
    "happened",
    "roll_up",
    "show_all",
    "show_funnel",
    "show_hours_of_all",
    "show_hours_of_own",
    "show_own",
    "show_properties",
    "show_retention",
    "track_events",
]
