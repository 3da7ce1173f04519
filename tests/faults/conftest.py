"""Faults are tried by `make test-faults` alone: they take minutes, and some want the machine to themselves."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.outside import Aws, running_aws


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave these tests out, unless they are named."""
    named = any("faults" in argument for argument in config.args)
    return None if named or not collection_path.name.startswith("test_") else True


@pytest.fixture
def own_aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    """A local AWS of this test's own."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with running_aws() as aws:
        yield aws
