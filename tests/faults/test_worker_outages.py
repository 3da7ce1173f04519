"""Does a worker live through an outage of its queue, and take up its work by itself?"""

import sys
from pathlib import Path

import pytest

from app.providers.job_queue.sqs import SqsJobQueue
from tests.conftest import wait_until
from tests.faults import fault_proxy
from tests.faults.fault_proxy import BROKEN, HANGING, THROTTLING, UNREACHABLE
from tests.faults.outside import REGION, Aws, started

QUEUE = "investforge-local-jobs"
START_SECONDS = 60
FAILURES = 3  # receives that fail before all is well again
RECOVERY_SECONDS = 30


class TestQueueOutage:
    @pytest.mark.parametrize("fault", [UNREACHABLE, THROTTLING, BROKEN, HANGING])
    def test_stops_no_worker_and_loses_no_task(self, own_aws: Aws, tmp_path: Path, fault: str):
        queue = SqsJobQueue(queue_name=QUEUE, region=REGION, endpoint_url=own_aws.url)
        queue.ensure_queues()
        ledger, log = tmp_path / "ledger", tmp_path / "log"
        command = [sys.executable, "-m", "celery", "-A", "tasks", "worker", "--concurrency", "2"]
        command += ["--include", "tests.tasks.contract_tasks"]

        def noted() -> list[str]:
            return ledger.read_text().splitlines() if ledger.exists() else []

        with fault_proxy.in_front_of(own_aws.url) as proxy, log.open("wb") as output:
            environment = own_aws.environment(AWS_ENDPOINT_URL=proxy.url)
            with started(command, environment=environment, log=output) as worker:
                queue.ask("contract.note", {"ledger": str(ledger), "text": "before"})
                wait_until(lambda: len(noted()) == 1, seconds=START_SECONDS, what="the worker")
                proxy.break_down("sqs", fault)
                wait_until(
                    lambda: proxy.failed["ReceiveMessage"] >= (1 if fault == HANGING else FAILURES),
                    seconds=START_SECONDS,
                    what="a receive",
                )
                queue.ask("contract.note", {"ledger": str(ledger), "text": "meanwhile"})
                proxy.heal()
                wait_until(lambda: len(noted()) == 2, seconds=RECOVERY_SECONDS, what="the task")
                assert worker.poll() is None, log.read_text()[-2_000:]
