"""A server that answers as a source of prices is told to, for what the stand-ins have no mode for."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from app.providers.market_data.live import LiveMarketData


@dataclass
class ToldSource:
    """What is answered, by the end of the path, and what was asked."""

    url: str = ""
    answers: dict[str, Response] = field(default_factory=dict)
    asked: list[Request] = field(default_factory=list)

    def tell(
        self, path: str, body: Any, *, status: int = 200, headers: dict[str, str] | None = None
    ) -> None:
        text = body if isinstance(body, str) else json.dumps(body)
        self.answers[path] = Response(text, status, headers, mimetype="application/json")

    def __call__(self, environ: Any, start_response: Any) -> Any:
        request = Request(environ)
        self.asked.append(request)
        for path, answer in self.answers.items():
            if request.path.endswith(path):
                return answer(environ, start_response)
        return Response("{}")(environ, start_response)


@contextmanager
def told_source() -> Iterator[ToldSource]:
    """One such server on a free port."""
    source = ToldSource()
    server = make_server("127.0.0.1", 0, source, threaded=True)
    source.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield source
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def made(url, *, api_key=None, timeout_seconds=5.0):
    return LiveMarketData(
        coingecko_base_url=f"{url}/coingecko/api/v3/",
        yahoo_rewrite=f"{url}/yahoo",
        coingecko_api_key=api_key,
        timeout_seconds=timeout_seconds,
    )


def chart(stamps, closes, *, currency="USD", zone="Europe/London"):
    meta = {"currency": currency, "gmtoffset": 0, "exchangeTimezoneName": zone}
    result = {"meta": meta, "timestamp": stamps, "indicators": {"quote": [{"close": closes}]}}
    return {"chart": {"result": [result], "error": None}}
