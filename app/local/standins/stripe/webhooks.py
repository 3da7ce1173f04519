"""Where do events go, how are they signed, and what if nobody takes them?

Each event is a delivery to each endpoint that wants it. One that isn't answered with 2xx is posted again, later
each time, and not for ever. Faults: `duplicate` sends everything twice, `reorder` the newest first, `delay` half a
minute late, and anything else but `ok` keeps events back until it is `ok` again.
"""

import hashlib
import hmac
import json
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from app.local.standins.stripe import wire
from app.local.standins.stripe.account import Account
from app.local.standins.stripe.shapes import Object
from app.local.standins.stripe.wire import Call, RefusedError

Post = Callable[[str, bytes, Mapping[str, str]], int]
NAME = "stripe_webhooks"
MODES = ("duplicate", "delay", "reorder", "hold")
BUILT_IN = "we_laptop"
USER_AGENT = "Stripe/1.0 (+https://stripe.com/docs/webhooks; InvestForge's stand-in)"
TIMEOUT_SECONDS = 10
MOST_ATTEMPTS = 12
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 1, 300
DELAY_SECONDS = 30
GOOD = range(200, 300)


def post(url: str, body: bytes, headers: Mapping[str, str]) -> int:
    """The status that a real endpoint answers with; 0 when nobody answers."""
    request = urllib.request.Request(url, data=body, headers=dict(headers), method="POST")  # noqa: S310 - http(s) was checked when the endpoint was made
    # A proxy of the user's network has no business here.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return int(error.code)
    except OSError:
        return 0


def signed(account: Account, event: Object, *, secret: str) -> tuple[bytes, dict[str, str]]:
    """The body and headers of a delivery, signed at this moment: Stripe's scheme v1."""
    body = json.dumps(event, indent=2).encode()
    at = account.now()
    mac = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return body, {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": USER_AGENT,
        "Stripe-Signature": f"t={at},v1={mac}",
    }


def install(account: Account, *, url: str, secret: str) -> None:
    """The laptop's own endpoint, whose secret stands in the settings; its URL may have moved."""
    found = account.find("webhook_endpoint", BUILT_IN)
    if found is None:
        found = account.add(
            "webhook_endpoint",
            id=BUILT_IN,
            created=account.now(),
            description="The API on this laptop",
        )
    found["url"] = url
    account.secret_of(BUILT_IN)["secret"] = secret


def deliver_due(account: Account, *, mode: str, send: Post) -> int:
    """Posts every delivery that is due, one after another; how many it posted."""
    with account.lock:
        due = [] if mode not in {"ok", *MODES[:3]} else _due(account, mode)
    for delivery in due:
        with account.lock:
            event = account.find("event", delivery["event"])
            endpoint = account.find("webhook_endpoint", delivery["endpoint"])
            if event is None or endpoint is None:
                _note(account, delivery, status="given up", answer="it was deleted")
                continue
            secret = account.secret_of(endpoint["id"])["secret"]
            body, headers = signed(account, event, secret=secret)
            url = endpoint["url"]
        statuses = [send(url, body, headers) for _ in range(2 if mode == "duplicate" else 1)]
        with account.lock:
            _learn(account, delivery, statuses[-1])
    return len(due)


def _due(account: Account, mode: str) -> list[Object]:
    late = DELAY_SECONDS if mode == "delay" else 0
    at = account.now()
    rows = [
        row
        for row in account.deliveries
        if row["status"] == "waiting" and row["due_at"] + late <= at
    ]
    return rows[::-1] if mode == "reorder" else rows


def _learn(account: Account, delivery: Object, status: int) -> None:
    """Done, or tried again after twice as long; given up after so many attempts."""
    delivery["attempts"] += 1
    answer = str(status) if status else "no answer"
    if status in GOOD:
        _note(account, delivery, status="delivered", answer=answer)
        event = account.find("event", delivery["event"])
        if event is not None:
            event["pending_webhooks"] = max(0, event["pending_webhooks"] - 1)
    elif delivery["attempts"] >= MOST_ATTEMPTS:
        _note(account, delivery, status="given up", answer=answer)
    else:
        wait = min(FIRST_WAIT_SECONDS * 2 ** (delivery["attempts"] - 1), LONGEST_WAIT_SECONDS)
        delivery["due_at"] = account.now() + wait
        _note(account, delivery, status="waiting", answer=answer)


def _note(account: Account, delivery: Object, *, status: str, answer: str) -> None:
    delivery.update(status=status, answer=answer)
    account.changes += 1


def send_again(account: Account, event: str) -> int:
    """Makes an event's deliveries due at once, whatever became of them; how many there are."""
    rows = [row for row in account.deliveries if row["event"] == event]
    for row in rows:
        row.update(status="waiting", attempts=0, due_at=account.now())
    account.changes += 1
    return len(rows)


def create(account: Account, call: Call) -> Object:
    """POST /v1/webhook_endpoints: the secret is shown this once."""
    url = wire.required(call.params, "url")
    if not url.startswith(("http://", "https://")):
        raise RefusedError("Invalid URL: An explicit scheme must be provided", param="url")
    made = account.add(
        "webhook_endpoint",
        api_version=call.params.get("api_version"),
        created=account.now(),
        description=call.params.get("description"),
        enabled_events=wire.required(call.params, "enabled_events"),
        metadata=wire.merged_metadata(call.params, {}),
        url=url,
    )
    secret = account.new_id("request").replace("req_", "whsec_")
    account.secret_of(made["id"])["secret"] = secret
    return {**made, "secret": secret}


def update(account: Account, call: Call) -> Object:
    """POST /v1/webhook_endpoints/{id}."""
    found = wire.existing(account, "webhook_endpoint", call.id)
    for name in ("description", "enabled_events", "url"):
        if name in call.params:
            found[name] = call.params[name] or None
    if "disabled" in call.params:
        found["status"] = "disabled" if wire.truth(call.params, "disabled") else "enabled"
    found["metadata"] = wire.merged_metadata(call.params, found["metadata"])
    account.changes += 1
    return found


def retrieve(account: Account, call: Call) -> Object:
    """GET /v1/webhook_endpoints/{id}."""
    return wire.existing(account, "webhook_endpoint", call.id)


def list_endpoints(account: Account, call: Call) -> Object:
    """GET /v1/webhook_endpoints: the laptop's own one too."""
    return wire.page(call, account.all("webhook_endpoint"))


def delete(account: Account, call: Call) -> Object:
    """DELETE /v1/webhook_endpoints/{id}."""
    wire.existing(account, "webhook_endpoint", call.id)
    account.remove("webhook_endpoint", call.id)
    return {"id": call.id, "object": "webhook_endpoint", "deleted": True}


def retrieve_event(account: Account, call: Call) -> Object:
    """GET /v1/events/{id}."""
    return wire.existing(account, "event", call.id)


def list_events(account: Account, call: Call) -> Object:
    """GET /v1/events, the newest first."""
    params = call.params
    rows = account.all("event")
    if "type" in params:
        start, star, _ = params["type"].partition("*")
        rows = [
            row for row in rows if (row["type"].startswith(start) if star else row["type"] == start)
        ]
    if "types" in params:
        rows = [row for row in rows if row["type"] in params["types"]]
    return wire.page(call, rows)


def moment(seconds: int) -> datetime:
    """A time on Stripe's wire, for people."""
    return datetime.fromtimestamp(seconds, UTC)
