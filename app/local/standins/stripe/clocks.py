"""What is due, and how does time move? The wall clock for most, test clocks for who is on one."""

from collections.abc import Callable, Iterator
from functools import partial

from app.local.standins.stripe import checkout, invoices, subscriptions, wire
from app.local.standins.stripe.account import Account
from app.local.standins.stripe.invoices import DAY
from app.local.standins.stripe.shapes import Object
from app.local.standins.stripe.wire import Call, RefusedError

Due = tuple[int, Callable[..., object]]
CLOCK = "test_helpers.test_clock"
LASTS_SECONDS = 30 * DAY
MOST_STEPS = 20_000


class TooMuchTimeError(Exception):
    """So much would happen in that time that something must be wrong with it."""


def catch_up(account: Account, *, until: int, clock: str | None) -> int:
    """Does everything that is due until then, the earliest first; how many things it did.

    Args:
        clock: the test clock whose customers are meant; None for those on the wall clock.

    Raises:
        TooMuchTimeError: there is no end to it.
    """
    for done in range(MOST_STEPS):
        due = min(_all_due(account, clock), key=lambda row: row[0], default=None)
        if due is None or due[0] > until:
            return done
        moment, act = due
        if clock is not None:
            account.objects[CLOCK][clock]["frozen_time"] = moment
        account.changes += 1
        act(at=moment)
    raise TooMuchTimeError(f"{MOST_STEPS} things are due until {until}")


def _all_due(account: Account, clock: str | None) -> Iterator[Due]:
    for subscription in account.all("subscription", test_clock=clock):
        yield from _due_of_subscription(account, subscription)
    for invoice in account.all("invoice", test_clock=clock):
        yield from _due_of_invoice(account, invoice)
    for session in account.all("checkout.session", status="open"):
        customer = account.find("customer", session["customer"] or "") or {}
        if customer.get("test_clock") == clock:
            yield session["expires_at"], partial(checkout.expire, account, session)


def _due_of_subscription(account: Account, subscription: Object) -> Iterator[Due]:
    if subscription["status"] in subscriptions.ENDED:
        return
    if subscription["status"] == "incomplete":
        moment = subscription["created"] + subscriptions.INCOMPLETE_SECONDS
        yield moment, partial(subscriptions.expire, account, subscription)
        return
    reminded = account.secret_of(subscription["id"]).get("reminded")
    if subscription["status"] == "trialing" and not reminded:
        moment = max(
            subscription["trial_start"], subscription["trial_end"] - subscriptions.REMINDER_SECONDS
        )
        yield moment, partial(subscriptions.remind_of_trial_end, account, subscription)
    if subscription["cancel_at"] and not subscription["cancel_at_period_end"]:
        reason = "cancellation_requested"
        end = partial(subscriptions.end, account, subscription, reason=reason)
        yield subscription["cancel_at"], end
    ends = subscriptions.item_of(subscription)["current_period_end"]
    yield ends, partial(subscriptions.renew, account, subscription)


def _due_of_invoice(account: Account, invoice: Object) -> Iterator[Due]:
    if invoice["status"] == "draft" and invoice["automatically_finalizes_at"]:
        yield invoice["automatically_finalizes_at"], partial(_finalize, account, invoice)
    if invoice["status"] == "open" and invoice["next_payment_attempt"]:
        yield invoice["next_payment_attempt"], partial(subscriptions.collect, account, invoice)


def _finalize(account: Account, invoice: Object, *, at: int) -> None:
    invoices.finalize(account, invoice, at=at)
    subscriptions.collect(account, invoice, at=at)


def create(account: Account, call: Call) -> Object:
    """POST /v1/test_helpers/test_clocks."""
    wire.required(call.params, "frozen_time")
    frozen = wire.whole(call.params, "frozen_time") or 0
    return new_clock(account, frozen_time=frozen, name=call.params.get("name"))


def new_clock(account: Account, *, frozen_time: int, name: str | None) -> Object:
    """A clock that stands still."""
    at = account.now()
    made = account.add(
        CLOCK, created=at, deletes_after=at + LASTS_SECONDS, frozen_time=frozen_time, name=name
    )
    account.emit("test_helpers.test_clock.created", made, at=at)
    return made


def advance_request(account: Account, call: Call) -> Object:
    """POST /v1/test_helpers/test_clocks/{id}/advance."""
    found = wire.existing(account, CLOCK, call.id)
    wire.required(call.params, "frozen_time")
    until = wire.whole(call.params, "frozen_time") or 0
    advance(account, found, until=until)
    # The work is done by now; Stripe's answer comes before it, and one asks again for `ready`.
    return {**found, "status": "advancing"}


def advance(account: Account, clock: Object, *, until: int) -> None:
    """Moves a test clock on, and does what is due until then."""
    if until <= clock["frozen_time"]:
        message = "The test clock can only be advanced to a time after its current frozen time."
        raise RefusedError(message, code="test_clock_time_invalid", param="frozen_time")
    account.emit(
        "test_helpers.test_clock.advancing",
        {**clock, "status": "advancing"},
        at=clock["frozen_time"],
    )
    catch_up(account, until=until, clock=clock["id"])
    clock["frozen_time"] = until
    account.emit("test_helpers.test_clock.ready", clock, at=until)


def give_clock(account: Account, customer: Object) -> Object:
    """The customer's test clock; a new one for who has none, as Stripe only allows to new customers."""
    found = account.find(CLOCK, customer["test_clock"] or "")
    if found is not None:
        return found
    made = new_clock(account, frozen_time=account.now(), name=customer["email"])
    customer["test_clock"] = made["id"]
    for kind in ("subscription", "invoice"):
        for row in account.all(kind, customer=customer["id"]):
            row["test_clock"] = made["id"]
    return made


def retrieve(account: Account, call: Call) -> Object:
    """GET /v1/test_helpers/test_clocks/{id}."""
    return wire.existing(account, CLOCK, call.id)


def list_clocks(account: Account, call: Call) -> Object:
    """GET /v1/test_helpers/test_clocks."""
    return wire.page(call, account.all(CLOCK))


def delete(account: Account, call: Call) -> Object:
    """DELETE /v1/test_helpers/test_clocks/{id}: its customers go with it, as at Stripe."""
    found = wire.existing(account, CLOCK, call.id)
    for customer in account.all("customer"):
        if customer.get("test_clock") != call.id:
            continue
        for row in account.all("subscription", customer=customer["id"]):
            if row["status"] not in subscriptions.ENDED:
                subscriptions.end(account, row, reason=None, at=found["frozen_time"])
        gone = {"id": customer["id"], "object": "customer", "deleted": True}
        account.objects["customer"][customer["id"]] = gone
    account.remove(CLOCK, call.id)
    account.emit("test_helpers.test_clock.deleted", found, at=account.now())
    return {"id": call.id, "object": CLOCK, "deleted": True}
