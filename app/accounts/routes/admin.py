"""The door /api/v1/admin: approval, roles, and the record of who did what."""

from typing import Any

from flask import Response, jsonify

from app.accounts import service
from app.accounts.schemas import admin as schemas
from app.audit import service as audit
from app.core import auth, clock, dynamo
from app.core.openapi import Blueprint
from app.extensions import providers

blp = Blueprint(
    "admin", __name__, url_prefix="/api/v1/admin", description="What administrators do to accounts"
)


@blp.route("/pending-users", methods=["GET"])
@auth.signed_in(shows=auth.PRIVATE, role="admin")
@blp.arguments(schemas.PendingArgs, location="query")
@blp.response(200, schemas.PendingUserOut(many=True))
@blp.failures(dynamo.InvalidCursor)
def list_pending_users(args: dict[str, Any]) -> Response:
    """List accounts that await approval

    Oldest first, as a bare array; `X-Next-Cursor` is there when more follow.
    """
    page = service.list_pending(limit=args["limit"], cursor=args["cursor"])
    return _bare(schemas.PendingUserOut(many=True).dump(page.items), page.next_cursor)


@blp.route("/users", methods=["GET"])
@auth.signed_in(shows=auth.PRIVATE, role="admin")
@blp.arguments(schemas.UsersArgs, location="query")
@blp.response(200, schemas.UsersOut)
@blp.failures(dynamo.InvalidCursor)
def list_users(args: dict[str, Any]) -> dict[str, Any]:
    """List accounts

    Newest first. With `status`, a page may be shorter than `limit` and still have a `next_cursor`.
    """
    page = service.list_accounts(status=args["status"], limit=args["limit"], cursor=args["cursor"])
    return {"users": page.items, "next_cursor": page.next_cursor}


@blp.route("/approve/<string:user_id>", methods=["POST"])
@auth.signed_in(shows=auth.PRIVATE, role="admin")
@blp.response(200, schemas.ModeratedOut)
@blp.failures(service.UnknownAccount, service.AlreadyActive, service.DisabledUser)
def approve_user(user_id: str) -> dict[str, str]:
    """Approve an account

    It becomes an active viewer, and its holder is mailed.
    """
    done = service.approve_account(
        admin_id=auth.principal().user_id,
        user_id=user_id,
        jobs=providers.job_queue,
        now=clock.now(),
    )
    return _moderated("User approved.", done)


@blp.route("/disable/<string:user_id>", methods=["POST"])
@auth.signed_in(shows=auth.PRIVATE, role="admin")
@blp.response(200, schemas.ModeratedOut)
@blp.failures(service.UnknownAccount, service.AlreadyDisabled, service.LastAdmin)
def disable_user(user_id: str) -> dict[str, str]:
    """Disable an account

    Its tokens are refused from the next request on. One's own account can't be disabled.
    """
    done = service.disable_account(
        admin_id=auth.principal().user_id, user_id=user_id, now=clock.now()
    )
    return _moderated("User disabled.", done)


@blp.route("/enable/<string:user_id>", methods=["POST"])
@auth.signed_in(shows=auth.PRIVATE, role="admin")
@blp.response(200, schemas.ModeratedOut)
@blp.failures(service.UnknownAccount, service.AlreadyActive, service.NotDisabled)
def enable_user(user_id: str) -> dict[str, str]:
    """Enable a disabled account

    It has the role and the state again that it had; tokens from before stay dead.
    """
    done = service.enable_account(
        admin_id=auth.principal().user_id, user_id=user_id, now=clock.now()
    )
    return _moderated("User enabled.", done)


@blp.route("/role/<string:user_id>", methods=["POST"])
@auth.signed_in(shows=auth.PRIVATE, role="admin")
@blp.arguments(schemas.RoleIn)
@blp.response(200, schemas.RoleChangedOut)
@blp.failures(service.UnknownAccount, service.NoRoleChange, service.LastAdmin)
def change_user_role(body: dict[str, Any], user_id: str) -> dict[str, str]:
    """Make an account a viewer or an admin

    Its tokens are refused from the next request on. One's own role can't be changed.
    """
    done = service.change_role(
        admin_id=auth.principal().user_id, user_id=user_id, role=body["role"], now=clock.now()
    )
    return {
        "message": "Role updated.",
        "user_id": done.user.user_id,
        "previous_role": done.before.role,
        "new_role": done.after.role,
    }


@blp.route("/audit-logs", methods=["GET"])
@auth.signed_in(shows=auth.PRIVATE, role="admin")
@blp.arguments(schemas.AuditArgs, location="query")
@blp.response(200, schemas.AuditEntryOut(many=True))
@blp.failures(dynamo.InvalidCursor)
def list_audit_logs(args: dict[str, Any]) -> Response:
    """Read what administrators did

    Newest first, as a bare array; `X-Next-Cursor` is there when more follow.
    """
    page = audit.list_entries(**args)
    return _bare(schemas.AuditEntryOut(many=True).dump(page.items), page.next_cursor)


@blp.route("/audit-logs/verify", methods=["GET"])
@auth.signed_in(shows=auth.PRIVATE, role="admin")
@blp.response(200, schemas.AuditVerificationOut)
def verify_audit_logs() -> audit.Verification:
    """Prove that the record is whole

    Walks every entry. Note `head_hash` somewhere else: it proves later that nothing was cut off.
    """
    return audit.verify()


def _moderated(message: str, done: service.Moderation) -> dict[str, str]:
    return {"message": message, "user_id": done.user.user_id, "status": done.after.status}


def _bare(items: list[Any], next_cursor: str | None) -> Response:
    response = jsonify(items)
    if next_cursor:
        response.headers["X-Next-Cursor"] = next_cursor
    return response
