"""How is a file imported, once, however often a worker is told to?

A worker claims the import for a while, and again with every step; another that is told meanwhile leaves it. If the
first dies, its claim ends and a job has the import carried out again: what is in the ledger by then is known by its id.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

from app.analytics import service as analytics
from app.core import dynamo, json
from app.portfolio.models import Asset, Profile, Transaction
from app.portfolio.models.imports import Import
from app.portfolio.models.transactions import id_of, own_asset_id, position_id
from app.portfolio.rules import entries
from app.portfolio.rules.imports import formats, matching, ours
from app.portfolio.rules.imports.matching import Fate, Known, Piece
from app.portfolio.rules.imports.rows import NotImportable, Reading, content_of
from app.portfolio.rules.new_entries import NewEntry
from app.portfolio.service import additions, foreseeing
from app.portfolio.service.additions import NamedAsset
from app.portfolio.service.ledger import Pool
from app.providers.job_queue.interface import JobQueue
from app.providers.object_storage.interface import NotThere, ObjectStorage

log = logging.getLogger(__name__)

CLAIM_LASTS: Final = timedelta(minutes=3)
"""Longer than the longest step, ROWS_TOGETHER rows of one asset."""
ROWS_TOGETHER: Final = 2_000
TOLD_EVERY: Final = 500
"""Rows after which the progress is told anew."""
LOST: Final = "The file is not there any more. Send it again."
EVENT: Final = "portfolio_imported"

Group = tuple[str | None, str | None, str | None, str | None]


@dataclass(frozen=True, kw_only=True)
class Means:
    """What importing needs of the world.

    Attributes:
        folder: an empty folder on the disk.
        tell_time: the clock.
    """

    storage: ObjectStorage
    jobs: JobQueue
    folder: Path
    tell_time: Callable[[], datetime]


def import_file(*, user_id: str, import_id: str, means: Means) -> None:
    """Import a file, or look through it, and note what became of each line, or why it can't be read.

    Raises:
        object_storage's TryAgain or GiveUp, dynamo.Busy: it is to be tried again later.
    """
    found = Import.of(user_id, import_id)
    if found is None:
        return
    if not found.is_over and _claimed(found, means.tell_time()):
        try:
            _carry_out(found, means)
        except Exception:
            with suppress(dynamo.ConditionFailed):
                dynamo.commit(found.released())
            raise
    over = Import.of(user_id, import_id)
    if over is not None and over.is_over:
        means.storage.delete_under(prefix=over.file_key)


def _claimed(found: Import, now: datetime) -> bool:
    with suppress(dynamo.ConditionFailed):
        dynamo.commit(found.claim(now=now, until=now + CLAIM_LASTS))
        return True
    return False


def _carry_out(found: Import, means: Means) -> None:
    try:
        reading = _read(found, means)
    except NotThere:
        _note(found.failed(error=LOST, now=means.tell_time()))
        return
    except NotImportable as problem:
        _note(found.failed(error=problem.reason, now=means.tell_time()))
        return
    pieces = matching.pieces_of(reading)
    fates = _Work(found=found, pieces=pieces, total=len(reading.lines), means=means).done()
    rows = matching.fates_of_lines(reading, pieces, fates)
    means.storage.put(
        key=found.rows_key, body=json.dumps(rows).encode(), content_type="application/json"
    )
    _finish(found, matching.counted(rows), means.tell_time())


def _read(found: Import, means: Means) -> Reading:
    path = means.folder / "file"
    means.storage.fetch(key=found.file_key, to=path)
    source = formats.recognised(path.read_bytes(), format=found.format, given=found.given)
    return formats.read(source)


def _finish(found: Import, counts: dict[str, int], now: datetime) -> None:
    done = found.completed(
        total=sum(counts.values()),
        imported=counts[matching.IMPORTED],
        duplicates=counts[matching.DUPLICATE],
        refused=counts[matching.REFUSED],
        now=now,
    )
    told = {"format": found.format, **counts}
    happened = (
        []
        if found.dry_run
        else analytics.happened(event_type=EVENT, user_id=found.user_id, event_data=told, now=now)
    )
    _note(done, *happened)
    log.info("portfolio.imported", extra={"dry_run": found.dry_run, **told})


def _note(*writes: dynamo.Write) -> None:
    """Store how it ended, unless another worker was faster or it was given up on."""
    with suppress(dynamo.ConditionFailed):
        dynamo.commit(*writes)


class _Work:
    """The rows of one file on their way into the ledger."""

    def __init__(self, *, found: Import, pieces: Sequence[Piece], total: int, means: Means) -> None:
        self._found = found
        self._pieces = pieces
        self._total = total
        self._means = means
        self._openings = {
            piece.asset.label: piece for piece in pieces if piece.asset and piece.asset.opening
        }
        self._fates: dict[int, Fate] = {}
        self._told = 0
        # The assets before their rows: rows that change in between change their asset, too, and nothing is stored.
        assets, profile = Asset.with_profile(found.user_id)
        self._stored = {row.transaction_id: row for row in Transaction.owned_by(found.user_id)}
        self._pools = _pools(assets, profile, self._stored.values())

    def done(self) -> list[Fate]:
        """What became of each row, once all were seen to."""
        self._settle_known()
        self._tell_progress()
        for places in self._groups():
            fates = self._foreseen(places) if self._found.dry_run else self._added(places)
            self._fates.update(zip(places, fates, strict=True))
            if len(self._fates) - self._told >= TOLD_EVERY:
                self._tell_progress()
        return [self._fates[place] for place in range(len(self._pieces))]

    def _settle_known(self) -> None:
        """Settle what is in the ledger already, or stands in the file twice under one name."""
        there = matching.there_already(
            self._pieces,
            known=[self._known(row) for row in self._stored.values()],
            id_of=partial(_stored_as, self._found.user_id),
        )
        seen: set[str] = set()
        for place, piece in enumerate(self._pieces):
            own_id = _stored_as(self._found.user_id, piece.entry)
            if place in there:
                self._fates[place] = _duplicate(there[place])
            elif own_id in seen:
                self._fates[place] = _duplicate(own_id)
            elif own_id in self._stored:
                self._fates[place] = self._stored_fate(piece, self._stored[own_id])
            seen.add(own_id)

    def _stored_fate(self, piece: Piece, row: Transaction) -> Fate:
        """Of a row whose id is there: an earlier try of this import stored it, or it is a duplicate."""
        if row.import_id == self._found.import_id:
            return Fate(result=matching.IMPORTED, transaction_id=row.transaction_id)
        differs = content_of(row.entry()) != content_of(piece.entry)
        return _duplicate(row.transaction_id, additions.DIFFERS if differs else None)

    def _known(self, row: Transaction) -> Known:
        return Known(
            transaction_id=row.transaction_id,
            content=content_of(row.entry()),
            has_name=row.external_id is not None or ours.is_name(row.fingerprint),
            came_now=row.import_id == self._found.import_id,
        )

    def _groups(self) -> Iterator[list[int]]:
        """The rows that are not there yet, those of one asset together, some at a time in the order of time."""
        groups: dict[Group, list[int]] = defaultdict(list)
        for place, piece in enumerate(self._pieces):
            if place not in self._fates:
                groups[_group_of(piece)].append(place)
        for places in groups.values():
            places.sort(key=lambda place: _time_of(self._pieces[place].entry))
            # What is only foreseen is not there for the rows that follow, so those come along.
            some = len(places) if self._found.dry_run else ROWS_TOGETHER
            for at in range(0, len(places), some):
                yield places[at : at + some]

    def _added(self, places: Sequence[int]) -> list[Fate]:
        pieces = [self._pieces[place] for place in places]
        outcomes = additions.add_many(
            user_id=self._found.user_id,
            rows=[piece.entry for piece in pieces],
            asset=self._asset_of(pieces),
            pools=self._pools,
            import_id=self._found.import_id,
            jobs=self._means.jobs,
            now=self._means.tell_time(),
        )
        return [Fate(**vars(outcome)) for outcome in outcomes]

    def _foreseen(self, places: Sequence[int]) -> list[Fate]:
        pieces = [self._pieces[place] for place in places]
        now = self._means.tell_time()
        asset = self._asset_of(pieces)
        written = [self._written(piece, asset, now) for piece in pieces]
        return foreseeing.foresee(rows=written, held=self._held(written[0].asset_id), now=now)

    def _held(self, asset_id: str | None) -> list[Transaction]:
        pool = self._pools.get(asset_id or "")
        return list(pool.rows.values()) if pool else []

    def _written(self, piece: Piece, asset: NamedAsset | None, now: datetime) -> Transaction:
        row, user_id = piece.entry, self._found.user_id
        asset_id = asset.asset_id if asset else None
        if asset is None and row.asset_type is not None and row.symbol is not None:
            asset_id = position_id(
                user_id=user_id,
                asset_type=row.asset_type,
                symbol=row.symbol,
                currency=row.currency,
            )
        return Transaction.written_down(user_id=user_id, asset_id=asset_id, row=row, now=now)

    def _asset_of(self, pieces: Sequence[Piece]) -> NamedAsset | None:
        """The asset of its own that rows of one group belong to; the one of their export where it is still there."""
        own = pieces[0].asset
        if own is None:
            return None
        user_id = self._found.user_id
        still = own.label in self._pools
        began = self._openings.get(own.label)
        return NamedAsset(
            asset_id=own.label if still else own_asset_id(user_id=user_id, label=own.label),
            name=began.asset.name if began and began.asset else own.name,
            opening=began.entry if began else None,
        )

    def _tell_progress(self) -> None:
        """Say how far it is, in lines, and keep the claim."""
        now = self._means.tell_time()
        waiting = {
            self._pieces[place].place
            for place in range(len(self._pieces))
            if place not in self._fates
        }
        self._told = len(self._fates)
        _note(
            self._found.progressed(
                done=self._total - len(waiting), total=self._total, until=now + CLAIM_LASTS
            )
        )


def _pools(
    assets: Iterable[Asset], profile: Profile | None, rows: Iterable[Transaction]
) -> dict[str, Pool]:
    """The user's assets with their rows, by id."""
    pools = {asset.asset_id: Pool(asset=asset, rows={}, profile=profile) for asset in assets}
    for row in rows:
        if row.asset_id in pools:
            pools[row.asset_id].rows[row.transaction_id] = row
    return pools


def _duplicate(transaction_id: str, reason: str | None = None) -> Fate:
    return Fate(result=matching.DUPLICATE, reason=reason, transaction_id=transaction_id)


def _stored_as(user_id: str, row: NewEntry) -> str:
    return id_of(user_id=user_id, row=row)


def _group_of(piece: Piece) -> Group:
    """What tells rows of one asset from others; those of none are all together."""
    row = piece.entry
    if row.symbol is None:
        return (None, None, None, None)
    return (piece.asset.label if piece.asset else None, row.asset_type, row.symbol, row.currency)


def _time_of(row: NewEntry) -> tuple[datetime, bool]:
    """In the order of time; what goes out after what comes in at the same moment."""
    return row.executed_at, row.type in entries.GOING_OUT
