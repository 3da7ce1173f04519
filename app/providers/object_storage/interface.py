"""What can be asked of the store that keeps files? Nothing in it is public: who may read gets a link that ends."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Protocol


class TryAgain(Exception):
    """The store did not answer; the same call may work later."""


class GiveUp(Exception):
    """The store refused, and will refuse the same call again."""


class NotThere(GiveUp):
    """There is no file with this key."""


@dataclass(frozen=True, kw_only=True)
class UploadForm:
    """How anyone who has it can upload one file: a POST of `fields` and then `file`, as a browser's form sends it."""

    url: str
    fields: Mapping[str, str]


class ObjectStorage(Protocol):
    """The store, as the product sees it. Keys look like paths: `exports/<user>/<export>.zip`."""

    def put(self, *, key: str, body: bytes, content_type: str) -> None:
        """Keep a file, in place of one that has this key.

        Raises:
            TryAgain, GiveUp: it was not kept.
        """

    def put_file(self, *, key: str, path: Path, content_type: str) -> None:
        """Keep a file from the disk, in place of one that has this key.

        Raises:
            TryAgain, GiveUp: it was not kept.
        """

    def fetch(self, *, key: str, to: Path) -> None:
        """Write a file to the disk.

        Raises:
            NotThere: none has this key.
            TryAgain, GiveUp: it did not come whole.
        """

    def size_of(self, *, key: str) -> int | None:
        """A file's size in bytes; None where none has this key.

        Raises:
            TryAgain, GiveUp: the store did not say.
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

    def upload_form(
        self, *, key: str, content_type: str, most_bytes: int, lasts: timedelta
    ) -> UploadForm:
        """A form by which anyone who has it can upload a file under this key, until it ends.

        Args:
            most_bytes: the store refuses an empty file, and one that is larger.
            lasts: at most an hour. Nothing is asked of the store.
        """

    def ensure_bucket(self) -> list[str]:
        """Make the private place where files are kept, where it doesn't exist; return its name if it was made.

        Raises:
            TryAgain, GiveUp.
        """
