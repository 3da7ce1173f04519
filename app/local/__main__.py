"""Which Python runs the laptop's commands? `python -m app.local run|stop|demo`."""

import sys

OLDEST_PYTHON = (3, 11)


def start() -> int:
    """Says in a sentence when Python is too old, before anything newer is met."""
    if sys.version_info < OLDEST_PYTHON:
        found = f"{sys.executable} is {sys.version.split()[0]}"
        sys.exit(f"InvestForge needs Python 3.11 or newer; {found}.")
    from app.local.commands import main

    return main()


if __name__ == "__main__":
    sys.exit(start())
