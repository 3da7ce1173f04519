"""Which AWS account and region are meant, and how are their services reached?"""

import os
from functools import cache, cached_property
from typing import Any, Final

import boto3
from botocore.config import Config

from deploy.functions import PROJECT

DEFAULT_REGION: Final = "us-east-1"


class Refused(Exception):
    """A step would not be safe, or can't be done; the text says why and what to do."""


class Account:
    """The account that the shell is signed in to; with AWS_ENDPOINT_URL, the local AWS."""

    def __init__(self, region: str) -> None:
        self.region = region
        # Its stubs list each service by name; here a name is a value.
        self._session: Any = boto3.Session(region_name=region)

    @cache  # noqa: B019 - there is one account a process
    def client(self, service: str) -> Any:
        """A client of a service."""
        config = Config(retries={"mode": "standard", "total_max_attempts": 6}, read_timeout=900)
        return self._session.client(service, config=config)

    @cached_property
    def account_id(self) -> str:
        """Its number."""
        return str(self.client("sts").get_caller_identity()["Account"])

    @property
    def releases_bucket(self) -> str:
        """Where zips and templates are uploaded."""
        return f"{PROJECT}-releases-{self.account_id}-{self.region}"


def account() -> Account:
    """The account of this shell, in AWS_REGION."""
    names = ("AWS_REGION", "AWS_DEFAULT_REGION", "REGION")
    region = next((os.environ[name] for name in names if os.environ.get(name)), None)
    return Account(region or boto3.Session().region_name or DEFAULT_REGION)
