"""Which tasks push notifications?"""

from collections.abc import Mapping
from typing import Any

from app.core import clock
from app.devices import service as devices
from app.extensions import providers
from app.providers.push.interface import Notification
from tasks.celery_app import app


@app.task(name="devices.push_to_user")
def push_to_user(user_id: str, notification: Mapping[str, Any]) -> None:
    """Fan a notification out: one task for each of the user's devices."""
    devices.push_to_user(
        user_id=user_id,
        notification=Notification(**notification),
        push=providers.push,
        jobs=providers.job_queue,
    )


@app.task(
    name="devices.push_to_device",
    bind=True,
    autoretry_for=(devices.PushNotDelivered,),
    retry_backoff=10,
    retry_backoff_max=900,
    max_retries=6,
)
def push_to_device(
    self: Any, device_id: str, user_id: str, notification: Mapping[str, Any]
) -> None:
    """Push to one device, and again while Firebase doesn't take it, no sooner than it asks for."""
    try:
        devices.push_to_device(
            device_id=device_id,
            user_id=user_id,
            notification=Notification(**notification),
            push=providers.push,
            now=clock.now(),
        )
    except devices.PushNotDelivered as error:
        if error.retry_after_seconds is None:
            raise
        raise self.retry(exc=error, countdown=error.retry_after_seconds) from error
