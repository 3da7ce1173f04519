"""Do the events of the laptop's Stripe arrive: signed, in order, again and again until they are taken?"""

import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import stripe

from app.local.standins.stripe import webhooks
from tests.local.stripe_server import WEBHOOK_SECRET, WEBHOOK_URL, stripe_served
from tests.local.stripe_shop import Clock, Shop, client_of


class Receiver:
    """An endpoint that answers as it is told, and remembers what came."""

    def __init__(self):
        self.answer = 200
        self.got = []

    def __call__(self, url, body, headers):
        self.got.append((url, body, headers))
        return self.answer

    def types(self):
        return [json.loads(body)["type"] for _, body, _ in self.got]


@pytest.fixture
def receiver():
    return Receiver()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def local(receiver, clock):
    with stripe_served(clock, post=receiver) as made:
        yield made


@pytest.fixture
def client(local):
    return client_of(local).v1


class TestDelivery:
    def test_is_believed_by_the_real_library(self, local, client, receiver, clock):
        client.customers.create({"email": "ä@example.com"})
        assert local.deliver() == 1
        ((url, body, headers),) = receiver.got
        assert url == WEBHOOK_URL
        signature = headers["Stripe-Signature"]
        assert signature.startswith(f"t={int(clock.at.timestamp())},v1=")
        event = stripe.Webhook.construct_event(body, signature, WEBHOOK_SECRET, tolerance=10**9)
        assert event.type == "customer.created"
        with pytest.raises(stripe.SignatureVerificationError):
            stripe.Webhook.construct_event(body, signature, "whsec_other", tolerance=10**9)

    def test_comes_in_the_order_of_the_events_and_once(self, local, client, receiver):
        for number in range(3):
            client.products.create({"name": f"{number}"})
        assert local.deliver() == 3
        names = [json.loads(body)["data"]["object"]["name"] for _, body, _ in receiver.got]
        assert names == ["0", "1", "2"]
        assert local.deliver() == 0
        assert {event["pending_webhooks"] for event in local.events()} == {0}

    @pytest.mark.parametrize("answer", [500, 400, 302, 0])
    def test_is_repeated_later_each_time_and_not_for_ever(
        self, local, client, receiver, clock, answer
    ):
        receiver.answer = answer
        client.customers.create({})
        waits = []
        while local.deliver():
            waited = 0
            while not any(
                row["status"] != "waiting" or row["due_at"] <= local.account.now()
                for row in local.account.deliveries
            ):
                clock.advance(seconds=1)
                waited += 1
            waits.append(waited)
        assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 0]
        assert local.account.deliveries[0]["status"] == "given up"
        receiver.answer = 200
        event = local.events()[0]["id"]
        with local.account.lock:
            assert webhooks.send_again(local.account, event) == 1
        assert local.deliver() == 1
        assert local.account.deliveries[0]["status"] == "delivered"

    def test_is_signed_anew_each_time(self, local, client, receiver, clock):
        receiver.answer = 503
        client.customers.create({})
        local.deliver()
        clock.advance(minutes=10)
        receiver.answer = 200
        local.deliver()
        first, second = (headers["Stripe-Signature"] for _, _, headers in receiver.got)
        assert first != second
        assert second.startswith(f"t={int(clock.at.timestamp())},")

    def test_goes_to_each_endpoint_that_wants_it_with_its_own_secret(self, local, client, receiver):
        made = client.webhook_endpoints.create(
            {"url": "https://example.com/hook", "enabled_events": ["product.created"]}
        )
        client.products.create({"name": "x"})
        client.customers.create({})
        assert local.deliver() == 3
        elsewhere = [row for row in receiver.got if row[0] == "https://example.com/hook"]
        ((_, body, headers),) = elsewhere
        event = stripe.Webhook.construct_event(
            body, headers["Stripe-Signature"], made.secret, tolerance=10**9
        )
        assert event.type == "product.created"
        client.webhook_endpoints.update(made.id, {"disabled": True})
        client.products.create({"name": "y"})
        assert local.deliver() == 1

    def test_ends_with_its_endpoint(self, local, client, receiver):
        made = client.webhook_endpoints.create(
            {"url": "https://example.com/hook", "enabled_events": ["customer.created"]}
        )
        client.customers.create({})
        client.webhook_endpoints.delete(made.id)
        local.deliver()
        assert [url for url, _, _ in receiver.got] == [WEBHOOK_URL]
        assert local.account.deliveries[1]["status"] == "given up"


class TestFault:
    def test_duplicates(self, local, client, receiver):
        client.customers.create({})
        local.set_faults(stripe_webhooks="duplicate")
        local.deliver()
        first, second = receiver.got
        assert first == second

    def test_reorders(self, local, client, receiver):
        client.customers.create({})
        client.products.create({"name": "x"})
        local.set_faults(stripe_webhooks="reorder")
        local.deliver()
        assert receiver.types() == ["product.created", "customer.created"]

    def test_delays(self, local, client, receiver, clock):
        client.customers.create({})
        local.set_faults(stripe_webhooks="delay")
        assert local.deliver() == 0
        clock.advance(seconds=30)
        assert local.deliver() == 1

    @pytest.mark.parametrize("mode", ["hold", "500"])
    def test_holds_back(self, local, client, receiver, mode):
        client.customers.create({})
        local.set_faults(stripe_webhooks=mode)
        assert local.deliver() == 0
        local.set_faults(stripe_webhooks="ok")
        assert local.deliver() == 1


class TestPost:
    def test_asks_a_real_server(self):
        got = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                got.append((self.path, body, self.headers["Stripe-Signature"]))
                self.send_response(int(self.path.strip("/")))
                self.end_headers()

            def log_message(self, *_):
                pass

        server = HTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            url = f"http://127.0.0.1:{server.server_port}"
            headers = {"Stripe-Signature": "t=1,v1=x"}
            assert webhooks.post(f"{url}/204", b"{}", headers) == 204
            assert webhooks.post(f"{url}/503", b"{}", headers) == 503
            assert got == [("/204", b"{}", "t=1,v1=x"), ("/503", b"{}", "t=1,v1=x")]
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    def test_says_when_nobody_answers(self):
        with socket.create_server(("127.0.0.1", 0)) as unused:
            url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        assert webhooks.post(url, b"{}", {}) == 0


class TestKept:
    def test_is_only_so_much(self, clock, monkeypatch):
        monkeypatch.setattr("app.local.standins.stripe.account.EVENTS_KEPT", 3)
        monkeypatch.setattr("app.local.standins.stripe.account.DELIVERIES_KEPT", 2)
        monkeypatch.setattr("app.local.standins.stripe.account.ANSWERS_KEPT", 2)
        with stripe_served(clock) as local:
            Shop(local, clock)
            assert len(local.events()) == 3
            assert len(local.account.deliveries) == 2
            assert len(local.account.answers) <= 3
