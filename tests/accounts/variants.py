"""How does a test get the app with other settings than the rest of the suite has?"""

from dataclasses import replace
from functools import cache
from typing import Any

from flask import Flask

from app.config import Settings
from app.extensions import EXTENSION
from app.factory import create_app
from app.providers.registry import Providers


def app_with(settings: Settings, **changes: Any) -> Flask:
    """Another app on the same local AWS, with its queue; made once in a worker, because that is slow."""
    made = _made(replace(settings, **changes))
    made.extensions[EXTENSION].job_queue.ensure_queues()
    return made


@cache
def _made(settings: Settings) -> Flask:
    return create_app(settings, Providers(settings))
