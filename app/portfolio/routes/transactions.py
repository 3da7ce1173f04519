"""At which URLs does a user keep the ledger behind the assets?"""

import time
from typing import Any

from app.core import auth, clock
from app.core.dynamo import Busy, InvalidCursor
from app.core.idempotency import idempotent
from app.core.openapi import Blueprint
from app.core.schemas import MessageOut
from app.extensions import providers
from app.portfolio import service
from app.portfolio.routes.assets import SYMBOL_WAIT_SECONDS
from app.portfolio.schemas import transactions as schemas
from app.portfolio.service import transactions as transactions_service
from app.prices import service as prices

# No transaction has a longer id, and DynamoDB refuses keys over 1,024 bytes.
ONE_TRANSACTION = "/transactions/<string(maxlength=64):transaction_id>"

blp = Blueprint(
    "transactions",
    __name__,
    url_prefix="/portfolio",
    description="The ledger: what was bought, sold, received and paid",
)


@blp.route("/transactions", methods=["POST"])
@auth.signed_in(shows=auth.PRIVATE, scope="portfolio:write")
@blp.arguments(schemas.TransactionIn)
@blp.response(201, schemas.TransactionOut)
@blp.alt_response(200, schema=schemas.TransactionOut, description="It was sent before")
@blp.failures(
    service.UnknownAsset,
    transactions_service.AssetMismatch,
    transactions_service.ExecutedInTheFuture,
    prices.UnknownSymbol,
    service.Oversold,
    service.HoldingTooLarge,
    transactions_service.TransactionConflict,
    service.TooManyTransactions,
    service.TooManySplits,
    Busy,
)
@idempotent
def add_transaction(body: dict[str, Any]) -> tuple[Any, int]:
    """Write a transaction down

    buy, sell, dividend, interest, fee, split, transfer_in or transfer_out, in any order of time. Without an asset_id it
    moves the position in its symbol and currency, which the first one makes; interest and fees may be without a
    symbol. One that was sent under the same external_id before answers 200. Selling more than is held, then or later,
    is refused: short positions are not supported.
    """
    transaction, is_new = transactions_service.add_transaction(
        user_id=auth.principal().user_id,
        row=body,
        jobs=providers.job_queue,
        now=clock.now(),
        sleep=time.sleep,
        wait_seconds=SYMBOL_WAIT_SECONDS,
    )
    return transaction, 201 if is_new else 200


@blp.route("/transactions", methods=["GET"])
@auth.signed_in(shows=auth.PRIVATE, scope="portfolio:read")
@blp.arguments(schemas.TransactionArgs, location="query")
@blp.response(200, schemas.TransactionListOut)
@blp.failures(InvalidCursor)
def list_transactions(wanted: dict[str, Any]) -> dict[str, Any]:
    """List transactions

    The newest first; those of an asset, a symbol, a type or a time, if that is given. With a symbol or a type, a page
    may hold fewer than `limit`, and only next_cursor tells whether there are more.
    """
    transactions, next_cursor = transactions_service.list_transactions(
        user_id=auth.principal().user_id, **wanted
    )
    return {"transactions": transactions, "next_cursor": next_cursor}


@blp.route(ONE_TRANSACTION, methods=["GET"])
@auth.signed_in(shows=auth.PRIVATE, scope="portfolio:read")
@blp.response(200, schemas.TransactionOut)
@blp.failures(transactions_service.UnknownTransaction)
def get_transaction(transaction_id: str) -> Any:
    """Show a transaction"""
    return transactions_service.get_transaction(
        user_id=auth.principal().user_id, transaction_id=transaction_id
    )


@blp.route(ONE_TRANSACTION, methods=["PUT"])
@auth.signed_in(shows=auth.PRIVATE, scope="portfolio:write")
@blp.arguments(schemas.TransactionUpdate)
@blp.response(200, schemas.TransactionOut)
@blp.failures(
    transactions_service.UnknownTransaction,
    transactions_service.ExecutedInTheFuture,
    service.Oversold,
    service.HoldingTooLarge,
    Busy,
)
def change_transaction(body: dict[str, Any], transaction_id: str) -> Any:
    """Correct a transaction

    Changes the quantity, the price, the fee or the time; what is left out stays as it is. Everything after it is
    computed anew, and refused where more would then have gone out than was held.
    """
    return transactions_service.change_transaction(
        user_id=auth.principal().user_id,
        transaction_id=transaction_id,
        changes=body,
        now=clock.now(),
    )


@blp.route(ONE_TRANSACTION, methods=["DELETE"])
@auth.signed_in(shows=auth.PRIVATE, scope="portfolio:write")
@blp.response(200, MessageOut)
@blp.failures(
    transactions_service.UnknownTransaction, service.Oversold, service.HoldingTooLarge, Busy
)
def remove_transaction(transaction_id: str) -> dict[str, str]:
    """Delete a transaction

    As if it had never been: refused where what went out later came from it. The last one of an asset takes the asset
    with it.
    """
    transactions_service.remove_transaction(
        user_id=auth.principal().user_id, transaction_id=transaction_id, now=clock.now()
    )
    return {"message": "Transaction deleted successfully"}
