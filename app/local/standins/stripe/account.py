"""What does the account hold, which time is it for a customer, and what has happened?

Everything is plain JSON under Stripe's own names, so it is saved and loaded as it stands. Times are whole seconds
since 1970, as on Stripe's wire.
"""

import copy
import json
import random
import string
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from app.local.standins.stripe import shapes
from app.local.standins.stripe.shapes import Object

API_VERSION = "2026-10-28.endive"
EVENTS_KEPT = 2_000
DELIVERIES_KEPT = 2_000
ANSWERS_KEPT = 2_000
LETTERS = string.ascii_letters + string.digits
ID_LENGTH = 24
SESSION_ID_LENGTH = 58
PREFIXES = {
    "customer": "cus_",
    "product": "prod_",
    "price": "price_",
    "payment_method": "pm_",
    "checkout.session": "cs_test_a1",
    "item": "li_",
    "subscription": "sub_",
    "subscription_item": "si_",
    "invoice": "in_",
    "line_item": "il_",
    "billing_portal.configuration": "bpc_",
    "billing_portal.session": "bps_",
    "event": "evt_",
    "webhook_endpoint": "we_",
    "test_helpers.test_clock": "clock_",
    "request": "req_",
}
SETTINGS = {"after_last_retry": ("cancel", "unpaid", "past_due")}


class Account:
    """One Stripe account in test mode. Whoever uses it holds `lock`.

    Args:
        now: the wall clock.
        source: where ids come from; a seeded one gives the same ids each time.
        secret_key: the one API key that is accepted.
    """

    def __init__(
        self, *, now: Callable[[], datetime], source: random.Random, secret_key: str
    ) -> None:
        self.lock = threading.RLock()
        self.secret_key = secret_key
        self.changes = 0
        self._now = now
        self._random = source
        self._request: Object = {"id": None, "idempotency_key": None}
        self.forget_everything()

    def forget_everything(self) -> None:
        """Empties the account, but for nothing: webhook endpoints go too."""
        self.objects: dict[str, dict[str, Object]] = {}
        self.hidden: dict[str, Object] = {}
        self.answers: dict[str, Object] = {}
        self.deliveries: list[Object] = []
        self.settings = {name: values[0] for name, values in SETTINGS.items()}
        self.changes += 1

    def now(self) -> int:
        """The wall clock, in seconds since 1970."""
        return int(self._now().timestamp())

    def time_of(self, customer: str | None) -> int:
        """The time as this customer lives it: its test clock's, otherwise the wall clock's."""
        found = self.find("customer", customer or "")
        clock = self.find("test_helpers.test_clock", (found or {}).get("test_clock") or "")
        return int(clock["frozen_time"]) if clock else self.now()

    def new_id(self, kind: str) -> str:
        """An id that nothing has yet, with Stripe's prefix for its kind."""
        length = SESSION_ID_LENGTH if kind == "checkout.session" else ID_LENGTH
        return PREFIXES[kind] + "".join(self._random.choices(LETTERS, k=length))

    def add(self, kind: str, **values: Any) -> Object:
        """A new object, kept."""
        made = shapes.new(kind, **{"id": self.new_id(kind), **values})
        self.objects.setdefault(kind, {})[made["id"]] = made
        self.changes += 1
        return made

    def find(self, kind: str, object_id: str) -> Object | None:
        """One object, or None."""
        return self.objects.get(kind, {}).get(object_id)

    def all(self, kind: str, **having: Any) -> list[Object]:
        """Objects of a kind whose fields have these values, the newest first."""
        rows = reversed(self.objects.get(kind, {}).values())
        return [row for row in rows if all(row[name] == value for name, value in having.items())]

    def remove(self, kind: str, object_id: str) -> None:
        """Takes one object out."""
        del self.objects[kind][object_id]
        self.changes += 1

    def secret_of(self, object_id: str) -> Object:
        """What Stripe knows of an object and never shows."""
        return self.hidden.setdefault(object_id, {})

    @contextmanager
    def requested_by(self, request_id: str, idempotency_key: str | None) -> Iterator[None]:
        """The events within are the doing of this request."""
        self._request = {"id": request_id, "idempotency_key": idempotency_key}
        try:
            yield
        finally:
            self._request = {"id": None, "idempotency_key": None}

    def emit(
        self, event: str, about: Object, *, at: int, before: Object | None = None
    ) -> Object | None:
        """Makes an event and its deliveries; with `before`, only if the object has changed since."""
        data: Object = {"object": copy.deepcopy(about)}
        if before is not None:
            data["previous_attributes"] = _changed(before, about)
            if not data["previous_attributes"]:
                return None
        endpoints = [
            endpoint
            for endpoint in self.objects.get("webhook_endpoint", {}).values()
            if endpoint["status"] == "enabled"
            and {"*", event}.intersection(endpoint["enabled_events"])
        ]
        made = self.add(
            "event",
            type=event,
            created=at,
            data=data,
            api_version=API_VERSION,
            pending_webhooks=len(endpoints),
            request=dict(self._request),
        )
        for endpoint in endpoints:
            self.deliveries.append(
                {
                    "event": made["id"],
                    "endpoint": endpoint["id"],
                    "attempts": 0,
                    "due_at": self.now(),
                    "status": "waiting",
                    "answer": None,
                }
            )
        self._keep_to_size()
        return made

    def save(self, path: Path) -> None:
        """Writes everything aside, then moves it into place, so a kill leaves the old or the new."""
        with self.lock:
            text = json.dumps({name: getattr(self, name) for name in KEPT})
        aside = path.with_suffix(".new")
        aside.write_text(text, "utf-8")
        aside.replace(path)

    def load(self, path: Path) -> None:
        """Takes up what was saved; nothing, where nothing was."""
        try:
            found = json.loads(path.read_text("utf-8"))
        except FileNotFoundError:
            return
        with self.lock:
            for name in KEPT:
                setattr(self, name, found[name])

    def _keep_to_size(self) -> None:
        events = self.objects["event"]
        while len(events) > EVENTS_KEPT:
            del events[next(iter(events))]
        while len(self.answers) > ANSWERS_KEPT:
            del self.answers[next(iter(self.answers))]
        del self.deliveries[: max(0, len(self.deliveries) - DELIVERIES_KEPT)]


KEPT = ("objects", "hidden", "answers", "deliveries", "settings")


def _changed(before: Object, after: Object) -> Object:
    """Stripe's previous_attributes: what was there before, of the fields that differ."""
    found: Object = {}
    for name, value in before.items():
        if value == after[name]:
            continue
        both = isinstance(value, dict) and isinstance(after[name], dict)
        found[name] = _within(value, after[name]) if both and "object" not in value else value
    return copy.deepcopy(found)


def _within(before: Object, after: Object) -> Object:
    gone = {name: value for name, value in before.items() if after.get(name) != value}
    return gone | dict.fromkeys(after.keys() - before.keys())
