"""Does a stack see only this laptop, whatever happens to be exported?"""

import os
from pathlib import Path

import pytest

from app.config import Settings
from app.local import firebase_account, stack
from app.local.plan import InvalidPlanError, Plan, parse_dotenv, with_dotenv

ROOT = Path("/somewhere/investforge")


def plan(**environ: str) -> Plan:
    return Plan.from_env(environ, root=ROOT)


class TestPlan:
    def test_has_the_documented_defaults(self):
        made = plan()
        assert (made.port, made.aws_port, made.standins_port) == (8000, 4566, 4570)
        assert made.state_dir == ROOT / ".local"
        assert made.demo
        assert not made.reload

    def test_takes_what_is_set(self):
        made = plan(PORT="9000", STATE_DIR="/elsewhere", DEMO="0", DEMO_SEED="7", RELOAD="1")
        assert made.port == 9000
        assert made.state_dir == Path("/elsewhere")
        assert (made.demo, made.demo_seed, made.reload) == (False, 7, True)

    def test_names_every_problem(self):
        with pytest.raises(InvalidPlanError) as error:
            plan(PORT="http", AWS_PORT="70000", DEMO_SEED="x", AWS="live")
        sentences = str(error.value).splitlines()
        assert [line.split()[0] for line in sentences] == [
            "PORT",
            "AWS_PORT",
            "DEMO_SEED",
            "AWS=live",
        ]

    def test_refuses_one_port_for_two_servers(self):
        with pytest.raises(InvalidPlanError, match="PORT=8000, AWS_PORT=8000"):
            plan(AWS_PORT="8000")


class TestPayments:
    def test_go_to_the_stand_in_whatever_key_is_exported(self):
        seen = plan(
            STRIPE_SECRET_KEY="sk_live_x", STRIPE_WEBHOOK_SECRET="whsec_real", PAYMENTS=""
        ).app_environment()
        assert seen["PAYMENTS"] == "standin"
        assert seen["STRIPE_SECRET_KEY"] == "sk_test_local"
        assert seen["STRIPE_WEBHOOK_SECRET"] == "whsec_local"
        settings = Settings.from_env({**seen, "FIREBASE_CREDENTIALS": ""})
        assert settings.stripe_api_base == "http://127.0.0.1:4570/stripe"

    def test_go_to_stripe_only_when_told_to(self):
        seen = plan(
            PAYMENTS="live", STRIPE_SECRET_KEY="sk_live_x", STRIPE_WEBHOOK_SECRET="whsec_real"
        ).app_environment()
        assert (seen["PAYMENTS"], seen["STRIPE_SECRET_KEY"]) == ("live", "sk_live_x")
        settings = Settings.from_env({**seen, "FIREBASE_CREDENTIALS": ""})
        assert settings.stripe_api_base is None


class TestModel:
    def test_behind_the_local_bedrock_is_the_stand_in(self):
        seen = plan(STANDINS_PORT="9100", MINISTACK_BEDROCK_PROXY_URL="https://x").aws_environment()
        assert seen["MINISTACK_BEDROCK_PROXY_URL"] == "http://127.0.0.1:9100/bedrock"


class TestStack:
    def test_tells_the_stand_ins_where_to_post_and_to_save(self):
        (standins,) = (row for row in stack.servers(plan(PORT="9000")) if row.name == "standins")
        wanted = "for_laptop(2026, 'http://127.0.0.1:9000/stripe/webhook', '/somewhere/investforge/.local')"
        assert f"app.local.standins.server:{wanted}" in standins.command

    def test_says_where_stripe_is(self):
        assert "Stripe      http://127.0.0.1:4570/stripe/" in stack.welcome(plan())
        assert "Stripe      live" in stack.welcome(plan(PAYMENTS="live"))


class TestAppEnvironment:
    def test_leads_to_the_local_aws_whatever_is_exported(self):
        seen = plan(
            AWS_PROFILE="production",
            AWS_ACCESS_KEY_ID="AKIAREAL",
            AWS_SESSION_TOKEN="real",
            AWS_ENDPOINT_URL="https://dynamodb.eu-west-1.amazonaws.com",
            AWS_ENDPOINT_URL_DYNAMODB="https://dynamodb.eu-west-1.amazonaws.com",
            AWS_IGNORE_CONFIGURED_ENDPOINT_URLS="true",
            AWS_REGION="eu-west-1",
            DYNAMODB_ENDPOINT_URL="https://dynamodb.eu-west-1.amazonaws.com",
            WEBSOCKET_ENDPOINT_URL="https://a.execute-api.eu-west-1.amazonaws.com/prod",
            STACK_STAGE="prod",
            ENV="prod",
        ).app_environment()
        assert {name: value for name, value in seen.items() if name.startswith("AWS_")} == {
            "AWS_ENDPOINT_URL": "http://127.0.0.1:4566",
            "AWS_PORT": "4566",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }
        assert "DYNAMODB_ENDPOINT_URL" not in seen
        assert "WEBSOCKET_ENDPOINT_URL" not in seen
        assert "STACK_STAGE" not in seen
        assert seen["ENV"] == "local"

    def test_is_an_environment_that_the_app_starts_with(self, tmp_path):
        firebase_account.ensure(tmp_path)
        made = plan(PORT="9000", STATE_DIR=str(tmp_path))
        settings = Settings.from_env(made.app_environment())
        assert settings.is_local
        assert settings.port == 9000
        assert settings.aws_endpoint_url == "http://127.0.0.1:4566"

    @pytest.mark.parametrize(
        ("exported", "used"),
        [
            ({}, "standin"),
            ({"MARKET_DATA": "live"}, "live"),
            ({"COINGECKO_API_KEY": "k"}, "standin"),
        ],
    )
    def test_asks_the_real_vendors_only_when_told_to(self, exported, used):
        assert plan(**exported).app_environment()["MARKET_DATA"] == used

    def test_keeps_settings_and_goes_past_proxies(self):
        seen = plan(PASSWORD_POLICY="strict", NO_PROXY="intranet").app_environment()
        assert seen["PASSWORD_POLICY"] == "strict"
        assert seen["NO_PROXY"] == seen["no_proxy"] == "intranet,127.0.0.1,localhost,::1"


class TestAwsEnvironment:
    def test_listens_on_loopback_and_keeps_its_state(self):
        seen = plan(AWS_PORT="4999", STATE_DIR="/elsewhere").aws_environment()
        assert (seen["BIND_HOST"], seen["GATEWAY_PORT"]) == ("127.0.0.1", "4999")
        assert (seen["PERSIST_STATE"], seen["S3_PERSIST"]) == ("1", "1")
        assert seen["STATE_DIR"] == "/elsewhere/aws/state"

    def test_sees_no_secret_of_the_user(self):
        seen = plan(JWT_SECRET="s", AWS_SECRET_ACCESS_KEY="s", STRIPE_KEY="s", PATH="/bin")
        assert not {"JWT_SECRET", "AWS_SECRET_ACCESS_KEY", "STRIPE_KEY"} & set(
            seen.aws_environment()
        )
        assert seen.aws_environment()["PATH"] == "/bin"


class TestDotenv:
    def test_understands_what_people_write(self):
        text = """
        # a comment
        PORT=9000
        export NAME = spaced
        QUOTED="a # b"
        SINGLE='x y'
        TRAILING=value # why
        EMPTY=
        no equals sign
        """
        assert parse_dotenv(text) == {
            "PORT": "9000",
            "NAME": "spaced",
            "QUOTED": "a # b",
            "SINGLE": "x y",
            "TRAILING": "value",
            "EMPTY": "",
        }

    def test_yields_to_what_is_exported(self):
        assert with_dotenv({"PORT": "1"}, "PORT=2\nDEMO=0") == {"PORT": "1", "DEMO": "0"}

    def test_switches_no_credentials(self):
        environ = with_dotenv({}, "AWS_PROFILE=production\nAWS_ACCESS_KEY_ID=AKIAREAL")
        seen = Plan.from_env(environ, root=ROOT).app_environment()
        assert "AWS_PROFILE" not in seen
        assert seen["AWS_ACCESS_KEY_ID"] == "test"
