"""What the ledger's tests stand on: rows of one user, and a look at what is stored."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from app.portfolio import service
from app.portfolio.models import Asset, Profile, Transaction
from app.portfolio.rules import projection
from app.portfolio.rules.new_entries import NewEntry
from app.portfolio.service import additions, transactions
from tests.portfolio.market import NOON, ToldMarket, WorkingJobs

Amount = str | int | Decimal

START = datetime(2024, 1, 1, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
JOBS = WorkingJobs(ToldMarket(), lambda: NOON)


def at(day: int) -> datetime:
    """A moment `day` days after the first of 2024."""
    return START + timedelta(days=day)


def amounts(*numbers: str | int) -> tuple[Decimal, ...]:
    """Several exact amounts."""
    return tuple(Decimal(number) for number in numbers)


def told(type_name: str, quantity: Amount, price: Amount = 0, **facts: Any) -> dict[str, Any]:
    """A row as the route hands it on: of bitcoin in dollars, unless told otherwise."""
    return {
        "type": type_name,
        "asset_id": None,
        "asset_type": "crypto",
        "symbol": "BTC",
        "quantity": Decimal(quantity),
        "price": Decimal(price),
        "fee": Decimal(0),
        "currency": None,
        "executed_at": START,
        "external_id": None,
    } | facts


def write(
    type_name: str,
    quantity: Amount,
    price: Amount = 0,
    *,
    user_id: str = "ann",
    now: datetime = NOON,
    **facts: Any,
) -> Transaction:
    """Write a transaction down."""
    return write_if_new(type_name, quantity, price, user_id=user_id, now=now, **facts)[0]


def write_if_new(
    type_name: str,
    quantity: Amount,
    price: Amount = 0,
    *,
    user_id: str = "ann",
    now: datetime = NOON,
    **facts: Any,
) -> tuple[Transaction, bool]:
    """Write a transaction down, and tell whether it is new."""
    return transactions.add_transaction(
        user_id=user_id,
        row=told(type_name, quantity, price, **facts),
        jobs=JOBS,
        now=now,
        sleep=lambda _: None,
        wait_seconds=3,
    )


def change(transaction_id: str, user_id: str = "ann", **changes: Any) -> Transaction:
    """Correct a transaction an hour later."""
    return transactions.change_transaction(
        user_id=user_id, transaction_id=transaction_id, changes=changes, now=LATER
    )


def remove(transaction_id: str, user_id: str = "ann") -> None:
    """Remove a transaction an hour later."""
    transactions.remove_transaction(user_id=user_id, transaction_id=transaction_id, now=LATER)


def add_asset(**facts: Any) -> service.ValuedAsset:
    """Add two bitcoins by hand, for ann, unless told otherwise."""
    given: dict[str, Any] = {
        "asset_type": "crypto",
        "symbol": "BTC",
        "quantity": Decimal(2),
        "purchase_price": Decimal(100),
        "purchase_date": date(2024, 1, 15),
        "name": None,
        "currency": "USD",
    } | facts
    return service.add_asset(
        user_id="ann",
        jobs=JOBS,
        now=NOON,
        sleep=lambda _: None,
        wait_seconds=3,
        stale_after_seconds=900,
        **given,
    )


def new_row(type_name: str, quantity: Amount, price: Amount = 0, **facts: Any) -> NewEntry:
    """A row as an importer hands it on."""
    given = told(type_name, quantity, price) | {"currency": "USD"} | facts
    return NewEntry(**{name: value for name, value in given.items() if name != "asset_id"})


def add_many(
    rows: list[NewEntry], *, user_id: str = "ann", import_id: str = "i1", now: datetime = NOON
) -> list[additions.Outcome]:
    """Import rows of one asset."""
    return additions.add_many(user_id=user_id, rows=rows, import_id=import_id, jobs=JOBS, now=now)


def the_asset(user_id: str = "ann") -> Asset:
    """The one asset that the user has a row for."""
    (asset,) = Asset.owned_by(user_id)
    return asset


def held(asset_id: str) -> Decimal:
    """How much of that asset ann holds."""
    asset = Asset.of("ann", asset_id)
    assert asset is not None
    return asset.quantity


def assert_adds_up(user_id: str = "ann") -> None:
    """Every asset is what its stored transactions come to, and the profile counts all of them."""
    entries = service.entries_of(user_id=user_id)
    assets = {asset.asset_id: asset for asset in Asset.owned_by(user_id)}
    assert assets.keys() == {entry.asset_id for entry in entries if entry.asset_id is not None}
    for asset in assets.values():
        own = [entry for entry in entries if entry.asset_id == asset.asset_id]
        held = projection.project(own)
        assert (asset.quantity, asset.cost) == (held.quantity, held.cost)
        assert (asset.purchase_price, asset.purchase_date) == (
            held.purchase_price,
            held.purchase_date,
        )
        assert asset.transaction_count == len(own)
    profile = Profile.of(user_id)
    assert (profile.transaction_count if profile else 0) == len(entries)
