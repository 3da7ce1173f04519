"""To which addresses may Stripe send somebody back?"""

from collections.abc import Iterable
from urllib.parse import urlsplit

ANY = "*"
PORTS = {"http": 80, "https": 443}


def origin_of(url: str) -> str | None:
    """Scheme, host and port of a web address; None for what browsers could read in another way.

    >>> origin_of("https://app.example:443/done?session={CHECKOUT_SESSION_ID}")
    'https://app.example'
    """
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in PORTS or not parts.hostname or "@" in parts.netloc:
        return None
    usual = port is None or port == PORTS[parts.scheme]
    return f"{parts.scheme}://{parts.hostname}" + ("" if usual else f":{port}")


def is_allowed(url: str, *, origins: Iterable[str]) -> bool:
    """Whether a web address is on one of the origins. `*` allows none: who may call is not where to go."""
    allowed = {origin_of(origin) for origin in origins if origin != ANY} - {None}
    return origin_of(url) in allowed
