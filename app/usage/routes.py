"""At which URLs does somebody see what they used and what is left, and admins what everybody did?"""

from typing import Any

from app.core import auth, clock, dynamo
from app.core.idempotency import idempotent
from app.core.openapi import Blueprint
from app.extensions import providers
from app.usage import schemas, service

# Longer names are no feature's either, and DynamoDB refuses keys over 1,024 bytes.
ONE_FEATURE = "/users/usage/<string(maxlength=64):feature>"

blp = Blueprint("usage", __name__, description="What a plan includes and what is used of it")


@blp.route("/users/usage", methods=["GET"])
@auth.signed_in(shows=auth.PRIVATE, scope="usage:read")
@blp.arguments(schemas.UsageArgs, location="query")
@blp.response(200, schemas.UsageOut)
def get_usage(args: dict[str, Any]) -> service.Overview:
    """Show what was used

    Every feature's count in the period, beside the limits of the plan held today. Calls made with an API key have
    a limit a day (UTC), so that none stands beside their sum of a month.
    """
    caller = auth.principal()
    return service.show_usage(
        user_id=caller.user_id, plan=caller.plan, period=args["period"], now=clock.now()
    )


@blp.route(ONE_FEATURE, methods=["POST"])
@auth.signed_in(shows=auth.PRIVATE, scope="usage:write")
@blp.arguments(schemas.UseIn)
@blp.response(200, schemas.UsageCountedOut)
@blp.failures(
    service.UsageLimitExceeded, service.CountedAutomatically, service.UnknownFeature, dynamo.Busy
)
@idempotent
def count_use(body: dict[str, Any], feature: str) -> service.Counted:
    """Count uses of a feature

    For clients that offer a feature themselves; the chat, backtests and optimisations count by themselves. Either
    all of the increment is counted or, where that would pass the limit, nothing.
    """
    caller = auth.principal()
    return service.count_use(
        user_id=caller.user_id,
        feature=feature,
        plan=caller.plan,
        increment=body["increment"],
        jobs=providers.job_queue,
        now=clock.now(),
    )


@blp.route("/users/usage/check", methods=["GET"])
@auth.signed_in(shows=auth.PRIVATE, scope="usage:read")
@blp.arguments(schemas.UsageCheckArgs, location="query")
@blp.response(200, schemas.UsageAllowanceOut)
@blp.failures(service.UnknownFeature)
def check_usage(args: dict[str, Any]) -> service.Allowance:
    """Ask whether so many more are included

    Nothing is counted or held: by the time of the use another may have taken them.
    """
    caller = auth.principal()
    return service.check_use(user_id=caller.user_id, plan=caller.plan, **args, now=clock.now())


@blp.route("/users/usage/history", methods=["GET"])
@auth.signed_in(shows=auth.PRIVATE, scope="usage:read")
@blp.arguments(schemas.UsageHistoryArgs, location="query")
@blp.response(200, schemas.UsageHistoryOut)
def get_usage_history(args: dict[str, Any]) -> dict[str, Any]:
    """Show what was used month by month

    This month first. Months without any use are there, too.
    """
    found = service.list_months(user_id=auth.principal().user_id, **args, now=clock.now())
    return {"history": found, "next_cursor": None}


@blp.route("/api/v1/admin/usage", methods=["GET"])
@auth.signed_in(shows=auth.PRIVATE, role="admin")
@blp.arguments(schemas.UsageTotalsArgs, location="query")
@blp.response(200, schemas.UsageTotalsOut)
@blp.failures(service.InvalidUsageRange)
def list_usage_totals(args: dict[str, Any]) -> Any:
    """Show what everybody used

    By day (UTC), plan and feature; the last 30 days unless told, 366 at most. A job sums them every hour.
    """
    return service.list_totals(**args, now=clock.now())
