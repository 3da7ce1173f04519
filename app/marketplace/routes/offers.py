"""At which URLs are offers made, and moved by their two sides?"""

from typing import Any

from app.core import auth, clock, dynamo, throttle
from app.core.idempotency import idempotent
from app.core.openapi import Blueprint
from app.extensions import providers
from app.marketplace import schemas, service

ONE_OFFER = "/offers/<string(maxlength=64):offer_id>"

blp = Blueprint("offers", __name__, description="Offers for items")


@blp.route("/offers", methods=["POST"])
@auth.signed_in(shows=auth.PARTY, scope="marketplace:write")
@blp.arguments(schemas.OfferIn)
@blp.response(201, schemas.OfferOut)
@blp.failures(
    service.UnknownItem,
    service.OwnItem,
    service.ItemNotForSale,
    service.OfferExpiresInPast,
    throttle.TooManyAttempts,
    dynamo.Busy,
)
@idempotent
def make_offer(body: dict[str, Any]) -> service.ShownOffer:
    """Make an offer

    For an item of somebody else's that is for sale, in its currency. Both sides are mailed. At most 50 a day to one
    seller.
    """
    return service.make_offer(
        user_id=auth.principal().user_id, **body, jobs=providers.job_queue, now=clock.now()
    )


@blp.route("/offers", methods=["GET"])
@auth.signed_in(shows=auth.PARTY, scope="marketplace:read")
@blp.arguments(schemas.OfferListArgs, location="query")
@blp.response(200, schemas.OfferListOut)
@blp.failures(dynamo.InvalidCursor)
def list_offers(wanted: dict[str, Any]) -> dict[str, Any]:
    """List one's offers

    Those that one made, or with `role=seller` those for one's items; the newest first.
    """
    found, next_cursor = service.list_offers(
        user_id=auth.principal().user_id, **wanted, now=clock.now()
    )
    return {"offers": found, "next_cursor": next_cursor}


@blp.route(ONE_OFFER, methods=["GET"])
@auth.signed_in(shows=auth.PARTY, scope="marketplace:read")
@blp.response(200, schemas.OfferOut)
@blp.failures(service.UnknownOffer)
def get_offer(offer_id: str) -> service.ShownOffer:
    """Show an offer

    To its buyer and its seller; there is none for anybody else.
    """
    return service.get_offer(user_id=auth.principal().user_id, offer_id=offer_id, now=clock.now())


@blp.route(f"{ONE_OFFER}/accept", methods=["POST"])
@auth.signed_in(shows=auth.PARTY, scope="marketplace:write")
@blp.response(200, schemas.OfferOut)
@blp.failures(
    service.UnknownOffer,
    service.NotYourMove,
    service.OfferClosed,
    service.ItemNotForSale,
    dynamo.Busy,
)
def accept_offer(offer_id: str) -> service.ShownOffer:
    """Accept an offer

    The item is sold: of all its offers one is accepted, however many are at once. The others are declined within
    moments. Both sides are mailed.
    """
    return service.accept_offer(
        user_id=auth.principal().user_id,
        offer_id=offer_id,
        jobs=providers.job_queue,
        now=clock.now(),
    )


@blp.route(f"{ONE_OFFER}/decline", methods=["POST"])
@auth.signed_in(shows=auth.PARTY, scope="marketplace:write")
@blp.response(200, schemas.OfferOut)
@blp.failures(service.UnknownOffer, service.NotYourMove, service.OfferClosed, dynamo.Busy)
def decline_offer(offer_id: str) -> service.ShownOffer:
    """Decline an offer

    The item stays for sale. Both sides are mailed.
    """
    return service.decline_offer(
        user_id=auth.principal().user_id,
        offer_id=offer_id,
        jobs=providers.job_queue,
        now=clock.now(),
    )


@blp.route(f"{ONE_OFFER}/withdraw", methods=["POST"])
@auth.signed_in(shows=auth.PARTY, scope="marketplace:write")
@blp.response(200, schemas.OfferOut)
@blp.failures(service.UnknownOffer, service.NotYourMove, service.OfferClosed, dynamo.Busy)
def withdraw_offer(offer_id: str) -> service.ShownOffer:
    """Withdraw an offer

    By who made it, as long as it is pending. Both sides are mailed.
    """
    return service.withdraw_offer(
        user_id=auth.principal().user_id,
        offer_id=offer_id,
        jobs=providers.job_queue,
        now=clock.now(),
    )
