"""Which fields has each of Stripe's objects, and what do they hold while nothing is set?

`blanks.json` holds one blank object of every kind, in Stripe's field names. The tests compare them, filled in,
with Stripe's own examples.
"""

import copy
import json
from functools import cache
from importlib import resources
from typing import Any

Object = dict[str, Any]


def new(kind: str, **values: Any) -> Object:
    """A blank object of this kind with some of its fields filled in.

    Raises:
        KeyError: for a field that this kind does not have.
    """
    made: Object = copy.deepcopy(_blanks()[kind])
    unknown = values.keys() - made.keys() - {"id"}
    if unknown:
        raise KeyError(f"{kind} has no {', '.join(sorted(unknown))}")
    return {"id": values.pop("id"), **made, **values}


def list_of(rows: list[Object], *, url: str, has_more: bool = False) -> Object:
    """Stripe's list: the rows, and where to ask for more of them."""
    return {"object": "list", "data": rows, "has_more": has_more, "url": url}


@cache
def _blanks() -> dict[str, Object]:
    text = resources.files(__package__).joinpath("blanks.json").read_text("utf-8")
    blanks: dict[str, Object] = json.loads(text)
    return blanks
