"""Which settings does an installation on AWS keep in Parameter Store? They are read once, as a process starts.

Where PARAMETERS_PATH is set (`/investforge/dev/settings/`), each parameter below it becomes the environment variable
of its name, unless the function has one of that name already. Secrets stand there encrypted, and so in no file, no
zip and no function's configuration.

The request is signed with botocore and sent without its client: making a client for Parameter Store reads a
megabyte of JSON, which a cold start would pay for.
"""

import json
import os
import time
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, Final

PATH_VARIABLE: Final = "PARAMETERS_PATH"
CONNECT_TIMEOUT_SECONDS: Final = 2
READ_TIMEOUT_SECONDS: Final = 3
ATTEMPTS: Final = 4
PAUSE_SECONDS: Final = 0.1
MOST_IN_ONE_ANSWER: Final = 10


class ParametersUnavailable(Exception):
    """The settings could not be read, so that nothing can start; the text says why."""


def load() -> None:
    """Put the parameters below PARAMETERS_PATH into the environment; nothing where it is not set.

    Raises:
        ParametersUnavailable: Parameter Store refused, or did not answer.
    """
    path = os.environ.get(PATH_VARIABLE)
    if not path:
        return
    for name, value in read(path=path, environ=os.environ).items():
        os.environ.setdefault(name, value)


def read(*, path: str, environ: Mapping[str, str]) -> dict[str, str]:
    """The parameters below a path, decrypted, by their last name.

    Args:
        path: it ends with a slash.
        environ: says in which region, and where AWS answers when it is not AWS itself.

    Raises:
        ParametersUnavailable: Parameter Store refused, or did not answer.
    """
    return {
        parameter["Name"].rpartition("/")[2]: parameter["Value"]
        for page in _pages(path, environ)
        for parameter in page["Parameters"]
    }


def _pages(path: str, environ: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    question = {"Path": path, "WithDecryption": True, "MaxResults": MOST_IN_ONE_ANSWER}
    while True:
        page = _asked(question, environ)
        yield page
        if not page.get("NextToken"):
            return
        question["NextToken"] = page["NextToken"]


def _asked(question: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, Any]:
    reason = "nothing"
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(PAUSE_SECONDS * 2**attempt)
        try:
            status, answer = _sent(json.dumps(question), environ)
        except OSError as error:
            reason = type(error).__name__
            continue
        if status == HTTPStatus.OK:
            return answer
        reason = str(answer.get("__type", status)).rpartition("#")[2]
        if status < HTTPStatus.INTERNAL_SERVER_ERROR and "Throttl" not in reason:
            break
    raise ParametersUnavailable(
        f"Parameter Store answered {reason} when asked for {question['Path']}: "
        "may the function's role read it, and was the stage provisioned? (make provision)"
    )


def _sent(body: str, environ: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
    """Sign the question and send it; OSError where nothing answers."""
    import botocore.session
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.exceptions import ConnectionError as NoConnection
    from botocore.exceptions import HTTPClientError
    from botocore.httpsession import URLLib3Session

    region = environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or "us-east-1"
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    request = AWSRequest(
        method="POST",
        url=environ.get("AWS_ENDPOINT_URL") or f"https://ssm.{region}.{suffix}/",
        data=body,
        headers={
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": "AmazonSSM.GetParametersByPath",
        },
    )
    credentials = botocore.session.get_session().get_credentials()
    if credentials is None:
        raise ParametersUnavailable("there are no AWS credentials to read the parameters with")
    SigV4Auth(credentials, "ssm", region).add_auth(request)
    waits: Any = (CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS)  # its stubs know only one number
    http = URLLib3Session(timeout=waits)
    try:
        answer = http.send(request.prepare())
        return answer.status_code, json.loads(answer.content)
    except (HTTPClientError, NoConnection, ValueError) as error:
        raise OSError(type(error).__name__) from error
