"""What does one need to know of a stage? Its addresses, queues, bucket, topics."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from deploy import provision
from deploy.aws import Account, Refused
from deploy.functions import API, outputs_path, settings_path

REGIONAL_HOST: Final = "{api_id}.execute-api.{region}.amazonaws.com/{stage}"
WEBSOCKETS: Final = "-ws"
"""What Zappa adds to a function's name to name its WebSocket API."""


def of_stage(account: Account, *, stage: str) -> dict[str, str]:
    """Every output by its name, the addresses first where they are deployed.

    Raises:
        Refused: the stage was never provisioned.
    """
    present = provision.stack(account, stage=stage)
    if present is None:
        raise Refused(f"{stage} is not there yet: make provision STAGE={stage}")
    rest = {row["OutputKey"]: row["OutputValue"] for row in present.get("Outputs", ())}
    return {**addresses(account, stage=stage), **dict(sorted(rest.items()))}


def addresses(account: Account, *, stage: str) -> dict[str, str]:
    """ApiUrl and WebSocketUrl, as far as they are deployed."""
    found = {"ApiUrl": api_url(account, stage=stage), "WebSocketUrl": None}
    sockets = websocket_endpoint_url(account, stage=stage)
    if sockets is not None:
        found["WebSocketUrl"] = sockets.replace("http", "ws", 1)
    return {name: url for name, url in found.items() if url is not None}


def api_url(account: Account, *, stage: str) -> str | None:
    """Where the API of a stage answers; None before it is deployed."""
    return _address(account, stage, API.lambda_name(stage))


def websocket_endpoint_url(account: Account, *, stage: str) -> str | None:
    """Where messages to the open WebSockets of a stage are posted; None before it is deployed."""
    return _address(account, stage, f"{API.lambda_name(stage)}{WEBSOCKETS}")


def _address(account: Account, stage: str, name: str) -> str | None:
    """The address of an API's stage. The local AWS has a path for it."""
    api_id, endpoint = _gateway_id(account, name), os.environ.get("AWS_ENDPOINT_URL")
    if api_id is None:
        return None
    if endpoint:
        return f"{endpoint}/_aws/execute-api/{api_id}/{stage}"
    return "https://" + REGIONAL_HOST.format(api_id=api_id, region=account.region, stage=stage)


def needed_api_url(account: Account, *, stage: str) -> str:
    """The same, where there is no going on without it.

    Raises:
        Refused: there is no API.
    """
    url = api_url(account, stage=stage)
    if url is None:
        raise Refused(f"{stage} has no API yet: make deploy STAGE={stage}")
    return url


def _gateway_id(account: Account, name: str) -> str | None:
    """The id of an API that Zappa made."""
    pages = account.client("apigatewayv2").get_paginator("get_apis").paginate()
    found = (api["ApiId"] for page in pages for api in page["Items"] if api["Name"] == name)
    return next(found, None)


@dataclass(frozen=True, kw_only=True)
class Published:
    """What was written down of a stage's addresses.

    Attributes:
        api_url: where the API is reached: at a domain of the operator's own, or where AWS has put it.
        is_news: a setting changed that functions read as they start.
    """

    api_url: str
    is_news: bool


def publish(account: Account, *, stage: str) -> Published:
    """Write the addresses where others look for them, and where the functions do: for links in emails, for feeds.

    An address that an operator has set, of a domain of their own, stays.

    Raises:
        Refused: there is no API.
    """
    url, ssm = needed_api_url(account, stage=stage), account.client("ssm")
    for name, address in addresses(account, stage=stage).items():
        ssm.put_parameter(
            Name=f"{outputs_path(stage)}{name}", Value=address, Type="String", Overwrite=True
        )
    folder = settings_path(stage)
    chosen, is_news = _settled(ssm, f"{folder}API_URL", url)
    sockets = websocket_endpoint_url(account, stage=stage)
    if sockets is not None:
        is_news |= _settled(ssm, f"{folder}WEBSOCKET_ENDPOINT_URL", sockets)[1]
    return Published(api_url=chosen, is_news=is_news)


def _settled(ssm: Any, name: str, url: str) -> tuple[str, bool]:
    """The address that a setting has now, and whether that is news."""
    try:
        found = ssm.get_parameter(Name=name, WithDecryption=True)
        before: str | None = found["Parameter"]["Value"]
    except ssm.exceptions.ParameterNotFound:
        before = None
    if before == url or (before is not None and "execute-api" not in before):
        return before, False
    ssm.put_parameter(Name=name, Value=url, Type="String", Overwrite=True)
    return url, True


def table(rows: Mapping[str, str]) -> str:
    """The outputs as lines to read."""
    width = max(map(len, rows), default=0)
    return "\n".join(f"{name:<{width}}  {value}" for name, value in rows.items())
