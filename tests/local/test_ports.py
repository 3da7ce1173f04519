"""Is a taken port found before anything starts, and named in a sentence that helps?"""

import os
import socket
import sys

import pytest

from app.local.ports import PortTakenError, check_free, is_free


@pytest.fixture
def taken():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


class TestCheckFree:
    def test_names_the_port_the_variable_and_the_way_out(self, taken):
        with pytest.raises(PortTakenError) as error:
            check_free({"AWS_PORT": taken})
        assert f"Port {taken} is taken" in str(error.value)
        assert f"`make run AWS_PORT={taken + 1}`" in str(error.value)

    @pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it depends on lsof")
    def test_names_who_holds_it(self, taken):
        with pytest.raises(PortTakenError, match=rf"\(process {os.getpid()}\)"):
            check_free({"PORT": taken})

    def test_passes_free_ports(self):
        with socket.socket() as server:
            server.bind(("127.0.0.1", 0))
            port = server.getsockname()[1]
        check_free({"PORT": port})

    def test_sees_a_server_on_all_addresses(self):
        with socket.socket() as server:
            server.bind(("0.0.0.0", 0))  # noqa: S104 - that is the case in question
            server.listen()
            assert not is_free(server.getsockname()[1])
