"""Who and what is there on a laptop from the first start, so that there is something to look at?

The same on every machine for the same DEMO_SEED, filled in once: what somebody then changes or
deletes stays so. It is only ever written to the local stack.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from app.accounts import service as accounts
from app.config import Settings
from app.core import clock
from app.extensions import providers
from app.factory import create_app
from app.local import demo_analytics, demo_market, demo_questions, demo_trading, demo_workspace
from app.local.api_client import Answer, ApiClient
from app.local.demo_people import ADMIN, DEMO, PASSWORD, PEOPLE, Person
from app.local.standins import catalogue, walk
from app.local.standins.market import Market

LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "::1")
MARKER_FILE = "demo-world.json"
CREATED, OK, CONFLICT = 201, 200, 409
USES = {"analyses": 2, "backtests": 1}
"""What the demo user has used of the free plan's 5 and 2 a month."""
TRADING_HOUR = time(15, tzinfo=UTC)
WAITING = ("wanda@example.com", "walt@example.com", "winnie@example.com", "will@example.com")
"""Who waits to be let in; each came with the code of the one before."""


class NotLocalError(Exception):
    """The settings lead to something that is not this laptop."""


class DemoWorldError(Exception):
    """The API refused a part of the demo world; the text says which and why."""


@dataclass(frozen=True)
class Purchase:
    """Something the demo user bought, and about how much of it."""

    asset_type: str
    symbol: str
    bought_on: date
    about: Decimal
    step: Decimal
    currency: str = "USD"


PURCHASES = (
    Purchase("crypto", "BTC", date(2024, 1, 16), Decimal("0.4"), Decimal("0.0001")),
    Purchase("crypto", "ETH", date(2024, 3, 5), Decimal(6), Decimal("0.01")),
    Purchase("crypto", "SOL", date(2024, 9, 17), Decimal(40), Decimal("0.1"), "EUR"),
    Purchase("stock", "AAPL", date(2023, 11, 8), Decimal(30), Decimal(1)),
    Purchase("stock", "MSFT", date(2024, 2, 13), Decimal(15), Decimal(1)),
    Purchase("stock", "NVDA", date(2024, 6, 11), Decimal(45), Decimal(1)),
    Purchase("stock", "VOO", date(2023, 7, 18), Decimal(25), Decimal("0.001")),
    Purchase("stock", "KO", date(2025, 1, 21), Decimal(80), Decimal(1)),
)


def fill(environ: Mapping[str, str], *, say: Callable[[str], None]) -> None:
    """Makes the people and the demo user's portfolio, unless they are there.

    Args:
        environ: what the API runs with, and besides STATE_DIR and DEMO_SEED.
        say: told in a sentence what was done.

    Raises:
        NotLocalError: when tables or queues would be somewhere else than on this machine.
        DemoWorldError: when the API refuses an asset.
    """
    settings = Settings.from_env(environ)
    refuse_anything_but_local(settings)
    marker = Path(environ["STATE_DIR"]) / MARKER_FILE
    app = create_app(settings)
    with app.app_context():
        if _is_filled(marker):
            say("The demo world is there already.")
            return
        for person in PEOPLE:
            _make(person, settings)
    client = ApiClient(settings.port)
    user_id = _log_in(client)
    added = _add_missing_assets(client, seed=int(environ["DEMO_SEED"]))
    for refusal in demo_workspace.put_up(client):
        _expect(CREATED, refusal, "the project of the demo world")
    _ask_questions(client)
    _use_features(client)
    _fill_waitlist(client)
    with app.app_context():
        _push_trading(settings, seed=int(environ["DEMO_SEED"]))
        _fill_market(settings)
    for refusal in demo_analytics.tell(client, seed=int(environ["DEMO_SEED"]), now=clock.now()):
        _expect(demo_analytics.ACCEPTED, refusal, "what visitors of the demo world did")
    marker.write_text(json.dumps({"user_id": user_id}), "utf-8")
    say(
        f"The demo world is filled in: {len(PEOPLE)} people, {added} assets, three months of trading."
    )


def refuse_anything_but_local(settings: Settings) -> None:
    """Checks that whatever is written lands on this machine.

    Raises:
        NotLocalError: when it would not.
    """
    endpoints = [settings.aws_endpoint_url, settings.dynamodb_endpoint_url]
    hosts = [urlsplit(url).hostname for url in endpoints if url]
    if not settings.is_local or not hosts or any(host not in LOOPBACK_HOSTS for host in hosts):
        raise NotLocalError(
            "The demo world is only for the stack on this machine: ENV must be local and "
            f"AWS_ENDPOINT_URL lead to 127.0.0.1; they are {settings.stage} and "
            f"{settings.aws_endpoint_url}."
        )


def assets(seed: int) -> list[dict[str, Any]]:
    """What is sent to POST /portfolio/assets: amounts vary with the seed, prices are its market's."""
    return [_asset(purchase, seed) for purchase in PURCHASES]


def _asset(purchase: Purchase, seed: int) -> dict[str, Any]:
    moment = datetime.combine(purchase.bought_on, TRADING_HOUR)
    market, known = Market(seed), catalogue.load()
    coin = known.coin_of_symbol(purchase.symbol) if purchase.asset_type == "crypto" else None
    item = coin or known.stocks[purchase.symbol]
    listed_as = f"{purchase.symbol}-USD" if coin else purchase.symbol
    share = Decimal(f"{walk.fraction(key=f'demo:{purchase.symbol}', seed=seed, step=0):.6f}")
    quantity = (purchase.about * (Decimal("0.75") + share / 2)).quantize(purchase.step)
    return {
        "asset_type": purchase.asset_type,
        "symbol": purchase.symbol,
        "name": item.name,
        "quantity": quantity,
        "purchase_price": _in_cents(
            market.listed_price(listed_as, moment) / market.usd_per(purchase.currency, moment)
        ),
        "currency": purchase.currency,
        "purchase_date": purchase.bought_on.isoformat(),
    }


def _in_cents(price: Decimal) -> Decimal:
    return price.quantize(Decimal("0.01"))


def _is_filled(marker: Path) -> bool:
    """Whether it was filled in to its end, and the tables still hold it."""
    try:
        user_id = json.loads(marker.read_text("utf-8"))["user_id"]
        accounts.get_account(user_id=user_id)
    except (FileNotFoundError, ValueError, KeyError, accounts.UnknownAccount):
        return False
    return True


def _make(person: Person, settings: Settings) -> None:
    try:
        user = accounts.create_account(
            email=person.email,
            username=person.username,
            password=PASSWORD,
            role=person.role,
            settings=settings,
            now=clock.now(),
        )
    except accounts.UserExists:
        return  # a start before this one was ended half-way
    names = {"first_name": person.first_name, "last_name": person.last_name}
    accounts.change_profile(user_id=user.user_id, changes=names, now=clock.now())


def _log_in(client: ApiClient) -> str:
    answer = client.call("POST", "/auth/login", {"email": DEMO.email, "password": PASSWORD})
    _expect(OK, answer, "signing in as the demo user")
    client.token = answer.body["access_token"]
    return str(answer.body["user_id"])


def _add_missing_assets(client: ApiClient, *, seed: int) -> int:
    answer = client.call("GET", "/portfolio/assets?limit=100")
    _expect(OK, answer, "listing the demo user's assets")
    held = {(row["asset_type"], row["symbol"]) for row in answer.body["assets"]}
    missing = [row for row in assets(seed) if (row["asset_type"], row["symbol"]) not in held]
    for asset in missing:
        added = client.call("POST", "/portfolio/assets", asset)
        _expect(CREATED, added, f"adding {asset['symbol']} to the demo portfolio")
    return len(missing)


def _ask_questions(client: ApiClient) -> None:
    """Each costs one analysis, which is counted among `USES`."""
    try:
        demo_questions.Asker(client).ask_first_questions()
    except demo_questions.NoAnswerError as error:
        raise DemoWorldError(str(error)) from error


def _use_features(client: ApiClient) -> None:
    """Count what is missing of `USES`, so that a start that was ended half-way counts nothing twice."""
    shown = client.call("GET", "/users/usage")
    _expect(OK, shown, "showing the demo user's usage")
    for feature, wanted in USES.items():
        missing = wanted - shown.body["usage"][feature]["count"]
        if missing > 0:
            counted = client.call("POST", f"/users/usage/{feature}", {"increment": missing})
            _expect(OK, counted, f"counting {feature}")


def _fill_waitlist(client: ApiClient) -> None:
    """Have those join who did not at a start that was ended half-way."""
    body = {"source": "demo"}
    for email in WAITING:
        joined = client.call("POST", "/waitlist/join", {"email": email, **body})
        if joined.status != CONFLICT:
            _expect(CREATED, joined, f"{email} on the waitlist")
            body = {"source": "demo", "referral_code": joined.body["referral_code"]}


def _fill_market(settings: Settings) -> None:
    """Put up what the demo world's people sell, and have their emails sent."""
    device = accounts.Device(ip=LOOPBACK_HOSTS[0], user_agent="demo world")
    user_ids = {
        person: accounts.sign_in(
            login=person.email, password=PASSWORD, device=device, settings=settings, now=clock.now()
        ).user.user_id
        for person in demo_market.ITEMS
    }
    demo_market.fill(user_ids, jobs=providers.job_queue, now=clock.now())
    providers.job_queue.send_enqueued()


def _push_trading(settings: Settings, *, seed: int) -> None:
    """Push what the demo bot traded, with a key of its own that ends with it."""
    device = accounts.Device(ip=LOOPBACK_HOSTS[0], user_agent="demo world")
    admin = accounts.sign_in(
        login=ADMIN.email, password=PASSWORD, device=device, settings=settings, now=clock.now()
    ).user
    row, key = accounts.create_api_key(
        user_id=admin.user_id,
        name="demo bot",
        scopes={"trading:write"},
        expires_at=clock.now() + timedelta(hours=1),
        now=clock.now(),
    )
    bot = ApiClient(settings.port)
    bot.api_key = key
    try:
        for refusal in demo_trading.push(bot, seed=seed, now=clock.now()):
            _expect(CREATED, refusal, "what the demo bot pushed")
    finally:
        accounts.revoke_api_key(user_id=admin.user_id, key_id=row.key_id)


def _expect(status: int, answer: Answer, what: str) -> None:
    if answer.status != status:
        raise DemoWorldError(f"The API refused {what}: {answer.status} {answer.body}")
