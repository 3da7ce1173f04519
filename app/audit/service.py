"""How is an admin's action put on record, read back, and proven untouched?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.audit import rules
from app.audit.models import AdminAction, AuditHead, entry_after
from app.core import dynamo, ids


@dataclass(frozen=True, kw_only=True)
class Verification:
    """What walking the whole log found.

    Attributes:
        whole: every entry is tied to the one before, and the last one is where the log ends.
        first_broken: the number of the first entry that is missing or changed; None when whole.
        head_hash: the last hash; noted elsewhere, it proves later that nothing was cut off.
    """

    whole: bool
    entries: int
    first_broken: int | None
    head_hash: str


MOST_ATTEMPTS = 8


def entry(
    *,
    admin_id: str,
    action: str,
    target_user_id: str | None,
    metadata: Mapping[str, Any],
    now: datetime,
) -> tuple[dynamo.Write, dynamo.Write]:
    """The two writes that put an action on record, to be committed together with the action itself.

    They fail where another entry came first; the caller then reads again and retries. An action that is done to
    nobody has no `target_user_id`; its metadata says what it was done to.
    """
    head = AuditHead.current()
    made = entry_after(
        head,
        entry_id=ids.new_id(),
        admin_id=admin_id,
        action=action,
        target_user_id=target_user_id,
        metadata=dict(metadata),
        now=now,
    )
    return head.moved_to(made), made.appended()


def record(*, admin_id: str, action: str, metadata: Mapping[str, Any], now: datetime) -> None:
    """Put an action on record that is done to nobody, before it is done outside the database.

    Raises:
        dynamo.ConditionFailed: other entries came first, again and again.
    """
    for attempts_left in reversed(range(MOST_ATTEMPTS)):
        writes = entry(
            admin_id=admin_id, action=action, target_user_id=None, metadata=metadata, now=now
        )
        try:
            dynamo.commit(*writes)
        except dynamo.ConditionFailed:
            if not attempts_left:
                raise
        else:
            return


def list_entries(
    *,
    admin_id: str | None = None,
    target_user_id: str | None = None,
    action: str | None = None,
    offset: int = 0,
    limit: int,
    cursor: str | None,
) -> dynamo.Page[AdminAction]:
    """Entries newest first, of one admin or target or all; `offset` skips that many of the newest.

    With both an admin and a target, or with an action, a page may hold fewer than `limit` and a cursor.

    Raises:
        dynamo.InvalidCursor.
    """
    if admin_id is None and target_user_id is None and action is None:
        below = (
            int(AuditHead.current().sequence) + 1 - offset if offset and cursor is None else None
        )
        return AdminAction.newest_first(below=below, limit=limit, cursor=cursor, filtered=None)
    wanted = offset + limit if cursor is None else limit
    index, key = (
        (AdminAction.by_admin, admin_id) if admin_id else (AdminAction.by_target, target_user_id)
    )
    conditions = [AdminAction.action == action] if action else []
    if admin_id and target_user_id:
        conditions.append(AdminAction.target_user_id == target_user_id)
    filtered = None
    for condition in conditions:
        filtered = condition if filtered is None else filtered & condition
    if key is None:
        page = AdminAction.newest_first(below=None, limit=wanted, cursor=cursor, filtered=filtered)
    else:
        page = dynamo.page(
            index, key, filter_condition=filtered, limit=wanted, cursor=cursor, newest_first=True
        )
    skipped = offset if cursor is None else 0
    return dynamo.Page(items=page.items[skipped:], next_cursor=page.next_cursor)


def verify() -> Verification:
    """Walk the whole log and prove every entry."""
    head, previous, count = AuditHead.current(), rules.GENESIS, 0
    for found in AdminAction.in_order():
        count += 1
        proven = rules.entry_hash(previous_hash=previous, facts=found.facts())
        if (
            int(found.sequence) != count
            or found.previous_hash != previous
            or found.entry_hash != proven
        ):
            return Verification(
                whole=False, entries=count, first_broken=count, head_hash=head.entry_hash
            )
        previous = proven
    whole = count == int(head.sequence) and previous == head.entry_hash
    return Verification(
        whole=whole,
        entries=count,
        first_broken=None if whole else count + 1,
        head_hash=head.entry_hash,
    )
