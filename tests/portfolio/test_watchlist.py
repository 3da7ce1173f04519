"""Does a watchlist hold each symbol once, with what it costs now?"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.core import dynamo
from app.portfolio import service as portfolio
from app.portfolio.models import PortfolioRow, watches
from app.portfolio.service import upkeep, watchlist
from app.prices.models import QuoteRow, TrackedSymbol
from tests.portfolio.market import NOON, ToldMarket, WorkingJobs

STALE_AFTER = 900


@pytest.fixture
def watch(aws: object, market: ToldMarket) -> Callable[..., tuple[watchlist.WatchedSymbol, bool]]:
    assert aws is not None

    def watched(
        symbol: str = "BTC", user_id: str = "ann", **facts: Any
    ) -> tuple[watchlist.WatchedSymbol, bool]:
        given: dict[str, Any] = {"asset_type": "crypto", "now": NOON} | facts
        return watchlist.watch(
            user_id=user_id,
            symbol=symbol,
            jobs=WorkingJobs(market, lambda: NOON),
            sleep=lambda _: None,
            wait_seconds=3,
            stale_after_seconds=STALE_AFTER,
            **given,
        )

    return watched


def listed(user_id: str = "ann") -> list[watchlist.WatchedSymbol]:
    return watchlist.list_watched(user_id=user_id, now=NOON, stale_after_seconds=STALE_AFTER)


class TestWatching:
    def test_shows_what_the_symbol_costs(self, watch):
        watched, is_new = watch()

        assert is_new
        assert listed() == [watched]
        assert (watched.price, watched.currency, watched.stale) == (50000, "USD", False)

    def test_tells_the_change_of_the_day_with_two_decimals(self, watch):
        watch()
        QuoteRow.confirm(
            asset_type="crypto",
            symbol="BTC",
            price=Decimal(51000),
            currency="USD",
            quoted_at=NOON + timedelta(seconds=1),
            confirmed_at=NOON,
            source="told",
            name="Bitcoin",
            day_change=Decimal("1.98512"),
        )

        (watched,) = listed()

        assert (watched.name, str(watched.day_change_percentage)) == ("Bitcoin", "1.99")

    def test_keeps_the_symbol_fresh(self, watch):
        watch()

        assert TrackedSymbol.symbols_of("crypto", now=NOON) == ["BTC"]

    def test_holds_a_symbol_once_and_says_so(self, watch):
        first, _ = watch()
        second, is_new = watch(now=NOON + timedelta(hours=1))

        assert not is_new
        assert (second.watch_id, second.created_at) == (first.watch_id, NOON)
        assert len(listed()) == 1

    def test_lists_what_was_added_first_first(self, watch):
        for minute, symbol in enumerate(["ETH", "BTC"]):
            watch(symbol, now=NOON + timedelta(minutes=minute))

        assert [one.symbol for one in listed()] == ["ETH", "BTC"]

    def test_stops_at_the_most_one_may_however_many_come_at_once(self, watch, market, monkeypatch):
        monkeypatch.setattr(watches, "MOST_WATCHED", 3)
        symbols = [f"COIN{number}" for number in range(8)]
        for symbol in symbols:
            market.tell("crypto", symbol, "1")

        def try_it(symbol: str) -> bool:
            try:
                watch(symbol)
            except watchlist.WatchlistFull:
                return False
            return True

        with ThreadPoolExecutor(8) as pool:
            made = sum(pool.map(try_it, symbols))

        assert made == 3
        assert len(listed()) == 3

    def test_is_not_in_the_way_of_reading_the_assets(self, watch):
        with dynamo.counting() as before:
            portfolio.summarise(user_id="ann", now=NOON, stale_after_seconds=STALE_AFTER)
        watch()
        with dynamo.counting() as after:
            summary = portfolio.summarise(user_id="ann", now=NOON, stale_after_seconds=STALE_AFTER)

        assert summary.total_assets == 0
        assert after.requests == before.requests


class TestStoppingToWatch:
    def test_makes_room(self, watch, monkeypatch):
        monkeypatch.setattr(watches, "MOST_WATCHED", 1)
        watched, _ = watch()
        watchlist.stop_watching(user_id="ann", watch_id=watched.watch_id)

        _, is_new = watch("ETH")

        assert is_new
        assert [one.symbol for one in listed()] == ["ETH"]

    def test_of_what_is_not_watched_is_refused(self, watch):
        watched, _ = watch(user_id="bob")

        with pytest.raises(watchlist.NotWatched):
            watchlist.stop_watching(user_id="ann", watch_id=watched.watch_id)
        assert len(listed("bob")) == 1


class TestOwnedWatchlist:
    def test_is_exported_and_erased(self, watch):
        watch()

        (told,) = upkeep.export_owned_by(user_id="ann")["watchlist"]
        upkeep.erase_owned_by(user_id="ann")

        assert told == {"asset_type": "crypto", "symbol": "BTC", "created_at": NOON}
        assert list(PortfolioRow.belonging_to("ann")) == []

    def test_keeps_its_symbols_on_the_refresh_list(self, watch):
        watch()
        later = NOON + timedelta(days=40)

        upkeep.track_holdings(now=later)

        assert TrackedSymbol.symbols_of("crypto", now=later) == ["BTC"]
