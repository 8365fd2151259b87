"""The caller's audio frame by frame: clips, background, line impairments, second talker."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from harness.audio.codec import decode_pcma, decode_pcmu, encode_pcma, encode_pcmu
from harness.audio.ffmpeg import AHEAD, OpusCoder
from harness.audio.pcm import FULL_SCALE, FloatArray, Int16Array
from harness.audio.resample import BandFilter, StreamResampler
from harness.caller.model import Bed, Clip, PhoneLinePlan, SecondTalk
from harness.recording.model import (
    CallerUtterance,
    ImpairedSpan,
    Impairment,
    NoiseBurst,
    OtherSpeech,
    UtteranceKind,
)
from harness.scenario.model import PhoneLine
from harness.scenario.script import Turn
from harness.session.caller_actions import ClipTimes
from harness.units import FRAME_S, RATE_HZ, to_samples

# The line between the caller's microphone and the wire, frame by frame, with a seed.
#
# In the order in which a real line does it: the agent's own voice comes back into the microphone
# (echo), the device amplifies and clips, the network's band and codec, lost packets, dropouts. The
# caller's clean speech never passes here: all times of the caller are measured on that.
#
# Band and G.711 delay the audio by at most 5 ms, as real lines do. Opus looks ahead, and gets the
# audio that much earlier.

_CODECS = {"pcmu": (encode_pcmu, decode_pcmu), "pcma": (encode_pcma, decode_pcma)}
_G711_HZ = 8000
_OPUS_KBPS = 24.0
"""Usual bitrate of speech in internet calls."""

_FADE_FRAMES = 3
"""A lost packet repeats the packet before it, fading; after 60 ms (as in G.711) it is silence."""


class PhoneLineSound:
    """The line of one call: takes the frames in order, and reports its impairments afterwards."""

    def __init__(self, plan: PhoneLinePlan) -> None:
        wanted = plan.wanted
        self._wanted = wanted
        self._gain = 10.0 ** (wanted.gain_db / 20.0)
        self._echo = _Echo(wanted)
        self._band = (
            None if plan.band is None else BandFilter(plan.band, to_samples(FRAME_S, RATE_HZ))
        )
        self._codec = _codec(wanted)
        self.ahead = AHEAD if wanted.codec == "opus" else 0
        """Samples by which the audio has to come early, so that it arrives when it was said."""
        self._losses = None if wanted.loss is None else _Losses(wanted, plan.seed)
        self._dropouts = plan.dropouts
        self._faults: list[ImpairedSpan] = []

    def played(self, agent: Int16Array) -> None:
        """Take the agent audio that the caller has just heard: it may return as an echo."""
        self._echo.played(agent)

    def carry(self, start: int, samples: Int16Array) -> Int16Array:
        """Return the frame, beginning at a sample of the call, as it arrives."""
        sound = (samples.astype(np.float64) + self._echo.at(start, len(samples))) * self._gain
        if self._wanted.clip_dbfs is not None:
            most = FULL_SCALE * 10.0 ** (self._wanted.clip_dbfs / 20.0)
            sound = np.clip(sound, -most, most)
        if self._band is not None:
            sound = self._band.passed(sound)
        arrived = np.clip(np.rint(sound), -FULL_SCALE, FULL_SCALE - 1).astype(np.int16)
        if self._codec is not None:
            arrived = self._codec.coded(arrived)
        if self._losses is not None:
            lost, arrived = self._losses.passed(arrived)
            if lost:
                self._note(Impairment.LOST, start, len(samples))
        return arrived if self._dropouts is None else self._dropped(start, arrived)

    def faults(self) -> tuple[ImpairedSpan, ...]:
        """Return the stretches that were lost or dropped so far, in order."""
        return tuple(self._faults)

    def _dropped(self, start: int, samples: Int16Array) -> Int16Array:
        assert self._dropouts is not None
        gone = self._dropouts.gate(start, len(samples))
        places = np.flatnonzero(gone)
        if not len(places):
            return samples
        self._note(Impairment.DROPPED, start + int(places[0]), len(places))
        return np.rint(samples * (1.0 - gone)).astype(np.int16)

    def _note(self, what: Impairment, start: int, samples: int) -> None:
        for at in range(len(self._faults) - 1, max(-1, len(self._faults) - 3), -1):
            last = self._faults[at]
            if last.what is what and last.start + last.samples == start:
                self._faults[at] = ImpairedSpan(what, last.start, last.samples + samples)
                return
        self._faults.append(ImpairedSpan(what, start, samples))


class _Echo:
    """The agent's voice in the caller's microphone, some time after the caller heard it."""

    def __init__(self, wanted: PhoneLine) -> None:
        echo = wanted.echo
        self._delay = 0 if echo is None else to_samples(echo.delay_ms / 1000.0, RATE_HZ)
        self._gain = 0.0 if echo is None else 10.0 ** (echo.level_db / 20.0)
        self._heard: Int16Array = np.zeros(0, np.int16)
        self._first = 0

    def played(self, agent: Int16Array) -> None:
        if self._gain:
            self._heard = np.concatenate([self._heard, agent])

    def at(self, start: int, count: int) -> FloatArray:
        """Return the echo of a frame: silence while the agent was not heard yet."""
        found = np.zeros(count)
        first = start - self._delay - self._first
        part = self._heard[max(0, first) : max(0, first + count)]
        offset = max(0, -first)
        found[offset : offset + len(part)] = part * self._gain
        gone = max(0, min(first, len(self._heard)))
        self._heard, self._first = self._heard[gone:], self._first + gone
        return found


class _G711:
    """8 kHz, 8 bits: there and back again, 4 ms late."""

    def __init__(self, name: str) -> None:
        self._encode, self._decode = _CODECS[name]
        self._down = StreamResampler(RATE_HZ, _G711_HZ)
        self._up = StreamResampler(_G711_HZ, RATE_HZ)
        self._ready: Int16Array = np.zeros(round(0.004 * RATE_HZ), np.int16)

    def coded(self, samples: Int16Array) -> Int16Array:
        heard = self._up.feed(self._decode(self._encode(self._down.feed(samples))))
        ready = np.concatenate([self._ready, heard])
        self._ready = ready[len(samples) :]
        return ready[: len(samples)]


def _codec(wanted: PhoneLine) -> _G711 | OpusCoder | None:
    if wanted.codec == "opus":
        return OpusCoder(_OPUS_KBPS if wanted.bitrate_kbps is None else wanted.bitrate_kbps)
    return None if wanted.codec is None else _G711(wanted.codec)


class _Losses:
    """Packets of one frame, lost in bursts (Gilbert 1960): a good state and a bad state.

    The mean burst length and the share of lost packets are the configured values.
    """

    def __init__(self, wanted: PhoneLine, seed: int) -> None:
        assert wanted.loss is not None
        rate = wanted.loss.rate
        self._ends = min(1.0, FRAME_S * 1000.0 / wanted.loss.burst_ms)
        self._begins = self._ends * rate / (1.0 - rate)
        self._chance = np.random.default_rng([seed, *b"loss"])
        self._bad = bool(self._chance.random() < rate)
        self._last: Int16Array = np.zeros(0, np.int16)
        self._missing = 0

    def passed(self, frame: Int16Array) -> tuple[bool, Int16Array]:
        """Return whether a packet is lost, and the audio heard instead."""
        lost = self._bad
        turn = self._chance.random()
        self._bad = turn >= self._ends if self._bad else turn < self._begins
        if not lost:
            self._last, self._missing = frame, 0
            return False, frame
        self._missing += 1
        return True, self._concealed(len(frame))

    def _concealed(self, count: int) -> Int16Array:
        if self._missing > _FADE_FRAMES or len(self._last) != count:
            return np.zeros(count, np.int16)
        from_, to = 1 - (self._missing - 1) / _FADE_FRAMES, 1 - self._missing / _FADE_FRAMES
        return np.rint(self._last * np.linspace(from_, to, count)).astype(np.int16)


# A bystander who talks near the caller: which sentence is heard when, frame by frame, with a seed.
#
# Words are whole: a burst holds as many sentences as fit, and at least a single sentence. Without
# bursts, sentences follow each other with the pauses of a person who talks to a third.

_PAUSES_S = (0.3, 1.5)
_BREATH_S = (0.15, 0.4)
"""Pause between sentences of the same burst, in seconds."""


class SecondTalker:
    """Takes the frames in order; the schedule does not depend on their length."""

    def __init__(self, talk: SecondTalk) -> None:
        self._talk = talk
        self._chance = np.random.default_rng([talk.seed, *b"pauses"])
        self._planned: list[tuple[int, int]] = []
        """First samples, and the index of the sentence."""
        self._bursts = 0
        self._end = 0

    def at(self, start: int, count: int) -> Int16Array:
        """Return the bystander's audio in a frame."""
        found = np.zeros(count, np.int16)
        while self._end < start + count:
            self._plan_more()
        for first, number in reversed(self._planned):
            sound = self._talk.sentences[number].samples
            if first + len(sound) <= start:
                break
            part = sound[max(0, start - first) : max(0, start + count - first)]
            offset = max(0, first - start)
            found[offset : offset + len(part)] = part
        return found

    def said(self, until: int) -> tuple[OtherSpeech, ...]:
        """Return the sentences spoken before a sample of the call, with the part begun by then."""
        found = []
        for first, number in self._planned:
            sentence = self._talk.sentences[number]
            if first < until:
                heard = min(len(sentence.samples), until - first)
                found.append(OtherSpeech(first, heard, sentence.text))
        return tuple(found)

    def _plan_more(self) -> None:
        """Plan the next sentence, or all those of the next burst; ``_end`` is known after it."""
        if self._talk.bursts is None:
            self._say(self._end + self._wait(_PAUSES_S))
            return
        first = max(self._end, self._talk.bursts.first(self._bursts))
        last = first + self._talk.bursts.length
        self._bursts += 1
        self._say(first)
        while (next_ := self._end + self._wait(_BREATH_S)) + self._length() <= last:
            self._say(next_)
        self._end = max(self._end, self._bursts * self._talk.bursts.period)

    def _say(self, first: int) -> None:
        self._end = first + self._length()
        self._planned.append((first, len(self._planned) % len(self._talk.sentences)))

    def _length(self) -> int:
        """Return how long the next sentence is."""
        place = len(self._planned) % len(self._talk.sentences)
        return len(self._talk.sentences[place].samples)

    def _wait(self, between_s: tuple[float, float]) -> int:
        return round(self._chance.uniform(*between_s) * RATE_HZ)


FRAME = round(FRAME_S * RATE_HZ)
"""Samples in one frame."""

_SILENCE = np.zeros(FRAME, np.int16)
_SILENCE.setflags(write=False)
_LONG_SILENCE = np.zeros(100 * FRAME, np.int16)
_LONG_SILENCE.setflags(write=False)

_SAID = (UtteranceKind.SPEECH, UtteranceKind.KEYS)
"""Kinds addressed to the agent over a time span: a caller who was cut off repeats them."""


class Frame(NamedTuple):
    """One frame: ``sent`` goes on the wire, ``clean`` is the speech in it."""

    start: int
    sent: Int16Array
    clean: Int16Array

    @property
    def silent(self) -> bool:
        """Whether it is the shared frame of digital silence."""
        return self.sent is _SILENCE

    @property
    def muted(self) -> Frame:
        """The same frame with the microphone closed."""
        return Frame(self.start, _SILENCE, self.clean)


class FramesAhead(NamedTuple):
    """Several consecutive frames, in the shape of ``Frame``."""

    start: int
    sent: Int16Array
    clean: Int16Array
    silent: bool
    """Whether all samples to send are digital silence."""


SILENT_AHEAD = FramesAhead(0, _LONG_SILENCE[:0], _LONG_SILENCE[:0], silent=True)


@dataclass(frozen=True, slots=True)
class PlacedUtterance:
    """The description of a clip on the line, for the recording."""

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
        """Put a clip on the line from the next frame on; the clip before must have ended."""
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
        """Return what ``next`` will return, for at most ``most`` frames; None if it is unknown.

        No frame is taken: ``passed`` does that. Not predictable: the frame that ends a clip, a line
        that echoes, and a bystander.
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
        """Move past predicted frames that were sent."""
        self._position += frames * FRAME

    def played(self, agent: Int16Array) -> None:
        """Take the agent audio heard since the last frame: a line may echo it."""
        if self._line is not None:
            self._line.played(agent)

    def records(self) -> tuple[ImpairedSpan | OtherSpeech | NoiseBurst, ...]:
        """Return the line's impairments so far, other voices, and when a noise bed came."""
        faults = () if self._line is None else self._line.faults()
        others = () if self._other is None else self._other.said(self._position)
        times = None if self._bed is None else self._bed.bursts
        came = () if times is None else times.before(self._position)
        return (*faults, *others, *(NoiseBurst(*burst) for burst in came))

    def ended(self, *, hung_up_at: int | None = None) -> CallerUtterance | None:
        """Return the clip that has just ended, or is ended by hanging up; None if none has.

        ``hung_up_at`` is the number of samples of the stream that really left.
        """
        if self._clip is None:
            return None
        sent = self._sent(self._clip, self._position if hung_up_at is None else hung_up_at)
        if sent < len(self._clip.audio) and hung_up_at is None:
            return None
        return self._over(sent)

    def session_lost(self) -> CallerUtterance | None:
        """Break off the caller's utterance to the agent, and return it; None if there is none.

        It is ``lost`` unless the caller had finished it. Backchannels, noises and silence continue:
        they are not addressed to the agent.
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
        """Take the clip off the line after ``sent`` samples."""
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
    """Return the kind of utterance that a turn of the script produces."""
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
