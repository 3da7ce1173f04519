"""How is one entry of the audit log tied to the one before it?"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

GENESIS = "0" * 64
"""What the first entry has as the hash of the one before."""


def entry_hash(*, previous_hash: str, facts: Mapping[str, Any]) -> str:
    """SHA-256, in hex, over the hash of the entry before and the entry's own facts as canonical JSON.

    Args:
        previous_hash: hex hash of the entry before, `GENESIS` for the first.
        facts: JSON-serialisable; the order of its keys does not matter.
    """
    canonical = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(f"{previous_hash}\n{canonical}".encode("ascii")).hexdigest()
