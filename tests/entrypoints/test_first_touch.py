"""Does the API that is loaded a domain at a time answer as the whole one does, and load no more than it must?"""

import itertools
import subprocess
import sys

import pytest
from werkzeug.routing import Rule
from werkzeug.test import Client

from app.entrypoints.first_touch import FirstTouch
from app.extensions import EXTENSION
from tests.architecture import source

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
BESIDE = (
    "/nothing",
    "/portfolio",
    "/portfolio/",
    "/portfolio/nothing",
    "/portfoliox/assets",
    "//portfolio//assets",
    "/api/v1",
    "/api/v1/nothing",
    "/api/v1/admin/nothing",
    "/users",
    "/users/someone",
    "/users/me/",
    "/users/me/devices/",
    "/emails",
    "/docs/files/nothing.js",
    "/docs/files/../../factory.py",
    "/healthz/more",
    "/openapi.json/more",
    "/%2e%2e/auth",
    "/portfolio/assets/%2F",
    "/portfolio/assets/" + "x" * 200,
    "",
)
OF_ONE_REQUEST = ("X-Request-ID", "Server-Timing", "Date")


@pytest.fixture
def whole(app):
    return Client(app)


@pytest.fixture
def parts(app, settings):
    lazily = FirstTouch(settings)
    lazily._providers = app.extensions[EXTENSION]
    return Client(lazily)


def path_of(rule: Rule) -> str:
    """A path that the rule matches."""
    values = {"asset_type": "stock", "name": "docs.js", "referral_code": "K7MPQ2WXRT"}
    return rule.build({name: values.get(name, "some-id") for name in rule.arguments})[1]


def answer(client: Client, method: str, path: str, **sent):
    got = client.open(path, method=method, buffered=True, **sent)
    headers = sorted((name, value) for name, value in got.headers if name not in OF_ONE_REQUEST)
    return got.status, headers, got.get_data()


class TestAnswers:
    def test_are_the_whole_apps_for_every_path_and_method(self, app, whole, parts):
        paths = [*sorted({path_of(rule) for rule in app.url_map.iter_rules()}), *BESIDE]
        sent = {"json": {"unknown": 1}, "headers": {"Origin": "https://app.example.com"}}

        different = [
            (method, path, here[0], there[0])
            for method, path in itertools.product(METHODS, paths)
            if (here := answer(whole, method, path, **sent))
            != (there := answer(parts, method, path, **sent))
        ]

        assert not different

    def test_come_from_the_same_views(self, app, parts):
        lazily = parts.application

        different = []
        for rule in app.url_map.iter_rules():
            path = path_of(rule)
            for method in rule.methods:
                endpoints = [
                    made.url_map.bind("here").match(path, method=method)
                    for made in (app, lazily.app_for(path))
                ]
                if endpoints[0] != endpoints[1]:
                    different.append((method, path, endpoints))

        assert not different

    def test_are_the_same_for_those_who_signed_in(self, app, whole, parts, sign_in_as):
        admin = sign_in_as("admin")
        paths = sorted({path_of(rule) for rule in app.url_map.iter_rules()})

        different = [
            (path, here[0], there[0])
            for path in paths
            if (here := answer(whole, "GET", path, headers=admin.headers))
            != (there := answer(parts, "GET", path, headers=admin.headers))
        ]

        assert not different


class TestLoading:
    def test_happens_once_a_domain(self, parts):
        lazily = parts.application

        assert lazily.app_for("/portfolio/crypto") is lazily.app_for("/portfolio/summary")
        assert lazily.app_for("/portfolio/assets") is not lazily.app_for("/users/me")

    def test_of_what_every_request_needs_is_no_domains_work(self):
        assert imported_after("") == []

    def test_leaves_the_other_domains_alone(self):
        imported = imported_after("api.app_for('/prices')")

        assert [name for name in imported if "routes" in name.split(".")] == ["app.prices.routes"]

    def test_of_a_portfolio_takes_the_domains_that_value_it(self):
        """The commonest first request, so a domain that joins here makes every cold start slower."""
        imported = imported_after("api.app_for('/portfolio/assets/x')")

        assert {name.split(".")[1] for name in imported} == {"portfolio", "prices"}, (
            "Import the other domain in the function that needs it, if few requests do."
        )
        routes = [name for name in imported if name.startswith("app.portfolio.routes.")]
        assert routes == ["app.portfolio.routes.assets"]


def imported_after(step: str) -> list[str]:
    """The routes, schemas and services that a process has after a step; one of its own, as others import much."""
    program = (
        "import sys\n"
        "from app.config import Settings\n"
        "from app.entrypoints.first_touch import FirstTouch\n"
        "api = FirstTouch(Settings.from_env({'ENV': 'local'}))\n"
        f"{step}\n"
        "print(*sys.modules)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program],
        cwd=source.ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [
        name
        for name in ran.stdout.split()
        if name.startswith("app.")
        and not name.startswith("app.core.")
        and {"routes", "schemas", "service"} & set(name.split("."))
    ]
