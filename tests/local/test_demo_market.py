"""Is something for sale in the demo world, once however often it is filled in?"""

from typing import Any, cast

import pytest

from app.local import demo_market
from app.local.demo_people import DEMO, VIEWER
from app.marketplace import service as marketplace
from tests.conftest import NOON
from tests.marketplace.conftest import RememberedJobs

pytestmark = pytest.mark.usefixtures("aws")


class TestFill:
    def test_puts_up_and_offers_once(self):
        for _ in range(2):
            demo_market.fill(
                {DEMO: "dana", VIEWER: "vic"}, jobs=cast("Any", RememberedJobs()), now=NOON
            )

        found, _ = marketplace.list_items(
            user_id="ben",
            q=None,
            min_price=None,
            max_price=None,
            mine=False,
            limit=50,
            cursor=None,
        )
        assert [item.item_id for item in found] == [
            "viewer-chair",
            "viewer-monitor",
            "viewer-camera",
            "demo-desk",
        ]
        for user_id, item_id in (("dana", "viewer-camera"), ("vic", "demo-desk")):
            made, _ = marketplace.list_offers(
                user_id=user_id, role="buyer", item_id=None, limit=50, cursor=None, now=NOON
            )
            assert [shown.offer.item_id for shown in made] == [item_id]
