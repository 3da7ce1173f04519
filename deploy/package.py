"""How does a function's zip come about, from nothing but the pinned requirements and our own source?

Each function is installed into a folder of its own, for Lambda's Python and C library whatever this machine has,
trimmed, compiled and zipped. Bytecode is compiled "unchecked": Lambda unpacks files with new times, and bytecode
that is compared with its source's time would be thrown away and made again at every cold start.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from deploy import archive, contents, trimming
from deploy.aws import Refused
from deploy.functions import FUNCTIONS, Function

ROOT: Final = Path(__file__).parent.parent
BUILD: Final = ROOT / "build"

# Lambda's Python 3.11 runs on Amazon Linux 2, whose C library is glibc 2.26.
PYTHON: Final = "3.11.13"
GLIBC_MINOR: Final = 26
PLATFORMS: Final = (
    *(f"manylinux{name}_x86_64" for name in ("1", "2010", "2014")),
    *(f"manylinux_2_{minor}_x86_64" for minor in range(5, GLIBC_MINOR + 1)),
)

MEGABYTE: Final = 1024 * 1024
LARGEST_UNPACKED: Final = 250 * MEGABYTE
LARGEST_ZIP: Final = {"api": 25 * MEGABYTE}
LEFT_OUT: Final = shutil.ignore_patterns("__pycache__", "*.pyc", "local")
SHOWN_PACKAGES: Final = 12


def package_all(*, say: Callable[[str], None]) -> dict[str, str]:
    """Pack every function; return the SHA-256 of each zip by the function's name, which build/zips.json keeps."""
    digests = {function.name: package(function, say=say) for function in FUNCTIONS}
    manifest = {"zips": digests, "release": release_of(digests)}
    (BUILD / "zips.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    say(f"release {manifest['release']}")
    return digests


def package(function: Function, *, say: Callable[[str], None]) -> str:
    """Pack one function and return the SHA-256 of its zip.

    Raises:
        Refused: a requirement has no wheel for Lambda, something imported is missing, or the zip is too large.
    """
    folder = BUILD / function.name
    shutil.rmtree(folder, ignore_errors=True)
    _install(ROOT / function.requirements, folder)
    trimming.trim(folder)
    for name in function.packages:
        shutil.copytree(ROOT / name, folder / name, ignore=LEFT_OUT)
    missing = contents.missing_modules(folder, function)
    if missing:
        raise Refused(
            f"{function.name}: nothing in {function.requirements} provides {', '.join(missing)}; "
            "add it to the .in file and run make lock"
        )
    _compile(folder)
    zipped = zip_of(function)
    archive.write(folder, to=zipped)
    contents.start(folder, function)
    _report(function, folder, zipped, say)
    return archive.digest(zipped)


def zip_of(function: Function) -> Path:
    """Where a function's zip stands once it is packed."""
    return BUILD / f"{function.name}.zip"


def release_of(digests: dict[str, str]) -> str:
    """The name of a set of zips: the same zips, the same name."""
    return archive.text_digest(json.dumps(digests, sort_keys=True))[:12]


def _install(requirements: Path, folder: Path) -> None:
    targets = [word for platform in PLATFORMS for word in ("--platform", platform)]
    command = [
        *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
        *("--no-input", "--no-compile", "--no-deps", "--require-hashes", "--only-binary", ":all:"),
        *("--python-version", PYTHON, "--implementation", "cp"),
        *("--abi", "cp311", "--abi", "abi3", "--abi", "none", *targets),
        *("--target", str(folder), "--requirement", str(requirements)),
    ]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    if ran.returncode:
        wrong = [line for line in ran.stderr.splitlines() if line.startswith("ERROR")]
        raise Refused(
            f"{requirements.name} can't be installed for Lambda (glibc 2.{GLIBC_MINOR}):\n"
            + "\n".join(wrong or ran.stderr.splitlines()[-5:])
        )


def _compile(folder: Path) -> None:
    """Compile in a process of its own, where no hash seed and no earlier module changes the bytes."""
    subprocess.run(
        [
            *(sys.executable, "-I", "-m", "compileall", "-q", "-j1"),
            *("--invalidation-mode", "unchecked-hash", "-s", str(folder), "-p", "/var/task"),
            str(folder),
        ],
        env={"PATH": os.environ["PATH"], "PYTHONHASHSEED": "0"},
        stdout=subprocess.DEVNULL,
        check=False,  # a package may carry a file for a newer Python, which is then not compiled
    )


def _report(function: Function, folder: Path, zipped: Path, say: Callable[[str], None]) -> None:
    found = archive.sizes(folder)
    unpacked, packed = sum(found.values()), zipped.stat().st_size
    say(f"{function.name}: {_mb(packed)} zipped, {_mb(unpacked)} unpacked")
    for name, size in found.most_common(SHOWN_PACKAGES):
        say(f"  {_mb(size):>9}  {name}")
    limit = LARGEST_ZIP.get(function.name)
    if unpacked > LARGEST_UNPACKED:
        raise Refused(f"{function.name} takes {_mb(unpacked)} unpacked, and Lambda takes 250 MB")
    if limit is not None and packed > limit:
        raise Refused(f"{function.name} takes {_mb(packed)} zipped, over our {_mb(limit)}")


def _mb(size: float) -> str:
    return f"{size / MEGABYTE:.1f} MB"
