"""Mail servers that really speak SMTP over TLS, or SES's API, and fail as often as a test tells them to."""

import json
import socket
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

ISSUED = datetime(2020, 1, 1, tzinfo=UTC)  # before any clock that TLS may look at
EXPIRES = datetime(2099, 1, 1, tzinfo=UTC)


def make_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65_537, key_size=2_048)


def make_certificate(
    key: Any, *, name: str, starts: datetime = ISSUED, ends: datetime = EXPIRES
) -> bytes:
    """A certificate that signs itself, as PEM."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(starts)
        .not_valid_after(ends)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM)


def write_pair(file: Path) -> bytes:
    """Write a key and its certificate for localhost into a file, and return the certificate."""
    key = make_key()
    certificate = make_certificate(key, name="localhost")
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file.write_bytes(private + certificate)
    return certificate


@dataclass
class Relay:
    """An SMTP relay that knows one API key.

    Attributes:
        answers: what it says to the next DATA instead of taking the email, one after the other.
        recipient_answer: what it says to every RCPT instead of taking it.
        taken: the emails that it took.
        tries: how often an email was offered.
    """

    trust: ssl.SSLContext
    port: int = 0
    api_key: str = "xkeysib-test"
    answers: list[str] = field(default_factory=list)
    recipient_answer: str | None = None
    taken: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    tries: int = 0

    def authenticate(
        self, _server: Any, _session: Any, _envelope: Any, _how: str, data: Any
    ) -> Any:
        right = (data.login, data.password) == (b"apikey", self.api_key.encode())
        return AuthResult(success=right, handled=right)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if self.recipient_answer:
            return self.recipient_answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        self.tries += 1
        if self.answers:
            return self.answers.pop(0)
        self.taken.append(message_from_bytes(envelope.content, policy=default))
        self.recipients.append(envelope.rcpt_tos)
        return "250 OK"


@contextmanager
def relay(folder: Path, *, starts_with_tls: bool = False) -> Iterator[Relay]:
    """A relay on a free port, under a certificate of its own that `trust` trusts."""
    certificate = write_pair(folder / "both.pem")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(folder / "both.pem")
    made = Relay(trust=ssl.create_default_context(cadata=certificate.decode()))
    controller = Controller(
        made,
        hostname="127.0.0.1",
        port=_free_port(),
        tls_context=None if starts_with_tls else tls,
        ssl_context=tls if starts_with_tls else None,
        require_starttls=not starts_with_tls,
        auth_required=not starts_with_tls,  # aiosmtpd does not see TLS that was there before it
        auth_require_tls=not starts_with_tls,
        authenticator=made.authenticate,
    )
    controller.start()
    made.port = controller.port
    try:
        yield made
    finally:
        controller.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class SesProxy:
    """Stands before a real local SES, and answers in its place as often as it is told to.

    Attributes:
        answers: (status, error code) given to the next send, one after the other.
        sends: the bodies of what was offered.
    """

    behind: str
    url: str = ""
    answers: list[tuple[int, str]] = field(default_factory=list)
    sends: list[dict[str, Any]] = field(default_factory=list)

    def __call__(self, environ: Any, start_response: Any) -> Any:
        request = Request(environ)
        body = request.get_data()
        if request.path == "/v2/email/outbound-emails":
            self.sends.append(json.loads(body))
            if self.answers:
                status, code = self.answers.pop(0)
                answer = Response(
                    json.dumps({"message": "as told"}),
                    status,
                    {"x-amzn-ErrorType": code},
                    mimetype="application/json",
                )
                return answer(environ, start_response)
        passed_on = urllib.request.Request(
            self.behind + request.full_path, data=body, method=request.method
        )
        for name in ("Authorization", "Content-Type", "X-Amz-Date"):
            if name in request.headers:
                passed_on.add_header(name, request.headers[name])
        try:
            with urllib.request.urlopen(passed_on, timeout=10) as found:
                answer = Response(found.read(), found.status, mimetype="application/json")
        except urllib.error.HTTPError as refused:
            with refused:
                answer = Response(
                    refused.read(),
                    refused.code,
                    {"x-amzn-ErrorType": refused.headers.get("x-amzn-ErrorType", "")},
                    mimetype="application/json",
                )
        return answer(environ, start_response)


@contextmanager
def ses_proxy(behind: str) -> Iterator[SesProxy]:
    """One such server on a free port."""
    proxy = SesProxy(behind=behind)
    server = make_server("127.0.0.1", 0, proxy, threaded=True)
    proxy.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def sent_by_ses(aws_url: str) -> list[dict[str, Any]]:
    """What the local SES took."""
    with urllib.request.urlopen(f"{aws_url}/_ministack/ses/messages", timeout=10) as answer:
        accounts = json.load(answer)["messages"]
    return [message for messages in accounts.values() for message in messages]
