"""Routes of calls: completes a target's URL, key and headers from their sources."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from pydantic import ValidationError

from harness.errors import MissingVariable, UsageError
from harness.protocol.commands import TRANSCRIPTION, ServerVad, SessionConfig
from harness.protocol.dialect import dialect
from harness.runs.plan import Job
from harness.scenario.fields import Model
from harness.scenario.target import FromEnvironment, Target, Value
from harness.scenario.vendor_settings import variables_in, vendor_settings
from harness.transport.client_secret import Mint, secrets_url
from harness.transport.redaction import secrets_of, shown_url, unsendable


@dataclass(frozen=True, slots=True)
class Route:
    """The agent's URL, the headers of its connection (which may hold a key), and its settings.

    ``seeded`` adds the call's seed to the URL, and the ``kinds`` of the suite's arguments, which no
    session can carry: only our own agent uses them.
    """

    url: str
    headers: Mapping[str, str] = field(repr=False)
    target: Target
    seeded: bool = False
    fault: str | None = None
    """The fault of the embedded agent; the agent knows it already, the recording needs it too."""
    hook_secret: str | None = field(default=None, repr=False)
    """The secret that the agent must send to the webhook of its target."""
    vendor: Model | None = field(default=None, repr=False)
    """The vendor's own settings, with the values of variables."""

    def url_for(self, job: Job) -> str:
        """Return the whole URL of a call."""
        if not self.seeded:
            return self.url
        told = ",".join(
            f"{name}:{kind.value}"
            for tool in job.loaded.suite.suite.tools
            for name, kind in tool.kinds.items()
        )
        return _with_query(self.url, {"seed": str(job.seed), **({"kinds": told} if told else {})})

    def mint(self) -> Mint | None:
        """Return the source of the keys of a call's connections, if its target has any."""
        auth = self.target.auth
        if auth is None or auth.client_secret is None:
            return None
        session = (
            {"type": "realtime"}
            if self.target.model is None
            else {
                "type": "realtime",
                "model": self.target.model,
            }
        )
        if self.target.session.transcribes:
            session = {"type": TRANSCRIPTION}
        named = auth.client_secret
        return Mint(named if isinstance(named, str) else secrets_url(self.url), session)

    @property
    def secrets(self) -> tuple[str, ...]:
        """Secrets that no file may hold: values from the environment, or in the URL."""
        # A value that is written in the target file itself is no secret, whatever its name.
        plain = (*self.target.headers.items(), *self.target.query.items())
        named = frozenset(name.lower() for name, value in plain if isinstance(value, str))
        own = (_from_environment(name, self.target) for name in variables_in(self.target.vendor))
        found = (*secrets_of(self.url, self.headers, plain=named), *own)
        return found if self.hook_secret is None else (self.hook_secret, *found)


def embedded_route(url: str, target: Target, *, fault: str | None = None) -> Route:
    """Return the route to an embedded agent: no headers, and the call's seed in its URL."""
    place = dialect(target.dialect).endpoint(url, model=target.model, key=None)
    return Route(
        _with_intent(place.url, target),
        {},
        target,
        seeded=True,
        fault=fault,
        vendor=_vendor(target),
    )


def route_to(target: Target) -> Route:
    """Return the route to a target outside.

    The target's own headers override the headers of the dialect.

    Raises:
        MissingVariable: its key, or another value that it takes from the environment, is not set.
        UsageError: such a value cannot be sent.
    """
    assert target.url is not None
    bearer, key = (
        None if name is None else _from_environment(name, target)
        for name in (
            (None, None) if target.auth is None else (target.auth.bearer_env, target.auth.key_env)
        )
    )
    url = _with_query(target.url, _values(target.query, target))
    place = dialect(target.dialect).endpoint(url, model=target.model, key=key)
    own = _values(target.headers, target)
    given = dict(place.headers)
    if bearer is not None:
        given["Authorization"] = f"Bearer {bearer}"
    named = {name.lower() for name in own}
    # Names of headers have no case: "authorization" also replaces "Authorization".
    kept = {name: value for name, value in given.items() if name.lower() not in named}
    whole = _with_intent(place.url, target)
    return Route(
        whole, {**kept, **own}, target, hook_secret=hook_secret(target), vendor=_vendor(target)
    )


def _vendor(target: Target) -> Model | None:
    value_of = partial(_from_environment, target=target)
    try:
        return vendor_settings(dialect(target.dialect), target.vendor, value_of)
    except ValidationError as error:  # the file is valid, so it is the value of a variable
        place = ".".join(map(str, error.errors()[0]["loc"]))
        raise UsageError(f"vendor.{place}: the value of its variable does not fit") from None


def hook_secret(target: Target) -> str | None:
    """Return the secret for the webhook of a target; None if it needs none.

    Raises:
        MissingVariable: it is not set.
        UsageError: it cannot be sent.
    """
    hook = target.tools_from and target.tools_from.webhook
    secret = hook and hook.secret_env
    return _from_environment(secret, target) if secret else None


def _values(found: Mapping[str, Value], target: Target) -> dict[str, str]:
    return {
        name: _from_environment(value.env, target) if isinstance(value, FromEnvironment) else value
        for name, value in found.items()
    }


def _from_environment(variable: str, target: Target) -> str:
    value = os.environ.get(variable, "").strip()  # files and shells leave a line break at its end
    if not value:
        raise MissingVariable(variable, f"target {target.target}")
    if problem := unsendable(value):
        raise UsageError(f"environment variable {variable} {problem}; a key is one plain line")
    return value


def _with_query(url: str, added: Mapping[str, str]) -> str:
    if not added:
        return url
    parts = urlsplit(url)
    # Blank values are kept, because a service may read "?debug=" as a switch.
    query = [*parse_qsl(parts.query, keep_blank_values=True), *added.items()]
    return urlunsplit(parts._replace(query=urlencode(query)))


def _with_intent(url: str, target: Target) -> str:
    """Return the URL with the settings that the service needs before a session begins."""
    transcribes = target.session.transcribes
    return _with_query(url, {"intent": TRANSCRIPTION}) if transcribes else url


_DEFAULT_DETECTION = SessionConfig(turn_detection=ServerVad())
_LATER: Mapping[str, Any] = {
    "mcp_approval": None,
    "headers": {},
    "query": {},
    "tools_from": None,
    "prompt": "suite",
    "tools": "suite",
    "opening": "caller",
    "output_format": "pcm16_24k",
    "backend_model": None,
    **dict.fromkeys(
        (
            *("create_response", "noise_reduction", "tool_choice", "parallel_tool_calls"),
            *("max_output_tokens", "speed", "truncation", "tracing", "include"),
        )
    ),
    "output": "audio",
    "type": "realtime",
    "matrix": {},
    "vendor": {},
}
"""Settings of later versions: left out if they have their default values, so that runs of earlier
versions still are runs of the same settings."""


def stored_target(target: Target) -> dict[str, Any]:
    """Return a target as it may be written to files: its URL without anything secret in it."""
    url = target.url if target.url is None else shown_url(target.url)
    row = target.model_dump(mode="json") | {"url": url}
    if hook := target.tools_from and target.tools_from.webhook:
        row["tools_from"]["webhook"]["url"] = hook.url and shown_url(hook.url)
    # An address of the author's own server; True means the service's own address.
    if isinstance(row["auth"] and row["auth"]["client_secret"], str):
        row["auth"]["client_secret"] = shown_url(row["auth"]["client_secret"])
    if row["auth"] is not None:
        row["auth"] = {name: value for name, value in row["auth"].items() if value is not None}
    return _without_later(row | {"session": _asked(row["session"], target)})


def _asked(session: Mapping[str, Any], target: Target) -> dict[str, Any]:
    """Return the settings of a session, without the turn detection that a dialect cannot ask."""
    row, spoken = _without_later(session), dialect(target.dialect)
    asked = replace(_DEFAULT_DETECTION, vendor=vendor_settings(spoken, target.vendor, str))
    if any(name == "turn_detection" for name, _ in spoken.unfit(asked)):
        del row["turn_detection"]
    elif isinstance(row["turn_detection"], dict):
        row["turn_detection"] = _without_later(row["turn_detection"])
    return row


def _without_later(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value for name, value in row.items() if name not in _LATER or value != _LATER[name]
    }
