import json
import re
from collections import Counter

import pytest
from openapi_spec_validator import validate

from app import extensions
from app.config import Settings
from app.core import auth
from app.factory import create_app
from tests.architecture import source

# It answers 503 with what it found, in the shape of its success.
ANSWERS_503_WITH_A_REPORT = "GET /health"
METHODS = {"get", "put", "post", "delete", "patch", "head", "options", "trace"}


@pytest.fixture(scope="module")
def app():
    """The app alone: what it declares needs no AWS."""
    return create_app(Settings.from_env({"ENV": "local"}))


@pytest.fixture(scope="module")
def document(app):
    assert app is not None  # the document is that of the app that was made last
    return extensions.api.document()


@pytest.fixture(scope="module")
def operations(document):
    return [
        (f"{method.upper()} {path}", operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    ]


class TestRoute:
    def test_declares_who_may_call_it(self, app):
        undeclared = [
            f"{rule.rule} ({rule.endpoint})"
            for rule in app.url_map.iter_rules()
            if not isinstance(
                getattr(app.view_functions[rule.endpoint], "__access__", None), auth.Access
            )
        ]

        assert not undeclared, "Put @auth.public or @auth.signed_in(shows=...) on these views."

    def test_says_whose_things_it_shows_to_those_who_signed_in(self, app):
        unsaid = [
            rule.rule
            for rule in app.url_map.iter_rules()
            if not (access := app.view_functions[rule.endpoint].__access__).public
            and (access.shows not in auth.SHOWS or access.role not in auth.ROLES)
        ]

        assert not unsaid, "Say shows=auth.PRIVATE, PARTY or PUBLIC, and a role that exists."

    def test_tells_its_title_and_its_tag(self, operations):
        untold = [
            name
            for name, operation in operations
            if not operation.get("summary") or not operation.get("tags")
        ]

        assert not untold, (
            "The view's docstring is the published text; its first line is the title."
        )


class TestOperation:
    def test_has_an_id_of_its_own(self, operations):
        ids = Counter(operation.get("operationId") for _, operation in operations)

        assert None not in ids, "Register the view on app.core.openapi.Blueprint, which names it."
        assert max(ids.values()) == 1, (
            f"Generated clients name their methods by these, so each is given once: {ids}"
        )

    def test_declares_what_it_answers_when_all_is_well(self, operations):
        silent = [
            name
            for name, operation in operations
            if not any(status.startswith(("2", "3")) for status in operation["responses"])
        ]

        assert not silent, "Declare the success with @blp.response(status, Schema)."

    def test_declares_the_errors_of_its_guard(self, operations):
        undeclared = [
            name
            for name, operation in operations
            if operation.get("security") and not {"401", "403"} <= set(operation["responses"])
        ]

        assert not undeclared, (
            "A signed-in route can answer 401 and 403; app.core.openapi adds them."
        )

    def test_declares_that_what_an_id_names_may_not_exist(self, operations):
        undeclared = [
            name
            for name, operation in operations
            if re.search(r"_id}", name) and "404" not in operation["responses"]
        ]

        assert not undeclared, "Declare the service's error: @blp.failures(service.UnknownAsset)."

    def test_declares_every_error_in_the_shape_of_its_door(self, operations):
        shapes = {
            name: sorted(
                str(schema)
                for status, answer in operation["responses"].items()
                if status[0] in "45"
                and (name, status) != (ANSWERS_503_WITH_A_REPORT, "503")
                and (schema := _schema(answer)) != _error_schema(name)
            )
            for name, operation in operations
        }

        assert not {name: found for name, found in shapes.items() if found}, (
            "Errors have one shape at /api/v1 and one elsewhere; declare them with @blp.failures."
        )


class TestOpenapiDocument:
    def test_is_the_one_that_stands_in_the_repository(self, document):
        published = json.loads((source.ROOT / "openapi.json").read_text(encoding="utf-8"))

        assert published == json.loads(json.dumps(document)), "Run `make openapi` and commit it."

    def test_is_valid(self, document):
        validate(json.loads(json.dumps(document)))


def _schema(answer):
    content = answer.get("content", {})
    return content.get("application/json", {}).get("schema", {}).get("$ref")


def _error_schema(operation):
    at_api_v1 = operation.split(" ", 1)[1].startswith("/api/v1")
    return f"#/components/schemas/{'ErrorAtApiV1Out' if at_api_v1 else 'ErrorOut'}"
