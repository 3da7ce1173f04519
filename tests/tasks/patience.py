"""How do tests wait for what another process does?"""

import time
from collections.abc import Callable
from typing import Any

PATIENCE_SECONDS = 30
VISIBILITY_SECONDS = 3


def eventually(what: Callable[[], Any], *, within: float = PATIENCE_SECONDS) -> Any:
    """Ask until the answer is true, or fail with the last one."""
    deadline = time.monotonic() + within
    while not (answer := what()):
        assert time.monotonic() < deadline, f"still {answer!r} after {within} s"
        time.sleep(0.02)
    return answer
