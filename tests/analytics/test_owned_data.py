from datetime import timedelta

import pytest

from app.analytics import service
from app.analytics.models import EventBundle, Link, PersonDays, Rollup

DAY = timedelta(days=1)


@pytest.fixture
def ada(teller):
    """Had events as a visitor and as a user, which are rolled up, and one that is not."""
    teller.tell(anonymous_id="v1", ago=2 * DAY)
    teller.tell(user_id="ada", anonymous_id="v1", event_data={"name": "Ada"}, ago=DAY)
    teller.tell(user_id="bob", ago=DAY)
    teller.roll_up()
    teller.tell(user_id="ada", event_data={"name": "Ada"})
    return "ada"


class TestExportOwnedBy:
    def test_tells_of_every_event_of_the_user(self, ada):
        found = service.export_owned_by(user_id=ada)["events"]
        assert [(event["event_type"], event["event_data"]) for event in found] == [
            ("view", {"name": "Ada"})
        ] * 2

    def test_tells_nothing_of_others(self, ada):
        assert service.export_owned_by(user_id="cyd") == {"events": []}


class TestEraseOwnedBy:
    def test_leaves_nothing_that_names_the_user(self, ada):
        for _ in range(2):
            service.erase_owned_by(user_id=ada)

        rows = [
            row.to_dynamodb_dict()
            for model in (EventBundle, PersonDays, Link, Rollup)
            for row in model.scan()
        ]
        assert rows
        assert "ada" not in str(rows)
        assert "Ada" not in str(rows)
        assert service.export_owned_by(user_id=ada) == {"events": []}

    def test_changes_no_sum_even_when_made_anew(self, teller, ada):
        before = teller.counts()
        assert before == ({"11-18": 1, "11-19": 2, "11-20": 1}, 2)
        service.erase_owned_by(user_id=ada)
        for ago in (0, 1, 2):
            teller.tell(ago=ago * DAY)  # so that each day is counted again
        teller.roll_up()

        assert teller.counts() == ({"11-18": 2, "11-19": 3, "11-20": 2}, 2)
        assert teller.counts(user_id=ada) == ({}, 0)
