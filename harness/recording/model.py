"""What happened in one call: the only thing that the live half and the judging half share.

Clock: seconds on the recording clock. Zero is the instant at which the first sample of the caller's
stream is spoken; the handshake before it has negative times. All four tracks start at zero, so
sample ``n`` of any track is ``n / rate`` on this clock. Everything here is plain data; the folder
format v3 is described in ``store.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.audio.pcm import Pcm
from harness.judges.model import JudgedRecording
from harness.recording.absence import Absence
from harness.recording.agent_sound import GeneratedItem, PlayedSpan, Truncation
from harness.recording.caller import CallerUtterance, ImpairedSpan, OtherSpeech, TurnLeftOut
from harness.recording.messages import AgentEvent, SentCommand, Violation, WireMessage
from harness.recording.own_lateness import LateArrivals, LateFrames
from harness.recording.provenance import Manifest
from harness.recording.recognition import Recognition
from harness.recording.steps import StepAnswer, StepTaken
from harness.recording.tools import NoticeSource, ToolRun


@dataclass(frozen=True, slots=True)
class NoiseBurst:
    """A stretch in which a noise bed sounds that comes and goes, on the track ``caller`` alone."""

    start: int
    samples: int


@dataclass(frozen=True, slots=True)
class Recording:
    """One call, whole: provenance, messages and events, who did what when, and the audio."""

    manifest: Manifest
    messages: Sequence[WireMessage]
    """As they crossed the wire: nobody judges by them."""
    events: tuple[AgentEvent, ...]
    commands: tuple[SentCommand, ...]
    violations: tuple[Violation, ...] | None
    """None where nobody looked: the dialect is not known here."""
    utterances: tuple[CallerUtterance, ...]
    played: tuple[PlayedSpan, ...]
    generated: tuple[GeneratedItem, ...]
    tools: tuple[ToolRun, ...]
    truncations: tuple[Truncation, ...]
    caller: Pcm
    caller_clean: Pcm
    agent: Pcm
    agent_generated: Pcm
    recognition: Recognition | None = None
    damage: str = ""
    """What the files have lost since they were written, or what of them cannot be read, in words;
    empty if they are whole."""
    notice_sources: tuple[NoticeSource, ...] = ()
    """Empty where nothing but the events of the session was to tell of the server's tools."""
    left_out: tuple[TurnLeftOut, ...] = ()
    steps: tuple[StepTaken, ...] = ()
    step_answers: tuple[StepAnswer, ...] = ()
    absences: tuple[Absence, ...] = ()
    impaired: tuple[ImpairedSpan, ...] = ()
    """Empty where the line did nothing of the kind, and in recordings that are older."""
    others: tuple[OtherSpeech, ...] = ()
    """Empty where nobody else talked, and in recordings that are older."""
    bursts: tuple[NoiseBurst, ...] = ()
    """Empty where no bed came and went, and in recordings that are older."""
    late_frames: tuple[LateFrames, ...] = ()
    late_arrivals: tuple[LateArrivals, ...] = ()
    """Both are complete where ``manifest.lateness`` says from what on they are noted."""
    judged: JudgedRecording | None = None
    """What model judges answered about the call; None where none was asked, or nothing of it can
    be read."""

    @property
    def tracks(self) -> tuple[Pcm, Pcm, Pcm, Pcm]:
        """All sound, in the order of ``writer.TRACKS``."""
        return self.caller, self.caller_clean, self.agent, self.agent_generated
