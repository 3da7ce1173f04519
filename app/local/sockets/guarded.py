"""How is a TCP socket written to by two threads, and how long may a reader that takes nothing hold one up?

simple-websocket answers pings in a thread of its own while ours sends messages, and sends once, whatever part of the
bytes went out. Here each frame goes out whole before the next begins, within a limited time; a reader that takes
nothing for longer is cut off.
"""

import contextlib
import socket
import struct
import threading

SEND_SECONDS = 30


class GuardedSocket:
    """A blocking socket, as simple-websocket uses one."""

    def __init__(self, plain: socket.socket, *, send_seconds: int = SEND_SECONDS) -> None:
        self._plain = plain
        self._sending = threading.Lock()
        limit = struct.pack("ll", send_seconds, 0)
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)

    def send(self, data: bytes) -> int:
        """Send all of it.

        Raises:
            OSError: the reader is gone, or took nothing for too long; the connection is cut.
        """
        with self._sending:
            try:
                self._plain.sendall(data)
            except OSError:
                self.cut()
                raise
        return len(data)

    def recv(self, size: int) -> bytes:
        """Up to `size` bytes; none at the end."""
        return self._plain.recv(size)

    def fileno(self) -> int:
        """What a selector waits for."""
        return self._plain.fileno()

    def cut(self) -> None:
        """End the connection both ways, which wakes whoever waits for it."""
        with contextlib.suppress(OSError):
            self._plain.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close it; the server that accepted it may close it again."""
        self._plain.close()
