"""A self-signed certificate, made at startup: some clients connect by wss alone."""

from __future__ import annotations

import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from harness.errors import StorageFailed

_VALID = timedelta(days=30)
_SLACK = timedelta(days=1)
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def own_certificate(host: str, told: Path) -> ssl.SSLContext:
    """Return the TLS context for a host and localhost; clients must trust the file ``told``.

    The key is new every time and is never stored.

    Raises:
        StorageFailed: the certificate cannot be written.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    pem = _certificate(key, host).public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    try:
        told.write_bytes(pem)
    except OSError as error:
        raise StorageFailed(told, error.strerror or str(error)) from error
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    with TemporaryDirectory() as folder:  # the ssl module reads keys from files alone
        both = Path(folder) / "both.pem"
        both.touch(mode=0o600)
        both.write_bytes(secret + pem)
        context.load_cert_chain(both)
    return context


def _certificate(key: ec.EllipticCurvePrivateKey, host: str) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "harness agent")])
    places = [_place(each) for each in dict.fromkeys((host, *_LOOPBACK))]
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SLACK)
        .not_valid_after(now + _VALID)
        .add_extension(x509.SubjectAlternativeName(places), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )


def _place(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
