"""Does each endpoint need no more of DynamoDB than docs/costs.md says?"""

import json

import pytest

from bench import costs
from bench.scenarios import SCENARIOS

GROWN = "Make it cheaper, or decide that it is worth it: run `make costs` and commit what it wrote."
REFUSED_ON_PURPOSE = {"take_mail_notice"}


@pytest.fixture(scope="module")
def recorded():
    return json.loads(costs.RECORD.read_text(encoding="utf-8"))


@pytest.fixture
def measured(app):
    return costs.measure(app)


class TestEndpoint:
    def test_is_measured(self, app, recorded):
        operations = set(costs.operations(app))

        missing = operations - set(SCENARIOS)
        assert not missing, "Give these a row in bench/scenarios.py, then run `make costs`."
        assert not set(SCENARIOS) - operations, "These are gone: take their rows out."
        assert set(recorded) == operations, GROWN

    def test_is_asked_for_what_it_does(self, measured):
        refused = {
            name: one.status
            for name, one in measured.items()
            if one.status >= 400 and name not in REFUSED_ON_PURPOSE
        }

        assert not refused, "Their rows in bench/scenarios.py ask for what is refused."

    def test_needs_no_more_than_was_published(self, measured, recorded):
        grown = {
            name: f"{one.requests} requests, {one.units:g} units: {one.operations}"
            for name, one in measured.items()
            if one.requests > recorded[name]["requests"] or one.units > recorded[name]["units"]
        }

        assert not grown, GROWN
