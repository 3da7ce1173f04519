"""What the product may rely on, wherever files are kept."""

import base64
import json
import socket
import threading
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import boto3
import pytest

from app.providers.object_storage.interface import GiveUp, NotThere, TryAgain
from app.providers.object_storage.s3 import S3ObjectStorage

BUCKET = "investforge-test-files"
LASTS = timedelta(minutes=15)


REGIONS = ["us-east-1", "eu-west-1"]


@pytest.fixture(scope="module")
def regional(aws_server):
    """A store in a region, whose client is made once."""

    @cache
    def regional(region: str) -> S3ObjectStorage:
        return S3ObjectStorage(bucket=BUCKET, region=region, endpoint_url=aws_server.url)

    return regional


@pytest.fixture
def fresh(aws_server, regional) -> S3ObjectStorage:
    """A store whose bucket is yet to be made."""
    aws_server.reset()
    store: S3ObjectStorage = regional("us-east-1")
    return store


@pytest.fixture
def store(fresh) -> S3ObjectStorage:
    fresh.ensure_bucket()
    made: S3ObjectStorage = fresh
    return made


@pytest.fixture(scope="module")
def s3(aws_server) -> Any:
    return boto3.client("s3", region_name="us-east-1", endpoint_url=aws_server.url)


def keys(s3) -> list[str]:
    return [found["Key"] for found in s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])]


class TestEnsureBucket:
    @pytest.mark.parametrize("region", REGIONS)
    def test_makes_it_once(self, fresh, regional, region):
        assert regional(region).ensure_bucket() == [BUCKET]
        assert regional(region).ensure_bucket() == []

    def test_closes_it_to_the_public(self, store, s3):
        found = s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"]

        assert all(found.values())
        assert len(found) == 4

    def test_lets_forgotten_exports_and_imports_expire(self, store, s3):
        rules = s3.get_bucket_lifecycle_configuration(Bucket=BUCKET)["Rules"]

        assert {rule["Status"] for rule in rules} == {"Enabled"}
        days = {rule["Filter"]["Prefix"]: rule["Expiration"]["Days"] for rule in rules}
        assert days == {"exports/": 2, "imports/": 91}


class TestPut:
    def test_keeps_a_file_in_place_of_an_earlier_one(self, store, s3):
        for body in (b"one", b"two"):
            store.put(key="a/b.zip", body=body, content_type="application/zip")

        found = s3.get_object(Bucket=BUCKET, Key="a/b.zip")
        assert (found["Body"].read(), found["ContentType"]) == (b"two", "application/zip")

    def test_gives_up_where_there_is_no_bucket(self, fresh):
        with pytest.raises(GiveUp, match="NoSuchBucket"):
            fresh.put(key="a", body=b"", content_type="text/plain")


class TestDownloadUrl:
    def test_downloads_under_its_name(self, store):
        store.put(key="a/b.zip", body=b"data", content_type="application/zip")

        url = store.download_url(key="a/b.zip", filename="yours.zip", lasts=LASTS)

        with urllib.request.urlopen(url, timeout=5) as answer:
            assert answer.read() == b"data"
            assert answer.headers["Content-Disposition"] == 'attachment; filename="yours.zip"'

    def test_says_how_long_it_lasts(self, store):
        url = store.download_url(key="a", filename="a", lasts=LASTS)

        assert "X-Amz-Expires=900&" in url + "&"
        assert "X-Amz-Algorithm=AWS4-HMAC-SHA256" in url

    def test_asks_the_store_nothing(self):
        nowhere = S3ObjectStorage(
            bucket=BUCKET, region="us-east-1", endpoint_url="http://127.0.0.1:1"
        )

        assert nowhere.download_url(key="a", filename="a", lasts=LASTS).startswith(
            f"http://127.0.0.1:1/{BUCKET}/a?"
        )

    def test_names_the_bucket_in_the_host_on_aws(self):
        on_aws = S3ObjectStorage(bucket=BUCKET, region="eu-west-1")

        url = on_aws.download_url(key="a", filename="a", lasts=LASTS)

        assert url.startswith(f"https://{BUCKET}.s3.eu-west-1.amazonaws.com/a?")

    @pytest.mark.parametrize("lasts", [timedelta(), timedelta(hours=1, seconds=1)])
    def test_refuses_a_length_that_makes_no_sense(self, store, lasts):
        with pytest.raises(ValueError, match="up to an hour"):
            store.download_url(key="a", filename="a", lasts=lasts)


class TestDeleteUnder:
    def test_removes_what_begins_so_and_nothing_else(self, store, s3):
        for key in ("ada/1", "ada/2/3", "adam/1", "bob/ada/1"):
            store.put(key=key, body=b"", content_type="text/plain")

        store.delete_under(prefix="ada/")
        store.delete_under(prefix="ada/")

        assert keys(s3) == ["adam/1", "bob/ada/1"]

    def test_refuses_to_remove_everything(self, store):
        with pytest.raises(ValueError, match="every file"):
            store.delete_under(prefix="")


class Troubled(BaseHTTPRequestHandler):
    """A store that answers every call with the same trouble."""

    status, body = 200, b""
    listed: bytes | None = None

    def answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status, body = (
            (200, type(self).listed or LISTED)
            if "list-type" in self.path
            else (type(self).status, type(self).body)
        )
        self.send_response(status)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_PUT = do_POST = do_HEAD = answer  # noqa: N815 - the names that http.server calls

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""


LISTED = (
    b"<ListBucketResult><Contents><Key>a</Key></Contents><IsTruncated>false</IsTruncated>"
    b"</ListBucketResult>"
)


@pytest.fixture
def troubled() -> Iterator[tuple[S3ObjectStorage, type[Troubled]]]:
    class Handler(Troubled):
        pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}"
    yield S3ObjectStorage(bucket=BUCKET, region="us-east-1", endpoint_url=url), Handler
    server.shutdown()
    server.server_close()
    thread.join()


class TestTrouble:
    @pytest.mark.parametrize(
        ("status", "code", "kind"),
        [
            (500, "InternalError", TryAgain),
            (503, "SlowDown", TryAgain),
            (400, "RequestTimeout", TryAgain),
            (403, "AccessDenied", GiveUp),
        ],
    )
    def test_says_whether_to_try_again(self, troubled, status, code, kind):
        store, handler = troubled
        handler.status = status
        handler.body = f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode()

        with pytest.raises(kind):
            store.put(key="a", body=b"", content_type="text/plain")
        with pytest.raises(kind if status != 400 else GiveUp):  # a HEAD's error tells no code
            store.ensure_bucket()

    def test_tries_again_what_was_not_removed(self, troubled):
        store, handler = troubled
        handler.body = (
            b"<DeleteResult><Error><Key>a</Key><Code>InternalError</Code></Error></DeleteResult>"
        )

        with pytest.raises(TryAgain, match="1 of 1"):
            store.delete_under(prefix="a")

    @pytest.mark.parametrize(
        "body",
        [
            b"<html>Oops",
            b"{}",
            b"\xff\xfe",
            b"<a><MaxKeys>x</MaxKeys></a>",
            b"<a><Contents><LastModified>x</LastModified></Contents></a>",
        ],
    )
    def test_tries_again_what_it_cannot_read(self, troubled, body):
        store, handler = troubled
        handler.listed = body
        with pytest.raises(TryAgain, match=r"S3 (did not answer|answered 500)"):
            store.delete_under(prefix="a")

    def test_tries_again_where_nobody_answers(self):
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            store = S3ObjectStorage(
                bucket=BUCKET,
                region="us-east-1",
                endpoint_url=f"http://127.0.0.1:{closed.getsockname()[1]}",
                timeout_seconds=0.5,
            )

            with pytest.raises(TryAgain):
                store.put(key="a", body=b"", content_type="text/plain")
            with pytest.raises(TryAgain):
                store.ensure_bucket()


class TestFileOnTheDisk:
    def test_comes_back_as_it_was_kept(self, store, tmp_path):
        source, copy = tmp_path / "source", tmp_path / "copy"
        source.write_bytes(b"x" * 3_000_000)

        store.put_file(key="workspace/a/b", path=source, content_type="text/csv")
        store.fetch(key="workspace/a/b", to=copy)

        assert copy.read_bytes() == source.read_bytes()
        assert store.size_of(key="workspace/a/b") == 3_000_000

    def test_that_nobody_kept_is_not_there(self, store, tmp_path):
        assert store.size_of(key="workspace/none") is None
        with pytest.raises(NotThere):
            store.fetch(key="workspace/none", to=tmp_path / "copy")


class TestUploadForm:
    def test_bounds_what_may_come_and_until_when(self, store):
        form = store.upload_form(
            key="workspace/a/b", content_type="text/csv", most_bytes=1_000, lasts=LASTS
        )

        policy = json.loads(base64.b64decode(form.fields["policy"]))
        assert ["content-length-range", 1, 1_000] in policy["conditions"]
        assert form.fields["key"] == "workspace/a/b"

    @pytest.mark.parametrize("lasts", [timedelta(), timedelta(hours=2)])
    def test_lasts_an_hour_at_most(self, store, lasts):
        with pytest.raises(ValueError, match="an hour"):
            store.upload_form(key="a", content_type="text/csv", most_bytes=1, lasts=lasts)
