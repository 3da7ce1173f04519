"""Which settings does InvestForge have, and are they safe to start with?

The only reader of the environment. `SETTINGS` is one table: a row for each setting with the names it is
known by, how its text becomes a value, its default, and what it is for. `.env.example` and the guard tests
are held against that table.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

STAGES = ("local", "dev", "staging", "prod")
DEFAULT_SECRET = "CHANGE_ME"  # noqa: S105 - a marker, refused everywhere but on a laptop
LOCAL_SECRET = "laptop-only-secret-never-used-on-a-server"  # noqa: S105 - the laptop's own key
SHORTEST_SECRET = 32
FEWEST_HASH_ROUNDS = 10
SERVICE_ACCOUNT_FIELDS = ("project_id", "client_email", "private_key", "token_uri")

SUPERSEDED = {
    "DB_URL": "data lives in DynamoDB tables; use DYNAMODB_ENDPOINT_URL to choose another endpoint",
    "REDIS_URL": "SQS queues and DynamoDB do its work",
    "USER_POOL_ID": "phone login is InvestForge's own; there is no Cognito user pool",
    "USER_POOL_CLIENT_ID": "phone login is InvestForge's own; there is no Cognito app client",
}


class InvalidSettingsError(Exception):
    """The environment can't be started with; the text holds one sentence for each problem."""


def _text(value: str) -> str:
    return value


def _whole_number(low: int, high: int) -> Callable[[str], int]:
    def parse(value: str) -> int:
        number = int(value) if re.fullmatch(r"-?[0-9]{1,9}", value) else None
        if number is None or not low <= number <= high:
            message = f"must be a whole number from {low} to {high}"
            raise ValueError(message)
        return number

    return parse


def _switch(value: str) -> bool:
    words = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    if value.lower() not in words:
        message = "must be true or false"
        raise ValueError(message)
    return words[value.lower()]


def _one_of(*choices: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if value.lower() not in choices:
            message = f"must be one of {', '.join(choices)}"
            raise ValueError(message)
        return value.lower()

    return parse


def _comma_separated(value: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in value.split(",") if part.strip())


def _url(value: str) -> str:
    if not re.match(r"https?://[^/\s]", value):
        message = "must be a URL that starts with http:// or https://"
        raise ValueError(message)
    return value.rstrip("/")


def _one_line(value: str) -> str:
    if not value.isprintable():
        message = "must be one line without control characters"
        raise ValueError(message)
    return value


def _email(value: str) -> str:
    before, at, domain = value.strip().rpartition("@")
    if not (before and at and domain) or " " in value.strip() or not value.isprintable():
        message = "must be an email address"
        raise ValueError(message)
    return value.strip()


def _service_account(value: str) -> str:
    """The account's JSON, from the text itself or from the file that it names."""
    try:
        text = value if value.lstrip().startswith("{") else Path(value).read_text("utf-8")
    except (OSError, ValueError):
        message = "must be JSON, or the path of a file that can be read"
        raise ValueError(message) from None
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict) or not all(
        isinstance(found.get(name), str) and found[name] for name in SERVICE_ACCOUNT_FIELDS
    ):
        names = ", ".join(SERVICE_ACCOUNT_FIELDS)
        message = f"must be a Google service account's JSON, which holds {names}"
        raise ValueError(message)
    return json.dumps(found)


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One row of the table: `names` in order of preference, two that differ stop the start."""

    names: tuple[str, ...]
    parse: Callable[[str], Any]
    default: Any
    purpose: str
    secret: bool = False


SETTINGS: dict[str, Setting] = {
    "stage": Setting(
        names=("ENV", "STACK_STAGE"),
        parse=_one_of(*STAGES),
        default="local",
        purpose="where this runs: local, dev, staging or prod",
    ),
    "jwt_secret": Setting(
        names=("JWT_SECRET", "JWT_SECRET_KEY"),
        parse=_text,
        default=LOCAL_SECRET,
        purpose="signs access and refresh tokens; at least 32 characters (openssl rand -hex 32)",
        secret=True,
    ),
    "jwt_previous_secret": Setting(
        names=("JWT_PREVIOUS_SECRET",),
        parse=_text,
        default=None,
        purpose="still accepted while a signing key is being replaced; never signs",
        secret=True,
    ),
    "jwt_algorithm": Setting(
        names=("JWT_ALGORITHM",),
        parse=lambda value: _one_of("hs256", "hs384", "hs512")(value).upper(),
        default="HS256",
        purpose="how tokens are signed: HS256, HS384 or HS512",
    ),
    "access_token_expires_minutes": Setting(
        names=("ACCESS_TOKEN_EXPIRES_MIN",),
        parse=_whole_number(1, 24 * 60),
        default=15,
        purpose="minutes that an access token lasts",
    ),
    "refresh_token_expires_days": Setting(
        names=("REFRESH_TOKEN_EXPIRES_DAYS",),
        parse=_whole_number(1, 365),
        default=7,
        purpose="days that a refresh token lasts",
    ),
    "refresh_token_rotation": Setting(
        names=("REFRESH_TOKEN_ROTATION",),
        parse=_switch,
        default=False,
        purpose="each refresh token works once; a reused one ends its sign-in",
    ),
    "password_policy": Setting(
        names=("PASSWORD_POLICY",),
        parse=_one_of("documented", "strict"),
        default="documented",
        purpose="strict: upper, lower and digit, and no breached password, at every door",
    ),
    "password_hash_rounds": Setting(
        names=("PASSWORD_HASH_ROUNDS",),
        parse=_whole_number(4, 16),
        default=12,
        purpose="bcrypt's work factor; each more doubles it; at least 10 on every stage but local",
    ),
    "require_verified_email": Setting(
        names=("REQUIRE_VERIFIED_EMAIL",),
        parse=_switch,
        default=False,
        purpose="refuse users whose email is not verified on every protected route",
    ),
    "cors_allowed_origins": Setting(
        names=("CORS_ALLOWED_ORIGINS", "ALLOWED_ORIGINS"),
        parse=_comma_separated,
        default=("http://localhost", "http://localhost:3000"),
        purpose="origins of the web apps that may call, comma-separated, or *",
    ),
    "cors_allow_credentials": Setting(
        names=("CORS_ALLOW_CREDENTIALS",),
        parse=_switch,
        default=False,
        purpose="let browsers send cookies; refused together with * in prod",
    ),
    "region": Setting(
        names=("REGION", "AWS_REGION", "AWS_DEFAULT_REGION"),
        parse=_text,
        default="us-east-1",
        purpose="the AWS region of tables and queues; REGION wins",
    ),
    "aws_endpoint_url": Setting(
        names=("AWS_ENDPOINT_URL",),
        parse=_url,
        default=None,
        purpose="where AWS answers when it is not AWS itself (the laptop's local AWS)",
    ),
    "dynamodb_endpoint_url": Setting(
        names=("DYNAMODB_ENDPOINT_URL",),
        parse=_url,
        default=None,
        purpose="where DynamoDB alone answers; AWS_ENDPOINT_URL otherwise",
    ),
    "table_prefix": Setting(
        names=("TABLE_PREFIX",),
        parse=_text,
        default="investforge-",
        purpose="tables are called <prefix><stage>-<name>",
    ),
    "portfolio_table_name": Setting(
        names=("DYNAMODB_TABLE",),
        parse=_text,
        default=None,
        purpose="another name for the portfolio-tracker table",
    ),
    "market_data": Setting(
        names=("MARKET_DATA",),
        parse=_one_of("standin", "live"),
        default=None,
        purpose="prices from the laptop's stand-ins or live; live on every stage but local",
    ),
    "coingecko_api_key": Setting(
        names=("COINGECKO_API_KEY",),
        parse=_text,
        default=None,
        purpose="CoinGecko key; the free tier works without",
        secret=True,
    ),
    "push": Setting(
        names=("PUSH",),
        parse=_one_of("standin", "live"),
        default=None,
        purpose="pushes go to the laptop's stand-in or live; live on every stage but local",
    ),
    "firebase_credentials": Setting(
        names=("FIREBASE_CREDENTIALS",),
        parse=_service_account,
        default=None,
        purpose="a Google service account, as JSON or the path of its file; without it, push is disabled",
        secret=True,
    ),
    "price_stale_after_seconds": Setting(
        names=("PRICE_STALE_AFTER_SECONDS",),
        parse=_whole_number(30, 7 * 24 * 3600),
        default=900,
        purpose="a price that was not confirmed for so long is marked stale",
    ),
    "queue_visibility_seconds": Setting(
        names=("QUEUE_VISIBILITY_SECONDS",),
        parse=_whole_number(1, 43_200),
        default=60,
        purpose="a job whose worker died is given to another after so long",
    ),
    "app_url": Setting(
        names=("APP_URL",),
        parse=_url,
        default="http://localhost:3000",
        purpose="the web app that links in emails lead to",
    ),
    "api_url": Setting(
        names=("API_URL",),
        parse=_url,
        default=None,
        purpose="where mail programs reach this API to unsubscribe; PORT on a laptop",
    ),
    "mail": Setting(
        names=("MAIL",),
        parse=_one_of("local", "live"),
        default=None,
        purpose="emails into the laptop's own SES or live; live on every stage but local",
    ),
    "mail_provider": Setting(
        names=("MAIL_PROVIDER",),
        parse=_one_of("ses", "brevo"),
        default="ses",
        purpose="who delivers live emails: ses or brevo",
    ),
    "mail_sender_email": Setting(
        names=("MAIL_SENDER", "BREVO_SENDER_EMAIL"),
        parse=_email,
        default="no-reply@investforge.example",
        purpose="the address that emails come from; the provider must have verified it",
    ),
    "mail_sender_name": Setting(
        names=("MAIL_SENDER_NAME", "BREVO_SENDER_NAME"),
        parse=_one_line,
        default="InvestForge",
        purpose="the name beside that address",
    ),
    "ses_region": Setting(
        names=("SES_REGION",),
        parse=_text,
        default=None,
        purpose="the AWS region of SES; REGION otherwise",
    ),
    "ses_configuration_set": Setting(
        names=("SES_CONFIGURATION_SET",),
        parse=_text,
        default=None,
        purpose="the SES configuration set whose bounce and complaint events reach /emails/events",
    ),
    "mail_events_topic_arns": Setting(
        names=("MAIL_EVENTS_TOPIC_ARNS",),
        parse=_comma_separated,
        default=(),
        purpose="SNS topics whose notices /emails/events believes, comma-separated",
    ),
    "brevo_api_key": Setting(
        names=("BREVO_API_KEY",),
        parse=_text,
        default=None,
        purpose="Brevo's API key, the password of its SMTP relay",
        secret=True,
    ),
    "brevo_smtp_server": Setting(
        names=("BREVO_SMTP_SERVER",),
        parse=_text,
        default="smtp-relay.brevo.com",
        purpose="Brevo's SMTP relay",
    ),
    "brevo_port": Setting(
        names=("BREVO_PORT",),
        parse=_whole_number(1, 65_535),
        default=587,
        purpose="its port: 465 speaks TLS from the start, any other by STARTTLS",
    ),
    "admin_notification_email": Setting(
        names=("ADMIN_NOTIFICATION_EMAIL",),
        parse=_email,
        default=None,
        purpose="who is told of accounts that await approval; admin@example.com on a laptop",
    ),
    "scheduler_enabled": Setting(
        names=("SCHEDULER_ENABLED",),
        parse=_switch,
        default=True,
        purpose="whether the minute tick starts recurring jobs",
    ),
    "trusted_proxies": Setting(
        names=("TRUSTED_PROXIES",),
        parse=_whole_number(0, 10),
        default=0,
        purpose="reverse proxies in front, whose X-Forwarded-For entries are believed",
    ),
    "log_level": Setting(
        names=("LOG_LEVEL",),
        parse=lambda value: _one_of("debug", "info", "warning", "error")(value).upper(),
        default="INFO",
        purpose="least important log line that is written",
    ),
    "port": Setting(
        names=("PORT",),
        parse=_whole_number(1, 65_535),
        default=8000,
        purpose="the API, its docs and its feeds on a laptop",
    ),
    "standins_port": Setting(
        names=("STANDINS_PORT",),
        parse=_whole_number(1, 65_535),
        default=4570,
        purpose="the stand-ins for CoinGecko and Yahoo on a laptop",
    ),
}


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Every setting, parsed and checked. Built by `from_env`, or directly in a test."""

    stage: str
    jwt_secret: str = field(repr=False)
    jwt_previous_secret: str | None = field(repr=False)
    jwt_algorithm: str
    access_token_expires_minutes: int
    refresh_token_expires_days: int
    refresh_token_rotation: bool
    password_policy: str
    password_hash_rounds: int
    require_verified_email: bool
    cors_allowed_origins: tuple[str, ...]
    cors_allow_credentials: bool
    region: str
    aws_endpoint_url: str | None
    dynamodb_endpoint_url: str | None
    table_prefix: str
    portfolio_table_name: str | None
    market_data: str
    coingecko_api_key: str | None = field(repr=False)
    push: str
    firebase_credentials: str | None = field(repr=False)
    price_stale_after_seconds: int
    queue_visibility_seconds: int
    app_url: str
    api_url: str | None
    mail: str
    mail_provider: str
    mail_sender_email: str
    mail_sender_name: str
    ses_region: str | None
    ses_configuration_set: str | None
    mail_events_topic_arns: tuple[str, ...]
    brevo_api_key: str | None = field(repr=False)
    brevo_smtp_server: str
    brevo_port: int
    admin_notification_email: str | None
    scheduler_enabled: bool
    trusted_proxies: int
    log_level: str
    port: int
    standins_port: int

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """Read and check the environment.

        Raises:
            InvalidSettingsError: naming every variable that is wrong and what it should be.
        """
        values: dict[str, Any] = {}
        problems: list[str] = []
        for name, setting in SETTINGS.items():
            try:
                values[name] = _read(setting, environ)
            except ValueError as error:
                problems.append(str(error))
        problems += [
            f"{name} is superseded: {why}. Unset it."
            for name, why in SUPERSEDED.items()
            if environ.get(name)
        ]
        if not problems:
            values["market_data"] = values["market_data"] or (
                "standin" if values["stage"] == "local" else "live"
            )
            values["push"] = values["push"] or ("standin" if values["stage"] == "local" else "live")
            values["mail"] = values["mail"] or ("local" if values["stage"] == "local" else "live")
            if values["mail"] == "local":
                values["admin_notification_email"] = (
                    values["admin_notification_email"] or "admin@example.com"
                )
            problems = _unsafe(values)
        if problems:
            raise InvalidSettingsError("\n".join(f"- {problem}" for problem in problems))
        return cls(**values)

    @staticmethod
    def environment_names() -> frozenset[str]:
        """Every environment variable that is read."""
        return frozenset(name for setting in SETTINGS.values() for name in setting.names)

    @property
    def is_local(self) -> bool:
        """Whether this is somebody's laptop."""
        return self.stage == "local"

    @property
    def standins_url(self) -> str:
        """Where the laptop's stand-ins answer."""
        return f"http://127.0.0.1:{self.standins_port}"

    @property
    def public_api_url(self) -> str | None:
        """Where readers of emails reach this API; None where nobody said so."""
        return self.api_url or (f"http://127.0.0.1:{self.port}" if self.is_local else None)

    @property
    def queue_name(self) -> str:
        """The queue that jobs go through."""
        return f"investforge-{self.stage}-jobs"

    @property
    def table_names(self) -> dict[str, str]:
        """Tables whose documented override is set, by their own name."""
        overrides = {"portfolio-tracker": self.portfolio_table_name}
        return {name: chosen for name, chosen in overrides.items() if chosen}


def _read(setting: Setting, environ: Mapping[str, str]) -> Any:
    given = {name: environ[name] for name in setting.names if environ.get(name)}
    if not given:
        return setting.default
    aliases_may_differ = setting.names[0] == "REGION"  # each falls back to the next
    if len(set(given.values())) > 1 and not aliases_may_differ:
        names = " and ".join(given)
        message = f"{names} name the same setting and differ: {setting.purpose}. Keep one of them."
        raise ValueError(message)
    name = next(iter(given))
    try:
        return setting.parse(given[name])
    except ValueError as error:
        shown = "its value" if setting.secret else repr(given[name])
        message = f"{name} {error}; it is {shown} ({setting.purpose})."
        raise ValueError(message) from None


def _unsafe(values: Mapping[str, Any]) -> list[str]:
    stage, problems = values["stage"], []
    if stage != "local":
        for name in ("jwt_secret", "jwt_previous_secret"):
            secret = values[name]
            if secret is not None and (
                secret in {LOCAL_SECRET, DEFAULT_SECRET} or len(secret) < SHORTEST_SECRET
            ):
                problems.append(
                    f"{SETTINGS[name].names[0]} is unset, a default or shorter than {SHORTEST_SECRET} characters, "
                    f"which {stage} refuses; make one with: openssl rand -hex 32"
                )
        if values["password_hash_rounds"] < FEWEST_HASH_ROUNDS:
            problems.append(
                f"PASSWORD_HASH_ROUNDS must be at least {FEWEST_HASH_ROUNDS} on {stage}"
            )
    if (
        stage == "prod"
        and "*" in values["cors_allowed_origins"]
        and values["cors_allow_credentials"]
    ):
        problems.append(
            "CORS_ALLOWED_ORIGINS=* with CORS_ALLOW_CREDENTIALS=true is refused in prod; list the origins"
        )
    if stage != "local" and values["market_data"] == "standin":
        problems.append("MARKET_DATA=standin exists only on a laptop; unset it")
    if stage != "local" and values["push"] == "standin":
        problems.append("PUSH=standin exists only on a laptop; unset it")
    if stage != "local" and values["mail"] == "local":
        problems.append("MAIL=local exists only on a laptop; unset it")
    by_brevo = (values["mail"], values["mail_provider"]) == ("live", "brevo")
    if by_brevo and values["brevo_api_key"] is None:
        problems.append("BREVO_API_KEY must be set: MAIL_PROVIDER is brevo")
    return problems
