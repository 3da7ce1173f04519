"""Is the demo world the same everywhere, and never written anywhere but here?"""

from decimal import Decimal

import pytest

from app.config import Settings
from app.local import demo_world


def settings(**environ: str) -> Settings:
    return Settings.from_env({"ENV": "local", **environ})


class TestAssets:
    def test_are_the_same_for_the_same_seed(self):
        assert demo_world.assets(2026) == demo_world.assets(2026)
        assert demo_world.assets(2026) != demo_world.assets(2027)

    def test_are_crypto_and_stocks_at_plausible_prices(self):
        rows = demo_world.assets(2026)
        assert len(rows) == 8
        assert {row["asset_type"] for row in rows} == {"crypto", "stock"}
        bitcoin = next(row for row in rows if row["symbol"] == "BTC")
        assert Decimal(20_000) < bitcoin["purchase_price"] < Decimal(400_000)
        assert Decimal("0.3") <= bitcoin["quantity"] <= Decimal("0.5")
        assert bitcoin["purchase_date"] == "2024-01-16"


class TestRefuseAnythingButLocal:
    def test_accepts_the_local_stack(self):
        demo_world.refuse_anything_but_local(settings(AWS_ENDPOINT_URL="http://127.0.0.1:4566"))

    @pytest.mark.parametrize(
        "environ",
        [
            {},
            {"AWS_ENDPOINT_URL": "https://dynamodb.eu-west-1.amazonaws.com"},
            {
                "AWS_ENDPOINT_URL": "http://127.0.0.1:4566",
                "DYNAMODB_ENDPOINT_URL": "https://dynamodb.eu-west-1.amazonaws.com",
            },
            {
                "AWS_ENDPOINT_URL": "http://127.0.0.1:4566",
                "ENV": "dev",
                "JWT_SECRET": "x" * 40,
            },
        ],
    )
    def test_refuses_everything_else(self, environ):
        with pytest.raises(demo_world.NotLocalError, match="only for the stack on this machine"):
            demo_world.refuse_anything_but_local(settings(**environ))
