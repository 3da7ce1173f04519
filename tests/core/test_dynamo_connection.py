"""Are tables named and made, values exact, costs counted, and outages told from mistakes?"""

import time
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import botocore
import pytest
from flask.testing import FlaskClient

from app import VERSION
from app.accounts.models import User
from app.config import Settings
from app.core import dynamo
from app.factory import create_app
from tests.conftest import free_port
from tests.core.conftest import Scripted
from tests.core.scripted_dynamodb import refusal

TIME_LIMIT_SECONDS = 5
LOGIN = {"email": "ada@example.com", "password": "password123"}


class TestTables:
    def test_are_made_once(self, aws: Any):
        assert dynamo.missing_tables() == []
        assert dynamo.create_tables() == []

    def test_are_missed_by_name(self, aws: Any):
        aws.reset_with_tables()
        everything = [dynamo.table_name(model) for model in dynamo.tables()]
        assert dynamo.missing_tables() == everything
        assert "investforge-local-users" in everything
        assert sorted(dynamo.create_tables()) == sorted(everything)

    def test_are_named_for_prefix_and_stage(self, settings: Settings):
        try:
            dynamo.connect(replace(settings, stage="dev", table_prefix="mine-"))
            assert dynamo.table_name(User) == "mine-dev-users"
        finally:
            dynamo.connect(settings)


class TestDecimalAttribute:
    @pytest.mark.parametrize(
        "text", ["0.1", "1E+2", "123456789012345678.876543210987654321", "-0.5"]
    )
    def test_keeps_every_digit(self, text: str):
        attribute = dynamo.DecimalAttribute()
        stored = attribute.serialize(Decimal(text))
        assert "E" not in stored
        assert attribute.deserialize(stored) == Decimal(text)


class TestJsonAttribute:
    def test_keeps_numbers_exact(self):
        attribute = dynamo.JsonAttribute()
        value = {"a": Decimal("0.1"), "b": [1, None, "é"], "c": {}}
        assert attribute.deserialize(attribute.serialize(value)) == value


class TestConnection:
    def test_tells_dynamodb_who_asks_in_one_fixed_text(self, scripted: Scripted):
        with scripted((200, {"Responses": {}})) as server:
            dynamo.get_together((User, "u1", None))
        assert server.agents == [f"InvestForge/{VERSION} Botocore/{botocore.__version__}"]


class TestCounting:
    @pytest.mark.usefixtures("aws")
    def test_counts_round_trips_of_its_block_alone(self):
        User.of("nobody")
        with dynamo.counting() as outer:
            User.of("nobody")
            with dynamo.counting() as inner:
                User.of("nobody")
        assert (outer.requests, inner.requests) == (1, 1)
        assert inner.operations == ["GetItem"]

    def test_adds_up_the_units_that_dynamodb_tells(self, scripted: Scripted):
        told = [{"CapacityUnits": 2.0}, {"CapacityUnits": 0.5}]
        with (
            scripted((200, {"Responses": {}, "ConsumedCapacity": told})),
            dynamo.counting() as cost,
        ):
            dynamo.get_together((User, "u1", None))
        assert cost.units == 2.5


@pytest.fixture
def unreachable(settings: Settings) -> Iterator[FlaskClient]:
    """A client of an app whose DynamoDB is a port that nobody listens on."""
    url = f"http://127.0.0.1:{free_port()}"
    yield create_app(replace(settings, dynamodb_endpoint_url=url)).test_client()
    dynamo.connect(settings)


class TestOutage:
    def test_is_told_within_the_time_limit_when_nobody_answers(self, unreachable: FlaskClient):
        started = time.monotonic()
        answer = unreachable.post("/auth/login", json=LOGIN)
        assert time.monotonic() - started < TIME_LIMIT_SECONDS
        assert answer.status_code == 503
        assert answer.json["error_code"] == "SERVICE_UNAVAILABLE"
        assert int(answer.headers["Retry-After"]) >= 1

    def test_does_not_touch_what_needs_no_data(self, unreachable: FlaskClient):
        assert unreachable.get("/healthz").status_code == 200
        assert unreachable.get("/openapi.json").status_code == 200

    @pytest.mark.parametrize(
        "answer",
        [
            refusal("InternalServerError", status=500),
            refusal("ServiceUnavailable", status=503),
            refusal("ProvisionedThroughputExceededException"),
            refusal("ThrottlingException"),
            (502, {}),
        ],
    )
    def test_is_told_as_503(self, answer: Any, scripted: Scripted, settings: Settings):
        with scripted(answer) as server:
            app = create_app(replace(settings, dynamodb_endpoint_url=server.url))
            told = app.test_client().post("/api/v1/login", json={"username": "a", "password": "b"})
        assert (told.status_code, told.json["error"]["code"]) == (503, "service_unavailable")

    def test_that_is_over_after_one_try_is_not_noticed(self, scripted: Scripted):
        with scripted(refusal("InternalServerError", status=500), (200, {})) as server:
            assert User.of("nobody") is None
        assert len(server.asked) == 2

    @pytest.mark.parametrize("code", ["ValidationException", "ResourceNotFoundException"])
    def test_is_not_what_a_mistake_of_ours_is(
        self, code: str, scripted: Scripted, settings: Settings
    ):
        with scripted(refusal(code)) as server:
            app = create_app(replace(settings, dynamodb_endpoint_url=server.url))
            told = app.test_client().post("/auth/login", json=LOGIN)
        assert (told.status_code, told.json["error_code"]) == (500, "INTERNAL_ERROR")

    def test_is_no_other_exception(self):
        assert not dynamo.is_outage(ValueError("of ours"))
