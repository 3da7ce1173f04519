"""How does a test do one thing many times at once?"""

import contextvars
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Result = TypeVar("Result")


def together(times: int, action: Callable[[int], Result]) -> list[Result]:
    """Call `action(0)`, `action(1)`... from as many threads, all let go at one moment.

    Each thread has the caller's context, so that it reads the clock that the test set.
    """
    start = threading.Barrier(times)

    def wait_and_act(number: int) -> Result:
        start.wait(timeout=30)
        return action(number)

    with ThreadPoolExecutor(max_workers=times) as pool:
        running = [
            pool.submit(contextvars.copy_context().run, wait_and_act, number)
            for number in range(times)
        ]
    return [one.result() for one in running]
