"""How the virtual environments come to hold exactly what the requirements files pin.

`make setup` runs this with Python 3.11 and its standard library alone; nothing has to be installed before it.

A stamp inside each environment says where it stands, on which Python, and what was installed. It is taken away
before anything is changed and put back when all is done, so an environment without a stamp is one whose set-up
was interrupted, and is made anew. A lock keeps two set-ups apart.
"""

import fcntl
import hashlib
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENTS = {
    ROOT / ".venv": ROOT / "requirements-dev.txt",
    ROOT / ".venv-aws": ROOT / "requirements-local-aws.txt",
}
INSTALLER = ROOT / ".venv"


def main() -> None:
    """Make every environment that is missing, broken or behind its requirements."""
    with Path(__file__).open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for environment, requirements in ENVIRONMENTS.items():
            set_up(environment, requirements)


def set_up(environment: Path, requirements: Path) -> None:
    """Bring one environment up to its requirements, or make it."""
    stamp = environment / ".investforge"
    place = f"{environment} on Python {platform.python_version()}"
    contents = hashlib.sha256(requirements.read_bytes()).hexdigest()
    found = stamp.read_text().splitlines() if stamp.is_file() else []
    if found == [place, contents] and runs(environment):
        return
    if found[:1] != [place] or not runs(environment):
        create(environment)
    stamp.unlink(missing_ok=True)
    installed = install(environment, requirements)
    finished = stamp.with_suffix(".new")
    finished.write_text(f"{place}\n{contents if installed else 'behind its requirements'}\n")
    finished.replace(stamp)
    if not installed:
        sys.exit(
            f"The packages of {requirements.name} were not installed; the lines above say why."
        )


def runs(environment: Path) -> bool:
    """Say whether the environment's Python still starts: the one it was made from may be gone."""
    interpreter = python_of(environment)
    return interpreter.exists() and run(interpreter, "-c", "") == 0


def create(environment: Path) -> None:
    """Make an empty environment; pip stands only in the one that installs for all."""
    say(f"Creating {environment.name} with Python {platform.python_version()}")
    if environment.exists():
        shutil.rmtree(environment)
    try:
        venv.create(environment, symlinks=True, with_pip=environment == INSTALLER)
    except subprocess.CalledProcessError:
        sys.exit(
            f"{sys.executable} cannot make a virtual environment with pip. "
            "On Debian and Ubuntu, `apt-get install python3.11-venv` mends it."
        )


def install(environment: Path, requirements: Path) -> bool:
    """Install exactly the pinned packages: by uv, or by pip where uv cannot (it reads none of pip's settings)."""
    say(f"Installing {requirements.name} into {environment.name}")
    installer, target = python_of(INSTALLER), python_of(environment)
    if not has_uv(installer):
        install_uv(installer)
    if has_uv(installer):
        uv = (installer, "-m", "uv", "pip", "sync", "--quiet", "--require-hashes")
        if run(*uv, "--python", target, requirements) == 0:
            return True
        say("uv could not install them, so pip tries, with its own settings")
    pip = (installer, "-m", "pip", "--python", target, "--disable-pip-version-check")
    return run(*pip, "install", "--quiet", "--require-hashes", "-r", requirements) == 0


def has_uv(installer: Path) -> bool:
    """Say whether uv is there to install with."""
    found = "import importlib.util, sys; sys.exit(importlib.util.find_spec('uv') is None)"
    return run(installer, "-c", found) == 0


def install_uv(installer: Path) -> None:
    """Install the pinned uv, whose version and hashes stand among the requirements."""
    pinned = re.search(r"^uv==(.*\\\n)+.*$", ENVIRONMENTS[INSTALLER].read_text(), re.MULTILINE)
    if pinned is None:
        return
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as requirement:
        requirement.write(pinned.group())
        requirement.flush()
        pip = (installer, "-m", "pip", "--disable-pip-version-check")
        run(*pip, "install", "--quiet", "--require-hashes", "-r", requirement.name)


def python_of(environment: Path) -> Path:
    """Give the interpreter of an environment."""
    return environment / "bin" / "python"


def run(*command: str | Path) -> int:
    """Run a command to its end and give its exit code."""
    return subprocess.run([str(word) for word in command], check=False).returncode


def say(sentence: str) -> None:
    """Tell what happens now, at once even where the output is a pipe."""
    print(sentence, flush=True)


if __name__ == "__main__":
    main()
