"""What of the installed packages does a function not need? It is left out of the zip, and nothing else is."""

import gzip
import json
import shutil
from pathlib import Path
from typing import Any, Final

AWS_SERVICES: Final = frozenset(
    {"apigatewaymanagementapi", "bedrock-runtime", "dynamodb", "s3", "sesv2", "sns", "sqs"}
)
"""The services that the app speaks to. A guard test holds them against the clients that the source makes."""
ALSO_READ: Final = frozenset({"sso-oidc", "sts"})
"""botocore looks these up by itself while it looks for credentials."""

ENDPOINT_NAMES: Final = frozenset({"email", "oidc", "ssm"})
"""What endpoints.json calls some of them, and Parameter Store."""

UNUSED_FOLDERS: Final = frozenset({"__pycache__", "tests", "test"})
UNUSED_SUFFIXES: Final = frozenset(
    {".a", ".c", ".cpp", ".h", ".pxd", ".pxi", ".pyc", ".pyi", ".pyx"}
)
KEPT_METADATA: Final = frozenset({"METADATA", "entry_points.txt"})
COMMAND_LINES: Final = (
    "click_didyoumean",
    "click_plugins",
    "click_repl",
    "prompt_toolkit",
    "wcwidth",
)
"""What Celery's command line is made of, which no function runs."""
SCRIPTS: Final = ("bin", "share")
COMPRESSED: Final = ".gz"


def trim(folder: Path) -> None:
    """Take out of a folder of installed packages what no function reads."""
    for name in (*SCRIPTS, *COMMAND_LINES):
        shutil.rmtree(folder / name, ignore_errors=True)
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and path.name in UNUSED_FOLDERS:
            shutil.rmtree(path)
        elif path.is_file() and (path.suffix in UNUSED_SUFFIXES or _is_unread_metadata(path)):
            path.unlink()
    _trim_botocore(folder / "botocore" / "data")
    _drop_empty_folders(folder)


def _is_unread_metadata(path: Path) -> bool:
    """Whether it stands in *.dist-info and is neither read at run time nor a licence."""
    parents = path.parent
    return (
        parents.suffix == ".dist-info"
        and path.name not in KEPT_METADATA
        and not path.name.upper().startswith(("LICEN", "NOTICE", "COPYING", "AUTHORS"))
    )


def _trim_botocore(data: Path) -> None:
    """Keep what describes the services in use, uncompressed: a cold start would decompress it every time."""
    if not data.is_dir():
        return
    for service in data.iterdir():
        if service.is_dir() and service.name not in AWS_SERVICES | ALSO_READ:
            shutil.rmtree(service)
    for examples in data.rglob("examples-1.json*"):
        examples.unlink()
    for packed in data.rglob(f"*{COMPRESSED}"):
        packed.with_suffix("").write_bytes(gzip.decompress(packed.read_bytes()))
        packed.unlink()
    for description in data.rglob("service-2.json"):
        _trim_description(description)
    _trim_endpoints(data / "endpoints.json")


def _trim_description(file: Path) -> None:
    """Keep what a service's calls look like, without the prose: four fifths of what a client's making would read."""
    described = json.loads(file.read_text(encoding="utf-8"), object_hook=_without_prose)
    for parameter in described.get("clientContextParams", {}).values():
        parameter["documentation"] = ""  # S3 has some, and botocore insists on a text for each
    file.write_text(json.dumps(described, separators=(",", ":")), encoding="utf-8")


def _without_prose(part: dict[str, Any]) -> dict[str, Any]:
    """Prose is text: what is called documentation and is none is a part of the service."""
    return {
        name: value
        for name, value in part.items()
        if name != "documentation" or not isinstance(value, str)
    }


def _trim_endpoints(file: Path) -> None:
    """Keep the services in use. The whole file takes more than ten milliseconds to read at every cold start."""
    endpoints = json.loads(file.read_text(encoding="utf-8"))
    kept = AWS_SERVICES | ALSO_READ | ENDPOINT_NAMES
    for partition in endpoints["partitions"]:
        partition["services"] = {
            name: service for name, service in partition["services"].items() if name in kept
        }
    file.write_text(json.dumps(endpoints, separators=(",", ":")), encoding="utf-8")


def _drop_empty_folders(folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()
