"""How do tests, the tour and the dashboard steer the stand-in? Doors that Stripe itself doesn't have.

`POST /stripe/_advance` `{"customer", "days"}`, `{"customer", "to"}` (seconds since 1970) or `{"customer"}` (to
the end of its period) moves a customer's test clock, which it gets if it has none; `POST /stripe/_settings`
`{"after_last_retry": "cancel" | "unpaid" | "past_due"}`; `POST /stripe/_reset` empties the account.
"""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, jsonify, request

from app.local.standins.stripe import clocks, customers, subscriptions
from app.local.standins.stripe.account import SETTINGS, Account
from app.local.standins.stripe.invoices import DAY
from app.local.standins.stripe.shapes import Object
from app.local.standins.stripe.wire import RefusedError

Answer = Response | tuple[Response, int]


class UnknownSettingError(Exception):
    """A setting or a value that there is none of."""


def add_to(blp: Blueprint, *, account: Account, after_reset: Callable[[], None]) -> None:
    """The doors."""

    @blp.post("/_advance")
    def advance_time() -> Answer:
        given: dict[str, Any] = request.get_json()
        try:
            with account.lock:
                customer = customers.living(account, str(given.get("customer")))
                return jsonify(advance(account, customer, to=moment_of(account, customer, given)))
        except (RefusedError, ValueError, TypeError) as error:
            return jsonify(error=str(error)), 422

    @blp.post("/_settings")
    def change_settings() -> Answer:
        try:
            with account.lock:
                return jsonify(set_up(account, request.get_json()))
        except UnknownSettingError as error:
            return jsonify(error=str(error)), 422

    @blp.post("/_reset")
    def reset() -> tuple[str, int]:
        with account.lock:
            account.forget_everything()
        after_reset()
        return "", 204


def moment_of(account: Account, customer: Object, given: dict[str, Any]) -> int:
    """The moment that is asked for: `to`, in some `days`, or the end of the customer's period."""
    if given.get("to"):
        return int(given["to"])
    if given.get("days"):
        return account.time_of(customer["id"]) + int(given["days"]) * DAY
    rows = account.all("subscription", customer=customer["id"])
    ends = [
        subscriptions.item_of(row)["current_period_end"]
        for row in rows
        if row["status"] not in subscriptions.ENDED
    ]
    if not ends:
        raise ValueError(
            f"{customer['id']} has no subscription whose period could end; give `days`"
        )
    return int(min(ends))


def advance(account: Account, customer: Object, *, to: int) -> Object:
    """Moves the customer's own test clock on; what the clock shows then."""
    clock = clocks.give_clock(account, customer)
    clocks.advance(account, clock, until=to)
    return clock


def set_up(account: Account, wanted: dict[str, Any]) -> dict[str, str]:
    """Changes settings, all of them or none.

    Raises:
        UnknownSettingError: with a sentence that names what exists.
    """
    for name, value in wanted.items():
        if value not in SETTINGS.get(name, ()):
            known = "; ".join(f"{key}: {', '.join(values)}" for key, values in SETTINGS.items())
            raise UnknownSettingError(f"{name}={value} is unknown; there is {known}")
    account.settings.update(wanted)
    account.changes += 1
    return dict(account.settings)
