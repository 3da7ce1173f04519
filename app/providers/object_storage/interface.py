"""What can be asked of the store that keeps files? Nothing in it is public: who may read gets a link that ends."""

from datetime import timedelta
from typing import Protocol


class TryAgain(Exception):
    """The store did not answer; the same call may work later."""


class GiveUp(Exception):
    """The store refused, and will refuse the same call again."""


class ObjectStorage(Protocol):
    """The store, as the product sees it. Keys look like paths: `exports/<user>/<export>.zip`."""

    def put(self, *, key: str, body: bytes, content_type: str) -> None:
        """Keep a file, in place of one that has this key.

        Raises:
            TryAgain, GiveUp: it was not kept.
        """

    def delete_under(self, *, prefix: str) -> None:
        """Remove every file whose key begins like this; none is fine.

        Raises:
            TryAgain, GiveUp: some may be left.
        """

    def download_url(self, *, key: str, filename: str, lasts: timedelta) -> str:
        """A link by which anyone who has it can download a file, as `filename`, until it ends.

        Args:
            lasts: at most an hour. Nothing is asked of the store: the file need not exist.
        """

    def ensure_bucket(self) -> list[str]:
        """Make the private place where files are kept, where it doesn't exist; return its name if it was made.

        Raises:
            TryAgain, GiveUp.
        """
