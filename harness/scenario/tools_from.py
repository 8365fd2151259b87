"""``tools_from`` of a target: where the agent's server tells beside a call which tools it ran."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import Field

from harness.scenario.fields import Duration, Model, Text, Variable
from harness.scenario.pieces import Found, mapping
from harness.scenario.wording import shown

_PATH = r"^/[!-~]*$"
_TRACES = "/v1/traces"


class Webhook(Model):
    """What the harness listens on during the calls, for notices and for spans."""

    host: Text = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 0
    """0 takes a free one."""
    path: Annotated[str, Field(pattern=_PATH)] = "/tools"
    """Where notices are posted; spans (OTLP/HTTP) are at ``/v1/traces``."""
    secret_env: Variable | None = None
    """Variable of what every post must bring, as ``Authorization: Bearer``."""
    url: Annotated[str, Field(pattern=r"^https?://\S+$")] | None = None
    """How the agent reaches it, where that is another address: a tunnel, a proxy."""

    def is_host(self, host: str) -> bool:
        """Return whether a header ``Host`` names what listens here; its port does not matter.

        What is open to others goes by any name; it has a secret.
        """
        if not _is_here(self.host):
            return True
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:  # brackets that do not match
            return False
        return _is_here(name) or name == urlsplit(self.url or "").hostname


class ToolsFrom(Model):
    """Where the server tells of the tools that it runs: a ``file``, a ``webhook``, or both."""

    file: Text | None = None
    """JSON lines, notices or spans, that the server writes; looked for from the folder in which the
    harness runs."""
    webhook: Webhook | None = None
    wait_s: Duration = 1.0
    """How long after a call notices may still come."""
    clock_ahead_s: float = 0.0
    """How far the server's clock is ahead of ours, if it is known; less than 0: behind."""


def tools_from_faults(data: Mapping[str, Any]) -> Found:
    """Check what concerns several keys of a target's ``tools_from``."""
    told = data.get("tools_from")
    if not isinstance(told, dict):
        return
    if data.get("url") is None:
        yield ("tools_from",), "needs a url; the embedded agent runs no tools of its own"
    if not {"file", "webhook"} & set(told):
        yield ("tools_from",), "expected 'file' or 'webhook', or both, got neither"
    hook = mapping(told, "webhook")
    host = hook.get("host")
    if isinstance(host, str) and not _is_here(host) and hook.get("secret_env") is None:
        problem = f"{shown(host)} is open to others: add secret_env: VARIABLE"
        yield ("tools_from", "webhook", "host"), problem
    if hook.get("path") == _TRACES:
        yield ("tools_from", "webhook", "path"), f"{_TRACES} is taken by spans; choose another"


def _is_here(host: str) -> bool:
    """Return whether only programs of this machine reach an address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
