"""Do checks of alerts tell once, however they are run, at a cost that only grows with what a price concerns?"""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from decimal import Decimal

from app.core import dynamo
from app.portfolio.models.alerts import Alert
from app.portfolio.service import alert_checks, alerts
from tests.portfolio.alerting import STALE_AFTER, check, emails_to, shown, to_do
from tests.portfolio.kept_jobs import KeptJobs
from tests.portfolio.market import NOON

STEP = timedelta(minutes=5)


class TestCheck:
    def test_that_is_delivered_twice_tells_once(self, ann, set_alert, quoted, kept_jobs):
        set_alert(ann.user_id)
        at = NOON + STEP
        quoted("crypto", "BTC", "60500", at=at)

        fired = [check(kept_jobs, at, asset_type="crypto", symbol="BTC") for _ in range(2)]

        assert fired == [1, 0]
        assert len(emails_to(ann.user_id)) == 1

    def test_that_runs_beside_another_tells_once_together(self, ann, set_alert, quoted):
        for _ in range(5):
            set_alert(ann.user_id)
        at = NOON + STEP
        quoted("crypto", "BTC", "60500", at=at)

        def run(_: int) -> int:
            return check(KeptJobs(), at, asset_type="crypto", symbol="BTC")

        with ThreadPoolExecutor(4) as pool:
            fired = list(pool.map(run, range(4)))

        assert sum(fired) == 5
        assert len(emails_to(ann.user_id)) == 5

    def test_leaves_out_an_alert_that_was_removed_since_it_was_read(
        self, ann, set_alert, quoted, monkeypatch
    ):
        gone, stays = set_alert(ann.user_id), set_alert(ann.user_id)
        at = NOON + STEP
        quoted("crypto", "BTC", "60500", at=at)
        found = Alert.concerned(
            asset_type="crypto", symbol="BTC", price=Decimal(60500), at=at, limit=10
        )
        alerts.remove_alert(user_id=ann.user_id, alert_id=gone.alert_id)
        monkeypatch.setattr(Alert, "concerned", lambda **_: found)

        assert check(KeptJobs(), at, asset_type="crypto", symbol="BTC") == 1
        assert shown(ann.user_id).alert_id == stays.alert_id
        assert len(emails_to(ann.user_id)) == 1

    def test_takes_some_alerts_and_leaves_the_others_to_the_next_task(
        self, ann, set_alert, quoted, kept_jobs, monkeypatch
    ):
        monkeypatch.setattr(alert_checks, "CHECKED_TOGETHER", 2)
        for _ in range(5):
            set_alert(ann.user_id)
        at = NOON + STEP
        quoted("crypto", "BTC", "60500", at=at)
        alert_checks.check_alerts(jobs=kept_jobs, now=at, stale_after_seconds=STALE_AFTER)

        fired = [check(kept_jobs, at, **named) for named in to_do(kept_jobs)]

        assert fired == [2, 2, 1]

    def test_that_died_half_way_is_finished_by_the_next_run(
        self, ann, set_alert, quoted, monkeypatch
    ):
        monkeypatch.setattr(alert_checks, "CHECKED_TOGETHER", 2)
        for _ in range(3):
            set_alert(ann.user_id)
        at = NOON + STEP
        quoted("crypto", "BTC", "60500", at=at)
        check(KeptJobs(), at, asset_type="crypto", symbol="BTC")  # what it named is lost

        later, fired = KeptJobs(), 0
        alert_checks.check_alerts(jobs=later, now=at, stale_after_seconds=STALE_AFTER)
        for named in to_do(later):
            fired += check(later, at, **named)

        assert fired == 1
        assert len(emails_to(ann.user_id)) == 3

    def test_names_no_symbol_whose_price_is_the_same(self, ann, set_alert, look, kept_jobs):
        set_alert(ann.user_id)
        look("59000", NOON + STEP)

        assert look("59000", NOON + 2 * STEP) == 0
        assert kept_jobs.named == []

    def test_of_a_symbol_without_a_price_does_nothing(self, kept_jobs, aws):
        assert check(kept_jobs, NOON, asset_type="crypto", symbol="NONE") == 0
        assert kept_jobs.named == []


class TestCost:
    def test_does_not_grow_with_alerts_that_the_price_does_not_concern(
        self, ann, set_alert, quoted, kept_jobs
    ):
        def cost_of(price: str, at: datetime) -> int:
            quoted("crypto", "BTC", price, at=at)
            with dynamo.counting() as cost:
                alert_checks.check_alerts(jobs=kept_jobs, now=at, stale_after_seconds=STALE_AFTER)
                check(kept_jobs, at, asset_type="crypto", symbol="BTC")
            return cost.requests

        set_alert(ann.user_id, threshold=Decimal(90000))
        alone = cost_of("50001", NOON + STEP)
        for number in range(30):
            condition = ("above", "below")[number % 2]
            line = Decimal(90000 if condition == "above" else 10000)
            set_alert(f"user-{number}", condition=condition, threshold=line + number)

        assert cost_of("50002", NOON + 2 * STEP) == alone

    def test_of_a_run_where_nothing_changed_is_two_requests(self, ann, set_alert, look, kept_jobs):
        set_alert(ann.user_id)
        look("50001", NOON + STEP)

        with dynamo.counting() as cost:
            alert_checks.check_alerts(
                jobs=kept_jobs, now=NOON + STEP, stale_after_seconds=STALE_AFTER
            )

        assert cost.requests == 2
