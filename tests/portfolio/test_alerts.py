"""Do price alerts tell whom they concern, when a price crosses their line?"""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest

from app.portfolio.models.alerts import Alert, AlertedSymbol, AlertTally
from app.portfolio.rules import alerts as rules
from app.portfolio.service import alert_letters, alerts, upkeep
from app.prices.models import TrackedSymbol
from tests.portfolio.alerting import HOUR, emails_to, shown
from tests.portfolio.market import NOON

STEP = timedelta(minutes=5)


class TestSettingAnAlert:
    def test_shows_it_active_and_never_triggered(self, ann, set_alert):
        alert = set_alert(ann.user_id, note="Sell a third")

        assert alert == shown(ann.user_id)
        assert (alert.active, alert.rests_until, alert.last_triggered_at) == (True, None, None)
        assert (alert.threshold, alert.cooldown_seconds, alert.note) == (
            60000,
            HOUR,
            "Sell a third",
        )

    def test_keeps_its_symbol_fresh(self, ann, set_alert):
        set_alert(ann.user_id)

        assert TrackedSymbol.symbols_of("crypto", now=NOON) == ["BTC"]

    def test_measures_a_change_from_the_price_that_is_known(self, ann, set_alert):
        alert = set_alert(ann.user_id, condition="percent_change", threshold=Decimal(5))

        assert alert.reference_price == 50000

    def test_is_refused_at_the_hundred_and_first_however_many_come_at_once(
        self, ann, set_alert, monkeypatch
    ):
        monkeypatch.setattr(rules, "MOST_ALERTS", 3)
        set_alert(ann.user_id)

        def try_it(_: int) -> bool:
            try:
                set_alert(ann.user_id)
            except alerts.TooManyAlerts:
                return False
            return True

        with ThreadPoolExecutor(6) as pool:
            made = sum(pool.map(try_it, range(6)))

        assert made == 2
        assert len(alerts.list_alerts(user_id=ann.user_id, now=NOON)) == 3

    def test_makes_room_again_when_one_is_removed(self, ann, set_alert, monkeypatch):
        monkeypatch.setattr(rules, "MOST_ALERTS", 1)
        first = set_alert(ann.user_id)
        alerts.remove_alert(user_id=ann.user_id, alert_id=first.alert_id)

        assert set_alert(ann.user_id).alert_id != first.alert_id


class TestRemovedAlert:
    def test_is_not_there(self, ann, set_alert):
        alert = set_alert(ann.user_id)
        alerts.remove_alert(user_id=ann.user_id, alert_id=alert.alert_id)

        with pytest.raises(alerts.UnknownAlert):
            alerts.get_alert(user_id=ann.user_id, alert_id=alert.alert_id, now=NOON)
        with pytest.raises(alerts.UnknownAlert):
            alerts.remove_alert(user_id=ann.user_id, alert_id=alert.alert_id)

    def test_fires_no_more_and_its_symbol_is_forgotten(self, ann, set_alert, look, kept_jobs):
        alert = set_alert(ann.user_id)
        alerts.remove_alert(user_id=ann.user_id, alert_id=alert.alert_id)

        assert look("61000", NOON + STEP) == 0
        assert list(AlertedSymbol.every_one()) == []
        assert kept_jobs.named == []

    def test_is_removed_by_one_of_two_who_do_it_at_once(self, ann, set_alert, monkeypatch):
        alert = set_alert(ann.user_id)
        read = Alert.of(ann.user_id, alert.alert_id)
        alerts.remove_alert(user_id=ann.user_id, alert_id=alert.alert_id)
        monkeypatch.setattr(Alert, "of", lambda *_: read)

        with pytest.raises(alerts.UnknownAlert):
            alerts.remove_alert(user_id=ann.user_id, alert_id=alert.alert_id)

    def test_can_not_be_the_row_that_counts_them(self, ann, set_alert):
        set_alert(ann.user_id)

        with pytest.raises(alerts.UnknownAlert):
            alerts.remove_alert(user_id=ann.user_id, alert_id="#alerts")


class TestPriceThatCrossesTheLine:
    def test_is_mailed_and_pushed(self, ann, set_alert, look, kept_jobs):
        alert = set_alert(ann.user_id, note="Sell a third")

        assert look("60500", NOON + STEP) == 1

        (email,) = emails_to(ann.user_id)
        assert (email.template, email.to) == ("price_alert", "ann@example.com")
        assert email.context["headline"] == "BTC is above 60,000 USD"
        assert email.context["price"] == "60,500.00 USD"
        assert kept_jobs.of("emails.send_email") == [{"email_id": email.email_id}]
        (push,) = kept_jobs.of("devices.push_to_user")
        assert push["user_id"] == ann.user_id
        assert push["notification"]["title"] == "BTC is above 60,000 USD"
        assert push["notification"]["body"] == "BTC costs 60,500.00 USD. Sell a third"
        assert push["notification"]["data"]["alert_id"] == alert.alert_id

    def test_makes_the_alert_rest(self, ann, set_alert, look):
        set_alert(ann.user_id)
        look("60500", NOON + STEP)

        alert = shown(ann.user_id, NOON + STEP)

        assert (alert.active, alert.times_triggered) == (False, 1)
        assert alert.last_triggered_at == NOON + STEP
        assert alert.last_triggered_price == 60500
        assert alert.rests_until == NOON + STEP + timedelta(hours=1)
        assert shown(ann.user_id, NOON + STEP + timedelta(hours=1)).active

    def test_tells_again_after_it_came_back_and_the_cool_down_is_over(self, ann, set_alert, look):
        set_alert(ann.user_id)
        hour = timedelta(hours=1)
        path = [("60500", 1), ("60600", 2), ("59000", 3), ("60100", 4), ("60200", 5)]

        fired = [look(price, NOON + hours * hour) for price, hours in path]

        assert fired == [1, 0, 0, 1, 0]
        assert len(emails_to(ann.user_id)) == 2

    def test_tells_a_change_with_its_direction(self, ann, set_alert, look, kept_jobs):
        set_alert(ann.user_id, condition="percent_change", threshold=Decimal("5.0"))

        assert look("47000", NOON + STEP) == 1

        (email,) = emails_to(ann.user_id)
        assert email.context["headline"] == "BTC has moved by -6.00 %"
        assert email.context["line"] == "moves by 5 % or more from 50,000.00 USD"
        assert shown(ann.user_id).reference_price == 47000

    def test_tells_below(self, ann, set_alert, look):
        set_alert(ann.user_id, condition="below", threshold=Decimal(49000))

        assert [look("49500", NOON + STEP), look("49000", NOON + 2 * STEP)] == [0, 1]

    def test_wakes_a_change_that_rested(self, ann, set_alert, look):
        set_alert(ann.user_id, condition="percent_change", threshold=Decimal(5))
        path = [("53000", 5), ("60000", 10), ("61000", 70), ("61001", 200)]

        fired = [look(price, NOON + timedelta(minutes=minutes)) for price, minutes in path]

        assert fired == [1, 0, 1, 0]

    def test_tells_nobody_by_email_who_has_no_address(self, set_alert, look, kept_jobs):
        set_alert("signed-in-by-phone")

        assert look("60500", NOON + STEP) == 1
        assert kept_jobs.of("emails.send_email") == []
        assert len(kept_jobs.of("devices.push_to_user")) == 1

    def test_is_only_pushed_once_many_were_mailed_in_a_day(
        self, ann, set_alert, look, kept_jobs, monkeypatch
    ):
        limit = alert_letters.MAILED
        monkeypatch.setattr(
            alert_letters,
            "MAILED",
            type(limit)(name=limit.name, count=2, window_seconds=limit.window_seconds),
        )
        for _ in range(3):
            set_alert(ann.user_id)

        assert look("60500", NOON + STEP) == 3
        assert len(emails_to(ann.user_id)) == 2
        assert len(kept_jobs.of("devices.push_to_user")) == 3


class TestFirstPrice:
    def test_decides_on_which_side_an_alert_stands_that_was_set_without_one(
        self, ann, set_alert, look, market
    ):
        market.down = True
        set_alert(ann.user_id, symbol="DOGE", threshold=Decimal("0.5"))
        market.down = False

        path = [("0.6", 1), ("0.4", 2), ("0.5", 3)]
        fired = [look(price, NOON + steps * STEP, "DOGE") for price, steps in path]

        assert fired == [0, 0, 1]


class TestOwnedAlerts:
    def test_are_exported(self, ann, set_alert):
        alert = set_alert(ann.user_id)

        (told,) = upkeep.export_owned_by(user_id=ann.user_id)["alerts"]

        assert told["alert_id"] == alert.alert_id
        assert told["threshold"] == 60000

    def test_are_erased_with_their_count_and_twice_is_harmless(self, ann, set_alert):
        set_alert(ann.user_id)
        set_alert("bob")

        for _ in range(2):
            upkeep.erase_owned_by(user_id=ann.user_id)

        assert alerts.list_alerts(user_id=ann.user_id, now=NOON) == []
        assert [row.user_id for row in AlertTally.scan() if row.alert_id == "#alerts"] == ["bob"]
        assert [int(row.alerts) for row in AlertedSymbol.every_one()] == [1]

    def test_keep_their_symbols_on_the_refresh_list(self, ann, set_alert):
        set_alert(ann.user_id)
        later = NOON + timedelta(days=40)

        upkeep.track_holdings(now=later)

        assert TrackedSymbol.symbols_of("crypto", now=later) == ["BTC"]
