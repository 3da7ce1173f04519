"""What may an account's preferences hold, and how do new ones join those that are kept?"""

from collections.abc import Mapping
from typing import Any

from app.core import dynamo, errors

LARGEST = 16_384
"""Characters of JSON that the merged preferences may have."""


class PreferencesTooLarge(errors.Unprocessable):
    """The merged preferences are too long."""

    code = "preferences_too_large"
    message = f"Preferences may hold {LARGEST} characters of JSON in all."


def merged(*, kept: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Those kept with the given ones over them; a name given as null is removed.

    Raises:
        PreferencesTooLarge.
    """
    found = {name: value for name, value in {**kept, **given}.items() if value is not None}
    if len(dynamo.JsonAttribute().serialize(found)) > LARGEST:
        raise PreferencesTooLarge
    return found
