from datetime import timedelta

import pytest

from app.providers.job_queue.interface import TryAgain as QueueDown
from app.usage import service as usage
from app.workspace.models import Message
from tests.conftest import NOON
from tests.workspace.chatting import (
    BY_REGION,
    CUT,
    ToldModel,
    analyses_of,
    ask,
    history,
    impatience,
    queries,
    says,
    session,
    worker,
)
from tests.workspace.conftest import make_project, make_session, send_file

__all__ = ["impatience", "session", "worker"]


class TestRegenerate:
    def again(self, client, person, message_id):
        return client.post(f"/messages/{message_id}/regenerate", headers=person.headers)

    def test_answers_a_failed_question(self, client, owner, session, worker):
        worker.model = ToldModel(CUT, says("Shorter."))
        failed = ask(client, owner, session).json["ai_response"]

        answer = self.again(client, owner, failed["id"])

        said = answer.json["ai_response"]
        assert (answer.status_code, said["id"]) == (200, failed["id"])
        assert (said["content"], said["status"], said["error"]) == ("Shorter.", "completed", None)
        assert analyses_of(client, owner) == 1

    def test_costs_a_unit_each_time(self, client, owner, session, worker):
        worker.model = ToldModel(says("One."), says("Two."), says("Three."))
        made = ask(client, owner, session).json["ai_response"]

        self.again(client, owner, made["id"])
        self.again(client, owner, made["id"])

        assert history(client, owner, session)[-1]["content"] == "Three."
        assert analyses_of(client, owner) == 3

    def test_waits_for_the_answer_that_is_to_come(self, client, owner, session, worker):
        worker.asleep = True
        pending = ask(client, owner, session).json["ai_response"]

        refused = self.again(client, owner, pending["id"])

        assert (refused.status_code, refused.json["error_code"]) == (409, "STILL_ANSWERING")

    def test_needs_an_answer_of_ones_own(self, client, owner, stranger, session, worker):
        worker.model = ToldModel(says("One."))
        made = ask(client, owner, session).json

        assert self.again(client, owner, made["user_message"]["id"]).status_code == 409
        assert self.again(client, stranger, made["ai_response"]["id"]).status_code == 404


class TestRerun:
    def rerun(self, client, person, message_id):
        return client.post(f"/messages/{message_id}/rerun", headers=person.headers)

    @pytest.fixture
    def answered(self, client, owner, session, worker):
        worker.model = ToldModel(queries(BY_REGION), says("South sold most."))
        return ask(client, owner, session).json["ai_response"]

    def test_says_that_nothing_changed(self, client, owner, answered):
        found = self.rerun(client, owner, answered["id"])

        assert (found.status_code, found.json["status"], found.json["matches"]) == (
            200,
            "completed",
            True,
        )
        (citation,) = found.json["citations"]
        assert citation["matches"]
        assert citation["previous_hash"] == citation["result_hash"]
        assert citation["rows"] == answered["citations"][0]["rows"]
        assert analyses_of(client, owner) == 1

    def test_says_what_is_gone(self, client, owner, session, answered):
        client.delete(f"/files/{session['file_id']}", headers=owner.headers)

        found = self.rerun(client, owner, answered["id"]).json

        assert not found["matches"]
        assert "no table 'sales'" in found["citations"][0]["problem"]

    def test_answers_202_while_it_runs(self, client, owner, answered, worker, clock):
        worker.asleep = True

        first = self.rerun(client, owner, answered["id"])
        second = self.rerun(client, owner, answered["id"])
        clock.advance(121)
        third = self.rerun(client, owner, answered["id"])

        assert [one.status_code for one in (first, second, third)] == [202] * 3
        assert first.json["id"] == second.json["id"] != third.json["id"]

    def test_begins_anew_where_no_worker_was_reached(
        self, client, owner, answered, worker, monkeypatch
    ):
        def down(*_):
            raise QueueDown("down")

        with monkeypatch.context() as patched:
            patched.setattr(worker, "ask", down)
            assert self.rerun(client, owner, answered["id"]).status_code == 503
        assert self.rerun(client, owner, answered["id"]).json["matches"]

    def test_needs_a_query(self, client, owner, session, worker):
        worker.model = ToldModel(says("Hello."), CUT)
        said = ask(client, owner, session).json["ai_response"]
        failed = ask(client, owner, session).json["ai_response"]

        assert self.rerun(client, owner, said["id"]).json["error_code"] == "NOTHING_TO_RERUN"
        assert self.rerun(client, owner, failed["id"]).json["error_code"] == "NOT_AN_ANSWER"


class TestFeedback:
    def rate(self, client, person, message_id, **body):
        return client.post(f"/messages/{message_id}/feedback", json=body, headers=person.headers)

    def test_is_kept_and_can_change(self, client, owner, session, worker):
        worker.model = ToldModel(says("Hello."))
        said = ask(client, owner, session).json["ai_response"]

        assert self.rate(client, owner, said["id"], rating="up", comment="Yes").status_code == 200
        changed = self.rate(client, owner, said["id"], rating="down")

        assert changed.json["rating"] == "down"
        assert Message.of(said["id"]).comment is None

    def test_is_about_answers(self, client, owner, stranger, session, worker):
        worker.model = ToldModel(says("Hello."), CUT)
        made = ask(client, owner, session).json
        failed = ask(client, owner, session).json["ai_response"]

        assert self.rate(client, owner, made["user_message"]["id"], rating="up").status_code == 409
        assert self.rate(client, owner, failed["id"], rating="up").status_code == 409
        assert self.rate(client, owner, made["ai_response"]["id"], rating="ok").status_code == 422
        other = self.rate(client, stranger, made["ai_response"]["id"], rating="up")
        assert other.status_code == 404


class TestChart:
    def draw(self, client, person, message_id):
        return client.get(f"/messages/{message_id}/chart.svg", headers=person.headers)

    @pytest.mark.parametrize(
        ("sql", "chart", "shown"),
        [
            (BY_REGION, None, "South"),
            (
                "SELECT sold_on, amount FROM sales",
                {"kind": "line", "title": "Sales", "x": "sold_on", "y": ["amount"]},
                "Sales",
            ),
            (
                "SELECT amount, amount * 2 AS twice FROM sales",
                {"kind": "scatter", "x": "amount", "y": ["twice"]},
                "twice",
            ),
        ],
    )
    def test_is_drawn_of_a_result(self, client, owner, session, worker, sql, chart, shown):
        worker.model = ToldModel(queries(sql, chart=chart), says("See the picture."))
        said = ask(client, owner, session).json["ai_response"]

        picture = self.draw(client, owner, said["id"])

        assert said["has_chart"]
        assert picture.status_code == 200
        assert picture.mimetype == "image/svg+xml"
        assert shown in picture.text

    def test_is_not_there_without_one(self, client, owner, stranger, session, worker):
        worker.model = ToldModel(says("Hello."))
        said = ask(client, owner, session).json["ai_response"]

        assert self.draw(client, owner, said["id"]).json["error_code"] == "NO_CHART"
        assert self.draw(client, stranger, said["id"]).json["error_code"] == "MESSAGE_NOT_FOUND"

    def test_holds_no_markup_of_a_cell(self, client, owner, worker):
        project = make_project(client, owner)
        rows = "".join(f"<script>{at}</script>,{at}\n" for at in "123")
        send_file(client, owner, project["id"], f"name,amount\n{rows}".encode())
        session = make_session(client, owner, project["id"])
        worker.model = ToldModel(queries("SELECT name, amount FROM sales"), says("See."))

        said = ask(client, owner, session).json["ai_response"]

        assert "<script>" not in self.draw(client, owner, said["id"]).text


class TestSuggestions:
    def test_are_about_the_columns(self, client, owner, stranger, session):
        where = f"/sessions/{session['id']}/suggestions"

        found = client.get(where, headers=owner.headers).json["suggestions"]

        assert found[0] == "What is the total amount by region?"
        assert "How did amount develop by month of sold_on?" in found
        assert client.get(where, headers=stranger.headers).status_code == 404

    def test_are_none_without_tables(self, client, owner, worker):
        project = make_project(client, owner)
        session = make_session(client, owner, project["id"])

        found = client.get(f"/sessions/{session['id']}/suggestions", headers=owner.headers)

        assert found.json == {"suggestions": []}


class TestPortfolio:
    def test_is_a_table_of_a_project_that_wants_it(self, client, owner, session, worker):
        client.post(
            "/portfolio/assets",
            json={
                "asset_type": "crypto",
                "symbol": "BTC",
                "quantity": "0.5",
                "purchase_price": "30000",
                "purchase_date": "2024-01-01",
            },
            headers=owner.headers,
        )
        changed = client.put(
            f"/projects/{session['project_id']}",
            json={"live_tables": ["portfolio"]},
            headers=owner.headers,
        )
        assert changed.json["live_tables"] == ["portfolio"]
        sql = "SELECT symbol, quantity * purchase_price AS paid FROM portfolio"
        worker.model = ToldModel(queries(sql), says("You paid 15,000 for BTC."))

        said = ask(client, owner, session).json["ai_response"]

        (citation,) = said["citations"]
        assert citation["rows"] == [["BTC", 15000]]
        assert (citation["file_ids"], citation["live_tables"]) == ([], ["portfolio"])
        assert said["unverified"] == []
        found = client.get(f"/sessions/{session['id']}/suggestions", headers=owner.headers)
        assert any("portfolio" in one for one in found.json["suggestions"])

    def test_knows_no_other_table(self, client, owner, session):
        refused = client.put(
            f"/projects/{session['project_id']}",
            json={"live_tables": ["users"]},
            headers=owner.headers,
        )
        assert refused.status_code == 422


def test_units_of_lost_answers_come_back(client, owner, session, worker):
    worker.asleep = True
    ask(client, owner, session)
    assert analyses_of(client, owner) == 1

    usage.give_back_lapsed(now=NOON + timedelta(hours=13))

    assert analyses_of(client, owner) == 0
