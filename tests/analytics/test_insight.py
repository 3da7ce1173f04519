import pytest

from app.analytics import service
from app.analytics.service import insight


class TestShowFunnel:
    def test_refuses_more_than_a_request_can_read(self, teller, monkeypatch):
        for _ in range(3):
            teller.tell()
        teller.roll_up()
        monkeypatch.setattr(insight, "MOST_EXAMINED", 2)

        with pytest.raises(service.TooManyEvents) as refused:
            service.show_funnel(steps=["view", "click"], days=7, now=teller.now())
        assert refused.value.details == {"events": 3, "most": 2}

    def test_shows_nobody_where_nothing_happened(self, teller):
        found = service.show_funnel(steps=["view", "click"], days=7, now=teller.now())
        assert [(step.users, int(step.percentage)) for step in found] == [(0, 0), (0, 0)]

    def test_counts_an_event_at_the_same_moment_as_after(self, teller):
        teller.tell("view", user_id="ada")
        teller.tell("click", user_id="ada")
        found = service.show_funnel(steps=["click", "view"], days=1, now=teller.now())
        assert [step.users for step in found] == [1, 1]


class TestShowRetention:
    def test_refuses_more_than_a_request_can_read(self, teller, monkeypatch):
        for number in range(3):
            teller.tell(user_id=f"u{number}")
        teller.roll_up()
        monkeypatch.setattr(insight, "MOST_EXAMINED", 2)

        with pytest.raises(service.TooManyPeople):
            service.show_retention(event_type="view", returning=None, weeks=2, now=teller.now())
