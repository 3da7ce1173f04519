"""At which URLs are items put up, found, changed and removed?"""

from typing import Any

from app.core import auth, clock, dynamo
from app.core.idempotency import idempotent
from app.core.openapi import Blueprint
from app.core.schemas import MessageOut
from app.extensions import providers
from app.marketplace import schemas, service
from app.marketplace.models import Item

ONE_ITEM = "/items/<string(maxlength=128):item_id>"

blp = Blueprint("items", __name__, description="Items for sale")


@blp.route("/items", methods=["POST"])
@auth.signed_in(shows=auth.PUBLIC, scope="marketplace:write")
@blp.arguments(schemas.ItemIn)
@blp.response(201, schemas.ItemOut)
@blp.alt_response(200, schema=schemas.ItemOut, description="It was the caller's already.")
@blp.failures(service.ItemIdTaken, service.ItemSold, service.ItemMoveRefused, dynamo.Busy)
@idempotent
def put_up_item(body: dict[str, Any]) -> tuple[Item, int]:
    """Put an item up for sale

    Under an id that its owner chooses. Repeated by its owner, it says again what the item is: the item becomes as
    the body says, and keeps its status where none is given. Of users who choose one id at once, one gets it.
    """
    item, is_new = service.put_up_item(
        user_id=auth.principal().user_id, **body, jobs=providers.job_queue, now=clock.now()
    )
    return item, 201 if is_new else 200


@blp.route("/items", methods=["GET"])
@auth.signed_in(shows=auth.PUBLIC, scope="marketplace:read")
@blp.arguments(schemas.ItemSearchArgs, location="query")
@blp.response(200, schemas.ItemListOut)
@blp.failures(dynamo.InvalidCursor, service.NothingToSearchFor)
def list_items(wanted: dict[str, Any]) -> dict[str, Any]:
    """Find items

    Those for sale, the cheapest first. With `q`, those whose name has, for each word of it, one that begins so; both
    prices are included. With many words in common a page may hold fewer items than `limit`, even none, and still be
    followed by another: go on while `next_cursor` is not null. Of a very long name, the first words are found.
    """
    found, next_cursor = service.list_items(user_id=auth.principal().user_id, **wanted)
    return {"items": found, "next_cursor": next_cursor}


@blp.route(ONE_ITEM, methods=["GET"])
@auth.signed_in(shows=auth.PUBLIC, scope="marketplace:read")
@blp.response(200, schemas.ItemOut)
@blp.failures(service.UnknownItem)
def get_item(item_id: str) -> Item:
    """Show an item

    Every signed-in user sees it while it is for sale and when it is sold; drafts and withdrawn ones are shown to
    their owner only.
    """
    return service.get_item(user_id=auth.principal().user_id, item_id=item_id)


@blp.route(ONE_ITEM, methods=["PUT"])
@auth.signed_in(shows=auth.PUBLIC, scope="marketplace:write")
@blp.arguments(schemas.ItemUpdate)
@blp.response(200, schemas.ItemOut)
@blp.failures(
    service.UnknownItem,
    service.NotItemOwner,
    service.ItemSold,
    service.ItemMoveRefused,
    dynamo.Busy,
)
def change_item(body: dict[str, Any], item_id: str) -> Item:
    """Change an item

    What is left out stays as it is. A draft becomes active or withdrawn, an active item sold or withdrawn, a
    withdrawn one active again. When it leaves the market, its pending offers are declined within moments.
    """
    return service.change_item(
        user_id=auth.principal().user_id,
        item_id=item_id,
        changes=body,
        jobs=providers.job_queue,
        now=clock.now(),
    )


@blp.route(ONE_ITEM, methods=["DELETE"])
@auth.signed_in(shows=auth.PUBLIC, scope="marketplace:write")
@blp.response(200, MessageOut)
@blp.failures(service.UnknownItem, service.NotItemOwner, dynamo.Busy)
def remove_item(item_id: str) -> dict[str, str]:
    """Delete an item

    It is gone at once, and its id free. Its pending offers are declined within moments; an accepted one stays.
    """
    service.remove_item(user_id=auth.principal().user_id, item_id=item_id, jobs=providers.job_queue)
    return {"message": "Item deleted successfully"}
