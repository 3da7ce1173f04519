"""Do feeds reach WebSockets through API Gateway, with both functions on Lambda? The local AWS runs all three."""

import asyncio
import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import boto3
import pytest

from app.feeds import service as feeds
from tests.feeds_client import Reader, in_order, until

ROOT = Path(__file__).parents[2]
STAGE = "dev"
SECONDS = 40
# A function as `make package` makes one holds what stands in these folders.
SHIM = f"""\
import sys
sys.path[:0] = {[str(ROOT), *(str(one) for one in (ROOT / ".venv/lib").glob("python3*/site-packages"))]!r}
from {{module}} import handler
"""


def zipped(module):
    found = io.BytesIO()
    with zipfile.ZipFile(found, "w") as archive:
        archive.writestr("shim.py", SHIM.format(module=module))
    return found.getvalue()


class Gateway:
    """A WebSocket API, the API's function behind it, and the worker's function behind the queue."""

    def __init__(self, url, queue_arn):
        given = {
            "endpoint_url": url,
            "region_name": "us-east-1",
            "aws_access_key_id": "test",
            "aws_secret_access_key": "test",
        }
        self.url = url
        self.functions = boto3.client("lambda", **given)
        self.apis = boto3.client("apigatewayv2", **given)
        self.api_id = self.apis.create_api(
            Name="feeds", ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action"
        )["ApiId"]
        self.apis.create_stage(ApiId=self.api_id, StageName=STAGE, AutoDeploy=True)
        api = self.function("feeds-api", "app.entrypoints.lambda_http")
        integration = self.apis.create_integration(
            ApiId=self.api_id,
            IntegrationType="AWS_PROXY",
            IntegrationUri=f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{api}/invocations",
        )["IntegrationId"]
        for route in ("$connect", "$disconnect", "$default"):
            self.apis.create_route(
                ApiId=self.api_id, RouteKey=route, Target=f"integrations/{integration}"
            )
        self.function("feeds-worker", "tasks.lambda_worker")
        self.source = self.functions.create_event_source_mapping(
            FunctionName="feeds-worker",
            EventSourceArn=queue_arn,
            BatchSize=10,
            FunctionResponseTypes=["ReportBatchItemFailures"],
        )["UUID"]

    def function(self, name, module):
        made = self.functions.create_function(
            FunctionName=name,
            Runtime="python3.11",
            Role="arn:aws:iam::000000000000:role/feeds",
            Handler="shim.handler",
            Code={"ZipFile": zipped(module)},
            Timeout=60,
            Environment={
                "Variables": {
                    "ENV": "local",
                    "AWS_ENDPOINT_URL": self.url,
                    "WEBSOCKET_ENDPOINT_URL": self.connections_url,
                    "PASSWORD_HASH_ROUNDS": "4",
                }
            },
        )
        return made["FunctionArn"]

    @property
    def connections_url(self):
        return f"{self.url}/_aws/execute-api/{self.api_id}/{STAGE}"

    def socket_url(self, channel, token):
        base = self.connections_url.replace("http", "ws", 1)
        return f"{base}?channel={channel}&token={token}"

    def remove(self):
        self.functions.delete_event_source_mapping(UUID=self.source)
        self.apis.delete_api(ApiId=self.api_id)
        for name in ("feeds-api", "feeds-worker"):
            self.functions.delete_function(FunctionName=name)


@pytest.fixture
def gateway(app, aws, settings):
    queues = boto3.client(
        "sqs",
        endpoint_url=aws.url,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    address = queues.get_queue_url(QueueName=settings.queue_name)["QueueUrl"]
    found = queues.get_queue_attributes(QueueUrl=address, AttributeNames=["QueueArn"])
    made = Gateway(aws.url, found["Attributes"]["QueueArn"])
    yield made
    made.remove()


def happened(app, channel, *amounts):
    """Append, as the product does, and have it pushed."""
    word = {"trades": "trade"}.get(channel, channel)
    events = [feeds.NewEvent(event=word, data={"amount": amount}) for amount in amounts]
    feeds.append(channel=channel, events=events, now=datetime.now(UTC))
    with app.app_context():
        from app.extensions import providers

        feeds.announce(channel=channel, jobs=providers.job_queue)
        providers.job_queue.send_enqueued()


class TestFeedsOnApiGateway:
    def test_come_once_and_in_order_through_reconnections(self, app, gateway, sign_in_as, clock):
        clock.set(datetime.now(UTC))  # which the functions read, too
        token = sign_in_as("viewer").access_token
        asyncio.run(self.follow(app, gateway, token))

    async def follow(self, app, gateway, token):
        happened(app, "equity", "1", "2", "3")
        trades = [Reader(url=gateway.socket_url("trades", token)) for _ in range(3)]
        equity = Reader(url=gateway.socket_url("equity", token), after=None)
        running = [asyncio.create_task(one.follow()) for one in (*trades, equity)]
        await until(lambda: equity.ids == ["3"], seconds=SECONDS, what="the newest comes by itself")
        await until(
            lambda: all(one.connections == 1 for one in trades), seconds=SECONDS, what="all connect"
        )
        for number in range(5):
            await asyncio.to_thread(happened, app, "trades", f"{number}a", f"{number}b")
        await until(
            lambda: all(len(one.ids) >= 10 for one in trades), seconds=SECONDS, what="all are told"
        )
        await trades[0].socket.close()
        await asyncio.to_thread(happened, app, "trades", "while it is away")
        await until(
            lambda: all(len(one.ids) >= 11 for one in trades),
            seconds=SECONDS,
            what="the one that was away catches up",
        )
        assert trades[0].connections == 2
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        assert [one.ids for one in trades] == [in_order(11)] * 3
        assert equity.ids == ["3"]

    def test_refuses_before_the_upgrade(self, app, gateway, sign_up):
        from websockets.exceptions import InvalidHandshake
        from websockets.sync.client import connect

        for channel, token in (("equity", "x"), ("equity", sign_up().access_token)):
            with pytest.raises(InvalidHandshake):
                connect(gateway.socket_url(channel, token), open_timeout=SECONDS)
