from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import permutations

import pytest

from app.core import dynamo
from app.prices.models import PriceClose, PriceSource, QuoteRow, TrackedSymbol

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

pytestmark = pytest.mark.usefixtures("aws")


def confirm(price, *, quoted_at=NOW, confirmed_at=NOW, symbol="BTC", name=None, day_change=None):
    return QuoteRow.confirm(
        asset_type="crypto",
        symbol=symbol,
        price=Decimal(price),
        currency="USD",
        quoted_at=quoted_at,
        confirmed_at=confirmed_at,
        source="told",
        name=name,
        day_change=day_change,
    )


class TestQuoteRow:
    def test_keeps_every_digit(self):
        confirm("0.000012345678901234567891")

        assert QuoteRow.of("crypto", "BTC").price == Decimal("0.000012345678901234567891")

    def test_ends_with_the_newest_price_in_whatever_order_they_come(self):
        moments = [NOW, NOW + MINUTE, NOW + 2 * MINUTE]
        for number, order in enumerate(permutations(range(3))):
            for place in order:
                confirm(str(place + 1), quoted_at=moments[place], symbol=f"S{number}")

            assert QuoteRow.of("crypto", f"S{number}").price == 3

    def test_is_confirmed_again_with_the_same_price(self):
        confirm("1", confirmed_at=NOW)

        assert confirm("1", confirmed_at=NOW + MINUTE)
        assert not confirm("1", confirmed_at=NOW)
        assert QuoteRow.of("crypto", "BTC").confirmed_at == NOW + MINUTE

    def test_forgets_error_and_name_and_expiry_with_a_price(self):
        QuoteRow.mark_unknown(asset_type="crypto", symbol="BTC", at=NOW)
        confirm("1", name="Bitcoin", day_change=Decimal("1.5"))
        confirm("2", confirmed_at=NOW + MINUTE)

        row = QuoteRow.of("crypto", "BTC")
        assert (row.error, row.unknown_until, row.expires_at) == (None, None, None)
        assert (row.name, row.day_change) == (None, None)

    def test_keeps_the_last_good_price_beside_an_error(self):
        confirm("1")

        assert QuoteRow.mark_error(asset_type="crypto", symbol="BTC", error="down", at=NOW + MINUTE)
        row = QuoteRow.of("crypto", "BTC")
        assert (row.price, row.error, row.expires_at) == (1, "down", None)

    def test_writes_the_same_error_once(self):
        confirm("1")
        later = NOW + MINUTE

        assert QuoteRow.mark_error(asset_type="crypto", symbol="BTC", error="down", at=later)
        assert not QuoteRow.mark_error(asset_type="crypto", symbol="BTC", error="down", at=later)

    def test_takes_no_error_from_before_its_price(self):
        confirm("1", confirmed_at=NOW + MINUTE)

        assert not QuoteRow.mark_error(asset_type="crypto", symbol="BTC", error="down", at=NOW)
        assert QuoteRow.of("crypto", "BTC").error is None

    def test_without_a_price_goes_by_itself(self):
        QuoteRow.mark_error(asset_type="crypto", symbol="BTC", error="down", at=NOW)

        assert QuoteRow.of("crypto", "BTC").expires_at == NOW + timedelta(days=1)

    def test_is_believed_unknown_for_a_day(self):
        QuoteRow.mark_unknown(asset_type="crypto", symbol="BTC", at=NOW)

        row = QuoteRow.of("crypto", "BTC")
        assert row.is_unknown(NOW + timedelta(hours=23))
        assert not row.is_unknown(NOW + timedelta(hours=24))

    def test_that_had_a_price_is_only_marked_unknown(self):
        confirm("1")

        assert QuoteRow.mark_unknown(asset_type="crypto", symbol="BTC", at=NOW + MINUTE)
        row = QuoteRow.of("crypto", "BTC")
        assert (row.price, row.error, row.is_unknown(NOW)) == (1, "unknown_symbol", False)

    def test_of_a_thousand_are_read_in_ten_requests(self):
        pairs = [("crypto", f"S{number}") for number in range(1_000)]
        with QuoteRow.batch_write() as batch:
            for _, symbol in pairs:
                batch.save(QuoteRow(f"crypto#{symbol}", price=Decimal(1)))

        with dynamo.counting() as cost:
            found = QuoteRow.of_many(pairs)

        assert len(found) == 1_000
        assert cost.requests == 10

    def test_of_nothing_are_read_in_no_request(self):
        with dynamo.counting() as cost:
            assert QuoteRow.of_many([]) == {}

        assert cost.requests == 0

    def test_says_how_far_its_history_reaches(self):
        long_ago, lately = date(2020, 1, 1), date(2026, 1, 1)

        def loaded(first, at):
            return QuoteRow.history_loaded(
                asset_type="crypto", symbol="BTC", loaded_from=first, loaded_at=at
            )

        assert loaded(lately, NOW)
        assert loaded(long_ago, NOW)
        assert not loaded(lately, NOW)
        assert QuoteRow.of("crypto", "BTC").history_starts_on() == long_ago
        assert not loaded(long_ago, NOW - MINUTE)
        assert loaded(lately, NOW + MINUTE)

    def test_takes_no_failure_from_before_its_history(self):
        QuoteRow.history_loaded(
            asset_type="crypto", symbol="BTC", loaded_from=NOW.date(), loaded_at=NOW
        )

        assert not QuoteRow.history_failed(asset_type="crypto", symbol="BTC", at=NOW)
        assert QuoteRow.history_failed(asset_type="crypto", symbol="BTC", at=NOW + MINUTE)
        assert QuoteRow.of("crypto", "BTC").history_failed_at == NOW + MINUTE


class TestTrackedSymbol:
    def test_is_written_at_most_once_a_day(self):
        def renewed(now):
            return TrackedSymbol.renew(asset_type="crypto", symbol="BTC", now=now)

        assert renewed(NOW)
        assert not renewed(NOW + timedelta(hours=23))
        assert renewed(NOW + timedelta(hours=24))

    def test_is_forgotten_after_thirty_days(self):
        TrackedSymbol.renew(asset_type="crypto", symbol="BTC", now=NOW)

        def tracked(days):
            return TrackedSymbol.symbols_of("crypto", now=NOW + timedelta(days=days))

        assert tracked(days=29) == ["BTC"]
        assert tracked(days=30) == []
        assert TrackedSymbol.symbols_of("stock", now=NOW) == []

    def test_is_renewed_with_twenty_four_others_in_a_request(self):
        wanted = [("stock", f"S{number:02}") for number in range(50)]

        with dynamo.counting() as cost:
            TrackedSymbol.renew_many([*wanted, *wanted], now=NOW)

        assert cost.requests == 2
        assert TrackedSymbol.symbols_of("stock", now=NOW) == [symbol for _, symbol in wanted]


class TestPriceClose:
    def test_is_found_by_its_day(self):
        days = {date(2026, 11, day): Decimal(f"{day}.5") for day in range(1, 20)}
        PriceClose.store(asset_type="stock", symbol="AAPL", closes=days)

        found = PriceClose.between(
            asset_type="stock", symbol="AAPL", start=date(2026, 11, 3), end=date(2026, 11, 4)
        )

        assert list(found) == [
            (date(2026, 11, 3), Decimal("3.5")),
            (date(2026, 11, 4), Decimal("4.5")),
        ]


class TestPriceSource:
    def test_may_be_asked_as_long_as_it_never_failed(self):
        assert PriceSource.trouble_of("crypto", now=NOW) is None

    def test_is_left_alone_until_its_pause_ends(self):
        PriceSource.of("crypto").pause(error="down", seconds=60, at=NOW)

        assert PriceSource.trouble_of("crypto", now=NOW + timedelta(seconds=59)) == "down"
        assert PriceSource.trouble_of("crypto", now=NOW + MINUTE) is None
        assert PriceSource.of("crypto").failures == 1

    def test_counts_a_failure_that_two_workers_saw_once(self):
        one, other = PriceSource.of("crypto"), PriceSource.of("crypto")

        assert one.pause(error="down", seconds=60, at=NOW)
        assert not other.pause(error="down", seconds=60, at=NOW)
        assert PriceSource.of("crypto").failures == 1

    def test_starts_anew_after_a_success(self):
        PriceSource.of("crypto").pause(error="down", seconds=60, at=NOW)

        assert PriceSource.of("crypto").resume()
        assert PriceSource.of("crypto").failures == 0
        assert not PriceSource.of("crypto").resume()
        assert PriceSource.of("crypto").pause(error="down", seconds=60, at=NOW)

    def test_stays_paused_when_a_failure_came_after_the_success(self):
        PriceSource.of("crypto").pause(error="down", seconds=60, at=NOW)
        before = PriceSource.of("crypto")
        PriceSource.of("crypto").pause(error="down", seconds=60, at=NOW)

        assert not before.resume()
        assert PriceSource.of("crypto").failures == 2
