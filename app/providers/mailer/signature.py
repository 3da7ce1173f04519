"""Did the holder of this certificate's key sign this?

RSA signatures by PKCS #1 v1.5 (RFC 8017, section 8.2.2), of which SNS makes those with SHA-1 and SHA-256. Checking
one needs no secret and no randomness: the signature is raised to a public power, and what comes out must be, byte
for byte, the one encoding of the digest. Nothing is read out of the result, which is where forgeries have hidden.

It stands here in a hundred lines because the package `cryptography` would cost every cold start of the API 40 ms:
PyJWT imports it wherever it is installed. Tests hold it against that package's own signatures and certificates.
"""

import hashlib
import hmac
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

DIGEST_INFO = {
    "sha1": bytes.fromhex("3021300906052b0e03021a05000414"),
    "sha256": bytes.fromhex("3031300d060960864801650304020105000420"),
}
"""What stands before the digest in the encoding (RFC 8017, section 9.2, note 1)."""
RSA_ENCRYPTION = bytes.fromhex("2a864886f70d010101")
SMALLEST_KEY_BITS, LARGEST_KEY_BITS = 2_048, 8_192
LARGEST_EXPONENT_BITS = 64

INTEGER, BIT_STRING, OBJECT_ID, SEQUENCE, EXPLICIT_VERSION = 0x02, 0x03, 0x06, 0x30, 0xA0
TIME_FORMATS = {0x17: "%y%m%d%H%M%SZ", 0x18: "%Y%m%d%H%M%SZ"}


class UnreadableCertificate(Exception):
    """Not a certificate, or not one of an RSA key."""


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """The part of an X.509 certificate (RFC 5280) that checking a signature needs."""

    modulus: int
    exponent: int
    valid_from: datetime
    valid_until: datetime

    @classmethod
    def from_pem(cls, pem: bytes) -> "Certificate":
        """Read a certificate.

        Raises:
            UnreadableCertificate.
        """
        try:
            return cls._from_der(ssl.PEM_cert_to_DER_cert(pem.decode("ascii").strip()))
        except (ValueError, IndexError, StopIteration) as error:
            raise UnreadableCertificate from error

    @classmethod
    def _from_der(cls, der: bytes) -> "Certificate":
        signed_part = _parts(_inside(_parts(der), SEQUENCE))
        fields = list(_parts(_inside(signed_part, SEQUENCE)))
        if fields[:1] and fields[0][0] == EXPLICIT_VERSION:
            del fields[0]
        _serial, _algorithm, _issuer, validity, _subject, key = fields[:6]
        moments = [_moment(tag, text) for tag, text in _parts(_inside(iter([validity]), SEQUENCE))]
        modulus, exponent = _rsa_key(_inside(iter([key]), SEQUENCE))
        return cls(
            modulus=modulus, exponent=exponent, valid_from=moments[0], valid_until=moments[1]
        )

    def is_valid_at(self, moment: datetime) -> bool:
        """Whether a moment lies in the certificate's time."""
        return self.valid_from <= moment <= self.valid_until

    def signed(self, message: bytes, *, signature: bytes, digest: str) -> bool:
        """Whether the certificate's key signed a message.

        Args:
            digest: sha1 or sha256.
        """
        size = (self.modulus.bit_length() + 7) // 8
        number = int.from_bytes(signature, "big")
        if len(signature) != size or number >= self.modulus:
            return False
        found = pow(number, self.exponent, self.modulus).to_bytes(size, "big")
        ending = DIGEST_INFO[digest] + hashlib.new(digest, message).digest()
        wanted = b"\x00\x01" + b"\xff" * (size - 3 - len(ending)) + b"\x00" + ending
        return hmac.compare_digest(found, wanted)


def _parts(der: bytes) -> Iterator[tuple[int, bytes]]:
    """The elements that stand one after the other: (tag, content)."""
    place = 0
    while place < len(der):
        tag, length, start = der[place], *_length(der, place + 1)
        end = start + length
        if end > len(der):
            raise ValueError("an element is longer than what holds it")
        yield tag, der[start:end]
        place = end


def _length(der: bytes, place: int) -> tuple[int, int]:
    """An element's length, and where its content starts."""
    first = der[place] if place < len(der) else 0x80
    if first < 0x80:  # noqa: PLR2004 - the short form of DER
        return first, place + 1
    count = first - 0x80
    if not 1 <= count <= 3 or place + 1 + count > len(der):  # noqa: PLR2004 - 16 MB is enough
        raise ValueError("an element's length can't be read")
    return int.from_bytes(der[place + 1 : place + 1 + count], "big"), place + 1 + count


def _inside(parts: Iterator[tuple[int, bytes]], wanted: int) -> bytes:
    """The content of the next element, which must have this tag."""
    tag, content = next(parts)
    if tag != wanted:
        raise ValueError("an element is another than expected")
    return content


def _moment(tag: int, text: bytes) -> datetime:
    if tag not in TIME_FORMATS:
        raise ValueError("not a time")
    return datetime.strptime(text.decode("ascii"), TIME_FORMATS[tag]).replace(tzinfo=UTC)


def _rsa_key(der: bytes) -> tuple[int, int]:
    """Modulus and exponent of a public key."""
    parts = _parts(der)
    if _inside(_parts(_inside(parts, SEQUENCE)), OBJECT_ID) != RSA_ENCRYPTION:
        raise ValueError("not an RSA key")
    numbers = _parts(_inside(_parts(_inside(parts, BIT_STRING)[1:]), SEQUENCE))
    modulus = int.from_bytes(_inside(numbers, INTEGER), "big")
    exponent = int.from_bytes(_inside(numbers, INTEGER), "big")
    if not SMALLEST_KEY_BITS <= modulus.bit_length() <= LARGEST_KEY_BITS:
        raise ValueError("a key of another size than is believed")
    if exponent % 2 == 0 or not 2 < exponent < 1 << LARGEST_EXPONENT_BITS:  # noqa: PLR2004 - 3 is the least
        raise ValueError("a key of another exponent than is believed")
    return modulus, exponent
