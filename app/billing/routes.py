"""At which URLs are plans bought and managed, and where does Stripe tell what happened?"""

from typing import Any

from flask import request

from app.accounts import service as accounts
from app.billing import schemas, service
from app.core import auth, clock, dynamo, errors
from app.core.idempotency import idempotent
from app.core.openapi import Blueprint
from app.extensions import providers, settings

blp = Blueprint("billing", __name__, description="Plans, checkout and subscriptions")


@blp.route("/stripe/create-checkout-session", methods=["POST"])
@auth.signed_in(shows=auth.PRIVATE)
@blp.arguments(schemas.CheckoutIn)
@blp.response(200, schemas.CheckoutOut)
@blp.failures(
    service.PlanHeld,
    service.AddressNotAllowed,
    service.BillingNotConfigured,
    service.PaymentsUnavailable,
    accounts.UnknownAccount,
    dynamo.Busy,
)
@idempotent
def create_checkout_session(body: dict[str, Any]) -> dict[str, str]:
    """Buy a plan

    Send the browser to `checkout_url`. Asked again for the same plan, it is the same visit. Whoever has a
    subscription already is led to the portal, where the change of plan is confirmed: nobody gets a second
    subscription. The plan changes within seconds of the payment.
    """
    door = service.start_checkout(
        user_id=auth.principal().user_id,
        **body,
        payments=providers.payments,
        jobs=providers.job_queue,
        settings=settings,
        now=clock.now(),
    )
    return {"checkout_url": door.url, "session_id": door.door_id}


@blp.route("/stripe/webhook", methods=["POST"])
@auth.public
@blp.response(200, schemas.WebhookOut)
@blp.failures(service.EventNotTrusted, service.BillingNotConfigured, errors.TooLarge)
@blp.doc(
    parameters=[
        {
            "in": "header",
            "name": "Stripe-Signature",
            "required": False,
            "schema": {"type": "string"},
            "description": "Stripe's signature of the body.",
        }
    ],
    requestBody={
        "required": True,
        "description": "An event, as Stripe posts it: JSON whose very bytes are signed.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    },
)
def take_stripe_event() -> dict[str, Any]:
    """Tell what happened at Stripe

    For Stripe. A signed event is stored before the answer and acted on after it; each id acts once, in whatever
    order events come. An event that is no concern of this product, or about a customer of somebody else's, is
    answered 200 and changes nothing.
    """
    result = service.take_event(
        body=request.get_data(cache=True),
        signature=request.headers.get("Stripe-Signature"),
        payments=providers.payments,
        settings=settings,
        jobs=providers.job_queue,
        now=clock.now(),
    )
    return {"received": True, "result": result}


@blp.route("/users/billing", methods=["GET"])
@auth.signed_in(shows=auth.PRIVATE, scope="account:read")
@blp.response(200, schemas.BillingOut)
@blp.failures(accounts.UnknownAccount)
def get_billing() -> service.Billing:
    """Read one's plan and subscription

    From our own records, so it answers even while the payment service does not.
    """
    return service.get_billing(user_id=auth.principal().user_id)


@blp.route("/users/billing/cancel", methods=["POST"])
@auth.signed_in(shows=auth.PRIVATE)
@blp.response(200, schemas.BillingOut)
@blp.failures(
    service.NoSubscription,
    service.BillingNotConfigured,
    service.PaymentsUnavailable,
    accounts.UnknownAccount,
    dynamo.Busy,
)
@idempotent
def cancel_subscription() -> service.Billing:
    """Cancel a subscription

    It runs until the end of the period that is paid for, and can be resumed until then.
    """
    return _set_cancelled(cancelled=True)


@blp.route("/users/billing/resume", methods=["POST"])
@auth.signed_in(shows=auth.PRIVATE)
@blp.response(200, schemas.BillingOut)
@blp.failures(
    service.NoSubscription,
    service.BillingNotConfigured,
    service.PaymentsUnavailable,
    accounts.UnknownAccount,
    dynamo.Busy,
)
@idempotent
def resume_subscription() -> service.Billing:
    """Resume a cancelled subscription

    Possible until the period that is paid for has ended; after that, buy the plan again.
    """
    return _set_cancelled(cancelled=False)


def _set_cancelled(*, cancelled: bool) -> service.Billing:
    return service.set_cancelled(
        user_id=auth.principal().user_id,
        cancelled=cancelled,
        payments=providers.payments,
        jobs=providers.job_queue,
        settings=settings,
        now=clock.now(),
    )


@blp.route("/users/billing/portal", methods=["POST"])
@auth.signed_in(shows=auth.PRIVATE)
@blp.arguments(schemas.PortalIn)
@blp.response(200, schemas.PortalOut)
@blp.failures(
    service.NoSubscription,
    service.AddressNotAllowed,
    service.BillingNotConfigured,
    service.PaymentsUnavailable,
)
@idempotent
def open_billing_portal(body: dict[str, Any]) -> dict[str, str]:
    """Open the billing portal

    Where invoices are seen, the card is changed, and the plan is changed or ended. The address works for a short
    while: send the browser there at once.
    """
    door = service.open_portal(
        user_id=auth.principal().user_id, **body, payments=providers.payments, settings=settings
    )
    return {"url": door.url}


@blp.route("/api/v1/admin/billing/reconcile", methods=["POST"])
@auth.signed_in(role="admin", shows=auth.PRIVATE)
@blp.response(200, schemas.ReconciliationOut)
@blp.failures(service.BillingNotConfigured, service.PaymentsUnavailable, dynamo.Busy)
@idempotent
def reconcile_billing() -> service.Reconciliation:
    """Compare all subscriptions with Stripe

    Mends what differs. The first hundred are compared before the answer, the rest by tasks. It goes on record, and
    happens daily besides.
    """
    return service.reconcile_for_admin(
        admin_id=auth.principal().user_id,
        payments=providers.payments,
        settings=settings,
        jobs=providers.job_queue,
        now=clock.now(),
    )


@blp.route("/api/v1/admin/billing/revenue", methods=["GET"])
@auth.signed_in(role="admin", shows=auth.PRIVATE)
@blp.arguments(schemas.RevenueArgs, location="query")
@blp.response(200, schemas.RevenueOut)
def get_revenue(args: dict[str, Any]) -> service.Revenue:
    """Read what plans bring in

    Who pays now and what that makes a month, and who began and ceased to pay in a month.
    """
    return service.get_revenue(month=args["month"], now=clock.now())
