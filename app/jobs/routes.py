"""Where do admins watch recurring jobs, start one, and try failed messages again?"""

from typing import Any

from app.core import auth, clock
from app.core.openapi import Blueprint
from app.extensions import providers, settings
from app.jobs import schemas, service
from app.jobs.schedule import schedule

MOST_REDRIVEN = 500  # what fits into a request with room to spare

blp = Blueprint(
    "jobs", __name__, url_prefix="/api/v1/admin", description="Recurring jobs and failed messages"
)


@blp.route("/jobs", methods=["GET"])
@auth.signed_in(role="admin", shows=auth.PRIVATE)
@blp.response(200, schemas.JobsOut)
def list_jobs() -> dict[str, Any]:
    """List the recurring jobs

    Each with its last run, result and duration, its next run, and how long an unanswered due time has waited.
    """
    return {
        "jobs": service.list_jobs(schedule=schedule(settings), now=clock.now()),
        "next_cursor": None,
    }


@blp.route("/jobs/<string:name>/run", methods=["POST"])
@auth.signed_in(role="admin", shows=auth.PRIVATE)
@blp.response(202, schemas.JobStartedOut)
@blp.failures(service.UnknownJob, service.JobQueueUnavailable)
def run_job(name: str) -> dict[str, str]:
    """Start a recurring job now

    It runs once, besides its schedule. The list of jobs shows the run when it has ended, the audit log who asked.
    """
    service.run_job(
        name=name,
        admin_id=auth.principal().user_id,
        schedule=schedule(settings),
        jobs=providers.job_queue,
        now=clock.now(),
    )
    return {"message": "Job started.", "name": name}


@blp.route("/dead-letters", methods=["GET"])
@auth.signed_in(role="admin", shows=auth.PRIVATE)
@blp.arguments(schemas.DeadLettersArgs, location="query")
@blp.response(200, schemas.DeadLettersOut)
@blp.failures(service.JobQueueUnavailable)
def list_dead_letters(args: dict[str, Any]) -> dict[str, Any]:
    """List messages that were given up on

    Oldest first of those that the queue shows. They stay until they are sent again or 14 days have passed.
    """
    found = service.list_dead_letters(limit=args["limit"], jobs=providers.job_queue)
    return {"dead_letters": found, "next_cursor": None}


@blp.route("/dead-letters/redrive", methods=["POST"])
@auth.signed_in(role="admin", shows=auth.PRIVATE)
@blp.response(200, schemas.RedrivenOut)
@blp.failures(service.JobQueueUnavailable)
def redrive_dead_letters() -> dict[str, int]:
    """Send failed messages to the workers again

    Up to 500 at a time; the answer says how many. Do it after what made them fail is mended. The audit log shows
    who did.
    """
    redriven = service.redrive_dead_letters(
        limit=MOST_REDRIVEN,
        admin_id=auth.principal().user_id,
        jobs=providers.job_queue,
        now=clock.now(),
    )
    return {"redriven": redriven}
