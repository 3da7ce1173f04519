"""Is a zip small, valid and the same whenever its input is?"""

import gzip
import json
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from deploy import archive, contents, trimming
from deploy.aws import Refused
from deploy.functions import API, WORKER, Function


def made(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


class TestArchive:
    def test_gives_the_same_bytes_in_whatever_order_and_time(self, tmp_path):
        first = made(tmp_path / "1", b="2", a="1", c__d="3")
        second = made(tmp_path / "2", c__d="3", a="1", b="2")
        (second / "a").chmod(0o700)
        (second / "a").touch()

        archive.write(first, to=tmp_path / "1.zip")
        archive.write(second, to=tmp_path / "2.zip")

        assert archive.digest(tmp_path / "1.zip") == archive.digest(tmp_path / "2.zip")

    def test_can_be_read_by_lambda(self, tmp_path):
        folder = made(tmp_path / "1", a="1")
        (folder / "a").chmod(0o600)

        archive.write(folder, to=tmp_path / "1.zip")

        with zipfile.ZipFile(tmp_path / "1.zip") as opened:
            assert [entry.external_attr >> 16 for entry in opened.infolist()] == [0o644]

    def test_tells_the_size_of_each_package(self, tmp_path):
        folder = made(
            tmp_path, **{"flask__a.py": "1234", "flask-1.dist-info__METADATA": "56", "six.py": "7"}
        )

        assert archive.sizes(folder) == {"flask": 6, "six": 1}


# A shape may be called documentation; prose is what is text.
SERVICE = {
    "documentation": "<p>Prose.</p>",
    "operations": {"GetItem": {"documentation": "<p>Prose.</p>"}},
    "shapes": {
        "documentation": {"type": "string", "documentation": "<p>Prose.</p>"},
        "Key": {"type": "map"},
    },
    "clientContextParams": {"Accelerate": {"documentation": "<p>Prose.</p>", "type": "boolean"}},
}


class TestTrim:
    @pytest.fixture
    def trimmed(self, tmp_path) -> Path:
        made(
            tmp_path,
            **{
                "pandas__core.py": "",
                "pandas__tests__test_a.py": "",
                "pandas__core.pyi": "",
                "bin__flask": "",
                "flask-1.dist-info__METADATA": "",
                "flask-1.dist-info__RECORD": "",
                "flask-1.dist-info__licenses__LICENSE.txt": "",
                "botocore__data__ec2__1__service-2.json": "{}",
                "botocore__data__dynamodb__1__examples-1.json": "{}",
            },
        )
        packed = tmp_path / "botocore/data/dynamodb/1/service-2.json.gz"
        packed.write_bytes(gzip.compress(json.dumps(SERVICE).encode()))
        services: dict[str, Any] = {
            "partitions": [{"services": {"ec2": {}, "dynamodb": {"endpoints": {}}}}]
        }
        (tmp_path / "botocore/data/endpoints.json").write_text(json.dumps(services))
        trimming.trim(tmp_path)
        return Path(tmp_path)

    def test_leaves_code_metadata_and_licences(self, trimmed):
        left = {path.relative_to(trimmed).as_posix() for path in archive.files(trimmed)}

        assert left == {
            "pandas/core.py",
            "flask-1.dist-info/METADATA",
            "flask-1.dist-info/licenses/LICENSE.txt",
            "botocore/data/dynamodb/1/service-2.json",
            "botocore/data/endpoints.json",
        }

    def test_keeps_the_services_in_use_ready_to_read(self, trimmed):
        data = trimmed / "botocore/data"

        shapes = {"documentation": {"type": "string"}, "Key": {"type": "map"}}
        described = json.loads((data / "dynamodb/1/service-2.json").read_text())
        parameters = {"Accelerate": {"documentation": "", "type": "boolean"}}
        assert described == {
            "operations": {"GetItem": {}},
            "shapes": shapes,
            "clientContextParams": parameters,
        }
        endpoints = json.loads((data / "endpoints.json").read_text())
        assert endpoints["partitions"][0]["services"] == {"dynamodb": {"endpoints": {}}}


class TestContents:
    def test_names_what_even_a_late_import_lacks(self, tmp_path):
        made(
            tmp_path,
            app__a="",
            **{
                "app__a.py": "import json\nimport flask\ndef f():\n    from vendor.sdk import x\n",
                "flask__a.py": "",
            },
        )

        assert contents.missing_modules(tmp_path, API) == ["vendor"]

    def test_lets_the_api_do_without_what_only_tasks_reach(self, tmp_path):
        made(tmp_path, **{"app__a.py": "import yfinance", "tasks__a.py": ""})

        assert contents.missing_modules(tmp_path, API) == []
        assert contents.missing_modules(tmp_path, WORKER) == ["yfinance"]

    @pytest.mark.skipif(
        sys.platform != "linux", reason="the zip holds Linux wheels, which start nowhere else"
    )
    def test_starts_the_handler_from_the_folder_alone(self, tmp_path):
        function = Function(
            name="one", suffix="", handler="app.entry.handler", requirements="", packages=("app",)
        )
        made(tmp_path, **{"app__entry.py": "def handler(event, context): ..."})
        contents.start(tmp_path, function)

        made(tmp_path, **{"app__entry.py": "import flask"})
        with pytest.raises(Refused, match="No module named 'flask'"):
            contents.start(tmp_path, function)
