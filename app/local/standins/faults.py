"""How do tests and demos make a stand-in misbehave, and see what was asked of it?"""

import threading
from collections import deque
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

MODES = ("ok", "429", "500", "garbage", "hang")
LONGEST_HANG_SECONDS = 120
CALLS_REMEMBERED = 5_000


class UnknownModeError(Exception):
    """A provider or a mode that the control door does not have."""


class Faults:
    """How each provider answers at the moment, and the calls it had; safe to use from threads.

    Args:
        providers: their names.
        more_modes: what some of them can answer besides `MODES`.
    """

    def __init__(
        self,
        providers: tuple[str, ...],
        more_modes: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
    ) -> None:
        self._known = {name: (*MODES, *more_modes.get(name, ())) for name in providers}
        self._modes = dict.fromkeys(providers, "ok")
        self._calls: deque[dict[str, Any]] = deque(maxlen=CALLS_REMEMBERED)
        self._changed = threading.Condition()

    def modes(self) -> dict[str, str]:
        """The mode of every provider."""
        with self._changed:
            return dict(self._modes)

    def set_modes(self, wanted: Mapping[str, str]) -> dict[str, str]:
        """Changes some providers' modes, all of them or none; lets go of every call that hangs.

        Raises:
            UnknownModeError: with a sentence that names what exists.
        """
        for provider, mode in wanted.items():
            if mode not in self._known.get(provider, ()):
                message = (
                    f"{provider}={mode} is unknown: providers are {', '.join(self._modes)}, "
                    f"modes are {', '.join(self._known.get(provider, MODES))}"
                )
                raise UnknownModeError(message)
        with self._changed:
            self._modes.update(wanted)
            self._changed.notify_all()
            return dict(self._modes)

    def mode_once_answering(self, provider: str) -> str:
        """The provider's mode; while that is "hang" the call waits, two minutes at the most."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._modes[provider] != "hang", timeout=LONGEST_HANG_SECONDS
            )
            return self._modes[provider]

    def record(
        self, *, provider: str, method: str, path: str, query: Mapping[str, str], at: datetime
    ) -> None:
        """Remembers one call, before it is answered."""
        call = {"provider": provider, "method": method, "path": path, "query": dict(query)}
        with self._changed:
            self._calls.append({**call, "at": at.isoformat()})

    def calls(self) -> list[dict[str, Any]]:
        """Every remembered call, oldest first."""
        with self._changed:
            return list(self._calls)

    def forget_calls(self) -> None:
        """Starts the log of calls anew."""
        with self._changed:
            self._calls.clear()
