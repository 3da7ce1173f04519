"""How does somebody get everything that is held of them? As a zip archive, made by a task and kept for a day."""

import io
import logging
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from app.accounts import rules
from app.accounts.models import DataExport, User
from app.core import dynamo, ids, json
from app.providers.job_queue.interface import JobQueue
from app.providers.object_storage.interface import ObjectStorage

log = logging.getLogger(__name__)

MAKE = "accounts.export"
KEPT_FOR = timedelta(days=1)
LINK_LASTS = timedelta(minutes=15)
LEASE = timedelta(minutes=20)
"""Longer than a task may run: an archive that is not ready by then is begun again when it is asked for."""


class Collector(Protocol):
    """A domain's `export_owned_by`."""

    def __call__(self, *, user_id: str) -> Mapping[str, Any]:
        """What the domain holds of a user, as JSON can write it, without secrets."""


@dataclass(frozen=True, kw_only=True)
class Download:
    """A link to an archive, and until when it works."""

    url: str
    expires_at: datetime


def request_export(
    *, user_id: str, storage: ObjectStorage, jobs: JobQueue, now: datetime
) -> Download | None:
    """A link to the user's archive; None while it is being made.

    Where there is none, or it is over, one is begun. However often and at once this is asked, one is made.
    """
    row = DataExport.of(user_id)
    if row is not None and row.ready_at is not None and row.expires_at > now:
        lasts = min(LINK_LASTS, row.expires_at - now)
        url = storage.download_url(key=_key(row), filename="investforge-export.zip", lasts=lasts)
        return Download(url=url, expires_at=now + lasts)
    if row is not None and row.ready_at is None and row.requested_at > now - LEASE:
        return None
    begun = DataExport(user_id, export_id=ids.new_id(), requested_at=now, expires_at=now + KEPT_FOR)
    try:
        dynamo.commit(begun.beginning(instead_of=row))
    except dynamo.ConditionFailed:  # another request began it
        return None
    jobs.enqueue(MAKE, {"user_id": user_id, "export_id": begun.export_id})
    return None


def make_export(
    *,
    user_id: str,
    export_id: str,
    collectors: Mapping[str, Collector],
    storage: ObjectStorage,
    now: datetime,
) -> None:
    """Make the archive that was asked for: a JSON file for each of the collectors, by its name.

    Running it again is harmless. One that is no longer wanted, because the account was closed or another was begun
    in its place, is not made, or removed.

    Raises:
        object_storage's TryAgain or GiveUp: it was not stored.
    """
    row = DataExport.of(user_id)
    if row is None or row.export_id != export_id or row.ready_at is not None:
        return
    user = User.of(user_id)
    if user is None or user.status != rules.ACTIVE:
        dynamo.commit(DataExport.forgotten(user_id))
        return
    archive = _zipped({name: collect(user_id=user_id) for name, collect in collectors.items()}, now)
    storage.put(key=_key(row), body=archive, content_type="application/zip")
    try:
        dynamo.commit(row.completion(now=now, until=now + KEPT_FOR))
    except dynamo.ConditionFailed:
        storage.delete_under(prefix=_key(row))
        return
    log.info("accounts.exported", extra={"bytes": len(archive)})


def erase_exports(*, user_id: str, storage: ObjectStorage) -> None:
    """Remove a user's archives; running it again is harmless."""
    dynamo.commit(DataExport.forgotten(user_id))
    storage.delete_under(prefix=f"exports/{user_id}/")


def _key(row: DataExport) -> str:
    return f"exports/{row.user_id}/{row.export_id}.zip"


def _zipped(parts: Mapping[str, Mapping[str, Any]], now: datetime) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, held in parts.items():
            entry = zipfile.ZipInfo(f"{name}.json", date_time=now.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, json.dumps(held, indent=2))
    return packed.getvalue()
