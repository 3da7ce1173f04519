"""Which settings are there? One row each: its names, how its text is read, its default, what it is for."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.config import parsing

STAGES = ("local", "dev", "staging", "prod")
DEFAULT_SECRET = "CHANGE_ME"  # noqa: S105 - a marker, refused everywhere but on a laptop
LOCAL_SECRET = "laptop-only-secret-never-used-on-a-server"  # noqa: S105 - the laptop's own key
LOCAL_STRIPE_KEY = "sk_test_local"
LOCAL_STRIPE_WEBHOOK_SECRET = "whsec_local"  # noqa: S105 - between the laptop and itself

SUPERSEDED = {
    "DB_URL": "data lives in DynamoDB tables; use DYNAMODB_ENDPOINT_URL to choose another endpoint",
    "REDIS_URL": "SQS queues and DynamoDB do its work",
    "USER_POOL_ID": "phone login is InvestForge's own; there is no Cognito user pool",
    "USER_POOL_CLIENT_ID": "phone login is InvestForge's own; there is no Cognito app client",
}


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
        parse=parsing.one_of(*STAGES),
        default="local",
        purpose="where this runs: local, dev, staging or prod",
    ),
    "jwt_secret": Setting(
        names=("JWT_SECRET", "JWT_SECRET_KEY"),
        parse=parsing.text,
        default=LOCAL_SECRET,
        purpose="signs access and refresh tokens; at least 32 characters (openssl rand -hex 32)",
        secret=True,
    ),
    "jwt_previous_secret": Setting(
        names=("JWT_PREVIOUS_SECRET",),
        parse=parsing.text,
        default=None,
        purpose="still accepted while a signing key is being replaced; never signs",
        secret=True,
    ),
    "jwt_algorithm": Setting(
        names=("JWT_ALGORITHM",),
        parse=lambda value: parsing.one_of("hs256", "hs384", "hs512")(value).upper(),
        default="HS256",
        purpose="how tokens are signed: HS256, HS384 or HS512",
    ),
    "access_token_expires_minutes": Setting(
        names=("ACCESS_TOKEN_EXPIRES_MIN",),
        parse=parsing.whole_number(1, 24 * 60),
        default=15,
        purpose="minutes that an access token lasts",
    ),
    "refresh_token_expires_days": Setting(
        names=("REFRESH_TOKEN_EXPIRES_DAYS",),
        parse=parsing.whole_number(1, 365),
        default=7,
        purpose="days that a refresh token lasts",
    ),
    "refresh_token_rotation": Setting(
        names=("REFRESH_TOKEN_ROTATION",),
        parse=parsing.switch,
        default=False,
        purpose="each refresh token works once; a reused one ends its sign-in",
    ),
    "password_policy": Setting(
        names=("PASSWORD_POLICY",),
        parse=parsing.one_of("documented", "strict"),
        default="documented",
        purpose="strict: upper, lower and digit, and no breached password, at every door",
    ),
    "password_hash_rounds": Setting(
        names=("PASSWORD_HASH_ROUNDS",),
        parse=parsing.whole_number(4, 16),
        default=12,
        purpose="bcrypt's work factor; each more doubles it; at least 10 on every stage but local",
    ),
    "otp_ttl_seconds": Setting(
        names=("OTP_TTL_SECONDS",),
        parse=parsing.whole_number(30, 3_600),
        default=300,
        purpose="seconds that a code sent to a phone lasts, and that wrong tries of it count",
    ),
    "otp_max_attempts": Setting(
        names=("OTP_MAX_ATTEMPTS",),
        parse=parsing.whole_number(1, 10),
        default=5,
        purpose="wrong tries of a code, after which every code is refused for a while",
    ),
    "sms_dev_echo": Setting(
        names=("SMS_DEV_ECHO",),
        parse=parsing.switch,
        default=None,
        purpose="show the code in the answer of /auth/start; true but on prod, which refuses it",
    ),
    "require_verified_email": Setting(
        names=("REQUIRE_VERIFIED_EMAIL",),
        parse=parsing.switch,
        default=False,
        purpose="refuse users whose email is not verified on every protected route",
    ),
    "signup_mode": Setting(
        names=("SIGNUP_MODE",),
        parse=parsing.one_of("open", "waitlist"),
        default="open",
        purpose="open: anyone signs up; waitlist: only addresses that an admin has invited",
    ),
    "cors_allowed_origins": Setting(
        names=("CORS_ALLOWED_ORIGINS", "ALLOWED_ORIGINS"),
        parse=parsing.comma_separated,
        default=("http://localhost", "http://localhost:3000"),
        purpose="origins of the web apps that may call, comma-separated, or *",
    ),
    "cors_allow_credentials": Setting(
        names=("CORS_ALLOW_CREDENTIALS",),
        parse=parsing.switch,
        default=False,
        purpose="let browsers send cookies; refused together with * in prod",
    ),
    "region": Setting(
        names=("REGION", "AWS_REGION", "AWS_DEFAULT_REGION"),
        parse=parsing.text,
        default="us-east-1",
        purpose="the AWS region of tables and queues; REGION wins",
    ),
    "aws_endpoint_url": Setting(
        names=("AWS_ENDPOINT_URL",),
        parse=parsing.url,
        default=None,
        purpose="where AWS answers when it is not AWS itself (the laptop's local AWS)",
    ),
    "dynamodb_endpoint_url": Setting(
        names=("DYNAMODB_ENDPOINT_URL",),
        parse=parsing.url,
        default=None,
        purpose="where DynamoDB alone answers; AWS_ENDPOINT_URL otherwise",
    ),
    "table_prefix": Setting(
        names=("TABLE_PREFIX",),
        parse=parsing.text,
        default="investforge-",
        purpose="tables are called <prefix><stage>-<name>",
    ),
    "portfolio_table_name": Setting(
        names=("DYNAMODB_TABLE",),
        parse=parsing.text,
        default=None,
        purpose="another name for the portfolio-tracker table",
    ),
    "items_table_name": Setting(
        names=("ITEMS_TABLE_NAME",),
        parse=parsing.text,
        default=None,
        purpose="another name for the items table",
    ),
    "market_data": Setting(
        names=("MARKET_DATA",),
        parse=parsing.one_of("standin", "live"),
        default=None,
        purpose="prices from the laptop's stand-ins or live; live on every stage but local",
    ),
    "coingecko_api_key": Setting(
        names=("COINGECKO_API_KEY",),
        parse=parsing.text,
        default=None,
        purpose="CoinGecko key; the free tier works without",
        secret=True,
    ),
    "push": Setting(
        names=("PUSH",),
        parse=parsing.one_of("standin", "live"),
        default=None,
        purpose="pushes go to the laptop's stand-in or live; live on every stage but local",
    ),
    "firebase_credentials": Setting(
        names=("FIREBASE_CREDENTIALS",),
        parse=parsing.service_account,
        default=None,
        purpose="a Google service account, as JSON or the path of its file; without it, push is disabled",
        secret=True,
    ),
    "payments": Setting(
        names=("PAYMENTS",),
        parse=parsing.one_of("standin", "live"),
        default=None,
        purpose="payments at the laptop's Stripe or live; live on every stage but local",
    ),
    "stripe_secret_key": Setting(
        names=("STRIPE_SECRET_KEY",),
        parse=parsing.text,
        default=None,
        purpose="Stripe's secret key; without it, billing is not configured; sk_test_local on a laptop",
        secret=True,
    ),
    "stripe_webhook_secret": Setting(
        names=("STRIPE_WEBHOOK_SECRET",),
        parse=parsing.text,
        default=None,
        purpose="signs what Stripe sends to /stripe/webhook; whsec_local on a laptop",
        secret=True,
    ),
    "language_model": Setting(
        names=("LANGUAGE_MODEL",),
        parse=parsing.one_of("standin", "live", "planner"),
        default=None,
        purpose="who answers questions: the laptop's Bedrock, Bedrock live, or the planner without a model",
    ),
    "bedrock_model_id": Setting(
        names=("BEDROCK_MODEL_ID",),
        parse=parsing.text,
        default=None,
        purpose="the model, or its inference profile, on Bedrock; without one, the planner answers",
    ),
    "bedrock_region": Setting(
        names=("BEDROCK_REGION",),
        parse=parsing.text,
        default=None,
        purpose="the AWS region of Bedrock; REGION otherwise",
    ),
    "billing_grace_days": Setting(
        names=("BILLING_GRACE_DAYS",),
        parse=parsing.whole_number(0, 60),
        default=7,
        purpose="days that a plan is kept after a payment failed",
    ),
    "billing_trial_days": Setting(
        names=("BILLING_TRIAL_DAYS",),
        parse=parsing.whole_number(0, 90),
        default=0,
        purpose="days that a user's first subscription is free; 0 for none",
    ),
    "files_bucket": Setting(
        names=("FILES_BUCKET",),
        parse=parsing.text,
        default=None,
        purpose="the private S3 bucket of exports and uploads; investforge-<stage>-files otherwise",
    ),
    "price_stale_after_seconds": Setting(
        names=("PRICE_STALE_AFTER_SECONDS",),
        parse=parsing.whole_number(30, 7 * 24 * 3600),
        default=900,
        purpose="a price that was not confirmed for so long is marked stale",
    ),
    "queue_visibility_seconds": Setting(
        names=("QUEUE_VISIBILITY_SECONDS",),
        parse=parsing.whole_number(1, 43_200),
        default=60,
        purpose="a job whose worker died is given to another after so long",
    ),
    "app_url": Setting(
        names=("APP_URL",),
        parse=parsing.url,
        default="http://localhost:3000",
        purpose="the web app that links in emails lead to",
    ),
    "api_url": Setting(
        names=("API_URL",),
        parse=parsing.url,
        default=None,
        purpose="where mail programs reach this API to unsubscribe; PORT on a laptop",
    ),
    "mail": Setting(
        names=("MAIL",),
        parse=parsing.one_of("local", "live"),
        default=None,
        purpose="emails into the laptop's own SES or live; live on every stage but local",
    ),
    "mail_provider": Setting(
        names=("MAIL_PROVIDER",),
        parse=parsing.one_of("ses", "brevo"),
        default="ses",
        purpose="who delivers live emails: ses or brevo",
    ),
    "mail_sender_email": Setting(
        names=("MAIL_SENDER", "BREVO_SENDER_EMAIL"),
        parse=parsing.email,
        default="no-reply@investforge.example",
        purpose="the address that emails come from; the provider must have verified it",
    ),
    "mail_sender_name": Setting(
        names=("MAIL_SENDER_NAME", "BREVO_SENDER_NAME"),
        parse=parsing.one_line,
        default="InvestForge",
        purpose="the name beside that address",
    ),
    "ses_region": Setting(
        names=("SES_REGION",),
        parse=parsing.text,
        default=None,
        purpose="the AWS region of SES; REGION otherwise",
    ),
    "ses_configuration_set": Setting(
        names=("SES_CONFIGURATION_SET",),
        parse=parsing.text,
        default=None,
        purpose="the SES configuration set whose bounce and complaint events reach /emails/events",
    ),
    "mail_events_topic_arns": Setting(
        names=("MAIL_EVENTS_TOPIC_ARNS",),
        parse=parsing.comma_separated,
        default=(),
        purpose="SNS topics whose notices /emails/events believes, comma-separated",
    ),
    "brevo_api_key": Setting(
        names=("BREVO_API_KEY",),
        parse=parsing.text,
        default=None,
        purpose="Brevo's API key, the password of its SMTP relay",
        secret=True,
    ),
    "brevo_smtp_server": Setting(
        names=("BREVO_SMTP_SERVER",),
        parse=parsing.text,
        default="smtp-relay.brevo.com",
        purpose="Brevo's SMTP relay",
    ),
    "brevo_port": Setting(
        names=("BREVO_PORT",),
        parse=parsing.whole_number(1, 65_535),
        default=587,
        purpose="its port: 465 speaks TLS from the start, any other by STARTTLS",
    ),
    "admin_notification_email": Setting(
        names=("ADMIN_NOTIFICATION_EMAIL",),
        parse=parsing.email,
        default=None,
        purpose="who is told of accounts that await approval; admin@example.com on a laptop",
    ),
    "scheduler_enabled": Setting(
        names=("SCHEDULER_ENABLED",),
        parse=parsing.switch,
        default=True,
        purpose="whether the minute tick starts recurring jobs",
    ),
    "baseline_equity": Setting(
        names=("BASELINE_EQUITY",),
        parse=parsing.amount_above_zero,
        default=None,
        purpose="the equity that trading profit is counted from; the first snapshot otherwise",
    ),
    "equity_snapshot_interval_minutes": Setting(
        names=("EQUITY_SNAPSHOT_INTERVAL_MINUTES",),
        parse=parsing.whole_number(1, 24 * 60),
        default=10,
        purpose="minutes between two equity snapshots",
    ),
    "heartbeat_cron": Setting(
        names=("HEARTBEAT_CRON",),
        parse=parsing.cron,
        default="0 2,8,14,20 * * *",
        purpose="when viewers are pushed the balance: a cron expression on the clock of America/Chicago",
    ),
    "trusted_proxies": Setting(
        names=("TRUSTED_PROXIES",),
        parse=parsing.whole_number(0, 10),
        default=0,
        purpose="reverse proxies in front, whose X-Forwarded-For entries are believed",
    ),
    "log_level": Setting(
        names=("LOG_LEVEL",),
        parse=lambda value: parsing.one_of("debug", "info", "warning", "error")(value).upper(),
        default="INFO",
        purpose="least important log line that is written",
    ),
    "websocket_endpoint_url": Setting(
        names=("WEBSOCKET_ENDPOINT_URL",),
        parse=parsing.url,
        default=None,
        purpose="where the WebSocket API's stage takes messages for its connections, as https://...",
    ),
    "port": Setting(
        names=("PORT",),
        parse=parsing.whole_number(1, 65_535),
        default=8000,
        purpose="the API, its docs and its feeds on a laptop",
    ),
    "standins_port": Setting(
        names=("STANDINS_PORT",),
        parse=parsing.whole_number(1, 65_535),
        default=4570,
        purpose="the stand-ins for CoinGecko and Yahoo on a laptop",
    ),
}
