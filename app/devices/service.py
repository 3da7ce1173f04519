"""What does the product do with devices, and how does a notification reach each of a user's once?

`send_push_to_user` names a job that fans out: one job a device, so that a device whose notification fails is
tried again without the others. Of one notification id a device is sent one, however often a job runs.
"""

import logging
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from app.core import dynamo, errors
from app.devices import rules
from app.devices.models import DeviceToken, PushDelivery
from app.providers.job_queue.interface import JobQueue
from app.providers.push.interface import DeadToken, GiveUp, Notification, Push, TryAgain

log = logging.getLogger(__name__)

Device = DeviceToken

PUSH_TO_USER = "devices.push_to_user"
PUSH_TO_DEVICE = "devices.push_to_device"
# Longer than a try can take, with all its timeouts: then the worker that began it is dead.
LONGEST_TRY = timedelta(seconds=120)


class UnknownDevice(errors.NotFound):
    """The caller has no such device."""

    code = "device_not_found"
    message = "You have no device with this id."


class PushNotDelivered(Exception):
    """The notification did not go out now, and should be tried again.

    Attributes:
        retry_after_seconds: how long to wait, where Firebase said so.
    """

    def __init__(self, message: str, *, retry_after_seconds: int | None = None) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


def register_device(
    *, user_id: str, token: str, platform: str, now: datetime
) -> tuple[Device, bool]:
    """Register a device, or note that it is still there; the device, and whether it is new to the user.

    A token that was another user's becomes this user's: the phone has changed hands. Beyond 20 devices,
    the one not heard of for longest is forgotten.

    Raises:
        dynamo.Busy: others register the same token at the same moment.
    """
    device = DeviceToken.registered(user_id=user_id, token=token, platform=platform, now=now)
    for write, is_new in ((device.arrival(), True), (device.refreshed(), False)):
        try:
            dynamo.commit(write)
        except dynamo.ConditionFailed:
            continue
        if is_new:
            _forget_superfluous(user_id)
        log.info("devices.registered", extra={"platform": platform, "is_new": is_new})
        return device, is_new
    raise dynamo.Busy


def list_devices(*, user_id: str) -> list[Device]:
    """A user's devices, the one heard of last first."""
    return list(DeviceToken.owned_by(user_id))


def remove_device(*, user_id: str, device_id: str) -> None:
    """Forget a device.

    Raises:
        UnknownDevice: the user has none such.
    """
    if not rules.is_device_id(device_id):
        raise UnknownDevice
    try:
        dynamo.commit(DeviceToken.removal(device_id=device_id, user_id=user_id))
    except dynamo.ConditionFailed:
        raise UnknownDevice from None


def send_push_to_user(*, user_id: str, notification: Notification, jobs: JobQueue) -> None:
    """Have a notification sent to every device of a user, once what asks for it has succeeded.

    A device is sent one notification of an id, even if this is called twice.
    """
    jobs.enqueue(PUSH_TO_USER, {"user_id": user_id, "notification": asdict(notification)})


def push_to_user(
    *, user_id: str, notification: Notification, push: Push | None, jobs: JobQueue
) -> None:
    """Name a job for each of the user's devices; none where push is disabled."""
    if push is None:
        log.info("push.disabled", extra={"notification_id": notification.notification_id})
        return
    devices = list_devices(user_id=user_id)
    for device in devices:
        arguments = {
            "device_id": device.device_id,
            "user_id": user_id,
            "notification": asdict(notification),
        }
        jobs.enqueue(PUSH_TO_DEVICE, arguments)
    log.info(
        "push.fanned_out",
        extra={"notification_id": notification.notification_id, "devices": len(devices)},
    )


def push_to_device(
    *,
    device_id: str,
    user_id: str,
    notification: Notification,
    push: Push | None,
    now: datetime,
) -> None:
    """Send a notification to a device that is still the user's, unless that was done; forget a dead one.

    Raises:
        PushNotDelivered: try again.
        GiveUp: Firebase refused it for another reason than the device.
    """
    device = DeviceToken.of(device_id)
    if push is None or device is None or device.user_id != user_id:
        log.info("push.not_wanted", extra={"notification_id": notification.notification_id})
        return
    delivery = _begun(notification_id=notification.notification_id, device_id=device_id, now=now)
    if delivery is None:
        return
    try:
        push.send(token=device.token, notification=notification)
    except (TryAgain, GiveUp) as error:
        _commit_if_unchanged(delivery.release())
        _deal_with(error, device, notification)
    else:
        _commit_if_unchanged(delivery.completion())
        _log("push.delivered", device, notification)


def export_owned_by(*, user_id: str) -> dict[str, Any]:
    """A user's devices, for the user to keep; the tokens themselves open nothing to a person."""
    return {
        "devices": [
            {
                "id": device.device_id,
                "platform": device.platform,
                "token_suffix": device.token_suffix,
                "created_at": device.created_at,
                "updated_at": device.updated_at,
            }
            for device in list_devices(user_id=user_id)
        ]
    }


def erase_owned_by(*, user_id: str) -> None:
    """Forget all of a user's devices; running it again is harmless."""
    for device in list_devices(user_id=user_id):
        _commit_if_unchanged(DeviceToken.removal(device_id=device.device_id, user_id=user_id))


def _forget_superfluous(user_id: str) -> None:
    devices = {device.device_id: device for device in DeviceToken.owned_by(user_id)}
    latest = [(device_id, device.updated_at) for device_id, device in devices.items()]
    for device_id in rules.superfluous(latest):
        _commit_if_unchanged(devices[device_id].retirement())


def _begun(*, notification_id: str, device_id: str, now: datetime) -> PushDelivery | None:
    """A try that may send; None where the notification was delivered already.

    Raises:
        PushNotDelivered: another try is at it.
    """
    delivery = PushDelivery.claimed(notification_id=notification_id, device_id=device_id, now=now)
    try:
        dynamo.commit(delivery.beginning(lapsed_before=now - LONGEST_TRY))
    except dynamo.ConditionFailed:
        earlier = PushDelivery.of(notification_id=notification_id, device_id=device_id)
        if earlier is not None and earlier.delivered:
            return None
        raise PushNotDelivered("another try is running") from None
    return delivery


def _deal_with(error: TryAgain | GiveUp, device: Device, notification: Notification) -> None:
    _log("push.failed", device, notification, reason=str(error))
    if isinstance(error, TryAgain):
        raise PushNotDelivered(str(error), retry_after_seconds=error.retry_after_seconds)
    if not isinstance(error, DeadToken):
        raise error
    _commit_if_unchanged(device.retirement())
    _log("push.device_removed", device, notification, reason=str(error))


def _commit_if_unchanged(write: dynamo.Write) -> None:
    """Carry a write out unless somebody changed the row since, who then knows better."""
    with suppress(dynamo.ConditionFailed):
        dynamo.commit(write)


def _log(event: str, device: Device, notification: Notification, *, reason: str = "") -> None:
    facts = {"notification_id": notification.notification_id, "platform": device.platform}
    log.info(event, extra={**facts, **({"reason": reason} if reason else {})})
