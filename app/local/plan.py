"""What will run on this laptop: which ports, which folders, and what does each program get to see?

Pure: the environment comes in as a mapping, and every program's own environment comes out.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.config.table import LOCAL_STRIPE_KEY, LOCAL_STRIPE_WEBHOOK_SECRET
from app.local import firebase_account

HOST = "127.0.0.1"
PORTS = {"PORT": 8000, "AWS_PORT": 4566, "STANDINS_PORT": 4570}
DEFAULT_STATE_DIR = ".local"
DEFAULT_SEED = 2026
HIGHEST_PORT = 65_535
DEFAULT_REGION = "us-east-1"
LOOPBACK_WITHOUT_PROXY = "127.0.0.1,localhost,::1"

# What could lead a program away from this laptop, or change how the servers start.
DROPPED = frozenset(
    {
        "BOTO_CONFIG",
        "DYNAMODB_ENDPOINT_URL",
        "ENV",
        "GUNICORN_CMD_ARGS",
        "PYTHONHOME",
        "PYTHONPATH",
        "REGION",
        "STACK_STAGE",
        "WEBSOCKET_ENDPOINT_URL",
        "WEB_CONCURRENCY",
    }
)
DROPPED_PREFIXES = ("AWS_", "CELERY_", "FLASK_")
# All that the local AWS needs of the user's environment.
PASSED_TO_AWS = ("HOME", "LANG", "LC_ALL", "PATH", "USER")


class InvalidPlanError(Exception):
    """The stack can't be started like this; the text holds one sentence for each problem."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One stack. `root` is the repository, `state_dir` holds all that the stack keeps."""

    root: Path
    state_dir: Path
    port: int
    aws_port: int
    standins_port: int
    demo: bool
    demo_seed: int
    reload: bool
    environ: Mapping[str, str]

    @classmethod
    def from_env(cls, environ: Mapping[str, str], *, root: Path) -> "Plan":
        """Reads PORT, AWS_PORT, STANDINS_PORT, STATE_DIR, DEMO, DEMO_SEED and RELOAD.

        Raises:
            InvalidPlanError: naming every variable that is wrong and what it should be.
        """
        problems: list[str] = []
        ports = {name: _port(name, environ, problems) for name in PORTS}
        if len(set(ports.values())) < len(ports):
            listed = ", ".join(f"{name}={port}" for name, port in ports.items())
            problems.append(f"Each server needs a port of its own, but these are set: {listed}.")
        seed = environ.get("DEMO_SEED") or str(DEFAULT_SEED)
        if not seed.isdigit():
            problems.append(f"DEMO_SEED must be a whole number; it is {seed!r}.")
        if environ.get("AWS", "").lower() == "live":
            problems.append(
                "AWS=live is not for `make run`, which only ever uses the local AWS; "
                "deploy a stage instead. Unset AWS."
            )
        if problems:
            raise InvalidPlanError("\n".join(problems))
        return cls(
            root=root,
            state_dir=(root / (environ.get("STATE_DIR") or DEFAULT_STATE_DIR)).resolve(),
            port=ports["PORT"],
            aws_port=ports["AWS_PORT"],
            standins_port=ports["STANDINS_PORT"],
            demo=_is_on(environ.get("DEMO") or "1"),
            demo_seed=int(seed),
            reload=_is_on(environ.get("RELOAD") or "0"),
            environ=dict(environ),
        )

    @property
    def api_url(self) -> str:
        """Where the API answers."""
        return f"http://{HOST}:{self.port}"

    @property
    def aws_url(self) -> str:
        """Where the local AWS answers."""
        return f"http://{HOST}:{self.aws_port}"

    @property
    def standins_url(self) -> str:
        """Where the stand-ins answer."""
        return f"http://{HOST}:{self.standins_port}"

    def app_environment(self) -> dict[str, str]:
        """What API, worker, beat and stand-ins see: the user's settings, and AWS on this laptop.

        Whatever names another AWS (a profile, keys, endpoints) is left out, and only MARKET_DATA=live
        lets prices come from the real vendors, only PUSH=live lets pushes go to Firebase, and only
        PAYMENTS=live lets Stripe be asked.
        """
        kept = {
            name: value
            for name, value in self.environ.items()
            if name not in DROPPED and not name.startswith(DROPPED_PREFIXES)
        }
        region = self.environ.get("REGION") or DEFAULT_REGION
        live = kept.get("MARKET_DATA", "").lower() == "live"
        return {
            "SMS_DEV_ECHO": "true",
            **kept,
            "ENV": "local",
            "MARKET_DATA": "live" if live else "standin",
            **self._push_settings(),
            **self._payment_settings(),
            "AWS_ENDPOINT_URL": self.aws_url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "PORT": str(self.port),
            "AWS_PORT": str(self.aws_port),
            "STANDINS_PORT": str(self.standins_port),
            "STATE_DIR": str(self.state_dir),
            "DEMO_SEED": str(self.demo_seed),
            "FLASK_SKIP_DOTENV": "1",
            "PYTHONUNBUFFERED": "1",
            **self._without_proxy(),
        }

    def aws_environment(self) -> dict[str, str]:
        """What the local AWS sees: nothing of the user's but the bare system."""
        folder = self.state_dir / "aws"
        passed = {name: self.environ[name] for name in PASSED_TO_AWS if name in self.environ}
        return {
            **passed,
            "BIND_HOST": HOST,
            "GATEWAY_PORT": str(self.aws_port),
            "PERSIST_STATE": "1",
            "STATE_DIR": str(folder / "state"),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(folder / "s3"),
            # The model behind Bedrock.
            "MINISTACK_BEDROCK_PROXY_URL": f"{self.standins_url}/bedrock",
            "TMPDIR": str(folder / "tmp"),
            # Listeners that nothing here uses, and a container engine that may be somebody's own.
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "DOCKER_HOST": f"unix://{folder}/no-docker",
            "LOG_LEVEL": "WARNING",
            "PYTHONUNBUFFERED": "1",
            **self._without_proxy(),
        }

    def folders(self) -> list[Path]:
        """What must exist before anything starts."""
        aws = self.state_dir / "aws"
        return [self.state_dir, *(aws / name for name in ("state", "s3", "tmp"))]

    def _push_settings(self) -> dict[str, str]:
        """Pushes go to the stand-in, signed by a made-up account, whatever credentials are exported."""
        if self.environ.get("PUSH", "").lower() == "live":
            return {"PUSH": "live"}
        account = firebase_account.path_in(self.state_dir)
        return {"PUSH": "standin", "FIREBASE_CREDENTIALS": str(account)}

    def _payment_settings(self) -> dict[str, str]:
        """Plans are bought of the stand-in, with its own key, whatever key is exported."""
        if self.environ.get("PAYMENTS", "").lower() == "live":
            return {"PAYMENTS": "live"}
        return {
            "PAYMENTS": "standin",
            "STRIPE_SECRET_KEY": LOCAL_STRIPE_KEY,
            "STRIPE_WEBHOOK_SECRET": LOCAL_STRIPE_WEBHOOK_SECRET,
        }

    def _without_proxy(self) -> dict[str, str]:
        """Calls within the laptop never go through a proxy that the user's network needs."""
        given = self.environ.get("NO_PROXY") or self.environ.get("no_proxy") or ""
        exempt = ",".join(part for part in (given, LOOPBACK_WITHOUT_PROXY) if part)
        return {"NO_PROXY": exempt, "no_proxy": exempt}


def with_dotenv(environ: Mapping[str, str], text: str) -> dict[str, str]:
    """The environment, and beneath it what a .env file sets; what is exported wins."""
    return {**parse_dotenv(text), **environ}


def parse_dotenv(text: str) -> dict[str, str]:
    """Lines of NAME=value; blank lines, # comments, `export` and quotes are understood."""
    found: dict[str, str] = {}
    for raw in text.splitlines():
        line = raw.strip().removeprefix("export ").strip()
        name, equals, value = line.partition("=")
        if not equals or line.startswith("#"):
            continue
        found[name.strip()] = _unquoted(value.strip())
    return found


def _unquoted(value: str) -> str:
    quote = value[:1]
    if quote in ("'", '"') and quote in value[1:]:
        return value[1:].partition(quote)[0]
    return value.partition(" #")[0].rstrip() if not value.startswith("#") else ""


def _port(name: str, environ: Mapping[str, str], problems: list[str]) -> int:
    value = environ.get(name) or str(PORTS[name])
    if not value.isdigit() or not 0 < int(value) <= HIGHEST_PORT:
        problems.append(f"{name} must be a port from 1 to {HIGHEST_PORT}; it is {value!r}.")
        return -len(problems)  # differs from every real port, and from the next wrong one
    return int(value)


def _is_on(value: str) -> bool:
    return value.lower() not in ("0", "false", "no", "off")
