"""Which tasks serve accounts?"""

from app.accounts import service as accounts
from app.billing import service as billing
from app.core import clock
from app.extensions import providers, settings
from app.portfolio.service import imports
from app.workspace import service as workspace
from tasks.celery_app import app
from tasks.holders import HOLDERS


@app.task(name="accounts.send_reset")
def send_reset(email: str, request_id: str) -> None:
    """Mail a link to choose another password to whoever has an account with this email."""
    accounts.send_reset(
        email=email,
        request_id=request_id,
        settings=settings,
        jobs=providers.job_queue,
        now=clock.now(),
    )


@app.task(
    name="accounts.erase",
    autoretry_for=(Exception,),
    dont_autoretry_for=(accounts.NotClosed,),
    retry_backoff=30,
    retry_backoff_max=900,
    max_retries=8,
)
def erase(user_id: str) -> None:
    """Erase what is held of a closed account; it can stop anywhere and run again."""

    def erase_exports(*, user_id: str) -> None:
        accounts.erase_exports(user_id=user_id, storage=providers.object_storage)

    def end_subscription(*, user_id: str) -> None:
        billing.end_for_closed_account(
            user_id=user_id, payments=providers.payments, now=clock.now()
        )

    def erase_files(*, user_id: str) -> None:
        workspace.erase_files(user_id=user_id, storage=providers.object_storage, now=clock.now())

    def erase_imported_files(*, user_id: str) -> None:
        imports.erase_files(user_id=user_id, storage=providers.object_storage)

    rows = (holder.erase for holder in HOLDERS)
    erasers = [end_subscription, *rows, erase_files, erase_imported_files, erase_exports]
    accounts.erase_closed_account(user_id=user_id, erasers=erasers)


@app.task(name="accounts.resume_erasures")
def resume_erasures() -> None:
    """Ask again for erasures whose task was lost or given up on."""
    accounts.resume_erasures(jobs=providers.job_queue, now=clock.now())


@app.task(
    name="accounts.export",
    autoretry_for=(Exception,),
    retry_backoff=10,
    retry_backoff_max=300,
    max_retries=4,
)
def export(user_id: str, export_id: str) -> None:
    """Make the archive that a user asked for."""
    accounts.make_export(
        user_id=user_id,
        export_id=export_id,
        collectors={holder.domain: holder.export for holder in HOLDERS},
        storage=providers.object_storage,
        now=clock.now(),
    )
