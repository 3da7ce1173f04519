"""What does the demo user ask questions of? A project with four years of weather, from public-domain data."""

from pathlib import Path
from typing import Final

from app.local.api_client import Answer, ApiClient

DATA: Final = Path(__file__).parent / "data"
PROJECT: Final = {
    "name": "Seattle weather",
    "description": "Four years of days. Ask what the warmest was, or how much it rains in November.",
}
FILES: Final = ("seattle-weather.csv", "airports.csv")
OK: Final = 200
MADE: Final = frozenset({201, 202})


def put_up(client: ApiClient) -> list[Answer]:
    """Make the project and its files, unless they are there; gives the answers that are no success.

    Args:
        client: signed in as the demo user.
    """
    listed = client.call("GET", "/projects")
    if listed.status != OK:
        return [listed]
    project = next((one for one in listed.body["projects"] if one["name"] == PROJECT["name"]), None)
    if project is None:
        made = client.call("POST", "/projects", PROJECT)
        if made.status not in MADE:
            return [made]
        project = made.body
    return _upload_missing(client, f"/projects/{project['id']}/files")


def _upload_missing(client: ApiClient, path: str) -> list[Answer]:
    listed = client.call("GET", path)
    if listed.status != OK:
        return [listed]
    there = {file["filename"] for file in listed.body["files"]}
    answers = [client.send_file(path, DATA / name) for name in FILES if name not in there]
    return [answer for answer in answers if answer.status not in MADE]
