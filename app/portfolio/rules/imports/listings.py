"""How does Yahoo, whose prices are shown here, write the symbols of a broker?

Brokers name a share by its ticker and say elsewhere at which exchange it is listed; Yahoo puts the exchange behind the
ticker (https://help.yahoo.com/kb/SLN2310.html). American listings have no ending, and a share's class follows a hyphen.
"""

from collections.abc import Mapping
from typing import Final

from app.portfolio.rules.imports.rows import symbol

ENDINGS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("LSE", "LSEETF", "LSEIOB1"), ".L"),
    **dict.fromkeys(("IBIS", "IBIS2"), ".DE"),
    **dict.fromkeys(("FWB", "FWB2"), ".F"),
    **dict.fromkeys(("SBF",), ".PA"),
    **dict.fromkeys(("AEB",), ".AS"),
    **dict.fromkeys(("ENEXT.BE",), ".BR"),
    **dict.fromkeys(("BVL",), ".LS"),
    **dict.fromkeys(("BVME", "BVME.ETF"), ".MI"),
    **dict.fromkeys(("BM",), ".MC"),
    **dict.fromkeys(("EBS", "VIRTX"), ".SW"),
    **dict.fromkeys(("VSE",), ".VI"),
    **dict.fromkeys(("SFB",), ".ST"),
    **dict.fromkeys(("CPH",), ".CO"),
    **dict.fromkeys(("HEX",), ".HE"),
    **dict.fromkeys(("OSE",), ".OL"),
    **dict.fromkeys(("WSE",), ".WA"),
    **dict.fromkeys(("TSE",), ".TO"),
    **dict.fromkeys(("VENTURE",), ".V"),
    **dict.fromkeys(("ASX",), ".AX"),
    **dict.fromkeys(("SEHK",), ".HK"),
    **dict.fromkeys(("TSEJ",), ".T"),
    **dict.fromkeys(("SGX",), ".SI"),
    **dict.fromkeys(("NSE",), ".NS"),
    **dict.fromkeys(("BSE",), ".BO"),
}
HONG_KONG: Final = ".HK"
HONG_KONG_DIGITS: Final = 4


def at_yahoo(ticker: str, *, exchange: str) -> str:
    """A broker's ticker as Yahoo writes it.

    Raises:
        BadValue: it is none.

    >>> at_yahoo("BRK B", exchange="NYSE"), at_yahoo("VWRA", exchange="LSEETF"), at_yahoo("700", exchange="SEHK")
    ('BRK-B', 'VWRA.L', '0700.HK')
    """
    plain = symbol(ticker.strip().replace(" ", "-"))
    ending = ENDINGS.get(exchange.upper(), "")
    if not ending or plain.endswith(ending):
        return plain
    if ending == HONG_KONG:
        plain = plain.zfill(HONG_KONG_DIGITS)
    return symbol(plain + ending)
