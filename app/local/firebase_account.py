"""Which service account pushes on a laptop? A made-up one, whose key is made here and opens nothing.

So the worker signs in as it does for Firebase itself, with google-auth, only at the stand-in.
"""

import json
import os
from pathlib import Path

KEY_BITS = 2_048
FILE = "firebase-account.json"
PROJECT = "investforge-laptop"
EMAIL = f"push@{PROJECT}.iam.gserviceaccount.com"
NOWHERE = "http://127.0.0.1:9/token"


def path_in(state_dir: Path) -> Path:
    """Where the account's file is kept."""
    return state_dir / FILE


def ensure(state_dir: Path) -> Path:
    """Makes the account's file where there is none, and returns its path.

    The token endpoint that it names goes nowhere: the stand-in's, which depends on its port, is used instead.
    """
    path = path_in(state_dir)
    if not path.exists():
        state_dir.mkdir(parents=True, exist_ok=True)
        aside = path.with_suffix(f".{os.getpid()}.new")
        aside.touch(mode=0o600)
        aside.write_text(json.dumps(made_up(), indent=2), "utf-8")
        aside.replace(path)
    return path


def made_up() -> dict[str, str]:
    """A service account in Google's format, with a key of its own."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65_537, key_size=KEY_BITS)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return {
        "type": "service_account",
        "project_id": PROJECT,
        "private_key_id": "laptop",
        "private_key": pem.decode(),
        "client_email": EMAIL,
        "client_id": "0",
        "token_uri": NOWHERE,
    }
