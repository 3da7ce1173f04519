import socket
import time

import boto3
import pytest

from app.config import Settings
from app.providers.registry import Providers
from app.providers.socket_gateway.api_gateway import ApiGatewaySockets
from app.providers.socket_gateway.interface import ConnectionGone, GiveUp, TryAgain
from tests.providers.price_sources import told_source


def made(url, *, timeout_seconds=5.0):
    return ApiGatewaySockets(endpoint_url=url, region="us-east-1", timeout_seconds=timeout_seconds)


@pytest.fixture
def gateway():
    with told_source() as source:
        yield source


@pytest.fixture
def api(aws):
    """A WebSocket API whose connections need nobody's leave."""
    client = boto3.client("apigatewayv2", region_name="us-east-1", endpoint_url=aws.url)
    api_id = client.create_api(
        Name="open", ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action"
    )["ApiId"]
    client.create_stage(ApiId=api_id, StageName="dev", AutoDeploy=True)
    integration = client.create_integration(ApiId=api_id, IntegrationType="MOCK")["IntegrationId"]
    client.create_route(ApiId=api_id, RouteKey="$default", Target=f"integrations/{integration}")
    yield f"{aws.url}/_aws/execute-api/{api_id}/dev"
    client.delete_api(ApiId=api_id)


class TestApiGateway:
    def test_says_that_nobody_is_there(self, api):
        with pytest.raises(ConnectionGone):
            made(api).send(connection_id="nobody", text="hello")
        made(api).close(connection_id="nobody")

    @pytest.mark.parametrize(
        ("status", "kind"),
        [
            (410, ConnectionGone),
            (429, TryAgain),
            (500, TryAgain),
            (503, TryAgain),
            (403, GiveUp),
            (413, GiveUp),
        ],
    )
    def test_tells_what_passes_from_what_does_not(self, gateway, status, kind):
        gateway.tell("/@connections/c1", {"message": "no"}, status=status)
        with pytest.raises(kind, match=str(status)) as refusal:
            made(gateway.url).send(connection_id="c1", text="hello")
        assert (type(refusal.value) is kind, len(gateway.asked)) == (True, 1)

    def test_sends_text_as_it_is(self, gateway):
        made(gateway.url + "/dev").send(connection_id="c1=", text='{"é": 1}')
        (asked,) = gateway.asked
        assert (asked.method, asked.path) == ("POST", "/dev/@connections/c1=")

    def test_ends_a_connection(self, gateway):
        made(gateway.url).close(connection_id="c1")
        assert gateway.asked[0].method == "DELETE"
        gateway.tell("/@connections/c2", {"message": "gone"}, status=410)
        made(gateway.url).close(connection_id="c2")

    def test_does_not_wait_for_ever(self):
        with socket.create_server(("127.0.0.1", 0)) as deaf:
            url = f"http://127.0.0.1:{deaf.getsockname()[1]}"
            began = time.monotonic()
            with pytest.raises(TryAgain, match="did not answer"):
                made(url, timeout_seconds=0.3).send(connection_id="c1", text="hello")
            assert time.monotonic() - began < 3


class TestRegistry:
    def test_has_a_gateway_where_there_is_an_address_for_it(self):
        assert Providers(Settings.from_env({})).socket_gateway is None
        given = {"WEBSOCKET_ENDPOINT_URL": "https://a.execute-api.us-east-1.amazonaws.com/dev"}
        assert Providers(Settings.from_env(given)).socket_gateway is not None
