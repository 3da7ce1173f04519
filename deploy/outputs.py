"""What does one need to know of a stage? Its URL, queues, bucket, topics."""

import os
from collections.abc import Mapping

from deploy import provision
from deploy.aws import Account, Refused
from deploy.functions import API, outputs_path, settings_path

REGIONAL_HOST = "https://{api_id}.execute-api.{region}.amazonaws.com/{stage}"


def of_stage(account: Account, *, stage: str) -> dict[str, str]:
    """Every output by its name, ApiUrl first where the API is deployed.

    Raises:
        Refused: the stage was never provisioned.
    """
    present = provision.stack(account, stage=stage)
    if present is None:
        raise Refused(f"{stage} is not there yet: make provision STAGE={stage}")
    url = api_url(account, stage=stage)
    rest = {row["OutputKey"]: row["OutputValue"] for row in present.get("Outputs", ())}
    return {**({"ApiUrl": url} if url else {}), **dict(sorted(rest.items()))}


def api_url(account: Account, *, stage: str) -> str | None:
    """Where the API of a stage answers; None before it is deployed. The local AWS has a path for it."""
    api_id, endpoint = gateway_id(account, stage=stage), os.environ.get("AWS_ENDPOINT_URL")
    if api_id is None:
        return None
    if endpoint:
        return f"{endpoint}/_aws/execute-api/{api_id}/{stage}"
    return REGIONAL_HOST.format(api_id=api_id, region=account.region, stage=stage)


def needed_api_url(account: Account, *, stage: str) -> str:
    """The same, where there is no going on without it.

    Raises:
        Refused: there is no API.
    """
    url = api_url(account, stage=stage)
    if url is None:
        raise Refused(f"{stage} has no API yet: make deploy STAGE={stage}")
    return url


def gateway_id(account: Account, *, stage: str) -> str | None:
    """The id of the HTTP API that Zappa made."""
    pages = account.client("apigatewayv2").get_paginator("get_apis").paginate()
    name = API.lambda_name(stage)
    found = (api["ApiId"] for page in pages for api in page["Items"] if api["Name"] == name)
    return next(found, None)


def publish(account: Account, *, stage: str) -> str:
    """Write the API's URL where others look for it, and where the API itself does for links in emails.

    A URL that an operator has set, of a domain of their own, stays.

    Raises:
        Refused: there is no API.
    """
    url = needed_api_url(account, stage=stage)
    ssm = account.client("ssm")
    _put(ssm, f"{outputs_path(stage)}ApiUrl", url)
    setting = f"{settings_path(stage)}API_URL"
    try:
        chosen: str = ssm.get_parameter(Name=setting)["Parameter"]["Value"]
    except ssm.exceptions.ParameterNotFound:
        chosen = url
    if "execute-api" in chosen:
        chosen = url
        _put(ssm, setting, url)
    return chosen


def table(rows: Mapping[str, str]) -> str:
    """The outputs as lines to read."""
    width = max(map(len, rows), default=0)
    return "\n".join(f"{name:<{width}}  {value}" for name, value in rows.items())


def _put(ssm: object, name: str, value: str) -> None:
    ssm.put_parameter(Name=name, Value=value, Type="String", Overwrite=True)  # type: ignore[attr-defined]
