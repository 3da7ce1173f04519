"""How is marshmallow imported without compiling a regular expression that most processes never ask?

Its check of an email's domain takes 20 to 40 ms to compile, a tenth of our cold start, because it ignores the case of
65,000 characters; routes that take no email never use it (docs/adr/0012). So marshmallow is imported here, before
anything else imports it, and that one pattern is compiled when it is first used.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

LAST_CHARACTER: Final = "\uffff"

_compile_now = re.compile


class LatePattern:
    """A regular expression that is compiled when it is first asked anything."""

    def __init__(self, pattern: str, flags: int) -> None:
        self._given = (pattern, flags)

    def __getattr__(self, name: str) -> Any:
        """What the compiled pattern has under this name."""
        found = getattr(_compile_now(*self._given), name)
        setattr(self, name, found)
        return found


def _compiled(pattern: Any, flags: int = 0) -> Any:
    dear = flags & re.IGNORECASE and isinstance(pattern, str) and LAST_CHARACTER in pattern
    return LatePattern(pattern, flags) if dear else _compile_now(pattern, flags)


@contextmanager
def compiled_when_used() -> Iterator[None]:
    """Within the block, `re.compile` puts the dear ones off; for imports at start, while there is one thread."""
    re.compile = _compiled
    try:
        yield
    finally:
        re.compile = _compile_now


with compiled_when_used():
    import marshmallow  # noqa: F401
