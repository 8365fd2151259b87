"""The caller's side of a call without an agent, to listen to before any call is made.

The audio is made by the same code as in a call: the scenario is spoken, mixed with its background
noise and converted to the target's format, frame by frame. Only the time between two turns is not
known, since it depends on the agent: each answer is assumed to take ``ANSWER_S`` of the caller's
pause. Turns without audio (typed, shown, session changes, no line) are listed and take no time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from harness.audio.pcm import Int16Array, Pcm
from harness.audio.resample import resample
from harness.caller.model import CallerScript, Clip
from harness.caller.render import render_script, voices_for
from harness.caller.utterances import with_values
from harness.errors import UsageError
from harness.judging.scorers.registry import known_options
from harness.protocol.audio_bytes import samples_of
from harness.protocol.items import AudioFormat
from harness.recording.model import OtherSpeech, UtteranceKind
from harness.report.figures import called
from harness.report.listen_page import Rehearsal, RehearsedTurn, SoundlessTurn
from harness.runs.plan import Job, Repeats, plan_jobs, sole
from harness.runs.preflight import check_scenarios
from harness.scenario.catalog import Selection, default_paths, find, load_target
from harness.scenario.load import LoadedScenario
from harness.scenario.model import (
    BedNoise,
    Bursts,
    Caller,
    Loss,
    Network,
    PhoneLine,
    Scenario,
    SecondTalker,
)
from harness.scenario.script import STEPS, Answer, Turn
from harness.session.caller_stream import FRAME, PlacedUtterance, Uplink, kind_of
from harness.session.director import OPENING_S
from harness.session.received_audio import CallerSound
from harness.units import FRAME_S, RATE_HZ

# The head of the page of a rehearsed caller: background speakers and noise, and line effects.
#
# It shows the scenario's own terms with their numbers; settings that are not given are left out.


def sound_facts(caller: Caller) -> Iterator[tuple[str, str]]:
    """Yield the background of the caller's voice: a name and a line of text each."""
    yield "Noise", "none" if caller.noise is None else _noise(caller.noise)
    if caller.second_talker is not None:
        yield "Somebody else", _talker(caller.second_talker)
    if caller.line is not None:
        yield from _line(caller.line)


def _noise(noise: BedNoise) -> str:
    when = "" if noise.bursts is None else f", in bursts of {_often(noise.bursts)}"
    return f"{noise.bed}, {_against(noise.snr_db)} the speech{when}"


def _talker(talker: SecondTalker) -> str:
    when = "all the time" if talker.bursts is None else f"in bursts of {_often(talker.bursts)}"
    return f"talks {when}, {_against(-talker.level_db)} the speech"


def _against(under_db: float) -> str:
    return f"{abs(under_db):g} dB {'over' if under_db < 0 else 'under'}"


def _often(bursts: Bursts) -> str:
    return f"{bursts.for_s:g} s, one in every {bursts.every:g} s"


def _line(line: PhoneLine) -> Iterator[tuple[str, str]]:
    sound = (
        line.band and f"{line.band} band",
        line.codec and f"codec {line.codec}",
        line.bitrate_kbps and f"{line.bitrate_kbps:g} kbit/s",
        line.gain_db and f"gain {line.gain_db:+g} dB",
        line.clip_dbfs is not None and f"clips at {line.clip_dbfs:g} dBFS",
    )
    if any(sound):
        yield "Line", ", ".join(part for part in sound if part)
    if line.loss is not None:
        yield "Loss", _loss(line.loss)
    if line.dropouts is not None:
        yield "Dropouts", _often(line.dropouts)
    if line.echo is not None:
        echo = f"{line.echo.delay_ms:g} ms late, {line.echo.level_db:g} dB"
        yield "Echo", f"{echo}; not heard here, where no agent speaks"
    if line.network is not None:
        yield "Network", f"{_network(line.network)}; not heard here: all of it comes, but late"


def _loss(loss: Loss) -> str:
    return f"{100 * loss.rate:g} % of packets, {loss.burst_ms:g} ms at a time"


def _network(network: Network) -> str:
    jitter = network.jitter_ms and f"jitter of {network.jitter_ms:g} ms"
    stalls = network.stalls and f"stalls of {_often(network.stalls)}"
    return ", ".join(part for part in (jitter, stalls) if part)


ANSWER_S = 2.0
"""The assumed duration of an agent's answer."""

_ACTIONS = {
    *("say", "audio_item", "dtmf", "silence", "disconnect", "noise_only", "backchannel", "aside"),
    *("cut_off", "sound", "text", "image", *STEPS),
}
"""The fields of a turn that are actions; every other field is a condition."""


@dataclass(frozen=True, slots=True)
class RehearsalRequest:
    """The arguments of ``harness listen``: a file, or the name of a scenario below ``places``."""

    scenario: str
    places: tuple[Path, ...] = ()
    target: str = "reference"
    seed: int | None = None


def rehearse(request: RehearsalRequest) -> Rehearsal:
    """Speak the caller of a scenario as a call to the target would.

    Raises:
        InputError: the arguments do not select exactly one scenario, or its files are wrong.
        SpeechFailed: a speech engine returned no audio.
    """
    loaded = one_scenario(request.scenario, request.places)
    check_scenarios((loaded,))
    target = sole(load_target(request.target, loaded.suite.folder))
    job = plan_jobs((loaded,), Repeats(1, request.seed), target)[0]
    script = render_script(
        loaded.scenario, loaded.suite, seed=job.seed, voices=voices_for(loaded.path)
    )
    return rehearsal_of(job, script)


def one_scenario(named: str, places: tuple[Path, ...]) -> LoadedScenario:
    """Return the scenario of a file or of a name; a full name takes precedence over a partial name.

    Raises:
        UsageError: no scenario or several scenarios match.
        FaultyFiles: the files have faults.
    """
    file = Path(named)
    if file.exists():
        found = find((file,), scorers=known_options())
    else:
        found = find(places or default_paths(), Selection((named,)), known_options())
    found = tuple(one for one in found if one.scenario.name == named) or found
    if len(found) > 1:
        names = ", ".join(repr(one.scenario.name) for one in found)
        raise UsageError(f"{named!r} means several scenarios; name one of {names}")
    return found[0]


def rehearsal_of(job: Job, script: CallerScript) -> Rehearsal:
    """Put everything that the caller may say on the line, in sequence."""
    scenario, target = job.loaded.scenario, job.target
    wire = AudioFormat(target.session.input_format)
    line = _Line(script, wire)
    line.wait(OPENING_S)
    said = tuple(_said(scenario, script))
    placed = [None if isinstance(one, SoundlessTurn) else line.put(one) for one in said]
    tracks, others = line.tracks(), line.others()
    turns = (
        one if isinstance(one, SoundlessTurn) else _turn(one, start or 0, tracks, others)
        for one, start in zip(said, placed, strict=True)
    )
    return Rehearsal(
        scenario=scenario.name,
        facts=(
            ("File", job.loaded.path.as_posix()),
            ("Voice", script.engines.get("caller", "none: nothing is said")),
            *sound_facts(scenario.caller),
            ("Target", target.target),
            ("Sent as", wire.value),
            ("Seed", str(job.seed)),
        ),
        whole=tracks[-1],
        answer_s=ANSWER_S,
        turns=tuple(turns),
    )


@dataclass(frozen=True, slots=True)
class _Said:
    """A clip, its kind, and its time."""

    name: str
    clip: Clip
    kind: UtteranceKind
    called: str
    when: str


def _said(scenario: Scenario, script: CallerScript) -> Iterator[_Said | SoundlessTurn]:
    for index, (turn, clip) in enumerate(zip(scenario.turns, script.turns, strict=True)):
        name, when = f"turn {index + 1}", _condition(turn) or _usual(turn, index)
        unheard = _unheard(turn, clip, scenario)
        if unheard is not None:
            yield SoundlessTurn(name, *unheard, when)
            continue
        kind = kind_of(turn)
        word = called(kind, side_speech=turn.aside is not None, sound=turn.sound)
        yield _Said(name, clip, kind, word, when)
    for index, (answer, clip) in enumerate(zip(scenario.answers, script.answers, strict=True)):
        kind = UtteranceKind.SPEECH
        yield _Said(f"answer {index + 1}", clip, kind, called(kind), _condition(answer))


def _unheard(turn: Turn, clip: Clip, scenario: Scenario) -> tuple[str, str] | None:
    """Return the kind and text of a turn without audio; None for a turn with audio."""
    if turn.disconnect is not None:
        gone = f"{turn.disconnect.how}, back after {turn.disconnect.for_s:g} s"
        return "no line to the agent", gone
    if turn.text is not None or turn.image is not None:
        image = turn.image if turn.image is None or isinstance(turn.image, str) else turn.image.file
        shown = ("" if image is None else f"picture {image}", clip.text)
        return "typed" if image is None else "shown", ": ".join(part for part in shown if part)
    if turn.inject is not None:
        return (
            "put into the conversation",
            f"{turn.inject.role}: {with_values(turn.inject.text, scenario.facts)}",
        )
    if turn.out_of_band is not None:
        return "asked out of band", with_values(turn.out_of_band.instructions, scenario.facts)
    if turn.session_update is not None:
        return "session changed", ", ".join(turn.session_update.given)
    return None


def _condition(written: Turn | Answer) -> str:
    """Return the condition of a turn as the scenario's author wrote it."""
    told = written.model_dump(mode="json", by_alias=True, exclude_none=True, exclude=_ACTIONS)
    return ", ".join(f"{key}: {_written(value)}" for key, value in told.items())


def _usual(turn: Turn, index: int) -> str:
    """Return when a turn without a written condition comes."""
    if turn.cue is not None:
        return f"over: {_written(turn.cue.model_dump(mode='json', exclude_none=True))}"
    return "once the agent has answered" if index else "the caller's first words"


def _written(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_written(inner)}" for key, inner in value.items())
    return str(value)


class _Line:
    """The caller's stream of a call in which the agent takes ``ANSWER_S`` for each answer."""

    def __init__(self, script: CallerScript, wire: AudioFormat) -> None:
        self._uplink = Uplink(script.bed, script.line, script.second_talk)
        self._room = Uplink(script.bed, None, script.second_talk)
        """The same audio before the line effects: the room of the caller."""
        self._wire, self._sound = wire, CallerSound(wire)
        self._clean: list[Int16Array] = []
        self._noisy: list[Int16Array] = []
        self._bytes = bytearray()

    def wait(self, wait_s: float) -> None:
        for _ in range(round(wait_s / FRAME_S)):
            self._frame()

    def put(self, one: _Said) -> int:
        """Put a clip on the line and wait for its answer; return its first sample."""
        start, both = self._uplink.position, (self._room, self._uplink)
        for stream in both:
            stream.begin(one.clip, PlacedUtterance(one.kind, None, None, barge_in=False))
        while self._uplink.position - start < len(one.clip.audio):
            self._frame()
        for stream in both:
            stream.ended()
        self.wait(ANSWER_S)
        return start

    def _frame(self) -> None:
        frame = self._room.next()
        self._clean.append(frame.clean)
        self._noisy.append(frame.sent)
        self._bytes += self._sound.sent(self._uplink.next().sent)

    def others(self) -> tuple[OtherSpeech, ...]:
        """Return the speech of other speakers so far."""
        return tuple(one for one in self._uplink.records() if isinstance(one, OtherSpeech))

    def tracks(self) -> tuple[Pcm, Pcm, Pcm]:
        """Return speech alone, speech with noise, and the audio that the agent's side decodes."""
        received = samples_of(bytes(self._bytes), self._wire)
        return (
            Pcm(np.concatenate(self._clean), RATE_HZ),
            Pcm(np.concatenate(self._noisy), RATE_HZ),
            Pcm(received, self._wire.rate_hz),
        )


def _turn(
    one: _Said, start: int, tracks: tuple[Pcm, Pcm, Pcm], others: tuple[OtherSpeech, ...]
) -> RehearsedTurn:
    clip, (clean, noisy, heard) = one.clip, tracks
    stop = start + -(-len(clip.audio) // FRAME) * FRAME
    first, last = (round(at * heard.rate_hz / RATE_HZ) for at in (start, stop))
    sounds = (clean.cut(start, stop), noisy.cut(start, stop), heard.cut(first, last))
    if clip.item is not None:  # rehearsed turns always have an item
        sounds = (clip.item, clip.item, resample(clip.item, heard.rate_hz))
    return RehearsedTurn(
        name=one.name,
        called=one.called,
        when=one.when,
        text=clip.text,
        spoken=clip.spoken,
        intended=clip.intended,
        cut_off=clip.cut_off,
        pauses=clip.pauses,
        others=tuple(
            other.text
            for other in others
            if other.start < stop and other.start + other.samples > start
        ),
        clean=sounds[0],
        noisy=sounds[1],
        sent=sounds[2],
        file=clip.file,
    )
