"""What do tests of the core share: settings that lead to another DynamoDB, and rows to work on."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace

import hypothesis
import pytest

from app.config import Settings
from app.core import dynamo
from tests.core.scripted_dynamodb import Answer, ScriptedDynamoDB, answering

hypothesis.settings.register_profile("unhurried", deadline=None)
hypothesis.settings.load_profile("unhurried")

Scripted = Callable[..., AbstractContextManager[ScriptedDynamoDB]]


@pytest.fixture
def scripted(settings: Settings) -> Iterator[Scripted]:
    """Let the models talk to a DynamoDB that gives the answers that it is told."""

    @contextmanager
    def connected(*answers: Answer) -> Iterator[ScriptedDynamoDB]:
        with answering(*answers) as server:
            dynamo.connect(replace(settings, dynamodb_endpoint_url=server.url))
            yield server

    yield connected
    dynamo.connect(settings)
