"""Do the laptop's WebSockets let in whom they should, miss nothing, and end with the right code?"""

import json
import socket
import threading
import urllib.error
import urllib.request
from contextlib import contextmanager

import pytest
from botocore.exceptions import EndpointConnectionError
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from werkzeug.serving import make_server

from app.accounts import service as accounts
from app.core import dynamo
from app.feeds import service as feeds
from app.feeds.rules import CHANNELS
from app.local import server
from app.local.sockets import follower, guarded, routes, session
from tests.conftest import wait_until
from tests.feeds.conftest import happened
from tests.feeds.test_reading import expire

OUTAGE = EndpointConnectionError(endpoint_url="http://127.0.0.1")


@pytest.fixture
def quick(monkeypatch):
    """Nobody wants to wait in a test."""
    monkeypatch.setattr(follower, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(follower, "PAUSE_AFTER_TROUBLE_SECONDS", 0.05)
    monkeypatch.setattr(session, "LOOK_SECONDS", 0.05)


@pytest.fixture
def local(app, settings, quick):
    """The laptop's app behind a server with a thread for each connection."""
    made = server.create_app(settings)
    serving = make_server("127.0.0.1", 0, made, threaded=True)
    thread = threading.Thread(target=serving.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    setattr(made, "port", serving.server_port)  # noqa: B010 - an attribute of the test's own
    yield made
    made.extensions[routes.EXTENSION].stop()
    serving.shutdown()
    thread.join()
    serving.server_close()


@pytest.fixture
def viewer(sign_in_as):
    return sign_in_as("viewer")


@pytest.fixture
def reading(local, viewer):
    """Connect to a channel, as the viewer unless told otherwise."""

    @contextmanager
    def open_one(channel="trades", *, token=viewer.access_token, after=None, headers=None):
        query = "&".join(
            f"{name}={value}"
            for name, value in (("token", token), ("after", after))
            if value is not None
        )
        url = f"ws://127.0.0.1:{local.port}/ws/{channel}?{query}"
        with connect(url, additional_headers=headers, open_timeout=20, close_timeout=2) as one:
            yield one

    return open_one


@pytest.fixture
def following(reading):
    """Connect, and be sure that the session has begun."""

    @contextmanager
    def open_one():
        happened("trades", "1")
        with reading(after="0") as one:
            assert got(one, 1) == ["1"]
            yield one

    return open_one


def got(one, count):
    return [json.loads(one.recv(timeout=20))["id"] for _ in range(count)]


def closing(one):
    with pytest.raises(ConnectionClosed):
        one.recv(timeout=20)
    return one.close_code, one.close_reason


class TestSocket:
    def test_sends_the_newest_first_where_it_holds_now(self, reading):
        happened("equity", "1", "2")
        with reading("equity") as one:
            assert json.loads(one.recv(timeout=20)) == {
                "event": "equity",
                "data": {"amount": "2"},
                "id": "2",
            }
            happened("equity", "3")
            assert got(one, 1) == ["3"]

    def test_sends_nothing_first_where_nothing_ever_happened(self, reading):
        with reading("status") as one:
            with pytest.raises(TimeoutError):
                one.recv(timeout=0.3)
            happened("status", "on")
            assert got(one, 1) == ["1"]

    def test_sends_what_happens_from_now_on(self, reading, local):
        happened("trades", "1")
        with reading("trades") as one:
            wait_until(lambda: local.extensions[routes.EXTENSION].readers, seconds=20, what="it")
            happened("trades", "2")
            assert got(one, 1) == ["2"]

    def test_goes_on_after_an_id_whatever_happens_meanwhile(self, reading):
        happened("trades", *map(str, range(50)))
        with reading(after="3") as one:
            happened("trades", *map(str, range(50)))
            assert got(one, 97) == [str(number) for number in range(4, 101)]

    def test_reads_the_log_itself_where_it_is_far_behind(self, reading, monkeypatch):
        monkeypatch.setattr(follower, "REMEMBERED", 5)
        with reading(after="0") as fast:
            happened("trades", *map(str, range(30)))
            assert got(fast, 30)[-1] == "30"
            with reading(after="0") as slow:
                happened("trades", "31")
                assert got(slow, 31) == [str(number) for number in range(1, 32)]

    def test_takes_the_token_from_the_header_too(self, reading, viewer):
        with reading("equity", token=None, headers=viewer.headers) as one:
            happened("equity", "1")
            assert got(one, 1) == ["1"]

    def test_takes_an_api_key(self, reading, viewer, clock):
        _, key = accounts.create_api_key(
            user_id=viewer.user_id,
            name="bot",
            scopes=["trading:read"],
            expires_at=None,
            now=clock.now(),
        )
        with reading("equity", token=None, headers={"X-API-Key": key}) as one:
            happened("equity", "1")
            assert got(one, 1) == ["1"]
        with reading("prices", token=None, headers={"X-API-Key": key}) as one:
            assert closing(one)[0] == 1008

    @pytest.mark.parametrize("channel", [*CHANNELS, "gossip"])
    @pytest.mark.parametrize("token", [None, "nonsense"])
    def test_refuses_whoever_is_not_signed_in(self, reading, channel, token):
        with reading(channel, token=token) as one:
            assert closing(one)[0] == 1008

    def test_refuses_a_refresh_token(self, reading, viewer):
        with reading(token=viewer.refresh_token) as one:
            assert closing(one)[0] == 1008

    def test_refuses_who_is_no_viewer_but_for_prices(self, reading, sign_up):
        token = sign_up().access_token
        for channel in CHANNELS[:-1]:
            with reading(channel, token=token) as one:
                assert closing(one)[0] == 1008
        with reading("prices", token=token, after="0") as one:
            happened("prices", "1")
            assert got(one, 1) == ["1"]

    def test_refuses_an_unknown_channel_and_an_id_that_was_never_given_out(self, reading):
        with reading("gossip") as one:
            assert closing(one) == (1008, feeds.UnknownChannel.message)
        with reading(after="99") as one:
            assert closing(one)[0] == 1008

    def test_says_where_to_go_on_when_events_are_gone(self, reading):
        happened("trades", "1", "2", "3")
        expire("trades", 1)
        with reading(after="0") as one:
            assert closing(one) == (4410, "these events are no longer kept; go on with after=1")

    def test_ignores_what_clients_say(self, reading):
        with reading(after="0") as one:
            one.send("hello")
            one.send(b"\x00")
            happened("trades", "1")
            assert got(one, 1) == ["1"]

    def test_ends_when_a_client_says_too_much(self, reading):
        with reading() as one:
            one.send("x" * (routes.LARGEST_MESSAGE_BYTES + 1))
            assert closing(one)[0] == 1009

    def test_ends_when_a_client_says_too_often(self, reading, monkeypatch):
        monkeypatch.setattr(session, "MOST_UNREAD", 0)
        with reading() as one:
            one.send("hello")
            assert closing(one) == (1008, "feeds are read-only; too many messages were sent")

    def test_ends_with_the_token(self, following, clock):
        with following() as one:
            clock.advance(minutes=15)
            assert closing(one)[0] == 1008
            assert "expired" in one.close_reason

    def test_ends_when_the_token_is_revoked(self, following, viewer, client, clock):
        with following() as one:
            assert client.post("/auth/logout", headers=viewer.headers).status_code == 200
            clock.advance(seconds=31)
            assert closing(one)[0] == 1008
            assert "revoked" in one.close_reason

    def test_ends_when_the_key_is_revoked(self, reading, viewer, client, clock):
        key = client.post(
            "/users/me/api-keys",
            json={"name": "bot", "scopes": ["trading:read"]},
            headers=viewer.headers,
        ).json
        happened("trades", "1")
        with reading(token=None, after="0", headers={"X-API-Key": key["key"]}) as one:
            assert got(one, 1) == ["1"]
            clock.advance(seconds=31)
            happened("trades", "2")
            assert got(one, 1) == ["2"]
            revoked = client.delete(f"/users/me/api-keys/{key['id']}", headers=viewer.headers)
            assert revoked.status_code < 300
            clock.advance(seconds=31)
            assert closing(one)[0] == 1008
            assert "revoked" in one.close_reason

    def test_ends_when_the_role_no_longer_suffices(
        self, following, sign_in_as, viewer, client, clock
    ):
        admin = sign_in_as("admin")
        with following() as one:
            changed = client.post(f"/api/v1/admin/disable/{viewer.user_id}", headers=admin.headers)
            assert changed.status_code == 200
            clock.advance(seconds=31)
            assert closing(one)[0] == 1008

    def test_goes_on_where_the_token_was_asked_about(self, following, clock):
        with following() as one:
            clock.advance(seconds=31)
            happened("trades", "2")
            assert got(one, 1) == ["2"]

    def test_says_goodbye_when_the_server_stops(self, following, reading, local):
        happened("equity", "1")
        with following() as one, reading("equity") as other:
            assert got(other, 1) == ["1"]
            local.extensions[routes.EXTENSION].stop()
            assert (closing(one)[0], closing(other)[0]) == (1001, 1001)

    def test_asks_to_come_later_where_there_are_too_many(self, reading, following, monkeypatch):
        monkeypatch.setattr(routes, "MOST_READERS", 1)
        with following(), reading() as other:
            assert closing(other)[0] == 1013

    def test_outlasts_an_outage_of_the_log(self, following, monkeypatch):
        with following() as one:
            troubles = [OSError("gone"), OSError("still gone")]
            ends = feeds.ends

            def shaky():
                if troubles:
                    raise troubles.pop()
                return ends()

            monkeypatch.setattr(feeds, "ends", shaky)
            happened("trades", "2")
            assert got(one, 1) == ["2"]

    @pytest.mark.parametrize(
        ("trouble", "code"), [(dynamo.Busy(), 1013), (OUTAGE, 1013), (ValueError("a bug"), 1011)]
    )
    def test_says_that_it_failed_where_no_answer_could(self, reading, monkeypatch, trouble, code):
        def fail(**_):
            raise trouble

        monkeypatch.setattr(feeds, "position", fail)
        with reading(after="0") as one:
            assert closing(one)[0] == code

    def test_goes_on_where_nobody_can_say_whether_the_token_counts(
        self, following, clock, monkeypatch
    ):
        def fail(**_):
            raise OUTAGE

        with following() as one:
            monkeypatch.setattr(feeds, "still_counts", fail)
            clock.advance(seconds=31)
            happened("trades", "2")
            assert got(one, 1) == ["2"]

    def test_fails_where_asking_about_the_token_does(self, following, clock, monkeypatch):
        def fail(**_):
            raise ValueError

        with following() as one:
            monkeypatch.setattr(feeds, "still_counts", fail)
            clock.advance(seconds=31)
            assert closing(one)[0] == 1011

    def test_is_unharmed_by_a_client_that_vanishes(self, reading):
        with reading(after="0") as one, reading() as other:
            other.socket.shutdown(socket.SHUT_RDWR)
            happened("trades", "1", "2")
            assert got(one, 2) == ["1", "2"]

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"Upgrade": "websocket", "Connection": "Upgrade"},
            {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "8"},
        ],
    )
    def test_is_no_place_for_other_requests(self, local, headers):
        request = urllib.request.Request(
            f"http://127.0.0.1:{local.port}/ws/trades", headers=headers
        )
        with pytest.raises(urllib.error.HTTPError) as refusal:
            urllib.request.urlopen(request)
        assert refusal.value.code == 400
        refusal.value.close()


class TestGuardedSocket:
    def test_cuts_a_reader_that_takes_nothing_off(self):
        ours, theirs = socket.socketpair()
        with ours, theirs:
            guard = guarded.GuardedSocket(ours, send_seconds=1)
            assert guard.send(b"x") == 1
            with pytest.raises(BlockingIOError):
                guard.send(b"x" * 50_000_000)
            assert guard.recv(1) == b""

    def test_sends_large_frames_whole_while_another_thread_sends_too(self):
        ours, theirs = socket.socketpair()
        with ours, theirs:
            guard = guarded.GuardedSocket(ours)
            frames = [bytes([number]) * 300_000 for number in (1, 2)]
            senders = [threading.Thread(target=guard.send, args=(frame,)) for frame in frames]
            for sender in senders:
                sender.start()
            found = b""
            while len(found) < 600_000:
                found += theirs.recv(65_536)
            for sender in senders:
                sender.join()
            assert found in {frames[0] + frames[1], frames[1] + frames[0]}


class TestShort:
    def test_fits_a_close_frame(self):
        assert session.short("é" * 100) == "é" * 60
