"""Do analytics hear of questions, and of nothing that stands in them?"""

from app.analytics import service as analytics
from app.workspace.service import asking
from tests.workspace.chatting import ToldModel, ask, impatience, says, session, worker

__all__ = ["impatience", "session", "worker"]


class TestAskQuestion:
    def test_is_told_to_analytics_once_and_without_its_words(
        self, client, owner, session, worker, clock
    ):
        worker.model = ToldModel(says("Hello."))

        ask(client, owner, session, "How much did we sell?")

        told = analytics.show_own(
            user_id=owner.user_id, event_type="question_asked", days=1, now=clock.now()
        )
        assert [event.event_data for event in told.events] == [{"plan": "free"}]
        assert told.total_events == 1

    def test_is_not_told_to_analytics_where_nothing_is_stored(
        self, client, owner, session, worker, monkeypatch, clock
    ):
        monkeypatch.setattr(asking, "MOST_MESSAGES", 1)

        assert ask(client, owner, session).status_code == 409

        told = analytics.show_all(event_type="question_asked", days=1, now=clock.now())
        assert told.total_events == 0
