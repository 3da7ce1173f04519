"""At which URLs do people register devices for notifications, see and remove them?"""

from typing import Any

from app.core import auth, clock, dynamo
from app.core.idempotency import idempotent
from app.core.openapi import Blueprint
from app.core.schemas import MessageOut
from app.devices import schemas, service

blp = Blueprint("devices", __name__, description="Devices that receive push notifications")


@blp.route("/users/me/devices", methods=["POST"])
@auth.signed_in(shows=auth.PRIVATE)
@blp.arguments(schemas.DeviceIn)
@blp.response(201, schemas.DeviceOut, description="Registered.")
@blp.alt_response(200, schema=schemas.DeviceOut, description="It was registered already.")
@blp.failures(dynamo.Busy)
@idempotent
def add_device(body: dict[str, Any]) -> tuple[service.Device, int]:
    """Register a device

    Do it at each start of the app: a token that is registered already stays one device. A token that
    another user registered becomes the caller's. Of more than 20 devices, the one that was registered
    longest ago is forgotten.
    """
    device, is_new = service.register_device(
        user_id=auth.principal().user_id, **body, now=clock.now()
    )
    return device, 201 if is_new else 200


@blp.route("/users/me/devices", methods=["GET"])
@auth.signed_in(shows=auth.PRIVATE, scope="account:read")
@blp.response(200, schemas.DeviceListOut)
def list_devices() -> dict[str, Any]:
    """List one's devices

    All of them, the one that was registered last first. Their tokens are not shown.
    """
    return {
        "devices": service.list_devices(user_id=auth.principal().user_id),
        "next_cursor": None,
    }


@blp.route("/users/me/devices/<device_id>", methods=["DELETE"])
@auth.signed_in(shows=auth.PRIVATE)
@blp.response(200, MessageOut)
@blp.failures(service.UnknownDevice)
def remove_device(device_id: str) -> dict[str, str]:
    """Remove a device

    It receives nothing more, until the app registers it again.
    """
    service.remove_device(user_id=auth.principal().user_id, device_id=device_id)
    return {"message": "Device removed successfully"}


@blp.route("/api/v1/register-device", methods=["POST"])
@auth.signed_in(shows=auth.PRIVATE, role="viewer")
@blp.arguments(schemas.DeviceIn)
@blp.response(201, MessageOut, description="Registered.")
@blp.alt_response(200, schema=MessageOut, description="It was registered already.")
@blp.failures(dynamo.Busy)
@idempotent
def register_device(body: dict[str, Any]) -> tuple[dict[str, str], int]:
    """Register a device for heartbeats

    The same devices as at /users/me/devices; heartbeats go to viewers and admins.
    """
    _, is_new = service.register_device(user_id=auth.principal().user_id, **body, now=clock.now())
    if is_new:
        return {"message": "Device token registered."}, 201
    return {"message": "Device token updated."}, 200
