"""Does a wrong environment stop the start, with a sentence that says which variable to mend?"""

import json
from dataclasses import fields
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app.config import LOCAL_SECRET, SETTINGS, STAGES, InvalidSettingsError, Settings
from app.config.parsing import SERVICE_ACCOUNT_FIELDS
from app.config.table import DEFAULT_SECRET, SUPERSEDED

SECRET = "0123456789abcdef0123456789abcdef-of-a-test"
SERVER = {"ENV": "prod", "JWT_SECRET": SECRET}

FIREBASE = json.dumps(dict.fromkeys(SERVICE_ACCOUNT_FIELDS, "a"))

# One text that is accepted for every variable, and what becomes of it.
ACCEPTED: dict[str, tuple[str, Any]] = {
    "ENV": ("LOCAL", "local"),
    "STACK_STAGE": ("local", "local"),
    "JWT_SECRET": (SECRET, SECRET),
    "JWT_SECRET_KEY": (SECRET, SECRET),
    "JWT_PREVIOUS_SECRET": (SECRET, SECRET),
    "JWT_ALGORITHM": ("hs512", "HS512"),
    "ACCESS_TOKEN_EXPIRES_MIN": ("30", 30),
    "REFRESH_TOKEN_EXPIRES_DAYS": ("14", 14),
    "REFRESH_TOKEN_ROTATION": ("Yes", True),
    "PASSWORD_POLICY": ("strict", "strict"),
    "PASSWORD_HASH_ROUNDS": ("4", 4),
    "OTP_TTL_SECONDS": ("600", 600),
    "OTP_MAX_ATTEMPTS": ("3", 3),
    "SMS_DEV_ECHO": ("false", False),
    "REQUIRE_VERIFIED_EMAIL": ("1", True),
    "SIGNUP_MODE": ("Waitlist", "waitlist"),
    "CORS_ALLOWED_ORIGINS": (
        "https://a.example, https://b.example,",
        ("https://a.example", "https://b.example"),
    ),
    "ALLOWED_ORIGINS": ("*", ("*",)),
    "CORS_ALLOW_CREDENTIALS": ("true", True),
    "REGION": ("eu-west-1", "eu-west-1"),
    "AWS_REGION": ("eu-west-1", "eu-west-1"),
    "AWS_DEFAULT_REGION": ("eu-west-1", "eu-west-1"),
    "AWS_ENDPOINT_URL": ("http://127.0.0.1:4566/", "http://127.0.0.1:4566"),
    "DYNAMODB_ENDPOINT_URL": ("https://dynamodb.example", "https://dynamodb.example"),
    "TABLE_PREFIX": ("mine-", "mine-"),
    "DYNAMODB_TABLE": ("tracker", "tracker"),
    "ITEMS_TABLE_NAME": ("local-items", "local-items"),
    "MARKET_DATA": ("live", "live"),
    "COINGECKO_API_KEY": ("CG-key", "CG-key"),
    "PUSH": ("live", "live"),
    "FIREBASE_CREDENTIALS": (FIREBASE, FIREBASE),
    "APP_URL": ("https://app.example/", "https://app.example"),
    "API_URL": ("https://api.example", "https://api.example"),
    "MAIL": ("local", "local"),
    "MAIL_PROVIDER": ("Brevo", "brevo"),
    "MAIL_SENDER": ("hello@investforge.example", "hello@investforge.example"),
    "BREVO_SENDER_EMAIL": (" hello@investforge.example ", "hello@investforge.example"),
    "MAIL_SENDER_NAME": ("Ada", "Ada"),
    "BREVO_SENDER_NAME": ("Ada", "Ada"),
    "SES_REGION": ("eu-west-1", "eu-west-1"),
    "SES_CONFIGURATION_SET": ("events", "events"),
    "MAIL_EVENTS_TOPIC_ARNS": ("arn:one, arn:two", ("arn:one", "arn:two")),
    "BREVO_API_KEY": ("brevo-key", "brevo-key"),
    "BREVO_SMTP_SERVER": ("smtp.example", "smtp.example"),
    "BREVO_PORT": ("465", 465),
    "ADMIN_NOTIFICATION_EMAIL": ("admin@a.example", "admin@a.example"),
    "PAYMENTS": ("live", "live"),
    "LANGUAGE_MODEL": ("Planner", "planner"),
    "BEDROCK_MODEL_ID": ("eu.some.model-v1:0", "eu.some.model-v1:0"),
    "BEDROCK_REGION": ("eu-west-1", "eu-west-1"),
    "STRIPE_SECRET_KEY": ("sk_test_of_a_test", "sk_test_of_a_test"),
    "STRIPE_WEBHOOK_SECRET": ("whsec_of_a_test", "whsec_of_a_test"),
    "BILLING_GRACE_DAYS": ("3", 3),
    "BILLING_TRIAL_DAYS": ("14", 14),
    "FILES_BUCKET": ("files-of-ours", "files-of-ours"),
    "PRICE_STALE_AFTER_SECONDS": ("60", 60),
    "QUEUE_VISIBILITY_SECONDS": ("30", 30),
    "SCHEDULER_ENABLED": ("no", False),
    "BASELINE_EQUITY": ("2500.50", Decimal("2500.50")),
    "EQUITY_SNAPSHOT_INTERVAL_MINUTES": ("5", 5),
    "HEARTBEAT_CRON": ("30 6 * * 1-5", "30 6 * * 1-5"),
    "TRUSTED_PROXIES": ("2", 2),
    "LOG_LEVEL": ("debug", "DEBUG"),
    "WEBSOCKET_ENDPOINT_URL": ("https://api.example/dev/", "https://api.example/dev"),
    "PORT": ("9000", 9000),
    "STANDINS_PORT": ("9001", 9001),
}
REFUSED = [
    ("ENV", "production"),
    ("JWT_ALGORITHM", "none"),
    ("JWT_ALGORITHM", "RS256"),
    ("ACCESS_TOKEN_EXPIRES_MIN", "0"),
    ("ACCESS_TOKEN_EXPIRES_MIN", "15.5"),
    ("REFRESH_TOKEN_EXPIRES_DAYS", "366"),
    ("REFRESH_TOKEN_ROTATION", "maybe"),
    ("PASSWORD_POLICY", "lax"),
    ("PASSWORD_HASH_ROUNDS", "3"),
    ("PASSWORD_HASH_ROUNDS", "17"),
    ("REQUIRE_VERIFIED_EMAIL", "on"),
    ("CORS_ALLOW_CREDENTIALS", "2"),
    ("AWS_ENDPOINT_URL", "127.0.0.1:4566"),
    ("AWS_ENDPOINT_URL", "http://"),
    ("DYNAMODB_ENDPOINT_URL", "ftp://dynamodb"),
    ("MARKET_DATA", "none"),
    ("PUSH", "none"),
    ("FIREBASE_CREDENTIALS", "{"),
    ("FIREBASE_CREDENTIALS", "[]"),
    ("FIREBASE_CREDENTIALS", '{"type": "service_account"}'),
    ("FIREBASE_CREDENTIALS", "/no/such/file.json"),
    ("APP_URL", "app.example"),
    ("API_URL", "https:///"),
    ("MAIL", "off"),
    ("MAIL_PROVIDER", "smtp"),
    ("MAIL_SENDER", "nobody"),
    ("MAIL_SENDER", "a b@c.example"),
    ("MAIL_SENDER", "a@c.example\nBcc: x@y.example"),
    ("MAIL_SENDER_NAME", "Ada\r\nBcc: x@y.example"),
    ("BREVO_PORT", "0"),
    ("ADMIN_NOTIFICATION_EMAIL", "@example.com"),
    ("PAYMENTS", "none"),
    ("LANGUAGE_MODEL", "gpt"),
    ("BILLING_GRACE_DAYS", "61"),
    ("BILLING_TRIAL_DAYS", "-1"),
    ("PRICE_STALE_AFTER_SECONDS", "29"),
    ("QUEUE_VISIBILITY_SECONDS", "43201"),
    ("SCHEDULER_ENABLED", "sometimes"),
    ("BASELINE_EQUITY", "0.00"),
    ("BASELINE_EQUITY", "-5"),
    ("BASELINE_EQUITY", "1e4"),
    ("BASELINE_EQUITY", "NaN"),
    ("EQUITY_SNAPSHOT_INTERVAL_MINUTES", "0"),
    ("EQUITY_SNAPSHOT_INTERVAL_MINUTES", "1441"),
    ("HEARTBEAT_CRON", "hourly"),
    ("HEARTBEAT_CRON", "0 0 2 * * *"),
    ("HEARTBEAT_CRON", "0 25 * * *"),
    ("HEARTBEAT_CRON", "0 0 31 2 *"),
    ("TRUSTED_PROXIES", "-1"),
    ("LOG_LEVEL", "loud"),
    ("PORT", "0"),
    ("PORT", "65536"),
    ("PORT", "--5"),
    ("WEBSOCKET_ENDPOINT_URL", "wss://api.example/dev"),
    ("PORT", "²"),
    ("PORT", "9" * 5_000),
    ("STANDINS_PORT", "four"),
]
DIFFERING = [
    ("ENV", "local", "STACK_STAGE", "dev"),
    ("JWT_SECRET", SECRET, "JWT_SECRET_KEY", SECRET + "2"),
    ("CORS_ALLOWED_ORIGINS", "https://a.example", "ALLOWED_ORIGINS", "https://b.example"),
]


def field_of(variable: str) -> str:
    return next(field for field, setting in SETTINGS.items() if variable in setting.names)


def problems_of(environ: dict[str, str]) -> str:
    with pytest.raises(InvalidSettingsError) as refusal:
        Settings.from_env(environ)
    return str(refusal.value)


class TestFromEnv:
    def test_has_a_default_for_everything_on_a_laptop(self):
        settings = Settings.from_env({})
        assert settings.is_local
        assert settings.market_data == "standin"
        assert settings.standins_url == "http://127.0.0.1:4570"
        assert settings.queue_name == "investforge-local-jobs"
        assert settings.table_names == {}
        assert (settings.push, settings.mail) == ("standin", "local")
        assert (settings.payments, settings.language_model) == ("standin",) * 2
        assert settings.stripe_api_base == "http://127.0.0.1:4570/stripe"
        assert (settings.stripe_secret_key, settings.stripe_webhook_secret) == (
            "sk_test_local",
            "whsec_local",
        )
        assert settings.admin_notification_email == "admin@example.com"
        assert settings.public_api_url == "http://127.0.0.1:8000"

    def test_reads_firebase_credentials_from_the_file_that_is_named(self, tmp_path: Path):
        file = tmp_path / "account.json"
        file.write_text(FIREBASE)
        settings = Settings.from_env({"FIREBASE_CREDENTIALS": str(file)})
        assert settings.firebase_credentials == FIREBASE

    def test_reads_a_row_of_the_table_for_every_field(self):
        assert {field.name for field in fields(Settings)} == set(SETTINGS)

    def test_is_shown_a_text_for_every_variable_here(self):
        assert set(ACCEPTED) == Settings.environment_names()

    @pytest.mark.parametrize("variable", sorted(ACCEPTED))
    def test_parses(self, variable: str):
        text, value = ACCEPTED[variable]
        assert getattr(Settings.from_env({variable: text}), field_of(variable)) == value

    @pytest.mark.parametrize("variable", sorted(ACCEPTED))
    def test_takes_an_empty_variable_for_an_unset_one(self, variable: str):
        assert Settings.from_env({variable: ""}) == Settings.from_env({})

    def test_refuses_a_live_model_without_a_name(self):
        assert problems_of({"LANGUAGE_MODEL": "live"}).startswith("- BEDROCK_MODEL_ID must be set")

    @pytest.mark.parametrize(("variable", "text"), REFUSED)
    def test_refuses_with_a_sentence_that_names_the_variable(self, variable: str, text: str):
        problems = problems_of({variable: text})
        assert problems.startswith(f"- {variable} must be ")
        assert SETTINGS[field_of(variable)].purpose in problems
        assert problems.count("\n") == 0

    def test_names_every_problem_at_once(self):
        problems = problems_of({"PORT": "x", "LOG_LEVEL": "loud", "REDIS_URL": "redis://cache"})
        assert [line.split()[1] for line in problems.splitlines()] == [
            "LOG_LEVEL",
            "PORT",
            "REDIS_URL",
        ]

    def test_names_the_tables_whose_name_is_overridden(self):
        settings = Settings.from_env(
            {"DYNAMODB_TABLE": "tracker", "ITEMS_TABLE_NAME": "local-items"}
        )
        assert settings.table_names == {"portfolio-tracker": "tracker", "items": "local-items"}


class TestAliases:
    @pytest.mark.parametrize(("one", "value", "other", "another"), DIFFERING)
    def test_stop_the_start_when_they_differ(self, one: str, value: str, other: str, another: str):
        problems = problems_of({one: value, other: another})
        assert f"{one} and {other} name the same setting and differ" in problems

    @pytest.mark.parametrize(("one", "value", "other", "_another"), DIFFERING)
    def test_may_be_set_alike(self, one: str, value: str, other: str, _another: str):
        settings = Settings.from_env({one: value, other: value})
        assert settings == Settings.from_env({one: value})

    def test_of_the_region_fall_back_to_the_next(self):
        region = {"REGION": "one", "AWS_REGION": "two", "AWS_DEFAULT_REGION": "three"}
        for name in ("REGION", "AWS_REGION", "AWS_DEFAULT_REGION"):
            assert Settings.from_env(region).region == region.pop(name)


class TestSupersededNames:
    @pytest.mark.parametrize("name", sorted(SUPERSEDED))
    def test_stop_the_start_and_say_what_took_their_place(self, name: str):
        assert f"{name} is superseded: {SUPERSEDED[name]}" in problems_of({name: "anything"})


class TestServerStages:
    @pytest.mark.parametrize("stage", STAGES[1:])
    @pytest.mark.parametrize("secret", ["", LOCAL_SECRET, DEFAULT_SECRET, "short", SECRET[:31]])
    def test_refuse_a_default_or_short_secret(self, stage: str, secret: str):
        problems = problems_of({"ENV": stage, "JWT_SECRET": secret})
        assert "JWT_SECRET" in problems
        assert stage in problems

    @pytest.mark.parametrize("secret", [LOCAL_SECRET, DEFAULT_SECRET, "short"])
    def test_refuse_such_a_previous_secret_too(self, secret: str):
        assert "JWT_PREVIOUS_SECRET" in problems_of(SERVER | {"JWT_PREVIOUS_SECRET": secret})

    @pytest.mark.parametrize("stage", STAGES[1:])
    def test_start_with_a_secret_of_their_own(self, stage: str):
        settings = Settings.from_env({"ENV": stage, "JWT_SECRET": SECRET[:32]})
        assert not settings.is_local
        assert settings.market_data == "live"
        assert settings.queue_name == f"investforge-{stage}-jobs"

    def test_refuse_quick_password_hashes(self):
        assert "PASSWORD_HASH_ROUNDS" in problems_of(SERVER | {"PASSWORD_HASH_ROUNDS": "9"})
        assert Settings.from_env(SERVER | {"PASSWORD_HASH_ROUNDS": "10"}).password_hash_rounds == 10

    @pytest.mark.parametrize(
        ("variable", "value"),
        [
            ("MARKET_DATA", "standin"),
            ("PUSH", "standin"),
            ("MAIL", "local"),
            ("PAYMENTS", "standin"),
            ("LANGUAGE_MODEL", "standin"),
        ],
    )
    def test_refuse_what_only_a_laptop_has(self, variable: str, value: str):
        assert f"{variable}={value} exists only on a laptop" in problems_of(
            SERVER | {variable: value}
        )

    @pytest.mark.parametrize("stage", STAGES[1:])
    @pytest.mark.parametrize(
        ("variable", "value"),
        [("STRIPE_SECRET_KEY", "sk_test_local"), ("STRIPE_WEBHOOK_SECRET", "whsec_local")],
    )
    def test_refuse_the_laptops_stripe_secrets(self, stage: str, variable: str, value: str):
        problems = problems_of(SERVER | {"ENV": stage, variable: value})
        assert f"{variable} is the laptop's own" in problems
        assert stage in problems

    def test_have_no_stripe_key_of_their_own(self):
        settings = Settings.from_env(SERVER)
        assert (settings.payments, settings.stripe_api_base) == ("live", None)
        assert (settings.stripe_secret_key, settings.stripe_webhook_secret) == (None, None)

    def test_refuse_to_send_by_brevo_without_its_key(self):
        brevo = SERVER | {"MAIL_PROVIDER": "brevo"}
        assert "BREVO_API_KEY" in problems_of(brevo)
        assert Settings.from_env(brevo | {"BREVO_API_KEY": "key"}).mail_provider == "brevo"

    def test_reach_everything_live(self):
        settings = Settings.from_env(SERVER)
        assert (settings.market_data, settings.push, settings.mail) == ("live",) * 3
        assert settings.admin_notification_email is None
        assert settings.public_api_url is None

    def test_show_codes_everywhere_but_in_prod_which_refuses_to(self):
        assert "SMS_DEV_ECHO" in problems_of(SERVER | {"SMS_DEV_ECHO": "true"})
        shown = {stage: Settings.from_env(SERVER | {"ENV": stage}).sms_dev_echo for stage in STAGES}
        assert shown == {"local": True, "dev": True, "staging": True, "prod": False}

    def test_refuse_any_origin_with_credentials_in_prod_alone(self):
        open_door = {"CORS_ALLOWED_ORIGINS": "*", "CORS_ALLOW_CREDENTIALS": "true"}
        assert "CORS_ALLOWED_ORIGINS" in problems_of(SERVER | open_door)
        assert Settings.from_env(SERVER | open_door | {"ENV": "staging"}).cors_allow_credentials
        assert Settings.from_env(SERVER | {"ALLOWED_ORIGINS": "*"}).cors_allowed_origins == ("*",)


class TestSecrets:
    def test_stand_in_no_sentence(self):
        problems = problems_of(
            {
                "ENV": "prod",
                "JWT_SECRET": "hunter2",
                "JWT_PREVIOUS_SECRET": "hunter2too",
                "PASSWORD_HASH_ROUNDS": "4",
            }
        )
        assert "hunter2" not in problems
        differing = problems_of({"JWT_SECRET": "hunter2", "JWT_SECRET_KEY": "hunter2too"})
        assert "hunter2" not in differing

    def test_stand_in_no_printed_settings(self):
        settings = Settings.from_env(
            SERVER | {"JWT_PREVIOUS_SECRET": SECRET + "2", "COINGECKO_API_KEY": "CG-key"}
        )
        assert SECRET not in repr(settings)
        assert "CG-key" not in repr(settings)

    def test_are_marked_as_such(self):
        assert {field for field, setting in SETTINGS.items() if setting.secret} == {
            field.name for field in fields(Settings) if not field.repr
        }
