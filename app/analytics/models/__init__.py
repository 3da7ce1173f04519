"""What is stored of analytics?

Tracking writes bundles, ids and arrivals in one transaction; the roll-up makes the others from them. docs/adr/0019
tells why.
"""

from app.analytics.models.events import Arrival, EventBundle, TakenId
from app.analytics.models.sums import Link, PersonDays, Rollup, RollUpRun

__all__ = ["Arrival", "EventBundle", "Link", "PersonDays", "RollUpRun", "Rollup", "TakenId"]
