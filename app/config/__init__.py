"""Which settings does InvestForge have, and are they safe to start with?

The only reader of the environment. `SETTINGS` is one table: a row for each setting with the names it is
known by, how its text becomes a value, its default, and what it is for. `.env.example` and the guard tests
are held against that table.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from app.config.table import (
    DEFAULT_SECRET,
    LOCAL_SECRET,
    LOCAL_STRIPE_KEY,
    LOCAL_STRIPE_WEBHOOK_SECRET,
    SETTINGS,
    STAGES,
    SUPERSEDED,
    Setting,
)

__all__ = ["LOCAL_SECRET", "SETTINGS", "STAGES", "InvalidSettingsError", "Setting", "Settings"]

SHORTEST_SECRET = 32
FEWEST_HASH_ROUNDS = 10


class InvalidSettingsError(Exception):
    """The environment can't be started with; the text holds one sentence for each problem."""


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
    otp_ttl_seconds: int
    otp_max_attempts: int
    sms_dev_echo: bool
    require_verified_email: bool
    signup_mode: str
    cors_allowed_origins: tuple[str, ...]
    cors_allow_credentials: bool
    region: str
    aws_endpoint_url: str | None
    dynamodb_endpoint_url: str | None
    table_prefix: str
    portfolio_table_name: str | None
    items_table_name: str | None
    market_data: str
    coingecko_api_key: str | None = field(repr=False)
    push: str
    firebase_credentials: str | None = field(repr=False)
    payments: str
    stripe_secret_key: str | None = field(repr=False)
    stripe_webhook_secret: str | None = field(repr=False)
    language_model: str
    bedrock_model_id: str | None
    bedrock_region: str | None
    billing_grace_days: int
    billing_trial_days: int
    files_bucket: str | None
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
    baseline_equity: Decimal | None
    equity_snapshot_interval_minutes: int
    heartbeat_cron: str
    trusted_proxies: int
    log_level: str
    websocket_endpoint_url: str | None
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
            values["payments"] = values["payments"] or (
                "standin" if values["stage"] == "local" else "live"
            )
            values["language_model"] = values["language_model"] or _model_chosen(values)
            if values["payments"] == "standin":
                values["stripe_secret_key"] = values["stripe_secret_key"] or LOCAL_STRIPE_KEY
                values["stripe_webhook_secret"] = (
                    values["stripe_webhook_secret"] or LOCAL_STRIPE_WEBHOOK_SECRET
                )
            if values["mail"] == "local":
                values["admin_notification_email"] = (
                    values["admin_notification_email"] or "admin@example.com"
                )
            if values["sms_dev_echo"] is None:
                values["sms_dev_echo"] = values["stage"] != "prod"
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
    def stripe_api_base(self) -> str | None:
        """Where the laptop's Stripe answers; None for Stripe's own address."""
        return f"{self.standins_url}/stripe" if self.payments == "standin" else None

    @property
    def public_api_url(self) -> str | None:
        """Where readers of emails reach this API; None where nobody said so."""
        return self.api_url or (f"http://127.0.0.1:{self.port}" if self.is_local else None)

    @property
    def queue_name(self) -> str:
        """The queue that jobs go through."""
        return f"investforge-{self.stage}-jobs"

    @property
    def bucket_name(self) -> str:
        """The bucket that files are kept in."""
        return self.files_bucket or f"investforge-{self.stage}-files"

    @property
    def table_names(self) -> dict[str, str]:
        """Tables whose documented override is set, by their own name."""
        overrides = {
            "portfolio-tracker": self.portfolio_table_name,
            "items": self.items_table_name,
        }
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


def _model_chosen(values: Mapping[str, Any]) -> str:
    """The laptop's model on a laptop; elsewhere the model that is named, or the planner that needs none."""
    if values["stage"] == "local":
        return "standin"
    return "live" if values["bedrock_model_id"] else "planner"


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
    if stage == "prod" and values["sms_dev_echo"]:
        problems.append(
            "SMS_DEV_ECHO=true is refused in prod: whoever names a phone would be told its code"
        )
    problems += [
        f"{SETTINGS[name].names[0]}={choice} exists only on a laptop; unset it"
        for name, choice in {
            "market_data": "standin",
            "push": "standin",
            "mail": "local",
            "payments": "standin",
            "language_model": "standin",
        }.items()
        if stage != "local" and values[name] == choice
    ]
    problems += [
        f"{SETTINGS[name].names[0]} is the laptop's own, which {stage} refuses; use your Stripe account's"
        for name, laptops in {
            "stripe_secret_key": LOCAL_STRIPE_KEY,
            "stripe_webhook_secret": LOCAL_STRIPE_WEBHOOK_SECRET,
        }.items()
        if stage != "local" and values[name] == laptops
    ]
    by_brevo = (values["mail"], values["mail_provider"]) == ("live", "brevo")
    if by_brevo and values["brevo_api_key"] is None:
        problems.append("BREVO_API_KEY must be set: MAIL_PROVIDER is brevo")
    if values["language_model"] == "live" and values["bedrock_model_id"] is None:
        problems.append("BEDROCK_MODEL_ID must be set: LANGUAGE_MODEL is live")
    return problems
