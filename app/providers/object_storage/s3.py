"""How are files kept in Amazon S3, or in the laptop's own?"""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from app.providers.object_storage.interface import GiveUp, NotThere, TryAgain, UploadForm

CONNECT_TIMEOUT_SECONDS: Final = 2
CALL_ATTEMPTS: Final = 3
LONGEST_LINK: Final = timedelta(hours=1)
MOST_AT_ONCE: Final = 1_000
PASSING_CODES: Final = frozenset(
    {
        "InternalError",
        "OperationAborted",
        "RequestTimeout",
        "ServiceUnavailable",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
    }
)
SERVER_ERRORS: Final = 500
# No answer, or one that botocore can't parse; a number or a date that is none is its plain ValueError.
UNREADABLE: Final = (BotoCoreError, ResponseParserError, ValueError)
NOT_FOUND: Final = 404
PIECE_BYTES: Final = 1024 * 1024
PRIVATE: Final = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}
# Archives last a day; those whose account or task forgot them go two days after they were made.
LIFECYCLE: Final = {
    "Rules": [
        {
            "ID": "exports-expire",
            "Filter": {"Prefix": "exports/"},
            "Status": "Enabled",
            "Expiration": {"Days": 2},
        },
        # What became of an import's lines goes with the import's row, whose time is up after 90 days.
        {
            "ID": "imports-expire",
            "Filter": {"Prefix": "imports/"},
            "Status": "Enabled",
            "Expiration": {"Days": 91},
        },
    ]
}


class S3ObjectStorage:
    """One private bucket. The client is made when the first file is touched: it costs a start 50 ms and more."""

    def __init__(
        self,
        *,
        bucket: str,
        region: str,
        endpoint_url: str | None = None,
        timeout_seconds: float = 30.0,
    ) -> None:
        self._bucket = bucket
        self._region = region
        self._endpoint_url = endpoint_url
        self._timeout_seconds = timeout_seconds
        self._lock = threading.Lock()
        self._made_client: Any = None

    def put(self, *, key: str, body: bytes, content_type: str) -> None:
        """Keep a file."""
        self._call("put_object", Bucket=self._bucket, Key=key, Body=body, ContentType=content_type)

    def put_file(self, *, key: str, path: Path, content_type: str) -> None:
        """Keep a file from the disk, without holding it in memory."""
        with path.open("rb") as body:
            self._call(
                "put_object", Bucket=self._bucket, Key=key, Body=body, ContentType=content_type
            )

    def fetch(self, *, key: str, to: Path) -> None:
        """Write a file to the disk, piece by piece."""
        found = self._call("get_object", Bucket=self._bucket, Key=key)
        try:
            with to.open("wb") as file:
                for piece in found["Body"].iter_chunks(PIECE_BYTES):
                    file.write(piece)
        except UNREADABLE as error:
            raise _unanswered(error, "get_object") from error

    def size_of(self, *, key: str) -> int | None:
        """How large a file is."""
        try:
            return int(self._call("head_object", Bucket=self._bucket, Key=key)["ContentLength"])
        except NotThere:
            return None

    def delete_under(self, *, prefix: str) -> None:
        """Remove files, a thousand at a time."""
        if not prefix:
            raise ValueError("an empty prefix would remove every file")
        for keys in self._keys_under(prefix):
            answer = self._call(
                "delete_objects",
                Bucket=self._bucket,
                Delete={"Objects": [{"Key": key} for key in keys], "Quiet": True},
            )
            if answer.get("Errors"):
                raise TryAgain(f"S3 kept {len(answer['Errors'])} of {len(keys)} files")

    def download_url(self, *, key: str, filename: str, lasts: timedelta) -> str:
        """A presigned link."""
        if not timedelta() < lasts <= LONGEST_LINK:
            raise ValueError("a link lasts up to an hour")
        url: str = self._client.generate_presigned_url(
            "get_object",
            Params={
                "Bucket": self._bucket,
                "Key": key,
                "ResponseContentDisposition": f'attachment; filename="{filename}"',
            },
            ExpiresIn=max(1, int(lasts.total_seconds())),
        )
        return url

    def upload_form(
        self, *, key: str, content_type: str, most_bytes: int, lasts: timedelta
    ) -> UploadForm:
        """A presigned POST, whose policy bounds the size."""
        if not timedelta() < lasts <= LONGEST_LINK:
            raise ValueError("a form lasts up to an hour")
        made = self._client.generate_presigned_post(
            self._bucket,
            key,
            Fields={"Content-Type": content_type},
            Conditions=[{"Content-Type": content_type}, ["content-length-range", 1, most_bytes]],
            ExpiresIn=max(1, int(lasts.total_seconds())),
        )
        return UploadForm(url=made["url"], fields=made["fields"])

    def ensure_bucket(self) -> list[str]:
        """Make the bucket, and close it to the public each time."""
        made = [] if self._exists() else [self._bucket]
        if made:
            # S3's first region is the one that must not be named.
            place = (
                {}
                if self._region == "us-east-1"
                else {"CreateBucketConfiguration": {"LocationConstraint": self._region}}
            )
            self._call("create_bucket", Bucket=self._bucket, **place)
        self._call(
            "put_public_access_block",
            Bucket=self._bucket,
            PublicAccessBlockConfiguration=PRIVATE,
        )
        self._call(
            "put_bucket_lifecycle_configuration",
            Bucket=self._bucket,
            LifecycleConfiguration=LIFECYCLE,
        )
        return made

    def _exists(self) -> bool:
        try:
            self._client.head_bucket(Bucket=self._bucket)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == NOT_FOUND:
                return False
            raise _understood(error, "head_bucket") from error
        except UNREADABLE as error:
            raise _unanswered(error, "head_bucket") from error
        return True

    def _keys_under(self, prefix: str) -> Iterator[list[str]]:
        """Keys, a thousand at a time. Each is removed before more are asked for, so the first page is always new."""
        while True:
            answer = self._call(
                "list_objects_v2", Bucket=self._bucket, Prefix=prefix, MaxKeys=MOST_AT_ONCE
            )
            keys = [found["Key"] for found in answer.get("Contents", [])]
            if not keys:
                return
            yield keys

    def _call(self, operation: str, **parameters: Any) -> Any:
        call: Callable[..., Any] = getattr(self._client, operation)
        try:
            return call(**parameters)
        except ClientError as error:
            raise _understood(error, operation) from error
        except UNREADABLE as error:
            raise _unanswered(error, operation) from error

    @property
    def _client(self) -> Any:
        with self._lock:
            if self._made_client is None:
                self._made_client = botocore.session.get_session().create_client(
                    "s3",
                    region_name=self._region,
                    endpoint_url=self._endpoint_url,
                    config=Config(
                        signature_version="s3v4",
                        # A local S3 has no name for each bucket.
                        s3={"addressing_style": "path" if self._endpoint_url else "virtual"},
                        connect_timeout=min(CONNECT_TIMEOUT_SECONDS, self._timeout_seconds),
                        read_timeout=self._timeout_seconds,
                        retries={"mode": "standard", "total_max_attempts": CALL_ATTEMPTS},
                    ),
                )
            return self._made_client


def _understood(error: ClientError, operation: str) -> TryAgain | GiveUp:
    code = error.response["Error"]["Code"]
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    text = f"S3 answered {status} {code} to {operation}"
    if code in PASSING_CODES or status >= SERVER_ERRORS:
        return TryAgain(text)
    if status == NOT_FOUND and operation in {"get_object", "head_object"}:
        return NotThere(text)
    return GiveUp(text)


def _unanswered(error: Exception, operation: str) -> TryAgain:
    return TryAgain(f"S3 did not answer {operation}: {type(error).__name__}")
