"""A certificate made at startup with trustme (extra ``tls``): some clients connect by wss alone."""

from __future__ import annotations

import ssl
from importlib import import_module
from pathlib import Path

from harness.errors import StorageFailed, UsageError

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_INSTALL = "python -m pip install 'voice-agent-harness[tls]'"


def own_certificate(host: str, told: Path) -> ssl.SSLContext:
    """Return the TLS context for a host and localhost; clients must trust the file ``told``.

    The key is new every time and is not kept.

    Raises:
        UsageError: trustme is not installed.
        StorageFailed: the certificate cannot be written.
    """
    try:
        authority = import_module("trustme").CA(organization_name="harness agent")
    except ModuleNotFoundError as error:
        raise UsageError(f"--tls needs trustme: {_INSTALL}") from error
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(*dict.fromkeys((host, *_LOOPBACK))).configure_cert(context)
    try:
        told.write_bytes(authority.cert_pem.bytes())
    except OSError as error:
        raise StorageFailed(told, error.strerror or str(error)) from error
    return context
