"""Certificates for loopback servers, of every kind that a client should refuse."""

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_DAY = timedelta(days=1)


def tls(
    folder: Path, *, address: str = "127.0.0.1", days: int = 1, issuer: str | None = None
) -> ssl.SSLContext:
    """A server's side of TLS with a certificate for ``address`` that nobody vouches for.

    It ends ``days`` from now and is signed by its own key, or by a stranger called ``issuer``.
    """
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    signer = key if issuer is None else ec.generate_private_key(ec.SECP256R1())
    builder = x509.CertificateBuilder().subject_name(_named(address)).issuer_name(_named(issuer or address))
    builder = builder.public_key(key.public_key()).serial_number(1)
    builder = builder.not_valid_before(now - 9 * _DAY).not_valid_after(now + days * _DAY)
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))])
    cert = builder.add_extension(names, critical=False).sign(signer, hashes.SHA256())
    plain = serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    public = cert.public_bytes(serialization.Encoding.PEM)
    (folder / "pem").write_bytes(private + public)
    (folder / "authority.pem").write_bytes(public)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "pem")
    return context


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
