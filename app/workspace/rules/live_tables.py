"""Which tables can a project hold that no file is behind, and what are their columns?

What stands in them is read anew for every question. A table that joins gets a row here, and a reader in
`service.live_tables`.
"""

from collections.abc import Mapping
from typing import Final

PORTFOLIO: Final = "portfolio"
TRANSACTIONS: Final = "transactions"

COLUMNS: Final[Mapping[str, Mapping[str, str]]] = {
    PORTFOLIO: {
        "asset_type": "text",
        "symbol": "text",
        "name": "text",
        "currency": "text",
        "quantity": "decimal",
        "purchase_price": "decimal",
        "purchase_date": "date",
        "current_price": "decimal",
        "current_value": "decimal",
        "gain_loss": "decimal",
        "gain_loss_percentage": "decimal",
        "price_as_of": "timestamp",
    },
    TRANSACTIONS: {
        "executed_at": "timestamp",
        "type": "text",
        "asset_type": "text",
        "symbol": "text",
        "currency": "text",
        "quantity": "decimal",
        "split_ratio": "decimal",
        "price": "decimal",
        "fee": "decimal",
        "cost": "decimal",
        "proceeds": "decimal",
        "dividend": "decimal",
        "interest": "decimal",
        "income": "decimal",
    },
}
"""Names and types of the columns of each."""

NAMES: Final = tuple(COLUMNS)
