from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from app.core import dynamo
from app.prices import service
from app.prices.models import PriceClose, PriceSource

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
START = date(2026, 11, 1)
BITCOIN, APPLE, EURO = ("crypto", "BTC"), ("stock", "AAPL"), ("currency", "EUR")

pytestmark = pytest.mark.usefixtures("aws")


@pytest.fixture(autouse=True)
def _known(market):
    for pair in (BITCOIN, APPLE, EURO):
        market.prices[pair] = "1"
        market.closes[pair] = {date(2026, 11, day): f"{day}.5" for day in range(1, 20)}


def ask(worker, *wanted, now=NOW, start=START):
    worker.now = now
    return service.ask_for_histories(
        wanted=wanted, start=start, jobs=worker, now=now, sleep=worker.sleep, wait_seconds=3
    )


def statuses(states):
    return {pair: state.status for pair, state in states.items()}


class TestAskForHistories:
    def test_has_a_worker_load_what_is_not_there(self, market, worker):
        market.currencies["AAPL"] = "EUR"

        states = ask(worker, BITCOIN, APPLE, EURO)

        assert states == {
            BITCOIN: service.HistoryState(status="completed", currency="USD"),
            APPLE: service.HistoryState(status="completed", currency="EUR"),
            EURO: service.HistoryState(status="completed", currency="USD"),
        }
        assert [asked[1]["symbol"] for asked in worker.asked] == ["BTC", "AAPL", "EUR"]

    def test_asks_for_nothing_that_is_there(self, worker):
        ask(worker, BITCOIN)

        with dynamo.counting() as cost:
            assert statuses(ask(worker, BITCOIN)) == {BITCOIN: "completed"}
        assert cost.operations == ["BatchGetItem"]
        assert len(worker.asked) == 1

    def test_of_nothing_asks_nobody(self, worker):
        with dynamo.counting() as cost:
            assert ask(worker) == {}
        assert (cost.requests, worker.asked, worker.slept) == (0, [], [])

    def test_waits_for_a_bounded_time(self, worker):
        worker.idle = True

        assert statuses(ask(worker, BITCOIN)) == {BITCOIN: "pending"}
        assert sum(worker.slept) == pytest.approx(3)

    def test_asks_for_some_at_once_and_for_the_others_next_time(self, market, worker):
        many = [("crypto", f"COIN{number}") for number in range(30)]
        market.prices |= dict.fromkeys(many, "1")

        first, second = ask(worker, *many), ask(worker, *many)

        assert list(statuses(first).values()).count("pending") == 5
        assert set(statuses(second).values()) == {"completed"}
        assert len(worker.asked) == 30

    def test_leaves_a_source_in_trouble_alone_and_asks_the_others(self, worker):
        PriceSource.of("crypto").pause(error="source_unavailable", seconds=60, at=NOW)

        assert statuses(ask(worker, BITCOIN, APPLE)) == {BITCOIN: "pending", APPLE: "completed"}
        assert [asked[1]["symbol"] for asked in worker.asked] == ["AAPL"]

    def test_fails_for_what_the_source_does_not_know(self, worker):
        states = ask(worker, ("currency", "XXX"))

        assert statuses(states) == {("currency", "XXX"): "failed"}
        assert statuses(ask(worker, ("currency", "XXX"))) == {("currency", "XXX"): "failed"}
        assert len(worker.asked) == 1


class TestLastCloses:
    def last(self, *wanted, day=date(2026, 11, 16)):
        return service.last_closes(wanted=wanted, day=day)

    def store(self, pair, *days):
        closes = {date(2026, 11, day): Decimal(day) for day in days}
        PriceClose.store(asset_type=pair[0], symbol=pair[1], closes=closes)

    def test_are_of_the_day_or_the_last_before_it(self):
        self.store(BITCOIN, 14, 15, 16, 17)
        self.store(APPLE, 12, 13, 17)

        assert self.last(BITCOIN, APPLE) == {
            BITCOIN: service.DailyClose(date=date(2026, 11, 16), close=Decimal(16)),
            APPLE: service.DailyClose(date=date(2026, 11, 13), close=Decimal(13)),
        }

    def test_are_searched_for_further_back_where_there_were_none_for_days(self):
        self.store(APPLE, 2, 3)

        assert self.last(APPLE)[APPLE].close == 3

    def test_are_missing_where_there_is_none(self):
        self.store(APPLE, 17)

        assert self.last(APPLE, BITCOIN) == {}
        assert self.last() == {}

    def test_of_many_take_a_request_for_25(self):
        many = [("crypto", f"COIN{number}") for number in range(50)]
        for pair in many:
            self.store(pair, 15)

        with dynamo.counting() as cost:
            assert len(self.last(*many)) == 50
        assert cost.operations == ["BatchGetItem", "BatchGetItem"]


def test_a_next_day_is_asked_for_anew(worker):
    ask(worker, EURO)
    assert statuses(ask(worker, EURO, now=NOW + timedelta(days=1))) == {EURO: "completed"}
    assert len(worker.asked) == 2
