"""All data that a call needs before it begins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from harness.caller.model import CallerScript
from harness.protocol.commands import SessionConfig, Tool
from harness.protocol.dialect import Dialect, can, dialect
from harness.scenario.fields import Model
from harness.scenario.model import RunBy, Scenario, Suite
from harness.scenario.session_settings import SessionSettings
from harness.transport.client_secret import Mint
from harness.transport.redaction import Handles, concealer
from harness.transport.retry import Doorkeeper

OPEN_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class CallPlan:
    """One call: the caller, the target, and the settings."""

    scenario: Scenario
    suite: Suite
    instructions: str
    script: CallerScript
    url: str
    seed: int
    repeat: int = 0
    transport: str = "websocket"
    dialect: str = "openai_ga"
    model: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    session: SessionSettings = field(default_factory=SessionSettings)
    vendor: Model | None = field(default=None, repr=False)
    """The vendor's own settings, as the dialect's model."""
    open_timeout_s: float = OPEN_TIMEOUT_S
    mint: Mint | None = None
    """Source of each connection's own key, if not ``headers``."""
    handles: Handles = field(default_factory=Handles, repr=False)
    """The service's handles so far, with which another connection continues."""
    doors: Doorkeeper | None = field(default=None, repr=False)
    """Makes the call wait while its server is full; None for a call without others."""
    rejoins: bool = False
    """Whether the call opens another session when a session's maximum time has passed."""

    @property
    def confidential(self) -> tuple[str, ...]:
        """The keys that the recording must not hold, with those minted so far."""
        return (*self.secrets, *(() if self.mint is None else self.mint.issued))

    def has_secrets(self) -> bool:
        """Return whether there is any secret so far that the recording must not hold."""
        return bool(self.confidential) or self.handles.any()

    def concealed(self, line: bytes) -> bytes:
        """Return a line of the recording with its secrets removed."""
        return self.handles.concealed(concealer(self.confidential)(line))

    def url_again(self, times: int) -> str:
        """Return the URL of the session that follows so many others.

        An agent seeded by the harness would otherwise repeat the ids of the first session.
        """
        parts = urlsplit(self.url)
        query = [
            (name, str(int(value) + times) if name == "seed" and value.isdecimal() else value)
            for name, value in parse_qsl(parts.query, keep_blank_values=True)
        ]
        return urlunsplit(parts._replace(query=urlencode(query))) if query else self.url

    @property
    def push_to_talk(self) -> bool:
        """Whether the harness ends its turns by hand."""
        return self.session.turn_detection == "none"

    @property
    def asks_for_answers(self) -> bool:
        """Whether the service detects turns, and leaves the requests for answers to the harness."""
        if self.session.transcribes:
            return False
        return getattr(self.session.turn_detection, "create_response", None) is False

    @property
    def agent_opens(self) -> bool:
        """Whether the agent is to speak first: set by the scenario, else by the target."""
        if self.session.transcribes:
            return False
        return (self.scenario.opening or self.session.opening) == "agent"

    @property
    def wanted(self) -> SessionConfig:
        """The session settings from suite and target; unset values stay the service's own."""
        settings, suite = self.session, self.suite
        asked = replace(settings.wanted(), vendor=self.vendor)
        heard_in = None if asked.transcription_model is None else suite.language
        asked = replace(asked, transcription_language=asked.transcription_language or heard_in)
        if settings.transcribes:
            return asked
        return replace(
            asked,
            instructions=self.instructions if settings.prompt == "suite" else None,
            tools=tools_of(suite) if settings.tools == "suite" else None,
            model=self.model,
            resumption=True if self._goes_on else None,
        )

    @property
    def _goes_on(self) -> bool:
        """Whether another connection may have to continue the session, and can."""
        leaves = any(turn.disconnect is not None for turn in self.scenario.turns)
        return (leaves or self.rejoins) and can(dialect(self.dialect), Dialect.resumed)


def tools_of(suite: Suite) -> tuple[Tool, ...]:
    """Return the tools that are declared to the agent: those that the harness answers."""
    return tuple(
        Tool(tool.name, tool.description, tool.parameters)
        for tool in suite.tools
        if tool.run_by is RunBy.HARNESS
    )
