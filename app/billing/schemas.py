"""What do plans, checkout and subscriptions look like?"""

from marshmallow import fields, validate

from app.core.schemas import QueryArgs, Schema, Text, Timestamp

PLANS_SOLD = ("growth", "pro")
LONGEST_URL = 2_048
MONTH = r"^[0-9]{4}-(0[1-9]|1[0-2])$"


class CheckoutIn(Schema):
    """A plan that somebody wants to buy."""

    plan = fields.String(
        required=True,
        validate=validate.OneOf(PLANS_SOLD),
        metadata={"description": "growth (4.99 USD a month) or pro (9.99 USD a month)."},
    )
    success_url = Text(
        required=True,
        minimum=8,
        maximum=LONGEST_URL,
        metadata={"description": "Where to go after paying; on an origin of this app."},
    )
    cancel_url = Text(
        required=True,
        minimum=8,
        maximum=LONGEST_URL,
        metadata={"description": "Where to go without paying; on an origin of this app."},
    )


class CheckoutOut(Schema):
    """Where to buy it."""

    checkout_url = fields.String(required=True, metadata={"description": "Send the browser here."})
    session_id = fields.String(required=True, metadata={"description": "Stripe's id of the visit."})


class PortalIn(Schema):
    """Where to come back to from the portal."""

    return_url = Text(
        minimum=8,
        maximum=LONGEST_URL,
        load_default=None,
        metadata={"description": "On an origin of this app; the app itself without it."},
    )


class PortalOut(Schema):
    """Where invoices, cards and the plan are managed."""

    url = fields.String(required=True)


class WebhookOut(Schema):
    """What became of an event."""

    received = fields.Boolean(required=True)
    result = fields.String(
        required=True,
        validate=validate.OneOf(["stored", "repeated", "unknown_event", "unknown_customer"]),
    )


class BillingOut(Schema):
    """Where somebody stands with us."""

    plan = fields.String(required=True)
    stripe_customer_id = fields.String(required=True, allow_none=True)
    subscription_active = fields.Boolean(
        required=True,
        metadata={"description": "Whether a subscription gives its plan at this moment."},
    )
    subscription_id = fields.String(required=True, allow_none=True)
    status = fields.String(
        required=True, allow_none=True, metadata={"description": "Stripe's word; null without one."}
    )
    current_period_end = Timestamp(required=True, allow_none=True)
    cancel_at_period_end = fields.Boolean(required=True)
    payment_status = fields.String(
        required=True,
        validate=validate.OneOf(["paid", "trial", "failed", "pending", "none"]),
    )


class ReconciliationOut(Schema):
    """What comparing the first hundred subscriptions with Stripe led to; tasks compare the rest."""

    checked = fields.Integer(required=True)
    mended = fields.Integer(required=True)
    queued = fields.Integer(
        required=True, metadata={"description": "Differ too, and are mended by tasks."}
    )
    complete = fields.Boolean(required=True)


class RevenueArgs(QueryArgs):
    """Which month is asked for."""

    month = fields.String(
        load_default=None,
        validate=validate.Regexp(MONTH),
        metadata={"description": "YYYY-MM, in UTC; this month without it."},
    )


class PlanRevenueOut(Schema):
    """What one plan brings in."""

    plan = fields.String(required=True)
    subscribers = fields.Integer(required=True)
    mrr = fields.String(required=True)


class RevenueOut(Schema):
    """What plans bring in."""

    month = fields.String(required=True)
    currency = fields.String(required=True)
    active = fields.Integer(
        required=True, metadata={"description": "Who pays now; trials don't count."}
    )
    new = fields.Integer(required=True, metadata={"description": "Who began to pay in the month."})
    churned = fields.Integer(
        required=True, metadata={"description": "Who ceased to pay in the month."}
    )
    mrr = fields.String(
        required=True, metadata={"description": "Monthly recurring revenue, before taxes."}
    )
    by_plan = fields.List(fields.Nested(PlanRevenueOut), required=True)
