"""Do the methods give the numbers that were published, or worked out by hand?

Each file in golden/ is a ledger, says where its numbers are from, and what they are by some of the methods, to the
cent.
"""

import json
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest

from app.core import money
from app.portfolio.rules import lots
from tests.portfolio.lot_ledgers import entry

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.json"))
CASES = [
    pytest.param(wanted, found, id=f"{path.stem}-{wanted}")
    for path in GOLDEN
    for found in [json.loads(path.read_text())]
    for wanted in found["expected"]
]


def cents(amount: Decimal) -> str:
    return str(amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP))


def plain(quantity: Decimal) -> str:
    return format(quantity.normalize(), "f")


def told(disposal: lots.Disposal) -> dict[str, Any]:
    return {
        "sale": disposal.transaction_id,
        "purchase": disposal.purchase_id,
        "quantity": plain(disposal.quantity),
        "proceeds": cents(disposal.proceeds),
        "cost": cents(disposal.cost),
        "gain": cents(disposal.gain),
        "long_term": disposal.long_term,
    }


def sums(book: lots.Book) -> dict[str, Any]:
    return {
        "disposals": [told(disposal) for disposal in book.disposals],
        "cost": cents(money.total(disposal.cost for disposal in book.disposals)),
        "gain": cents(money.total(disposal.gain for disposal in book.disposals)),
        "transferred": cents(money.total(each.cost for each in book.transfers)),
        "income": cents(money.total(each.amount for each in book.income)),
        "fees": cents(money.total(each.amount for each in book.fees)),
        "open": {
            "quantity": plain(money.total(lot.quantity for lot in book.open_lots)),
            "cost": cents(money.total(lot.cost for lot in book.open_lots)),
        },
    }


class TestGoldenLedgers:
    @pytest.mark.parametrize(("method", "case"), CASES)
    def test_come_to_the_known_numbers(self, method: str, case: dict[str, Any]) -> None:
        written = [
            entry(
                row["type"],
                row["quantity"],
                row.get("price", 0),
                fee=row.get("fee", 0),
                at=row["at"],
                id=row["id"],
            )
            for row in case["entries"]
        ]

        found = sums(lots.follow(written, method=method))

        wanted = case["expected"][method]
        assert {name: found[name] for name in wanted} == wanted

    def test_cover_every_method_and_name_their_source(self) -> None:
        assert {
            method for path in GOLDEN for method in json.loads(path.read_text())["expected"]
        } == {*lots.METHODS}
        assert all(json.loads(path.read_text())["source"] for path in GOLDEN)
