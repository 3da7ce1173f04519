"""Which tasks serve the workspace?"""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.core import clock
from app.extensions import providers, settings
from app.workspace.service import answering, asking, reading, removing, repeating
from tasks.celery_app import app


@app.task(
    name="workspace.remove_contents",
    autoretry_for=(Exception,),
    retry_backoff=10,
    retry_backoff_max=600,
    max_retries=8,
)
def remove_contents(kind: str, thing_id: str) -> None:
    """Remove what stood in a removed project, session or file; it can stop anywhere and run again."""
    removing.remove_contents(
        kind=kind, thing_id=thing_id, storage=providers.object_storage, now=clock.now()
    )


@app.task(name="workspace.resume_removals")
def resume_removals() -> None:
    """Ask again for everything that was removed and may still have contents."""
    removing.resume_removals(jobs=providers.job_queue)


@app.task(
    name="workspace.read_file",
    autoretry_for=(Exception,),
    retry_backoff=5,
    retry_backoff_max=120,
    max_retries=4,
)
def read_file(file_id: str) -> None:
    """Read an uploaded file, and keep it as a table that can be asked."""
    with tempfile.TemporaryDirectory(prefix="investforge-") as folder:
        reading.read_file(
            file_id=file_id,
            folder=Path(folder),
            storage=providers.object_storage,
            now=clock.now(),
        )


@app.task(
    name="workspace.answer_question",
    autoretry_for=(Exception,),
    retry_backoff=5,
    retry_backoff_max=60,
    max_retries=3,
)
def answer_question(message_id: str) -> None:
    """Answer a question; told again, it is answered once."""
    with _means() as means:
        answering.answer_question(message_id=message_id, means=means)


@app.task(
    name="workspace.rerun_citations",
    autoretry_for=(Exception,),
    retry_backoff=2,
    retry_backoff_max=30,
    max_retries=2,
)
def rerun_citations(message_id: str, rerun_id: str) -> None:
    """Run the queries of an answer again."""
    with _means() as means:
        repeating.repeat_queries(message_id=message_id, rerun_id=rerun_id, means=means)


@app.task(name="workspace.look_after_answers")
def look_after_answers() -> None:
    """Have asked again what nobody answers, and give up on what has waited too long."""
    asking.look_after_answers(jobs=providers.job_queue, now=clock.now())


@app.task(name="workspace.look_after_files")
def look_after_files() -> None:
    """Give up on files that no worker could read."""
    reading.look_after_files(now=clock.now())


@contextmanager
def _means() -> Iterator[answering.Means]:
    """What answering needs of the world, with a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="investforge-") as folder:
        yield answering.Means(
            model=providers.language_model,
            storage=providers.object_storage,
            folder=Path(folder),
            tell_time=clock.now,
            sleep=time.sleep,
            price_stale_after_seconds=settings.price_stale_after_seconds,
        )
