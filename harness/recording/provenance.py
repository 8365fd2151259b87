"""Where a call comes from: its test, agent, seed and machine, and how it ended."""

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
    """Left out, as the budget was spent or the run stopped."""
    SOURCE_INVALID = "source_invalid"
    """A stored call whose files cannot be read, or contradict each other."""


class EndCause(Enum):
    """Why a call ended as it did, where that tells more than its status."""

    NO_CONNECTION = "no_connection"
    """No session could be opened: nobody was talked to."""
    NO_GREETING = "no_greeting"
    """The agent was to speak first, and did not."""
    EXPIRED = "expired"
    """The service had no longer sessions: this one reached its longest time."""
    CUE_NEVER_CAME = "cue_never_came"
    """A turn of the script was never said: what it waits for did not happen."""
    AGENT_HUNG_UP = "agent_hung_up"
    """The agent's side closed the call in good order."""
    UNWRITTEN = "unwritten"
    """The recording could not be written (a full disk). Results tell it, no manifest does."""
    NO_WORKER = "no_worker"
    """Not called: no worker was left, or their scheduler was gone. Results alone tell it, too."""


OWED = frozenset({EndCause.UNWRITTEN.value, EndCause.NO_WORKER.value})
"""Causes that lie outside of a call: it is made when its run goes on."""


_NO_SESSION = "cannot open a session at "


def told_cause(status: str | None, detail: str) -> EndCause | None:
    """Return what a call of the first release ended by: it told that in words alone."""
    failed = status == CallStatus.HARNESS_ERROR.value
    return EndCause.NO_CONNECTION if failed and detail.startswith(_NO_SESSION) else None


@dataclass(frozen=True, slots=True)
class Lateness:
    """How late the harness' own frames left, in seconds; None where no frame was sent."""

    frames: int
    p50_s: float | None
    p99_s: float | None
    max_s: float | None
    noted_s: float | None = None
    """What was so late, frames and messages, stands among the records (``own_lateness.py``); None
    in older recordings, where nothing tells which frames were late."""


@dataclass(frozen=True, slots=True)
class FileContent:
    """What one file of a recording held when it was written: samples or lines, and a checksum."""

    count: int
    digest: str


class SourceKind(str, Enum):
    """What an imported call was read from."""

    AUDIO = "audio"
    REALTIME = "realtime"
    CHAT = "chat"
    TAU = "tau"
    PERSON = "person"
    """Nothing: the call was made here, by a person in place of the script."""


class Estimate(str, Enum):
    """What of an imported call its source did not tell, so that it was estimated."""

    BOUNDS = "bounds"
    """Where speech begins and ends: found in the sound, not known to the sample."""
    TIMES = "times"
    """When anything was said or called: the order is all that was told."""
    STAMPS = "stamps"
    """How long anything took: beside TIMES, the transcript's own times tell when it began, and no
    audio tells more."""
    TOOL_TIMES = "tool_times"
    """When tools were called: their place among the lines is all that was told."""
    TOOLS = "tools"
    """Which tools were called: nothing tells of any, nor that there were none."""
    WORDS = "words"
    """What was said: heard by a recognizer, told by nobody."""
    HEARD = "heard"
    """How much was heard of an answer that the caller spoke over: its whole words are told."""
    SIDES = "sides"
    """Whose voice sounds: both are in one channel, and the transcript alone parts them."""
    AGENT_AUDIO = "agent_audio"
    """When the agent spoke: some or all of its audio is not in the source."""
    CALLER_AUDIO = "caller_audio"
    """When the caller spoke: some or all of the caller's audio is not in the source."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a call comes from that no script made, and what of it is an estimate."""

    kind: SourceKind
    source: str
    """The file (or files) it was read from, as the user named them."""
    sound: bool
    """Whether there is any: a call of text alone has empty tracks."""
    estimated: tuple[Estimate, ...] = ()
    notes: tuple[str, ...] = ()
    redacted: bool = False
    """Whether personal data was taken out, once it was judged: it cannot be judged again."""
    name: str = ""
    """Of the call, where it was stored."""
    digest: str = ""
    """Checksum of what it was read from, so that another import knows it again."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """Provenance of a call; ``engines`` maps a role to the engine's name and version.

    ``target`` is the target file as validated, with the name of its dialect and without secrets.
    """

    format: int
    harness_version: str
    call_id: str
    scenario: Mapping[str, Any]
    """The whole scenario as validated, so that a recording can be judged on its own."""
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
    """For people to read; what is decided by stands in ``status`` and ``end_cause``."""
    end_cause: EndCause | None = None
    duration_s: float | None = None
    lateness: Lateness | None = None
    prompt_hash: str = ""
    """Identity of what the agent was told (``scenario/identity.py``)."""
    condition: str = ""
    """Under what the scenario was called: the cell of the target's matrix, the condition of a
    nightly file, or both ("server_vad, cafe"). Empty for neither."""
    fault: str = ""
    """Misbehaviour planted in the embedded agent, empty for none."""
    target_path: str = ""
    """The target's file, where it was named by its path; empty for one that is known by a name."""
    contents: Mapping[str, FileContent] = field(default_factory=dict)
    """What the tracks and the events held when the call was over; empty in older recordings."""
    differences: tuple[Difference, ...] = ()
    """What the service said of the session that is not as it was asked for."""
    origin: Origin | None = None
    """None for a call that the harness made itself."""
    cell: str = ""
    """The cell of the target's matrix alone; empty for a target without one, and in recordings
    that are older than this field."""
