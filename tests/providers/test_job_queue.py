"""What the product may rely on, whoever carries its work."""

import json
import socket
import threading
from collections.abc import Iterator
from contextvars import copy_context
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from app.providers.job_queue import message
from app.providers.job_queue.interface import GiveUp, JobQueue, MessageTooLarge, TryAgain
from app.providers.job_queue.sqs import SqsJobQueue
from tests.providers.queues import fresh, queue, received, sqs

__all__ = ["fresh", "queue", "received", "sqs"]

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def counts(sqs, queue):
    def count() -> tuple[int, int]:
        found = sqs.get_queue_attributes(QueueUrl=queue.queue_url, AttributeNames=["All"])
        prefix = "ApproximateNumberOfMessages"
        attributes = found["Attributes"]
        return int(attributes[prefix]), int(attributes[prefix + "Delayed"])

    return count


def arguments(envelope: dict[str, Any]) -> dict[str, Any]:
    _, keywords, _ = json.loads(envelope["body"])
    return dict(keywords)


class TestEnqueue:
    def test_keeps_work_until_it_is_sent(self, queue, counts, received):
        queue.enqueue("prices.refresh_symbols", {"symbols": ["AAPL"]})
        assert counts() == (0, 0)
        queue.send_enqueued()
        [sent] = received()
        assert sent["headers"]["task"] == "prices.refresh_symbols"
        assert arguments(sent) == {"symbols": ["AAPL"]}

    def test_sends_once(self, queue, received):
        queue.enqueue("a.b")
        queue.send_enqueued()
        queue.send_enqueued()
        assert len(received()) == 1

    def test_sends_any_number_in_order_of_batches(self, queue, received):
        for number in range(25):
            queue.enqueue("a.b", {"number": number})
        queue.send_enqueued()
        assert sorted(arguments(sent)["number"] for sent in received()) == list(range(25))

    def test_keeps_what_fits_into_no_common_request_apart(self, queue, received):
        for number in range(5):
            queue.enqueue("a.b", {"number": number, "text": "x" * 100_000})
        queue.send_enqueued()
        assert sorted(arguments(sent)["number"] for sent in received()) == list(range(5))

    def test_forgets_what_is_discarded(self, queue, received):
        queue.enqueue("a.b")
        queue.discard_enqueued()
        queue.send_enqueued()
        assert received() == []

    def test_refuses_more_than_the_queue_carries(self, queue):
        with pytest.raises(MessageTooLarge, match=r"a\.b takes"):
            queue.enqueue("a.b", {"text": "x" * 262_144})

    def test_refuses_arguments_that_are_not_json(self, queue):
        with pytest.raises(TypeError):
            queue.enqueue("a.b", {"at": NOON})

    def test_holds_work_back(self, queue, counts):
        queue.enqueue("a.b", delay_seconds=60)
        queue.send_enqueued()
        assert counts() == (0, 1)

    def test_keeps_threads_apart(self, queue, received):
        queue.enqueue("a.mine")

        def other_request() -> None:
            queue.enqueue("a.other")
            queue.discard_enqueued()

        thread = threading.Thread(target=other_request)
        thread.start()
        thread.join()
        queue.send_enqueued()
        assert [sent["headers"]["task"] for sent in received()] == ["a.mine"]

    def test_keeps_contexts_apart(self, queue, received):
        copy_context().run(queue.enqueue, "a.other")
        queue.send_enqueued()
        assert received() == []

    def test_keeps_queues_apart(self, queue, received):
        other = SqsJobQueue(queue_name="other", region="us-east-1")
        other.enqueue("a.other")
        queue.enqueue("a.mine")
        queue.send_enqueued()
        other.discard_enqueued()
        assert [sent["headers"]["task"] for sent in received()] == ["a.mine"]


class TestAsk:
    def test_sends_at_once_and_nothing_else(self, queue, received):
        queue.enqueue("a.later")
        queue.ask("a.now", {"number": 1})
        assert [sent["headers"]["task"] for sent in received()] == ["a.now"]


class TestPostpone:
    def test_sends_the_same_message_later(self, queue, counts):
        queue.postpone("{}", delay_seconds=7_200)
        assert counts() == (0, 1)


class TestDeadLetters:
    @pytest.fixture
    def bury(self, sqs, queue):
        url = sqs.get_queue_url(QueueName=queue.dead_letter_queue_name)["QueueUrl"]
        return lambda body: sqs.send_message(QueueUrl=url, MessageBody=body)

    def written(self, task: str) -> str:
        return message.written(
            task=task, arguments={}, queue_name="q", delay_seconds=0, now=NOON
        ).body

    def test_are_listed_and_stay(self, queue, bury):
        bury(self.written("a.b"))
        for _ in range(2):
            [letter] = queue.list_dead_letters(limit=10)
            assert letter.task == "a.b"
            assert letter.task_id
            assert datetime.now(UTC) - letter.sent_at < timedelta(minutes=1)

    @pytest.mark.parametrize(
        "body", ["garbage", "{}", '{"headers": [1]}', '{"headers": {"task": 1}}']
    )
    def test_are_listed_when_they_cannot_be_read(self, queue, bury, body):
        bury(body)
        [letter] = queue.list_dead_letters(limit=10)
        assert (letter.task, letter.task_id) == (None, None)

    def test_are_listed_up_to_the_limit(self, queue, bury):
        for _ in range(13):
            bury("x")
        assert len(queue.list_dead_letters(limit=12)) == 12
        assert len({letter.message_id for letter in queue.list_dead_letters(limit=50)}) == 13

    def test_are_sent_again(self, queue, bury, received):
        for number in range(12):
            bury(self.written(f"a.b{number}"))
        assert queue.redrive(limit=11) == 11
        assert len(queue.list_dead_letters(limit=50)) == 1
        assert len(received()) == 11

    def test_are_none_at_first(self, queue):
        assert queue.list_dead_letters(limit=10) == []
        assert queue.redrive(limit=10) == 0

    def test_are_given_up_on_after_the_fifth_time(self, queue, sqs):
        queue.ask("a.b")
        for _ in range(5):
            assert sqs.receive_message(QueueUrl=queue.queue_url, VisibilityTimeout=0)["Messages"]
        assert "Messages" not in sqs.receive_message(QueueUrl=queue.queue_url)
        assert len(queue.list_dead_letters(limit=10)) == 1


class TestEnsureQueues:
    def test_makes_each_once(self, fresh):
        name = fresh.queue_name
        assert fresh.ensure_queues() == [
            *(f"{name}-dead", name),
            *(f"{name}-analysis-dead", f"{name}-analysis"),
        ]
        assert fresh.ensure_queues() == []

    def test_sets_how_long_a_message_is_hidden(self, fresh, aws_server, settings, sqs):
        for seconds in (60, 5):
            made = SqsJobQueue(
                queue_name=fresh.queue_name,
                region=settings.region,
                endpoint_url=aws_server.url,
                visibility_seconds=seconds,
            )
            made.ensure_queues()
            found = sqs.get_queue_attributes(QueueUrl=made.queue_url, AttributeNames=["All"])
            assert found["Attributes"]["VisibilityTimeout"] == str(seconds)


class Answers(BaseHTTPRequestHandler):
    """SQS, as it answers on a bad day: to each request the next of `server.script`."""

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        operation = self.headers["X-Amz-Target"].split(".")[1]
        server: Any = self.server
        if operation == "GetQueueUrl":
            return self.answer(200, {"QueueUrl": "http://127.0.0.1/0/q"})
        server.requests.append(request)
        status, answer = server.script.pop(0) if server.script else (200, {})
        return self.answer(status, answer)

    def answer(self, status: int, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Nothing is printed."""


@pytest.fixture
def bad_day() -> Iterator[Any]:
    server: Any = HTTPServer(("127.0.0.1", 0), Answers)
    server.script, server.requests = [], []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def troubled(aws_server, bad_day) -> Iterator[JobQueue]:
    port = bad_day.server_port
    made = SqsJobQueue(queue_name="q", region="us-east-1", endpoint_url=f"http://127.0.0.1:{port}")
    yield made
    made.discard_enqueued()


def failed(*ids: str, by_sender: bool = False) -> tuple[int, dict[str, Any]]:
    entries = [{"Id": one, "SenderFault": by_sender, "Code": "Oops"} for one in ids]
    return 200, {"Successful": [], "Failed": entries}


class TestTrouble:
    def test_sends_again_only_what_failed(self, troubled, bad_day):
        for number in range(3):
            troubled.enqueue("a.b", {"number": number})
        bad_day.script += [failed("1"), failed("0")]
        troubled.send_enqueued()
        bodies = [
            [arguments(json.loads(entry["MessageBody"]))["number"] for entry in request["Entries"]]
            for request in bad_day.requests
        ]
        assert bodies == [[0, 1, 2], [1], [1]]
        troubled.send_enqueued()
        assert len(bad_day.requests) == 3

    def test_keeps_what_failed_to_the_end(self, troubled, bad_day):
        troubled.enqueue("a.sent")
        troubled.enqueue("a.unsent")
        bad_day.script += [failed("1"), failed("0"), failed("0"), failed("0")]
        with pytest.raises(TryAgain, match="1 messages"):
            troubled.send_enqueued()
        troubled.send_enqueued()
        [last] = bad_day.requests[-1]["Entries"]
        assert json.loads(last["MessageBody"])["headers"]["task"] == "a.unsent"

    def test_gives_up_where_the_message_is_at_fault(self, troubled, bad_day):
        troubled.enqueue("a.b")
        bad_day.script += [failed("0", by_sender=True)]
        with pytest.raises(GiveUp, match="Oops"):
            troubled.send_enqueued()
        assert len(bad_day.requests) == 1

    @pytest.mark.parametrize(
        ("status", "code", "kind"),
        [
            (500, "InternalFailure", TryAgain),
            (400, "RequestThrottled", TryAgain),
            (403, "AccessDenied", GiveUp),
        ],
    )
    def test_tells_what_passes_from_what_lasts(self, troubled, bad_day, status, code, kind):
        bad_day.script += [(status, {"__type": code})] * 3
        with pytest.raises(kind, match=code):
            troubled.ask("a.b")

    def test_is_not_waited_for_for_long(self, aws_server):
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            port = closed.getsockname()[1]
        gone = SqsJobQueue(
            queue_name="q", region="us-east-1", endpoint_url=f"http://127.0.0.1:{port}"
        )
        with pytest.raises(TryAgain, match="did not answer"):
            gone.ask("a.b")


class TestWritten:
    def written(self, delay_seconds: float) -> message.Message:
        return message.written(
            task="a.b", arguments={}, queue_name="q", delay_seconds=delay_seconds, now=NOON
        )

    @pytest.mark.parametrize(
        ("wanted", "held_back", "eta"),
        [
            (0, 0, None),
            (0.2, 1, None),
            (900, 900, None),
            (901, 900, "2026-11-21T12:15:01+00:00"),
            (86_400, 900, "2026-11-22T12:00:00+00:00"),
        ],
    )
    def test_leaves_to_the_eta_what_the_queue_cannot_hold_back(self, wanted, held_back, eta):
        made = self.written(wanted)
        assert made.delay_seconds == held_back
        assert json.loads(made.body)["headers"]["eta"] == eta

    def test_hides_arguments_from_logs(self):
        headers = json.loads(self.written(0).body)["headers"]
        assert (headers["argsrepr"], headers["kwargsrepr"]) == ("hidden", "hidden")


class TestBatches:
    def sized(self, size: int) -> message.Message:
        return message.Message(queue_name="q", body="x" * size, delay_seconds=0)

    @pytest.mark.parametrize(
        ("sizes", "expected"),
        [
            ([], []),
            ([1] * 11, [10, 1]),
            ([200_000, 62_144, 1], [2, 1]),
            ([262_144, 262_144], [1, 1]),
        ],
    )
    def test_hold_what_one_request_takes(self, sizes, expected):
        made = message.batches(tuple(self.sized(size) for size in sizes))
        assert [len(batch) for batch in made] == expected
