"""What does an investor do on a stage that was just deployed: bring a ledger, try other portfolios, set an alert?"""

import math
import time
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from http import HTTPStatus
from typing import Any, Final

from deploy import asking, journeys, outputs
from deploy.aws import Account
from deploy.functions import PROJECT
from deploy.journeys import PERSON, Say, expect

LEDGER: Final = b"""date,type,symbol,asset type,quantity,price,fee,currency
2026-01-05,buy,ACME,stock,10,20.00,1.00,USD
2026-02-05,sell,ACME,stock,4,25.00,1.00,USD
"""
ROWS: Final = 2
SYMBOLS: Final = ("ACME", "GLOBEX")
DAYS: Final = 60
TABLES: Final = f"{PROJECT}-"
BOUNDARY: Final = "investforge-rehearsal"
WORKING: Final = frozenset({"pending", "processing"})


def investing(here: Account, stage: str, say: Say) -> None:
    """Somebody imports a ledger, is told gains and performance, has weights chosen, and sets an alert."""
    _tell_prices(here, stage)
    url = outputs.needed_api_url(here, stage=stage)
    login = journeys.asked("signing in", 200, f"{url}/auth/login", method="POST", body=PERSON)
    portfolio, token = f"{url}/portfolio", login["access_token"]
    done = _settled(portfolio, "imports", _send(f"{portfolio}/import", token), token)
    expect(done["imported"] == ROWS, f"the import ended as {done}")
    (gain,) = _told(portfolio, "gains?year=2026", token)["disposals"]
    # 4 x 25 - 1 brought; 4 / 10 of 10 x 20 + 1 paid.
    expect(Decimal(str(gain["gain"])) == Decimal("18.6"), f"the sale gained {gain}")
    _told(portfolio, "performance?range=30d", token)
    _told(portfolio, "allocation", token)
    _try_others(portfolio, token)
    alert = {"asset_type": "stock", "symbol": "ACME", "condition": "above", "threshold": "1000"}
    made = {"method": "POST", "body": alert, "token": token}
    journeys.asked("setting an alert", 201, f"{portfolio}/alerts", **made)
    say(f"  imported {ROWS} rows, which gained what they should; weights were chosen, an alert set")


def _try_others(portfolio: str, token: str) -> None:
    """A backtest is the worker's, an optimisation the function's that computes."""
    start, end = _days()[0].isoformat(), _days()[-1].isoformat()
    backtest = {
        "weights": dict.fromkeys(SYMBOLS, "0.5"),
        "start": start,
        "end": end,
        "rebalance": "monthly",
    }
    tested = _run(portfolio, "backtests", backtest, token)
    expect(tested["final_value"] > 0, f"the backtest ended as {tested}")
    wanted = {"symbols": list(SYMBOLS), "start": start, "end": end, "objective": "min_variance"}
    best = _run(portfolio, "optimizations", wanted, token)
    weights = sum(Decimal(str(weight)) for weight in best["weights"].values())
    expect(weights == 1, f"the optimisation ended as {best}")


def _run(portfolio: str, what: str, body: dict[str, Any], token: str) -> Any:
    status, begun = asking.ask(f"{portfolio}/{what}", method="POST", body=body, token=token)
    expect(status in {HTTPStatus.OK, HTTPStatus.ACCEPTED}, f"{what} answered {status} {begun}")
    done = _settled(portfolio, what, begun, token)
    expect(done["status"] == "completed", f"of {what} came {done}")
    return done


def _settled(portfolio: str, what: str, begun: Any, token: str) -> Any:
    deadline = time.monotonic() + journeys.WAIT_SECONDS
    while begun["status"] in WORKING:
        expect(time.monotonic() < deadline, f"{what} come to no end: {begun}")
        time.sleep(journeys.PAUSE_SECONDS)
        begun = _told(portfolio, f"{what}/{begun['id']}", token)
    return begun


def _told(portfolio: str, path: str, token: str) -> Any:
    return journeys.asked(path, 200, f"{portfolio}/{path}", token=token)


def _send(url: str, token: str) -> Any:
    """What a browser does with a form that holds a file."""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="ledger.csv"\r\n\r\n'
    form = (head.encode() + LEDGER + f"\r\n--{BOUNDARY}--\r\n".encode(), BOUNDARY)
    status, begun = asking.ask(url, method="POST", form=form, token=token)
    expect(status in {HTTPStatus.OK, HTTPStatus.ACCEPTED}, f"importing answered {status} {begun}")
    return begun


def _days() -> list[date]:
    """The last days that are over."""
    today = datetime.now(UTC).date()
    return [today - timedelta(days=count) for count in range(DAYS, 0, -1)]


def _tell_prices(here: Account, stage: str) -> None:
    """Put closes where the worker keeps those of the market, which nobody can ask from here."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f%z")
    dynamodb = here.client("dynamodb")
    for phase, symbol in enumerate(SYMBOLS):
        quote = {
            "key": {"S": f"stock#{symbol}"},
            "price": {"N": "30"},
            "currency": {"S": "USD"},
            "source": {"S": "rehearsal"},
            "history_from": {"S": _days()[0].isoformat()},
            **{name: {"S": now} for name in ("quoted_at", "confirmed_at", "history_loaded_at")},
        }
        dynamodb.put_item(TableName=f"{TABLES}{stage}-quotes", Item=quote)
        for number, day in enumerate(_days()):
            close = {
                "key": {"S": f"stock#{symbol}"},
                "date": {"S": day.isoformat()},
                "close": {"N": f"{30 + 3 * math.sin(number / 5 + phase):.2f}"},
            }
            dynamodb.put_item(TableName=f"{TABLES}{stage}-price-history", Item=close)
