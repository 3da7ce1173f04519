"""What does starting the API import, and what does each package cost?"""

import re
import subprocess
import sys
from pathlib import Path

LINE = re.compile(r"import time:\s+(\d+) \|\s+(\d+) \| ( *)([\w.]+)")
SHOWN = 15


def measure(environment: dict[str, str]) -> list[tuple[str, float, int]]:
    """(package, milliseconds of its own modules, modules), the dearest first; Python's own startup is left out."""
    run = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", "import wsgi"],
        env=environment,
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    own: dict[str, list[int]] = {}
    for line in run.stderr.splitlines():
        if found := LINE.match(line):
            own.setdefault(found[4].partition(".")[0], []).append(int(found[1]))
    rows = [(package, sum(times) / 1000, len(times)) for package, times in own.items()]
    return sorted(rows, key=lambda row: -row[1])[:SHOWN]
