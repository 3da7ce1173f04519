"""The check of signatures, held against the package that everybody else uses."""

import base64
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.providers.mailer.signature import DIGEST_INFO, Certificate, UnreadableCertificate
from tests.conftest import NOON
from tests.providers import mail_servers

DIGESTS = {"sha1": hashes.SHA1(), "sha256": hashes.SHA256()}  # noqa: S303 - SNS's own choice


@pytest.fixture(scope="module")
def key():
    return mail_servers.make_key()


@pytest.fixture(scope="module")
def pem(key):
    return mail_servers.make_certificate(key, name="sns.amazonaws.com")


@pytest.fixture(scope="module")
def certificate(pem):
    return Certificate.from_pem(pem)


def signed_by(key, message, digest="sha256"):
    return key.sign(message, padding.PKCS1v15(), DIGESTS[digest])


def raised_by(key, encoded):
    """What the key's holder makes of an encoding of their own."""
    numbers = key.private_numbers()
    number = pow(int.from_bytes(encoded, "big"), numbers.d, numbers.public_numbers.n)
    return number.to_bytes(len(encoded), "big")


class TestSigned:
    @settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.binary(max_size=300), st.sampled_from(sorted(DIGESTS)))
    def test_believes_what_cryptography_signs(self, key, certificate, message, digest):
        signature = signed_by(key, message, digest)

        assert certificate.signed(message, signature=signature, digest=digest)
        assert not certificate.signed(message + b"!", signature=signature, digest=digest)
        other = "sha1" if digest == "sha256" else "sha256"
        assert not certificate.signed(message, signature=signature, digest=other)

    @settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.integers(0, 2_047))
    def test_disbelieves_a_signature_with_one_bit_changed(self, key, certificate, bit):
        number = int.from_bytes(signed_by(key, b"notice"), "big") ^ (1 << bit)

        changed = number.to_bytes(256, "big")

        assert not certificate.signed(b"notice", signature=changed, digest="sha256")

    @pytest.mark.parametrize("size", [1_024 * 2, 3_072, 4_096])
    def test_knows_keys_of_every_usual_size(self, size):
        key = rsa.generate_private_key(public_exponent=65_537, key_size=size)
        certificate = Certificate.from_pem(mail_servers.make_certificate(key, name="sns"))

        assert certificate.signed(b"n", signature=signed_by(key, b"n"), digest="sha256")

    def test_disbelieves_another_length(self, key, certificate):
        signature = signed_by(key, b"n")

        for other in (b"", signature[1:], b"\x00" + signature):
            assert not certificate.signed(b"n", signature=other, digest="sha256")

    def test_knows_one_number_for_each_signature(self, key, certificate):
        """The same number, but for the modulus added to it, gives the same result."""
        room = (1 << 2_048) - certificate.modulus
        messages = (str(number).encode() for number in range(10_000))
        message, number = next(
            (each, number)
            for each in messages
            if (number := int.from_bytes(signed_by(key, each), "big")) < room
        )

        twin = (number + certificate.modulus).to_bytes(256, "big")

        assert not certificate.signed(message, signature=twin, digest="sha256")

    @pytest.mark.parametrize(
        "shape",
        [
            "short padding",
            "text after the digest",
            "other padding",
            "no digest's name",
            "other start",
        ],
    )
    def test_knows_one_encoding_only(self, key, certificate, shape):
        hasher = hashes.Hash(hashes.SHA256())
        hasher.update(b"n")
        digest = hasher.finalize()
        ending = DIGEST_INFO["sha256"] + digest
        encoded = {
            "short padding": b"\x00\x01" + b"\xff" * 8 + b"\x00" + ending + b"\x00" * 194,
            "text after the digest": b"\x00\x01" + b"\xff" * 198 + b"\x00" + ending + b"free",
            "other padding": b"\x00\x01" + b"\xfe" * 202 + b"\x00" + ending,
            "no digest's name": b"\x00\x01" + b"\xff" * 221 + b"\x00" + digest,
            "other start": b"\x00\x02" + b"\xff" * 202 + b"\x00" + ending,
        }[shape]
        right = b"\x00\x01" + b"\xff" * 202 + b"\x00" + ending
        forged = raised_by(key, encoded[:256].ljust(256, b"\x00"))

        assert not certificate.signed(b"n", signature=forged, digest="sha256")
        assert certificate.signed(b"n", signature=raised_by(key, right), digest="sha256")


class TestCertificate:
    @pytest.mark.parametrize("years", [0, 60])  # times before and after 2050 are written otherwise
    def test_reads_what_cryptography_reads(self, key, years):
        starts, ends = NOON, NOON + timedelta(days=365 * years + 30)
        pem = mail_servers.make_certificate(key, name="sns", starts=starts, ends=ends)

        found, theirs = Certificate.from_pem(pem), x509.load_pem_x509_certificate(pem)

        assert found.modulus == theirs.public_key().public_numbers().n
        assert found.exponent == theirs.public_key().public_numbers().e
        assert (found.valid_from, found.valid_until) == (starts, ends)
        assert [
            found.is_valid_at(moment)
            for moment in (starts - timedelta(seconds=1), starts, ends, ends + timedelta(seconds=1))
        ] == [False, True, True, False]

    @pytest.mark.parametrize(
        "key",
        [
            ec.generate_private_key(ec.SECP256R1()),
            rsa.generate_private_key(public_exponent=65_537, key_size=1_024),  # noqa: S505 - that is the point
        ],
        ids=["elliptic", "small"],
    )
    def test_refuses_keys_of_another_kind(self, key):
        with pytest.raises(UnreadableCertificate):
            Certificate.from_pem(mail_servers.make_certificate(key, name="sns"))

    def test_refuses_an_exponent_that_lets_everything_pass(self, pem, certificate):
        der = x509.load_pem_x509_certificate(pem).public_bytes(serialization.Encoding.DER)
        for exponent in (b"\x01\x00\x00", b"\x00\x00\x01", b"\x00\x00\x00"):
            weak = der.replace(b"\x02\x03\x01\x00\x01", b"\x02\x03" + exponent)
            assert weak != der
            with pytest.raises(UnreadableCertificate):
                Certificate.from_pem(as_pem(weak))

    @settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.data())
    def test_reads_or_refuses_whatever_was_damaged(self, pem, data):
        der = bytearray(
            x509.load_pem_x509_certificate(pem).public_bytes(serialization.Encoding.DER)
        )
        der[data.draw(st.integers(0, len(der) - 1))] = data.draw(st.integers(0, 255))
        damaged = bytes(der[: data.draw(st.integers(0, len(der)))])

        try:
            Certificate.from_pem(as_pem(damaged))
        except UnreadableCertificate:
            return

    @given(st.binary(max_size=200))
    def test_refuses_what_is_none(self, rubbish):
        for given_pem in (rubbish, as_pem(rubbish)):
            with pytest.raises(UnreadableCertificate):
                Certificate.from_pem(given_pem)


def as_pem(der):
    return (
        b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(der) + b"-----END CERTIFICATE-----\n"
    )
