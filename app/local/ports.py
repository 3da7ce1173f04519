"""Is a port free, and if not, who holds it?"""

import shutil
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path

from app.local.plan import HOST

LISTENING = "0A"  # TCP_LISTEN in /proc/net/tcp
PROBE_SECONDS = 0.3


class PortTakenError(Exception):
    """Something listens already; the text holds one sentence for each port."""


def check_free(ports: Mapping[str, int]) -> None:
    """Checks the ports, by the variable that sets each.

    Raises:
        PortTakenError: naming the port, its holder where that can be found, and what to change.
    """
    problems = [
        f"Port {port} is taken{_by_whom(port)}: stop that, or choose another port, "
        f"as in `make run {variable}={port + 1}`."
        for variable, port in ports.items()
        if not is_free(port)
    ]
    if problems:
        raise PortTakenError("\n".join(problems))


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of the loopback interface."""
    with socket.socket() as probe:
        # A server on all addresses may leave 127.0.0.1 to others (macOS), so look for one first.
        probe.settimeout(PROBE_SECONDS)
        if probe.connect_ex((HOST, port)) == 0:
            return False
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            server.bind((HOST, port))
        except OSError:
            return False
    return True


def _by_whom(port: int) -> str:
    pid = _holder_by_proc(port) or _holder_by_lsof(port)
    if pid is None:
        return ""
    return f" by {_command(pid)} (process {pid})"


def _holder_by_proc(port: int) -> int | None:
    """The process whose descriptor is the listening socket, as Linux tells; None elsewhere."""
    sockets = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            lines = Path(table).read_text("ascii").splitlines()[1:]
        except OSError:
            continue
        for columns in (line.split() for line in lines):
            if columns[3] == LISTENING and int(columns[1].rpartition(":")[2], 16) == port:
                sockets.add(f"socket:[{columns[9]}]")
    if not sockets:
        return None
    for descriptor in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if str(descriptor.readlink()) in sockets:
                return int(descriptor.parts[2])
        except OSError:
            continue  # it ended meanwhile, or is another user's
    return None


def _holder_by_lsof(port: int) -> int | None:
    if shutil.which("lsof") is None:
        return None
    arguments = ["lsof", "-nP", "-t", f"-iTCP:{port}", "-sTCP:LISTEN"]
    found = subprocess.run(arguments, capture_output=True, text=True, check=False)
    first = found.stdout.split()[:1]
    return int(first[0]) if first else None


def _command(pid: int) -> str:
    """The program's name, without its arguments, which might hold secrets."""
    arguments = ["ps", "-o", "comm=", "-p", str(pid)]
    try:
        found = subprocess.run(arguments, capture_output=True, text=True, check=False)
    except OSError:
        return "another program"
    return found.stdout.strip() or "another program"
