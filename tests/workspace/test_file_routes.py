import base64
import json
import urllib.request
import uuid

import boto3
import pytest

from app.core import dynamo
from app.providers.job_queue.interface import TryAgain
from app.workspace.models import File, Project
from app.workspace.service import files, uploading
from tests.workspace.conftest import make_project, send_file

SALES = b"city,amount,day\nRome,1.50,2024-01-05\nOslo,2.25,2024-01-06\n"


@pytest.fixture
def project(client, owner):
    return make_project(client, owner)


@pytest.fixture
def s3(settings, aws):
    return boto3.client("s3", region_name=settings.region, endpoint_url=aws.url)


@pytest.fixture
def keys(s3, settings):
    def found():
        listed = s3.list_objects_v2(Bucket=settings.bucket_name, Prefix="workspace/")
        return sorted(one["Key"].rpartition("/")[2] for one in listed.get("Contents", []))

    return found


@pytest.fixture
def announce(client, owner, project):
    def announced(**body):
        return client.post(
            f"/projects/{project['id']}/files",
            json={"filename": "big.csv", "size": len(SALES), **body},
            headers=owner.headers,
        )

    return announced


def post_form(upload, content):
    """What a browser does with the form that the API gave."""
    boundary = uuid.uuid4().hex
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in upload["fields"].items()
    ]
    last = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="x.csv"\r\n\r\n'
    body = "".join([*parts, last]).encode() + content + f"\r\n--{boundary}--\r\n".encode()
    asked = urllib.request.Request(
        upload["url"],
        data=body,
        headers={"Content-Type": f"multipart/form-data; boundary={boundary}"},
    )
    with urllib.request.urlopen(asked, timeout=10) as answer:
        return answer.status


@pytest.mark.usefixtures("reader")
class TestUploadFile:
    def test_reads_it_and_says_what_is_in_it(self, client, owner, project, keys):
        answer = send_file(client, owner, project["id"], SALES)

        assert answer.status_code == 201, answer.json
        body = answer.json
        assert (body["status"], body["row_count"], body["size"]) == ("completed", 2, len(SALES))
        assert [(one["name"], one["type"]) for one in body["columns"]] == [
            ("city", "text"),
            ("amount", "decimal"),
            ("day", "date"),
        ]
        assert "upload" not in body
        assert keys() == ["data.parquet", "original.csv"]
        shown = client.get(f"/projects/{project['id']}", headers=owner.headers).json
        assert shown["file_count"] == 1

    def test_takes_path_characters_out_of_the_name(self, client, owner, project):
        answer = send_file(client, owner, project["id"], SALES, "../../etc/pass\twd.csv")

        assert answer.json["filename"] == "passwd.csv"

    def test_refuses_what_is_no_csv_with_the_line(self, client, owner, project, keys):
        answer = send_file(client, owner, project["id"], b"a,b\n1,2\n1,2,3\n")

        assert (answer.status_code, answer.json["error_code"]) == (422, "NOT_A_CSV")
        assert answer.json["message"] == "Line 3 has 3 fields where the first line has 2."
        assert answer.json["details"] == {"filename": "sales.csv", "line": 3}
        assert keys() == []
        shown = client.get(f"/projects/{project['id']}", headers=owner.headers).json
        assert shown["file_count"] == 0

    def test_takes_4_mib_and_no_byte_more(self, client, owner, project):
        line = b"1,2\n"
        whole = b"a,b\n" + line * (uploading.LARGEST_SENT // len(line) - 1)

        taken = send_file(client, owner, project["id"], whole)
        refused = send_file(client, owner, project["id"], whole + b"3")
        far_more = send_file(client, owner, project["id"], whole + line * 100_000)

        assert (len(whole), taken.status_code) == (uploading.LARGEST_SENT, 201)
        for answer in (refused, far_more):
            assert (answer.status_code, answer.json["error_code"]) == (413, "FILE_TOO_LARGE")
            assert "send JSON instead" in answer.json["message"]

    @pytest.mark.parametrize("data", [{}, {"file": "text"}])
    def test_needs_a_file(self, client, owner, project, data):
        answer = client.post(
            f"/projects/{project['id']}/files",
            data=data or {"other": "x"},
            headers=owner.headers,
            content_type="multipart/form-data",
        )

        assert (answer.status_code, answer.json["error_code"]) == (422, "FILE_MISSING")

    def test_refuses_an_empty_file(self, client, owner, project):
        answer = send_file(client, owner, project["id"], b"")

        assert (answer.status_code, answer.json["error_code"]) == (422, "FILE_MISSING")

    def test_refuses_other_bodies(self, client, owner, project):
        answer = client.post(
            f"/projects/{project['id']}/files",
            data=SALES,
            content_type="text/csv",
            headers=owner.headers,
        )

        assert answer.status_code == 415

    def test_is_done_once_by_a_repeated_request(self, client, owner, project):
        headers = {**owner.headers, "Idempotency-Key": "one-file"}
        # The same bytes, as a client that repeats its request sends them.
        body = (
            b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n' + SALES
        )
        sent = {"data": body + b"\r\n--x--\r\n", "content_type": "multipart/form-data; boundary=x"}
        url = f"/projects/{project['id']}/files"

        first = client.post(url, **sent, headers=headers)
        again = client.post(url, **sent, headers=headers)

        assert (first.status_code, again.json["id"]) == (201, first.json["id"])
        assert Project.of(project["id"]).file_count == 1

    def test_keeps_nothing_in_a_project_of_another(self, client, stranger, project, keys):
        answer = send_file(client, stranger, project["id"], SALES)

        assert (answer.status_code, answer.json["error_code"]) == (404, "PROJECT_NOT_FOUND")
        assert keys() == []

    def test_keeps_nothing_in_a_project_that_is_full(
        self, client, owner, project, keys, monkeypatch
    ):
        monkeypatch.setattr(uploading, "MOST_FILES", 1)
        send_file(client, owner, project["id"], SALES)

        answer = send_file(client, owner, project["id"], SALES)

        assert (answer.status_code, answer.json["error_code"]) == (409, "TOO_MANY_FILES")
        assert keys() == ["data.parquet", "original.csv"]


class TestUploadThatTakesLong:
    def test_is_answered_before_it_is_read(self, client, owner, project, monkeypatch):
        monkeypatch.setattr("app.workspace.routes.files.WAIT_SECONDS", 0)

        answer = send_file(client, owner, project["id"], SALES)

        assert (answer.status_code, answer.json["status"]) == (202, "processing")
        assert answer.json["columns"] is None

    def test_is_not_kept_where_no_worker_can_be_asked(
        self, client, owner, project, reader, monkeypatch
    ):
        def out_of_order(task, arguments=None):
            raise TryAgain(task)

        monkeypatch.setattr(reader, "ask", out_of_order)

        answer = send_file(client, owner, project["id"], SALES)

        assert (answer.status_code, answer.json["error_code"]) == (503, "FILES_UNAVAILABLE")
        assert Project.of(project["id"]).file_count == 0


@pytest.mark.usefixtures("reader")
class TestPresignedUpload:
    def test_goes_straight_to_the_store_and_is_read_when_it_is_complete(
        self, client, owner, announce
    ):
        answer = announce()
        assert answer.status_code == 201, answer.json
        assert (answer.json["status"], answer.json["row_count"]) == ("uploading", None)
        assert answer.json["upload"]["expires_at"].startswith("2026-11-20T13:00")

        assert post_form(answer.json["upload"], SALES) in {200, 204}
        done = client.post(f"/files/{answer.json['id']}/complete", headers=owner.headers)

        assert (done.status_code, done.json["status"]) == (200, "completed")
        assert (done.json["row_count"], done.json["size"]) == (2, len(SALES))
        again = client.post(f"/files/{answer.json['id']}/complete", headers=owner.headers)
        assert again.json == done.json

    def test_is_bounded_by_the_store(self, app, announce):
        form = announce().json["upload"]

        policy = json.loads(base64.b64decode(form["fields"]["policy"]))
        assert ["content-length-range", 1, 100 * 1024 * 1024] in policy["conditions"]

    def test_is_not_complete_before_it_has_come(self, client, owner, announce):
        file = announce().json

        answer = client.post(f"/files/{file['id']}/complete", headers=owner.headers)

        assert (answer.status_code, answer.json["error_code"]) == (409, "FILE_NOT_UPLOADED")

    def test_that_is_no_csv_is_refused_and_not_kept(self, client, owner, announce, keys):
        file = announce().json
        post_form(file["upload"], b"PK\x03\x04 and so on")

        answer = client.post(f"/files/{file['id']}/complete", headers=owner.headers)

        assert (answer.status_code, answer.json["details"]["line"]) == (422, 1)
        assert File.of(file["id"]) is None
        assert keys() == []

    @pytest.mark.parametrize(
        "body",
        [
            {"size": 0},
            {"size": 100 * 1024 * 1024 + 1},
            {"size": "12"},
            {"filename": ""},
            {"user_id": "somebody"},
        ],
    )
    def test_is_refused_by_what_is_wrong(self, announce, body):
        answer = announce(**body)

        assert answer.status_code == 422
        assert set(answer.json["details"]["json"]) == set(body)


@pytest.mark.usefixtures("reader")
class TestFiles:
    def test_are_listed_newest_first(self, client, owner, project, clock):
        send_file(client, owner, project["id"], SALES, "one.csv")
        clock.advance(1)
        send_file(client, owner, project["id"], SALES, "two.csv")

        listed = client.get(f"/projects/{project['id']}/files", headers=owner.headers).json

        assert [one["filename"] for one in listed["files"]] == ["two.csv", "one.csv"]

    def test_are_shown_with_a_preview_and_a_link(self, client, owner, project):
        file = send_file(client, owner, project["id"], SALES).json

        shown = client.get(f"/files/{file['id']}", headers=owner.headers).json

        assert shown["preview"][0] == ["Rome", "1.50", "2024-01-05"]
        with urllib.request.urlopen(shown["url"], timeout=10) as answer:
            assert answer.read() == SALES
        assert shown["url_expires_at"].startswith("2026-11-20T12:15")

    def test_have_no_link_before_they_come(self, client, owner, announce):
        shown = client.get(f"/files/{announce().json['id']}", headers=owner.headers).json

        assert (shown["url"], shown["url_expires_at"], shown["preview"]) == (None, None, None)

    def test_are_deleted_with_their_objects(self, client, owner, project, keys):
        file = send_file(client, owner, project["id"], SALES).json

        gone = client.delete(f"/files/{file['id']}", headers=owner.headers)
        again = client.delete(f"/files/{file['id']}", headers=owner.headers)

        assert (gone.status_code, again.status_code) == (200, 404)
        assert keys() == []
        assert Project.of(project["id"]).file_count == 0

    def test_of_another_are_not_there(self, client, owner, stranger, project):
        file = send_file(client, owner, project["id"], SALES).json

        refused = [
            client.get(f"/projects/{project['id']}/files", headers=stranger.headers),
            client.get(f"/files/{file['id']}", headers=stranger.headers),
            client.delete(f"/files/{file['id']}", headers=stranger.headers),
            client.post(f"/files/{file['id']}/complete", headers=stranger.headers),
        ]

        assert {answer.status_code for answer in refused} == {404}
        assert File.of(file["id"]) is not None


@pytest.mark.usefixtures("reader")
class TestTables:
    def test_are_the_files_that_were_read(self, client, owner, project, announce, clock):
        send_file(client, owner, project["id"], SALES, "Sales 2024.csv")
        clock.advance(1)
        send_file(client, owner, project["id"], SALES, "sales-2024.csv")
        announce()

        tables = files.tables_of(project_id=project["id"], user_id=owner.user_id)

        assert [table.name for table in tables] == ["sales_2024", "sales_2024_2"]
        assert tables[0].object_key.endswith("/data.parquet")
        assert tables[0].row_count == 2
        assert files.tables_of(project_id=project["id"], user_id="another") == []


class TestRow:
    def test_fits_into_a_table_with_as_many_columns_as_a_file_has(
        self, client, owner, project, reader
    ):
        names = ",".join(f"a rather long heading of column number {n:04}" for n in range(500))
        row = ",".join(["some text of sixty characters and more; not quoted; " * 2] * 500)

        answer = send_file(client, owner, project["id"], f"{names}\n{row}\n{row}\n".encode())

        assert answer.status_code == 201, answer.json
        assert len(answer.json["columns"]) == 500
        assert dynamo.missing_tables() == []
