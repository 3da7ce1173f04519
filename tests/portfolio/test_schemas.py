"""Which assets does the API accept, and what does it make of them?"""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from marshmallow import ValidationError

from app.portfolio.schemas import assets as schemas

BITCOIN = {
    "asset_type": "crypto",
    "symbol": "BTC",
    "quantity": Decimal("0.5"),
    "purchase_price": 40000,
    "purchase_date": "2024-01-15",
}


class TestAssetIn:
    def test_fills_in_what_may_be_left_out(self) -> None:
        assert schemas.AssetIn().load(BITCOIN) == {
            "asset_type": "crypto",
            "symbol": "BTC",
            "quantity": Decimal("0.5"),
            "purchase_price": Decimal(40000),
            "purchase_date": date(2024, 1, 15),
            "name": None,
            "currency": "USD",
        }

    @pytest.mark.parametrize(
        ("given", "kept"),
        [
            ("btc", "BTC"),
            (" brk-b ", "BRK-B"),
            ("^gspc", "^GSPC"),
            ("EURUSD=X", "EURUSD=X"),
            ("0700.HK", "0700.HK"),
            ("M&M.NS", "M&M.NS"),
            ("X" * 20, "X" * 20),
        ],
    )
    def test_writes_the_symbol_in_capitals(self, given: str, kept: str) -> None:
        assert schemas.AssetIn().load(BITCOIN | {"symbol": given})["symbol"] == kept

    def test_accepts_the_widest_amounts(self) -> None:
        widest = "999999999999999999.999999999999999999"
        loaded = schemas.AssetIn().load(BITCOIN | {"quantity": widest, "purchase_price": 0})
        assert (loaded["quantity"], loaded["purchase_price"]) == (Decimal(widest), Decimal(0))

    def test_accepts_the_first_day(self) -> None:
        loaded = schemas.AssetIn().load(BITCOIN | {"purchase_date": "1900-01-01"})
        assert loaded["purchase_date"] == date(1900, 1, 1)

    @pytest.mark.parametrize(
        ("field", "wrong"),
        [
            ("asset_type", "bond"),
            ("asset_type", None),
            ("symbol", ""),
            ("symbol", "   "),
            ("symbol", "TWO WORDS"),
            ("symbol", "X" * 21),
            ("symbol", "BTC\n"),
            ("symbol", "ß"),
            ("symbol", 7),
            ("quantity", 0),
            ("quantity", -1),
            ("quantity", None),
            ("quantity", True),
            ("quantity", "many"),
            ("quantity", 10**18),
            ("quantity", "0.0000000000000000001"),
            ("quantity", Decimal("1E+300")),
            ("quantity", Decimal("NaN")),
            ("purchase_price", Decimal("-0.01")),
            ("purchase_price", "1e3"),
            ("purchase_date", "1899-12-31"),
            ("purchase_date", "2026-02-30"),
            ("purchase_date", "2024-01-15T00:00:00"),
            ("purchase_date", 20240115),
            ("name", ""),
            ("name", "x" * 256),
            ("currency", "DOLLARS"),
            ("currency", "U$D"),
            ("current_price", 1),
        ],
    )
    def test_rejects_what_makes_no_sense(self, field: str, wrong: Any) -> None:
        with pytest.raises(ValidationError) as refused:
            schemas.AssetIn().load(BITCOIN | {field: wrong})
        assert list(refused.value.normalized_messages()) == [field]

    @pytest.mark.parametrize("missing", sorted(BITCOIN))
    def test_rejects_a_missing_field(self, missing: str) -> None:
        body = {field: value for field, value in BITCOIN.items() if field != missing}
        with pytest.raises(ValidationError) as refused:
            schemas.AssetIn().load(body)
        assert list(refused.value.normalized_messages()) == [missing]


class TestAssetUpdate:
    def test_takes_any_part(self) -> None:
        assert schemas.AssetUpdate().load({}) == {}
        assert schemas.AssetUpdate().load({"quantity": "1.5"}) == {"quantity": Decimal("1.5")}

    @pytest.mark.parametrize("field", ["symbol", "asset_type", "name", "currency", "asset_id"])
    def test_rejects_what_cannot_be_changed(self, field: str) -> None:
        with pytest.raises(ValidationError):
            schemas.AssetUpdate().load({field: "X"})
