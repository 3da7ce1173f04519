"""What serves the API on a laptop? The same app as everywhere, with the outbox page and the feeds' WebSockets.

gunicorn --worker-class gthread app.local.server:app, or: flask --app app.local.server run
"""

import os

from flask import Flask

from app import factory
from app.config import Settings
from app.local.outbox import pages
from app.local.outbox.sent import Carriers
from app.local.sockets import routes as sockets


class NotALaptopError(Exception):
    """The outbox shows what was sent to everybody, so it exists on the local stage alone."""


def create_app(settings: Settings) -> Flask:
    """Put the app together, for this machine.

    Raises:
        NotALaptopError: the settings are of another stage, or name no local AWS.
    """
    if not settings.is_local or settings.aws_endpoint_url is None:
        raise NotALaptopError("app.local.server needs ENV=local and AWS_ENDPOINT_URL")
    made = factory.create_app(settings)
    carriers = Carriers(aws_url=settings.aws_endpoint_url, standins_url=settings.standins_url)
    made.register_blueprint(pages.blueprint(carriers))
    sockets.register(made)
    return made


def __getattr__(name: str) -> Flask:
    """`app`, made when a WSGI server asks for it, so that importing this module starts nothing."""
    if name != "app":
        raise AttributeError(name)
    made = create_app(Settings.from_env(os.environ))
    sockets.end_with_the_process(made)
    return made
