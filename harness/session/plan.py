"""Everything that one call needs to know before it begins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from harness.caller.model import CallerScript
from harness.protocol.commands import SessionConfig, Tool
from harness.protocol.dialect import dialect
from harness.scenario.model import RunBy, Scenario, Suite
from harness.scenario.session_settings import SessionSettings
from harness.transport.client_secret import Mint
from harness.transport.patience import Doorkeeper
from harness.transport.redaction import Handles, concealer

OPEN_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class CallPlan:
    """One call: who speaks, to whom, under which settings.

    ``url`` is complete (model and seed in its query); ``headers`` and it may hold a key, and the
    recording holds none of the ``secrets`` and ``handles``. ``instructions`` is the prompt itself,
    not its path.
    """

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
    open_timeout_s: float = OPEN_TIMEOUT_S
    mint: Mint | None = None
    """Where each connection's own key comes from, if not from ``headers``."""
    handles: Handles = field(default_factory=Handles, repr=False)
    """Those that the service gave so far, with which another connection goes on."""
    doors: Doorkeeper | None = field(default=None, repr=False)
    """Where the call waits while its server is full; None for a call that is alone."""
    rejoins: bool = False
    """Whether another session is begun when the longest time of one has passed."""

    @property
    def confidential(self) -> tuple[str, ...]:
        """The keys that the recording must not hold, with those that were minted so far."""
        return (*self.secrets, *(() if self.mint is None else self.mint.issued))

    def has_secrets(self) -> bool:
        """Return whether there is anything so far that the recording must not hold."""
        return bool(self.confidential) or self.handles.any()

    def concealed(self, line: bytes) -> bytes:
        """Return a line of the recording without what it must not hold."""
        return self.handles.concealed(concealer(self.confidential)(line))

    def url_again(self, times: int) -> str:
        """Return where the session is opened that follows so many others.

        An agent that draws from a seed of ours would give it the ids of the first one.
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
        """Whether the service finds turns, and leaves it to the harness to ask for the answers."""
        if self.session.transcribes:
            return False
        return getattr(self.session.turn_detection, "create_response", None) is False

    @property
    def agent_opens(self) -> bool:
        """Whether the agent is to speak first: the scenario says it, else the target."""
        if self.session.transcribes:
            return False
        return (self.scenario.opening or self.session.opening) == "agent"

    @property
    def wanted(self) -> SessionConfig:
        """The session as suite and target want it; unset values stay the service's own."""
        settings, suite = self.session, self.suite
        asked = settings.wanted()
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
        """Whether another connection may have to go on with the session, and can."""
        leaves = any(turn.disconnect is not None for turn in self.scenario.turns)
        return (leaves or self.rejoins) and dialect(self.dialect).resumes


def tools_of(suite: Suite) -> tuple[Tool, ...]:
    """Return the tools that the agent is told of: those that the harness answers."""
    return tuple(
        Tool(tool.name, tool.description, tool.parameters)
        for tool in suite.tools
        if tool.run_by is RunBy.HARNESS
    )
