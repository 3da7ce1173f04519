"""Does a process find its settings in Parameter Store, and does it say so where it can't?"""

import boto3
import pytest

from app.entrypoints import parameters

PATH = "/investforge/dev/settings/"


@pytest.fixture
def environ(aws) -> dict[str, str]:
    """The environment of a function on the local AWS."""
    return {"AWS_ENDPOINT_URL": aws.url, "AWS_REGION": "us-east-1"}


@pytest.fixture
def ssm(aws):
    return boto3.client("ssm", region_name="us-east-1", endpoint_url=aws.url)


class TestRead:
    def test_gives_what_stands_below_the_path_decrypted(self, ssm, environ):
        ssm.put_parameter(Name=f"{PATH}JWT_SECRET", Value="s" * 40, Type="SecureString")
        ssm.put_parameter(Name=f"{PATH}APP_URL", Value="https://app.example", Type="String")
        ssm.put_parameter(Name="/investforge/prod/settings/APP_URL", Value="other", Type="String")

        found = parameters.read(path=PATH, environ=environ)

        assert found == {"JWT_SECRET": "s" * 40, "APP_URL": "https://app.example"}

    def test_reads_every_page(self, ssm, environ):
        for number in range(23):
            ssm.put_parameter(Name=f"{PATH}NAME_{number}", Value=str(number), Type="String")

        assert len(parameters.read(path=PATH, environ=environ)) == 23

    def test_finds_nothing_where_nothing_is(self, environ):
        assert parameters.read(path=PATH, environ=environ) == {}

    def test_says_what_was_asked_where_nothing_answers(self):
        closed = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_REGION": "us-east-1"}

        with pytest.raises(parameters.ParametersUnavailable, match=PATH):
            parameters.read(path=PATH, environ=closed)


class TestLoad:
    def test_leaves_what_the_function_sets_itself(self, ssm, environ, monkeypatch):
        ssm.put_parameter(Name=f"{PATH}LOG_LEVEL", Value="debug", Type="String")
        ssm.put_parameter(Name=f"{PATH}APP_URL", Value="https://app.example", Type="String")
        for name, value in {**environ, "PARAMETERS_PATH": PATH, "LOG_LEVEL": "error"}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("APP_URL", "")
        monkeypatch.delenv("APP_URL")

        parameters.load()

        import os

        assert (os.environ["LOG_LEVEL"], os.environ["APP_URL"]) == ("error", "https://app.example")

    def test_asks_nobody_without_a_path(self, monkeypatch):
        monkeypatch.delenv("PARAMETERS_PATH", raising=False)
        monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")

        parameters.load()
