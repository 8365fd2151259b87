"""The caller's stream, frame by frame: clips over the bed, silence between them, never a gap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from harness.audio.pcm import Int16Array
from harness.caller.model import Bed, Clip, PhoneLinePlan, SecondTalk
from harness.recording.caller import CallerUtterance, ImpairedSpan, OtherSpeech, UtteranceKind
from harness.recording.model import NoiseBurst
from harness.scenario.script import Turn
from harness.session.moves import ClipTimes
from harness.session.phone_line import PhoneLineSound
from harness.session.second_talker import SecondTalker
from harness.units import FRAME_S, RATE_HZ

FRAME = round(FRAME_S * RATE_HZ)
"""Samples in one frame."""

_SILENCE = np.zeros(FRAME, np.int16)
_SILENCE.setflags(write=False)
_LONG_SILENCE = np.zeros(100 * FRAME, np.int16)
_LONG_SILENCE.setflags(write=False)

_SAID = (UtteranceKind.SPEECH, UtteranceKind.KEYS)
"""What is said to the agent over a while: a caller who was cut off says it again."""


class Frame(NamedTuple):
    """One frame: ``sent`` goes on the wire, ``clean`` is the speech in it."""

    start: int
    sent: Int16Array
    clean: Int16Array

    @property
    def silent(self) -> bool:
        """Whether it is the one frame of digital silence."""
        return self.sent is _SILENCE

    @property
    def muted(self) -> Frame:
        """The same frame behind a closed microphone."""
        return Frame(self.start, _SILENCE, self.clean)


class FramesAhead(NamedTuple):
    """Several frames on end, as ``Frame`` is one."""

    start: int
    sent: Int16Array
    clean: Int16Array
    silent: bool
    """Whether all that is sent is digital silence."""


SILENT_AHEAD = FramesAhead(0, _LONG_SILENCE[:0], _LONG_SILENCE[:0], silent=True)


@dataclass(frozen=True, slots=True)
class PlacedUtterance:
    """What a clip on the line is, for the recording."""

    kind: UtteranceKind
    turn: int | None
    answer: int | None
    barge_in: bool


class Uplink:
    """Mixes the caller's stream; clips begin at frame borders."""

    def __init__(
        self, bed: Bed | None, line: PhoneLinePlan | None = None, other: SecondTalk | None = None
    ) -> None:
        self._bed = bed
        self._other = None if other is None else SecondTalker(other)
        self._line = None if line is None else PhoneLineSound(line)
        self._ahead = 0 if self._line is None else self._line.ahead
        self._position = 0
        self._clip: Clip | None = None
        self._clip_start = 0
        self._spoken: PlacedUtterance | None = None
        self._count = 0

    @property
    def position(self) -> int:
        """First sample of the next frame."""
        return self._position

    def begin(self, clip: Clip, spoken: PlacedUtterance) -> None:
        """Put a clip on the line from the next frame on; the one before must have ended."""
        if self._clip is not None:
            raise ValueError("a clip is still on the line")
        self._clip, self._clip_start, self._spoken = clip, self._position, spoken

    def next(self) -> Frame:
        """Return the next frame."""
        start = self._position
        self._position += FRAME
        audio = clean = _SILENCE
        if self._clip is not None:
            offset = start - self._clip_start
            early = offset + self._ahead
            audio = _padded(self._clip.audio.samples[early : early + FRAME])
            clean = _padded(self._clip.clean.samples[offset : offset + FRAME])
        for around in (self._bed, self._other):
            if around is not None:
                audio = _mixed(audio, around.at(start + self._ahead, FRAME))
        if self._line is not None:
            audio = self._line.carry(start, audio)
        return Frame(start, audio, clean)

    def ahead(self, most: int) -> FramesAhead | None:
        """Return what ``next`` will return, for so many frames at most; None where nobody knows.

        Nothing is taken: ``passed`` does that. The frame that ends a clip is not foreseen, nor what
        a line does, which echoes, or somebody beside the caller.
        """
        start, clip = self._position, self._clip
        if clip is not None:
            left = len(clip.audio) - (start - self._clip_start)
            most = min(most, (left - 1) // FRAME)
        most = min(most, len(_LONG_SILENCE) // FRAME)
        if most <= 0 or self._line is not None or self._other is not None:
            return None
        count = most * FRAME
        audio = clean = _LONG_SILENCE[:count]
        if clip is not None:
            offset = start - self._clip_start
            audio = clip.audio.samples[offset : offset + count]
            clean = clip.clean.samples[offset : offset + count]
        if self._bed is not None:
            audio = _mixed(audio, self._bed.at(start, count))
        return FramesAhead(start, audio, clean, silent=not audio.any())

    def passed(self, frames: int) -> None:
        """Go on behind so many frames that were foreseen and sent."""
        self._position += frames * FRAME

    def played(self, agent: Int16Array) -> None:
        """Take what was heard of the agent since the last frame: a line may echo it."""
        if self._line is not None:
            self._line.played(agent)

    def records(self) -> tuple[ImpairedSpan | OtherSpeech | NoiseBurst, ...]:
        """Return what the line has spoiled so far, what others said, and when a bed came."""
        faults = () if self._line is None else self._line.faults()
        others = () if self._other is None else self._other.said(self._position)
        times = None if self._bed is None else self._bed.bursts
        came = () if times is None else times.before(self._position)
        return (*faults, *others, *(NoiseBurst(*burst) for burst in came))

    def ended(self, *, hung_up_at: int | None = None) -> CallerUtterance | None:
        """Return the clip that has just ended, or is ended by hanging up; None if none has.

        ``hung_up_at`` is how many samples of the stream really left.
        """
        if self._clip is None:
            return None
        sent = self._sent(self._clip, self._position if hung_up_at is None else hung_up_at)
        if sent < len(self._clip.audio) and hung_up_at is None:
            return None
        return self._over(sent)

    def session_lost(self) -> CallerUtterance | None:
        """Break off what the caller says to the agent, and return it; None if that is nothing.

        It is ``lost`` unless the caller had said it all. A nod, a noise and a silence go on: they
        are said to nobody.
        """
        clip, spoken = self._clip, self._spoken
        if clip is None or spoken is None or spoken.kind not in _SAID:
            return None
        sent = self._sent(clip, self._position)
        said = clip.voiced_stop if clip.voiced_stop is not None else len(clip.audio)
        return self._over(sent, lost=sent < said)

    def _sent(self, clip: Clip, position: int) -> int:
        return max(0, min(position - self._clip_start, len(clip.audio)))

    def _over(self, sent: int, *, lost: bool = False) -> CallerUtterance:
        """Take the clip off the line, of which so many samples left."""
        clip, spoken = self._clip, self._spoken
        assert clip is not None
        assert spoken is not None
        self._clip = self._spoken = None
        self._count += 1
        voiced = _voiced(clip, sent)
        return CallerUtterance(
            index=self._count - 1,
            turn=spoken.turn,
            kind=spoken.kind,
            text=clip.text,
            spoken=clip.spoken,
            intended=clip.intended,
            start=self._clip_start,
            samples=sent,
            voiced_start=voiced[0] + self._clip_start if voiced else None,
            voiced_stop=voiced[1] + self._clip_start if voiced else None,
            cut_off=clip.cut_off,
            barge_in=spoken.barge_in,
            answer=spoken.answer,
            pauses=tuple(
                (first + self._clip_start, stop + self._clip_start)
                for first, stop in clip.pauses
                if stop < sent
            ),
            file=clip.file,
            sha256=clip.sha256,
            lost=lost,
        )


def kind_of(turn: Turn) -> UtteranceKind:
    """Return what the caller does in a turn of the script."""
    if turn.audio_item:
        return UtteranceKind.AUDIO_ITEM
    if turn.words is not None:
        return UtteranceKind.SPEECH if turn.backchannel is None else UtteranceKind.BACKCHANNEL
    if turn.text is not None or turn.image is not None:
        return UtteranceKind.TYPED
    if turn.dtmf is not None:
        return UtteranceKind.KEYS
    sounds = (turn.noise_only, turn.aside, turn.sound)
    return UtteranceKind.NOISE if any(sounds) else UtteranceKind.SILENCE


def clip_times(clip: Clip, kind: UtteranceKind) -> ClipTimes:
    """Return how long a clip takes, its length rounded up to whole frames."""
    frames = -(-len(clip.audio) // FRAME)
    voiced_end = clip.voiced_stop if clip.voiced_stop is not None else len(clip.audio)
    return ClipTimes(kind, voiced_end / RATE_HZ, frames * FRAME_S)


def _mixed(audio: Int16Array, around: Int16Array) -> Int16Array:
    loud = audio.astype(np.int32) + around
    mixed: Int16Array = np.clip(loud, -32_768, 32_767).astype(np.int16)
    return mixed


def _padded(samples: Int16Array) -> Int16Array:
    if len(samples) == FRAME:
        return samples
    return np.concatenate([samples, np.zeros(FRAME - len(samples), np.int16)])


def _voiced(clip: Clip, sent: int) -> tuple[int, int] | None:
    """Return the voiced samples of a clip of which only ``sent`` went out."""
    if clip.voiced_start is None or clip.voiced_stop is None or clip.voiced_start >= sent:
        return None
    return clip.voiced_start, min(clip.voiced_stop, sent)
