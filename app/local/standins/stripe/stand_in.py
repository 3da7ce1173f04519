"""How do the parts make one stand-in, and what does it do by itself while nobody asks?

`StripeStandIn` is the account, its API and its pages. In the background it does what time makes due, delivers
events, and saves, so that a restart of the laptop keeps its subscriptions.
"""

import logging
import random
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from flask import Blueprint

from app.local.standins.faults import Faults
from app.local.standins.stripe import api, clocks, controls, pages, webhooks
from app.local.standins.stripe.account import Account
from app.local.standins.stripe.webhooks import Post

STATE_FILE = "stripe.json"
SECRET_KEY = "sk_test_local"  # noqa: S105 - the laptop's, which opens nothing
BEAT_SECONDS = 0.25
SAVE_EVERY_SECONDS = 2.0

log = logging.getLogger(__name__)


class StripeStandIn:
    """Stripe on a laptop.

    Args:
        now: the wall clock.
        seed: makes ids the same each time, for tests; None for ids that nobody had before.
        secret_key: the API key that is accepted.
        webhook: the built-in endpoint's URL and secret, where there is one.
        send: posts a delivery; a test may have its own.
    """

    def __init__(
        self,
        *,
        now: Callable[[], datetime],
        seed: int | None = None,
        secret_key: str = SECRET_KEY,
        webhook: tuple[str, str] | None = None,
        send: Post = webhooks.post,
    ) -> None:
        source = random.SystemRandom() if seed is None else random.Random(seed)  # noqa: S311 - ids of tests
        self.account = Account(now=now, source=source, secret_key=secret_key)
        self._webhook = webhook
        self._send = send
        self._faults: Faults | None = None
        self.install_webhook()

    def install_webhook(self) -> None:
        """Puts the built-in endpoint there, after a start and after a reset."""
        if self._webhook is not None:
            url, secret = self._webhook
            with self.account.lock:
                webhooks.install(self.account, url=url, secret=secret)

    def blueprint(self, faults: Faults) -> Blueprint:
        """Stripe under /stripe."""
        self._faults = faults
        blp = Blueprint(
            api.NAME,
            __name__,
            url_prefix=f"/{api.NAME}",
            template_folder=str(Path(__file__).with_name("templates")),
        )
        api.add_to(blp, account=self.account, faults=faults)
        pages.add_to(blp, account=self.account)
        controls.add_to(blp, account=self.account, after_reset=self.install_webhook)
        return blp

    def catch_up(self) -> int:
        """Does what the wall clock makes due; how many things that was."""
        with self.account.lock:
            return clocks.catch_up(self.account, until=self.account.now(), clock=None)

    def deliver(self) -> int:
        """Posts every delivery that is due; how many."""
        mode = self._faults.modes()[webhooks.NAME] if self._faults else "ok"
        return webhooks.deliver_due(self.account, mode=mode, send=self._send)

    def run_in_background(self, folder: Path) -> Callable[[], None]:
        """Takes up what the folder holds, and lives by itself from then on, saving there.

        Returns:
            What ends it, after a last save.
        """
        path = folder / STATE_FILE
        self.account.load(path)
        self.install_webhook()
        stop = threading.Event()
        thread = threading.Thread(
            target=self._live, args=(path, stop), name="stripe stand-in", daemon=True
        )
        thread.start()

        def end() -> None:
            stop.set()
            thread.join()
            self.account.save(path)

        return end

    def _live(self, path: Path, stop: threading.Event) -> None:
        """Beat after beat; whatever goes wrong in one is logged, and the next tries again."""
        saved, waited = -1, 0.0
        while not stop.wait(BEAT_SECONDS):
            waited += BEAT_SECONDS
            try:
                self.catch_up()
                self.deliver()
                if waited >= SAVE_EVERY_SECONDS and self.account.changes != saved:
                    saved, waited = self.account.changes, 0.0
                    self.account.save(path)
            except Exception:
                log.exception("Stripe's stand-in missed a beat")
