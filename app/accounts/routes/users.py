"""The door /users/me: one's own account."""

from typing import Any

from app.accounts import service
from app.accounts.schemas import account as schemas
from app.core import auth, clock
from app.core.openapi import Blueprint

blp = Blueprint("users", __name__, url_prefix="/users", description="One's own account")


@blp.route("/me", methods=["GET"])
@auth.signed_in(shows=auth.PRIVATE, scope="account:read")
@blp.response(200, schemas.ProfileOut)
def get_me() -> service.User:
    """Read one's own account"""
    return service.get_account(user_id=auth.principal().user_id)


@blp.route("/me", methods=["PATCH"], operation_id="patch_me")
@blp.route("/me", methods=["PUT"], operation_id="put_me")
@auth.signed_in(shows=auth.PRIVATE)
@blp.arguments(schemas.ProfileUpdate)
@blp.response(200, schemas.ProfileOut)
@blp.failures(
    service.UserExists,
    service.InvalidUsername,
    service.PlanChangeRequiresCheckout,
    service.PreferencesTooLarge,
)
def change_me(body: dict[str, Any]) -> service.User:
    """Change one's own account

    What is not named stays; preferences are merged. A plan is changed by checkout, not here.
    """
    return service.change_profile(user_id=auth.principal().user_id, changes=body, now=clock.now())
