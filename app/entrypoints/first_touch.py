"""How does a process answer its first request without importing what other requests need?

A cold start pays for what is imported. So the app is dispatched, as Flask calls it: the path of a request chooses the
domain, whose app is made when it is first asked for, and kept. What an app of one domain answers is what the whole
app answers; tests/architecture/test_domains.py holds that. docs/adr/0012 tells what it saves, and what it costs.
https://flask.palletsprojects.com/en/stable/patterns/appdispatch/
"""

import re
import threading
from collections.abc import Iterable
from typing import Final
from wsgiref.types import StartResponse, WSGIEnvironment

from flask import Flask

from app import factory
from app.config import Settings
from app.providers.registry import Providers

CLAIMS: Final = {path: domain for domain in factory.DOMAINS for path in domain.answers}
SLASHES: Final = re.compile("/{2,}")


class FirstTouch:
    """The API as a WSGI application, a domain at a time."""

    def __init__(self, settings: Settings) -> None:
        factory.start(settings)
        self._settings = settings
        self._providers = Providers(settings)
        self._made: dict[factory.Domain | None, Flask] = {}
        self._making = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request with the app that its path belongs to."""
        return self.app_for(environ.get("PATH_INFO", "/"))(environ, start_response)

    def app_for(self, path: str) -> Flask:
        """The app that answers a path, made now if this is the first time."""
        domain = None if path in factory.ABOUT_EVERY_DOMAIN else domain_of(path)
        if domain not in self._made:
            with self._making:
                if domain not in self._made:
                    self._made[domain] = self._make(domain)
        return self._made[domain]

    def _make(self, domain: factory.Domain | None) -> Flask:
        if domain is None:
            return factory.whole(self._settings, self._providers)
        return factory.part(self._settings, self._providers, domain)


def domain_of(path: str) -> factory.Domain:
    """The domain with the longest claim on a path: whole segments count, and "/" is a claim on every path."""
    path = SLASHES.sub("/", path)
    while path not in CLAIMS:
        path = path.rpartition("/")[0] or "/"
    return CLAIMS[path]
