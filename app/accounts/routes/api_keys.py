"""The door /users/me/api-keys: keys by which programs act for their owner."""

from typing import Any

from app.accounts import service
from app.accounts.schemas import api_keys as schemas
from app.core import auth, clock, dynamo
from app.core.idempotency import idempotent
from app.core.openapi import Blueprint
from app.core.schemas import MessageOut

blp = Blueprint(
    "api-keys",
    __name__,
    url_prefix="/users/me/api-keys",
    description="Keys by which programs act for their owner",
)


@blp.route("", methods=["POST"])
@auth.signed_in(shows=auth.PRIVATE)
@blp.arguments(schemas.ApiKeyIn)
@blp.response(201, schemas.NewApiKeyOut)
@blp.failures(service.ScopeBeyondRole, service.ExpiryInThePast, service.TooManyApiKeys, dynamo.Busy)
@idempotent
def create_api_key(body: dict[str, Any]) -> dict[str, Any]:
    """Make an API key

    The key is shown this once; keep it. It is sent as `X-API-Key` and accepted where an operation names a scope
    that it holds. Some scopes need a role: `trading:read` a viewer's, `trading:write` an admin's; a key loses what
    its owner's role no longer may. An account holds at most 20 keys, and a key can't make keys. Calls with a key are
    counted by the day (UTC), but for those of `trading:*`, and end at what the plan includes: none on the free plan.
    """
    row, key = service.create_api_key(user_id=auth.principal().user_id, **body, now=clock.now())
    return {**row.attribute_values, "expires_at": row.expires_at, "last_used_at": None, "key": key}


@blp.route("", methods=["GET"])
@auth.signed_in(shows=auth.PRIVATE)
@blp.response(200, schemas.ApiKeysOut)
def list_api_keys() -> dict[str, Any]:
    """List one's API keys

    All of them, expired ones too, the newest first.
    """
    return {
        "api_keys": service.list_api_keys(user_id=auth.principal().user_id),
        "next_cursor": None,
    }


@blp.route("/<key_id>", methods=["DELETE"])
@auth.signed_in(shows=auth.PRIVATE)
@blp.response(200, MessageOut)
@blp.failures(service.UnknownApiKey)
def revoke_api_key(key_id: str) -> dict[str, str]:
    """Revoke an API key

    It is refused from now on.
    """
    service.revoke_api_key(user_id=auth.principal().user_id, key_id=key_id)
    return {"message": "API key revoked"}
