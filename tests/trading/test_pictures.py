"""Is the equity curve drawn for viewers, with words for those who can't see it?"""

import xml.etree.ElementTree as ET  # the pictures are our own
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from app.core import charts
from tests.conftest import SignedUp
from tests.trading.conftest import Bot

SVG = "{http://www.w3.org/2000/svg}"
PATH = "/equity-curve.svg"


def words(picture: str, kind: str = "text") -> list[str]:
    root = ET.fromstring(picture)  # noqa: S314 - our own
    return [element.text or "" for element in root.iter(f"{SVG}{kind}")]


class TestDrawEquityCurve:
    def test_shows_and_tells_what_there_is(self, bot: Bot) -> None:
        bot.equity("10000", "2026-11-18T12:00:00Z")
        bot.equity("11250.505", "2026-11-19T12:00:00Z")
        bot.equity("10500", "2026-11-20T12:00:00Z")

        answer = bot.get(PATH)

        assert (answer.status_code, answer.mimetype) == (200, "image/svg+xml")
        assert {
            "Equity",
            "18 Nov 2026 \N{EN DASH} 20 Nov 2026, times in UTC",
            "$10,500.00",
            "$500.00 (+5.00 %) in this range",
        } <= set(words(answer.text))
        [told] = words(answer.text, "desc")
        assert told == (
            "A line of the equity from 18 Nov 2026 to 20 Nov 2026. It begins at $10,000.00 and ends at $10,500.00. "
            "The lowest is $10,000.00 on 18 Nov 2026, the highest $11,250.51 on 19 Nov 2026."
        )

    def test_shows_only_the_range(self, bot: Bot) -> None:
        for day, equity in ((1, "10000"), (10, "11000"), (19, "9000")):
            bot.equity(equity, f"2026-11-{day:02}T12:00:00Z")
        picture = bot.get(PATH, start="2026-11-05", end="2026-11-15").text
        assert "$11,000.00" in words(picture)
        assert "$9,000.00" not in picture

    def test_says_so_where_there_is_nothing(self, bot: Bot) -> None:
        answer = bot.get(PATH)
        assert answer.status_code == 200
        assert "There is no data for this picture yet." in words(answer.text)
        assert words(answer.text, "desc") == ["There is no equity in this range."]

    def test_tells_no_percentage_of_nothing(self, bot: Bot) -> None:
        bot.equity("0", "2026-11-18T12:00:00Z")
        bot.equity("-5", "2026-11-19T12:00:00Z")
        assert "-$5.00 in this range" in words(bot.get(PATH).text)

    def test_may_be_kept_by_the_caller_alone_and_is_sent_again_only_when_changed(
        self, bot: Bot
    ) -> None:
        bot.equity("10000")
        answer = bot.get(PATH)
        assert answer.headers["Cache-Control"] == "private, max-age=60"
        assert {"Authorization", "X-API-Key"} <= set(answer.vary)

        tag = {"If-None-Match": answer.headers["ETag"], **bot.headers}
        same = bot.client.get(f"/api/v1{PATH}", headers=tag)
        assert (same.status_code, same.data) == (304, b"")

        bot.equity("10001", "2026-11-20T11:59:00Z")
        assert bot.client.get(f"/api/v1{PATH}", headers=tag).status_code == 200

    def test_runs_nothing_and_loads_nothing(self, bot: Bot) -> None:
        bot.equity("10000")
        answer = bot.get(PATH)
        assert answer.headers["Content-Security-Policy"] == charts.POLICY
        assert answer.headers["X-Content-Type-Options"] == "nosniff"

    @pytest.mark.parametrize(
        ("query", "code"),
        [
            ({"start": "yesterday"}, "invalid_datetime"),
            ({"start": "2026-11-20", "end": "2026-11-01"}, "invalid_range"),
        ],
    )
    def test_refuses_what_is_no_range(self, bot: Bot, query: dict[str, str], code: str) -> None:
        answer = bot.get(PATH, **query)
        assert (answer.status_code, answer.json["error"]["code"]) == (400, code)

    def test_is_for_viewers(
        self,
        client: FlaskClient,
        sign_up: Callable[..., SignedUp],
        sign_in_as: Callable[..., SignedUp],
    ) -> None:
        path = f"/api/v1{PATH}"
        assert client.get(path, headers=sign_in_as("viewer").headers).status_code == 200
        assert client.get(path, headers=sign_up().headers).status_code == 403
        assert client.get(path).status_code == 401
