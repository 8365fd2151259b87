"""The provenance of a call: its test, agent, seed and machine, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from harness.protocol.commands import Difference

FORMAT = 4
"""Version of the recording folder."""


class CallStatus(Enum):
    """How a call ended; only COMPLETED and AGENT_SILENT enter pass rates."""

    COMPLETED = "completed"
    AGENT_SILENT = "agent_silent"
    SOCKET_CLOSED = "socket_closed"
    AGENT_ERROR = "agent_error"
    HARNESS_ERROR = "harness_error"
    CALLER_INVALID = "caller_invalid"
    TIMING_INVALID = "timing_invalid"
    INTERRUPTED = "interrupted"
    NOT_CALLED = "not_called"
    """Skipped, since the budget was spent or the run stopped."""
    SOURCE_INVALID = "source_invalid"
    """A stored call whose files cannot be read, or contradict each other."""


class EndCause(Enum):
    """Why a call ended as it did, if that adds to its status."""

    NO_CONNECTION = "no_connection"
    """No session could be opened: no agent was reached."""
    NO_GREETING = "no_greeting"
    """The agent was to speak first, and did not."""
    EXPIRED = "expired"
    """The session reached the service's maximum time."""
    CUE_NEVER_CAME = "cue_never_came"
    """A turn of the script was never spoken: its cue did not happen."""
    AGENT_HUNG_UP = "agent_hung_up"
    """The agent's side closed the call normally."""
    UNWRITTEN = "unwritten"
    """The recording could not be written (a full disk). Only results contain it."""
    PLUGIN_FAILED = "plugin_failed"
    """An installed package raised an error."""
    NO_WORKER = "no_worker"
    """Not called: no worker was left, or their scheduler was gone. Only results contain it."""


OWED = frozenset({EndCause.UNWRITTEN.value, EndCause.NO_WORKER.value})
"""Causes outside of the call: it is called again when its run continues."""


_NO_SESSION = "cannot open a session at "


def told_cause(status: str | None, detail: str) -> EndCause | None:
    """Return the cause of a call of the first release, which has it only as text."""
    failed = status == CallStatus.HARNESS_ERROR.value
    return EndCause.NO_CONNECTION if failed and detail.startswith(_NO_SESSION) else None


@dataclass(frozen=True, slots=True)
class Lateness:
    """The lateness of the harness's own frames, in seconds; None if no frame was sent."""

    frames: int
    p50_s: float | None
    p99_s: float | None
    max_s: float | None
    noted_s: float | None = None
    """Late frames and messages from this threshold on are among the records (``own_lateness.py``).

    None in older recordings, which do not identify late frames.
    """


@dataclass(frozen=True, slots=True)
class FileContent:
    """The content of a recording's file when it was written: samples or lines, and a checksum."""

    count: int
    digest: str


class SourceKind(str, Enum):
    """The kind of source of an imported call."""

    AUDIO = "audio"
    REALTIME = "realtime"
    CHAT = "chat"
    TAU = "tau"
    PERSON = "person"
    """No source: a person made the call here, in place of the script."""


class Estimate(str, Enum):
    """Data that the source of an imported call did not contain, so that it was estimated."""

    BOUNDS = "bounds"
    """Bounds of speech: found in the audio, not known to the sample."""
    TIMES = "times"
    """Times of utterances and tool calls: the source has only their order."""
    STAMPS = "stamps"
    """Durations, in addition to TIMES: the transcript has start times, and no audio shows more."""
    TOOL_TIMES = "tool_times"
    """Times of tool calls: the source has only their position among the lines."""
    TOOLS = "tools"
    """Which tools were called: the source lists none, nor that there were none."""
    WORDS = "words"
    """The words: from a recognizer, not from the source."""
    HEARD = "heard"
    """How much of an answer was heard that the caller spoke over: its whole text is known."""
    SIDES = "sides"
    """The speaker: both sides are in the same channel, and only the transcript separates them."""
    AGENT_AUDIO = "agent_audio"
    """When the agent spoke: some or all of its audio is not in the source."""
    CALLER_AUDIO = "caller_audio"
    """When the caller spoke: some or all of the caller's audio is not in the source."""


@dataclass(frozen=True, slots=True)
class Origin:
    """The source of a call that was not scripted, and its estimated data."""

    kind: SourceKind
    source: str
    """The file (or files) it was read from, as the user named them."""
    sound: bool
    """Whether there is audio: a call of text alone has empty tracks."""
    estimated: tuple[Estimate, ...] = ()
    notes: tuple[str, ...] = ()
    redacted: bool = False
    """Whether personal data was removed after scoring: it cannot be scored again."""
    name: str = ""
    """The name of the call in its source."""
    digest: str = ""
    """Checksum of its source, so that another import recognizes it."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """Provenance of a call; ``engines`` maps a role to the engine's name and version.

    ``target`` is the target file as validated, with the name of its dialect and without secrets.
    """

    format: int
    harness_version: str
    call_id: str
    scenario: Mapping[str, Any]
    """The whole scenario as validated, so that a recording can be scored on its own."""
    scenario_path: str
    scenario_hash: str
    """Identity of the test (``scenario/identity.py``)."""
    suite: Mapping[str, Any]
    instructions: str
    target: Mapping[str, Any]
    seed: int
    repeat: int
    clock: str
    """"virtual" or "real"."""
    started_at: str
    """ISO 8601 with offset; under virtual time a fixed instant."""
    machine: Mapping[str, Any] = field(default_factory=dict)
    engines: Mapping[str, str] = field(default_factory=dict)
    status: CallStatus | None = None
    """None while the call runs, and after a crash."""
    status_detail: str = ""
    """For people to read; decisions use ``status`` and ``end_cause``."""
    end_cause: EndCause | None = None
    duration_s: float | None = None
    lateness: Lateness | None = None
    prompt_hash: str = ""
    """Identity of the agent's prompt (``scenario/identity.py``)."""
    condition: str = ""
    """The condition of the call; empty for none.

    The cell of the target's matrix, the condition of a nightly file, or both ("server_vad, cafe").
    """
    fault: str = ""
    """Misbehaviour planted in the embedded agent, empty for none."""
    target_path: str = ""
    """The target's file, if it was named by its path; empty for a built-in target name."""
    contents: Mapping[str, FileContent] = field(default_factory=dict)
    """The content of tracks and events at the end of the call; empty in older recordings."""
    differences: tuple[Difference, ...] = ()
    """Session settings for which the service reported another value than requested."""
    origin: Origin | None = None
    """None for a call that the harness made itself."""
    cell: str = ""
    """The cell of the target's matrix alone.

    Empty for a target without a matrix, and in recordings that are older than this field.
    """
    reports_interruptions: bool = True
    """False if the dialect has no way to stop playback (``Dialect.reports_interruptions``)."""
