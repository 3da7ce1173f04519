"""What a task may rely on, whichever runs it: `celery -A tasks worker` or the Lambda handler."""

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.tasks.patience import VISIBILITY_SECONDS, eventually

Facts = list[dict[str, Any]]


def moment(seconds_from_now: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds_from_now)).isoformat()


def read(ledger: Path) -> Facts:
    lines = ledger.read_text().splitlines() if ledger.exists() else []
    return [json.loads(line) for line in lines]


def written(ledger: Path, count: int) -> Facts:
    """What the ledger says once it holds `count` lines."""
    eventually(lambda: len(read(ledger)) >= count)
    return read(ledger)


class TestTask:
    def test_runs_what_the_api_enqueues(self, runner, ledger):
        runner.queue.enqueue("contract.note", {"ledger": str(ledger), "text": "é€😀"})
        assert not read(ledger)
        runner.queue.send_enqueued()
        assert [fact["text"] for fact in written(ledger, 1)] == ["é€😀"]
        eventually(runner.is_idle)

    def test_runs_what_the_api_asks_for_at_once(self, runner, ledger):
        runner.queue.ask("contract.note", {"ledger": str(ledger), "text": "now"})
        assert [fact["text"] for fact in written(ledger, 1)] == ["now"]

    def test_reads_a_message_in_base64(self, runner, ledger):
        payload: list[Any] = [[], {"ledger": str(ledger), "text": "wrapped"}, None]
        envelope = {
            "body": base64.b64encode(json.dumps(payload).encode()).decode(),
            "content-type": "application/json",
            "content-encoding": "utf-8",
            "headers": {"task": "contract.note", "id": "1"},
            "properties": {"body_encoding": "base64", "delivery_info": {}, "delivery_tag": "1"},
        }
        runner.send_raw(base64.b64encode(json.dumps(envelope).encode()).decode())
        assert [fact["text"] for fact in written(ledger, 1)] == ["wrapped"]

    def test_runs_a_chain_in_order(self, runner, ledger):
        runner.send("contract.start_chain", ledger=str(ledger))
        assert [fact["total"] for fact in written(ledger, 1)] == [7]
        eventually(runner.is_idle)

    def test_is_logged_without_its_arguments(self, runner, ledger):
        runner.send("contract.note", headers={"id": "logged"}, ledger=str(ledger), text="s3cret")
        [line] = eventually(lambda: runner.logged(message="tasks.finished", task_id="logged"))
        assert line["task"] == "contract.note"
        assert line["outcome"] == "succeeded"
        assert line["retries"] == 0
        assert line["duration_ms"] > 0
        assert "s3cret" not in runner.log.read_text()


class TestRetry:
    def test_comes_after_its_countdown_and_not_before(self, runner, ledger):
        runner.send("contract.retry", ledger=str(ledger), countdown=1)
        first, second = written(ledger, 2)
        assert [first["retries"], second["retries"]] == [0, 1]
        assert second["at"] - first["at"] >= 1
        eventually(runner.is_idle)
        assert len(read(ledger)) == 2

    def test_backs_off_by_itself(self, runner, ledger):
        runner.send("contract.back_off", headers={"id": "patient"}, ledger=str(ledger))
        assert [fact["retries"] for fact in written(ledger, 3)] == [0, 1, 2]
        eventually(lambda: len(runner.logged(message="tasks.finished", task_id="patient")) == 3)
        outcomes = [line["outcome"] for line in runner.logged(task_id="patient")]
        assert outcomes == ["retrying", "retrying", "succeeded"]


class TestDelay:
    def test_holds_a_task_back_in_the_queue(self, runner, ledger):
        began = datetime.now(UTC).timestamp()
        runner.queue.enqueue(
            "contract.note", {"ledger": str(ledger), "text": "late"}, delay_seconds=1
        )
        runner.queue.send_enqueued()
        assert runner.counts()["delayed"] == 1
        [fact] = written(ledger, 1)
        assert fact["at"] - began >= 1

    def test_sends_on_a_task_that_comes_before_its_time(self, runner, ledger):
        eta = moment(2.5)
        runner.send("contract.note", headers={"eta": eta}, ledger=str(ledger), text="due")
        eventually(lambda: runner.counts()["delayed"] == 1)
        [fact] = written(ledger, 1)
        # SQS counts whole seconds, so one that is due within a second is not sent on.
        assert fact["at"] >= datetime.fromisoformat(eta).timestamp() - 1
        eventually(runner.is_idle)
        assert len(read(ledger)) == 1

    def test_sends_on_a_task_again_and_again_for_hours(self, runner, ledger):
        runner.send("contract.note", headers={"eta": moment(7_200)}, ledger=str(ledger), text="x")
        eventually(lambda: runner.counts() == {"waiting": 0, "running": 0, "delayed": 1})
        assert not read(ledger)

    def test_holds_back_what_a_task_sends_for_hours(self, runner, ledger):
        runner.send("contract.start_later", ledger=str(ledger), countdown=7_200)
        eventually(lambda: runner.counts() == {"waiting": 0, "running": 0, "delayed": 1})
        assert not read(ledger)


class TestExpiry:
    def test_drops_a_task_that_comes_too_late(self, runner, ledger):
        runner.send("contract.note", headers={"expires": moment(-1)}, ledger=str(ledger), text="x")
        eventually(runner.is_idle)
        assert not read(ledger)
        assert not runner.dead()

    def test_runs_a_task_that_comes_in_time(self, runner, ledger):
        runner.send("contract.note", headers={"expires": moment(60)}, ledger=str(ledger), text="x")
        assert written(ledger, 1)


class TestEnqueue:
    def test_sends_after_the_task_succeeded(self, runner, ledger):
        runner.send("contract.enqueue", ledger=str(ledger), text="follows", failing=False)
        assert [fact["text"] for fact in written(ledger, 1)] == ["follows"]

    def test_forgets_what_a_failed_try_enqueued(self, runner, ledger):
        runner.send("contract.enqueue", ledger=str(ledger), text="follows", failing=True)
        assert [fact["text"] for fact in written(ledger, 2)] == ["failed", "follows"]
        eventually(runner.is_idle)
        assert len(read(ledger)) == 2


class TestFailure:
    def test_ends_among_the_dead_letters_and_spares_the_rest_of_its_batch(self, runner, tmp_path):
        failing, fine = tmp_path / "failing", tmp_path / "fine"
        runner.queue.enqueue("contract.fail", {"ledger": str(failing)})
        for number in range(4):
            runner.queue.enqueue("contract.note", {"ledger": str(fine), "text": str(number)})
        runner.queue.send_enqueued()
        eventually(lambda: runner.dead() == 1)
        assert [fact["text"] for fact in read(failing)] == ["tried", "tried"]
        assert sorted(fact["text"] for fact in read(fine)) == ["0", "1", "2", "3"]
        [letter] = runner.queue.list_dead_letters(limit=10)
        assert letter.task == "contract.fail"

    def test_of_the_whole_process_runs_the_task_again(self, runner, ledger):
        runner.send("contract.die_once", ledger=str(ledger))
        assert [fact["text"] for fact in written(ledger, 3)] == ["began", "began", "ended"]
        eventually(runner.is_idle)
        assert not runner.dead()

    def test_of_a_process_that_outlasted_its_message_harms_nothing(self, runner, tmp_path):
        slow, fine, deaths = tmp_path / "slow", tmp_path / "fine", runner.deaths()
        runner.send("contract.die_late", ledger=str(slow), seconds=VISIBILITY_SECONDS + 1)
        assert [fact["text"] for fact in written(slow, 3)] == ["began", "began", "ended"]
        eventually(lambda: runner.deaths() > deaths)
        runner.send("contract.note", ledger=str(fine), text="alive")
        assert written(fine, 1)
        eventually(runner.is_idle)
        assert not runner.dead()


class TestPoison:
    def test_ends_among_the_dead_letters_and_harms_nothing(self, runner, ledger):
        headers = {"task": "contract.note", "id": "1"}
        good = {"headers": headers, "properties": {}, "content-type": "application/json"}
        poison = [
            "garbage",
            "[1, 2]",
            '{"properties": 5}',
            '{"properties": {}, "headers": [], "body": 7}',
            base64.b64encode(b"\xff\xfe binary").decode(),
            json.dumps(good),
            json.dumps(good | {"body": "not json"}),
            json.dumps(good | {"body": "[1, 2]"}),
            json.dumps(good | {"body": "[1, 2, 3]"}),
            json.dumps(good | {"body": "[[], {}, {}]", "content-type": "application/x-python"}),
            json.dumps(good | {"body": "[[], {}, {}]", "headers": {"task": "no.such_task"}}),
            json.dumps(
                good | {"body": "[[], {}, {}]", "headers": {"task": "no.such_task", "id": "2"}}
            ),
            json.dumps(good | {"body": "[[], {}, {}]", "headers": {"task": 5, "id": "3"}}),
            json.dumps(good | {"body": "[[], {}, {}]", "headers": headers | {"eta": "soon"}}),
            json.dumps(good | {"body": "[[], {}, {}]", "headers": headers | {"expires": "soon"}}),
        ]
        runner.send("no.other_task", secret="s3cret")
        for body in poison:
            runner.send_raw(body)
        eventually(lambda: runner.dead() == len(poison) + 1, within=40)
        assert "s3cret" not in runner.log.read_text()
        runner.send("contract.note", ledger=str(ledger), text="alive")
        assert written(ledger, 1)
