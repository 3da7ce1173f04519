"""Which tickers surely mean a coin, and which coin does CoinGecko mean by an id?

Files rarely say whether a ticker is a coin's or a share's. Only those are listed that hardly any file means a share by.
"""

from collections.abc import Mapping
from typing import Final

COINGECKO: Final[Mapping[str, str]] = {
    "bitcoin": "BTC",
    "ethereum": "ETH",
    "tether": "USDT",
    "ripple": "XRP",
    "binancecoin": "BNB",
    "solana": "SOL",
    "usd-coin": "USDC",
    "dogecoin": "DOGE",
    "tron": "TRX",
    "cardano": "ADA",
    "staked-ether": "STETH",
    "wrapped-bitcoin": "WBTC",
    "chainlink": "LINK",
    "avalanche-2": "AVAX",
    "stellar": "XLM",
    "sui": "SUI",
    "bitcoin-cash": "BCH",
    "hedera-hashgraph": "HBAR",
    "litecoin": "LTC",
    "shiba-inu": "SHIB",
    "polkadot": "DOT",
    "uniswap": "UNI",
    "monero": "XMR",
    "pepe": "PEPE",
    "aave": "AAVE",
    "dai": "DAI",
    "near": "NEAR",
    "internet-computer": "ICP",
    "ethereum-classic": "ETC",
    "aptos": "APT",
    "cosmos": "ATOM",
    "filecoin": "FIL",
    "polygon-ecosystem-token": "POL",
    "matic-network": "MATIC",
    "algorand": "ALGO",
    "vechain": "VET",
    "tezos": "XTZ",
    "eos": "EOS",
    "maker": "MKR",
    "the-graph": "GRT",
}
COINS: Final = frozenset(COINGECKO.values())
SURELY: Final = frozenset(
    [
        "BTC",
        "ETH",
        "USDT",
        "XRP",
        "BNB",
        "SOL",
        "USDC",
        "DOGE",
        "TRX",
        "ADA",
        "AVAX",
        "XLM",
        "BCH",
        "LTC",
        "SHIB",
        "DOT",
        "XMR",
        "MATIC",
        "ALGO",
        "XTZ",
    ]
)
"""Of those, the ones that a file without a column for it is taken to mean as coins."""
