"""The app as a WSGI server or `flask --app wsgi` finds it."""

import os

from app.config import Settings
from app.entrypoints import cli
from app.factory import create_app

app = create_app(Settings.from_env(os.environ))
cli.register(app)
