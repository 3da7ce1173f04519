"""At which URLs is told what happened, and asked how often it does?"""

from typing import Any

from flask import request

from app.analytics import schemas, service
from app.core import auth, clock, dynamo, errors, throttle, tokens
from app.core.openapi import Blueprint

CALLS = throttle.Limit(name="analytics", count=120, window_seconds=60)
"""Of a user, or of an address that sends no token."""

blp = Blueprint("analytics", __name__, description="What people do with the product")


@blp.route("/analytics/track", methods=["POST"])
@auth.public
@blp.arguments(schemas.TrackIn)
@blp.response(202, schemas.TrackedOut)
@blp.failures(
    service.InvalidEventTime,
    service.EventTooLarge,
    throttle.TooManyAttempts,
    tokens.InvalidToken,
    errors.Forbidden,
    dynamo.Busy,
)
def track_events(body: dict[str, Any]) -> service.Tracked:
    """Tell what happened

    One event, or up to 100. An event with an event_id counts once, however often it is sent. Without a token events
    are of nobody, or of the visitor whom anonymous_id names; with one they are the user's, and such a visitor is that
    user from then on, and before.
    """
    user_id, now = _caller_if_any(), clock.now()
    throttle.use(CALLS, subject=user_id or request.remote_addr or "unknown", now=now)
    events = [service.NewEvent(**event) for event in body.get("events", [body])]
    return service.track_events(events=events, user_id=user_id, now=now)


@blp.route("/analytics", methods=["GET"])
@auth.signed_in(shows=auth.PRIVATE, scope="analytics:read")
@blp.arguments(schemas.OverviewArgs, location="query")
@blp.response(200, schemas.OverviewOut)
def get_analytics(args: dict[str, Any]) -> service.Overview:
    """Show how often something happened

    One's own events; an administrator sees everybody's. The sums hold what was accepted up to now; of a great many
    events since the last hourly roll-up, the rest comes with the next one.
    """
    caller = auth.principal()
    if caller.has_role("admin"):
        return service.show_all(**args, now=clock.now())
    return service.show_own(user_id=caller.user_id, **args, now=clock.now())


@blp.route("/analytics/hours", methods=["GET"])
@auth.signed_in(shows=auth.PRIVATE, scope="analytics:read")
@blp.arguments(schemas.HoursArgs, location="query")
@blp.response(200, schemas.HoursOut)
def get_hours(args: dict[str, Any]) -> service.Hours:
    """Show how often something happened, by the hour

    One's own events; an administrator sees everybody's. Of up to 31 days, which end with the hour it is. Late events
    are counted in the hour that they happened in.
    """
    caller = auth.principal()
    if caller.has_role("admin"):
        return service.show_hours_of_all(**args, now=clock.now())
    return service.show_hours_of_own(user_id=caller.user_id, **args, now=clock.now())


@blp.route("/analytics/funnel", methods=["GET"])
@auth.signed_in(shows=auth.PRIVATE, role="admin")
@blp.arguments(schemas.FunnelArgs, location="query")
@blp.response(200, schemas.FunnelOut)
@blp.failures(service.TooManyEvents)
def get_funnel(args: dict[str, Any]) -> dict[str, Any]:
    """Show how far people get

    How many did the first step, and of them the next one at or after that, and so on, all within these days.
    """
    steps = schemas.step_names(args["steps"])
    found = service.show_funnel(steps=steps, days=args["days"], now=clock.now())
    return {"days": args["days"], "steps": found}


@blp.route("/analytics/retention", methods=["GET"])
@auth.signed_in(shows=auth.PRIVATE, role="admin")
@blp.arguments(schemas.RetentionArgs, location="query")
@blp.response(200, schemas.RetentionOut)
@blp.failures(service.TooManyPeople)
def get_retention(args: dict[str, Any]) -> dict[str, Any]:
    """Show who comes back, by week

    People by the week of their first event within the last 400 days, and in which weeks since then they had an event
    again. As of the last roll-up.
    """
    cohorts = service.show_retention(**args, now=clock.now())
    return {
        "event_type": args["event_type"],
        "returning": args["returning"] or args["event_type"],
        "cohorts": cohorts,
    }


@blp.route("/analytics/properties", methods=["GET"])
@auth.signed_in(shows=auth.PRIVATE, role="admin")
@blp.arguments(schemas.PropertiesArgs, location="query")
@blp.response(200, schemas.PropertiesOut)
@blp.failures(service.TooManyEvents)
def get_properties(args: dict[str, Any]) -> service.Values:
    """Show the most frequent values

    Of one name in event_data. Texts count by their first 200 characters.
    """
    name = args.pop("property")
    return service.show_properties(property_name=name, **args, now=clock.now())


def _caller_if_any() -> str | None:
    """The user whose token came along; None without one. A token that does not hold is refused."""
    token = auth.bearer_token()
    if token is None:
        return None
    return auth.admitted(token=token, key=None, role="user", scope=None).user_id
