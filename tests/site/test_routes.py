"""Does the API say where things are, how they are, and what it is, without a request elsewhere?"""

import re
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from openapi_spec_validator import OpenAPIV31SpecValidator

from app.config import Settings
from app.core import dynamo
from app.factory import create_app
from app.jobs.schedule import SCHEDULE
from tests.conftest import free_port
from tests.core.together import together

METHODS = {"get", "put", "post", "delete", "patch"}


class TestWelcome:
    def test_tells_where_things_are(self, client: Any):
        answer = client.get("/")
        assert answer.status_code == 200
        places = {name: answer.json[name] for name in ("documentation", "openapi", "health")}
        assert places == {"documentation": "/docs", "openapi": "/openapi.json", "health": "/health"}
        for path in places.values():
            with client.get(path) as found:
                assert found.status_code == 200
        assert client.post(answer.json["sign_up"]).status_code == 422


class TestHealthz:
    def test_says_that_the_process_answers(self, client: Any):
        answer = client.get("/healthz")
        assert answer.status_code == 200
        assert answer.json["status"] == "ok"
        assert set(answer.json) == {"status", "version"}


def checks_of(answer: Any) -> dict[str, tuple[str, str]]:
    return {check["name"]: (check["status"], check["detail"]) for check in answer.json["checks"]}


class TestHealth:
    def test_is_ok_when_everything_works(self, client: Any):
        answer = client.get("/health")
        assert (answer.status_code, answer.json["status"]) == (200, "ok")
        assert checks_of(answer) == {
            "tables": ("ok", f"{len(dynamo.tables())} tables"),
            "queue": ("ok", "0 messages waiting"),
            "jobs": ("ok", f"{len(SCHEDULE)} recurring jobs on time"),
        }

    def test_is_down_without_tables(self, client: Any, aws: Any):
        aws.reset_with_tables()
        answer = client.get("/health")
        assert (answer.status_code, answer.json["status"]) == (503, "down")
        status, detail = checks_of(answer)["tables"]
        assert status == "down"
        assert "investforge-local-users" in detail
        assert "make migrate" in detail
        assert checks_of(answer)["jobs"][0] == "down"

    def test_is_down_without_its_queue(self, client: Any, settings: Settings):
        lost = create_app(replace(settings, aws_endpoint_url=f"http://127.0.0.1:{free_port()}",
                                  dynamodb_endpoint_url=settings.aws_endpoint_url))  # fmt: skip
        answer = lost.test_client().get("/health")
        assert (answer.status_code, answer.json["status"]) == (503, "down")
        assert {name: check[0] for name, check in checks_of(answer).items()} == {
            "tables": "ok",
            "queue": "down",
            "jobs": "ok",
        }

    def test_is_down_without_dynamodb(self, client: Any, settings: Settings):
        lost = create_app(
            replace(settings, dynamodb_endpoint_url=f"http://127.0.0.1:{free_port()}"),
            client.application.extensions["investforge-providers"],
        )
        answer = lost.test_client().get("/health")
        assert answer.status_code == 503
        assert checks_of(answer)["tables"] == ("down", "DynamoDB is not answering")


class TestDocs:
    def test_asks_nothing_of_another_server(self, client: Any):
        with client.get("/docs") as page:
            assert (page.status_code, page.mimetype) == (200, "text/html")
            text, policy = page.text, page.headers["Content-Security-Policy"]
        assert "//" not in re.sub(r"<!--.*?-->", "", text)
        assert "default-src 'none'" in policy
        assert "http" not in policy
        assert "script-src 'self';" in policy
        wanted = re.findall(r'(?:src|href)="([^"]+)"', text)
        assert len(wanted) >= 4
        for path in wanted:
            with client.get(path) as file:
                assert (file.status_code, file.headers["X-Content-Type-Options"]) == (
                    200,
                    "nosniff",
                )

    def test_starts_on_our_own_document(self, client: Any):
        with client.get("/docs/files/docs.js") as script:
            assert '"/openapi.json"' in script.text
            assert "http" not in script.text
            assert "validatorUrl: null" in script.text

    @pytest.mark.parametrize(
        "path",
        ["../routes.py", "..%2froutes.py", "%2e%2e/routes.py", "nothing.js", "%00",
         "a" * 300, "a/" * 100 + "b", "..\\routes.py"],
    )  # fmt: skip
    def test_serves_no_other_file(self, client: Any, path: str):
        with client.get(f"/docs/files/{path}") as answer:
            assert answer.status_code == 404
            assert "class" not in answer.text


@pytest.fixture(scope="module")
def document(shared_app: Flask) -> dict[str, Any]:
    found: dict[str, Any] = shared_app.test_client().get("/openapi.json").json or {}
    return found


class TestOpenapiDocument:
    def test_is_valid(self, document: dict[str, Any]):
        OpenAPIV31SpecValidator(document).validate()

    def test_names_each_operation_once(self, document: dict[str, Any]):
        operations = [
            operation
            for path in document["paths"].values()
            for method, operation in path.items()
            if method in METHODS
        ]
        counted = Counter(operation["operationId"] for operation in operations)
        assert len(operations) > 10
        assert [name for name, count in counted.items() if count > 1] == []
        assert all(operation["summary"] for operation in operations)

    def test_tells_every_door_its_own_form_of_errors(self, document: dict[str, Any]):
        for path, operations in document["paths"].items():
            form = "ErrorAtApiV1Out" if path.startswith("/api/v1") else "ErrorOut"
            for operation in (operations[method] for method in METHODS & set(operations)):
                for status, answer in operation["responses"].items():
                    if status >= "400" and not (path == "/health" and status == "503"):
                        schema = str(answer["content"]["application/json"]["schema"])
                        assert f"/{form}'" in schema, (path, status, schema)

    def test_says_which_errors_a_login_gives(self, document: dict[str, Any]):
        login = document["paths"]["/auth/login"]["post"]
        assert {"200", "400", "401", "413", "415", "422", "429", "500", "503"} == set(
            login["responses"]
        )
        assert "`INVALID_CREDENTIALS`" in login["responses"]["401"]["description"]
        assert "Retry-After" in login["responses"]["429"]["headers"]
        assert login["security"] == []
        me = document["paths"]["/api/v1/me"]["get"]
        assert "`token_revoked`" in me["responses"]["401"]["description"] or me["responses"]["401"]
        assert {"accessToken": []} in me["security"]

    def test_may_be_asked_for_by_many_at_once(self, settings: Settings):
        app = create_app(settings)
        answers = together(6, lambda _: app.test_client().get("/openapi.json").get_data())
        assert len(set(answers)) == 1
