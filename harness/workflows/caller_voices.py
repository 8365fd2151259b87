"""Who speaks the callers where nobody has chosen a voice, said once before the calls are made."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path

from harness.caller.render import CallerVoices, espeak_caller, unchosen_voice, voices_for
from harness.calls.plan import Job
from harness.protocol.items import AudioFormat
from harness.report.figures import counted
from harness.scenario.load import LoadedScenario
from harness.speech.base import hears, recognizer

_EARS = "moonshine"
"""What the reference agent hears with; in a language that it does not know, its ears need none."""

_NARROW, _NARROW_HZ = ("pcmu", "pcma"), 8000

_FLITE_SPEAKS = "en"
"""The language of the voice that ``harness fixtures render`` records."""


def voice_note(jobs: Iterable[Job]) -> str:
    """Return in one line of how many scenarios eSpeak speaks the caller unasked; empty for none.

    Nothing is said of a scenario that names a voice, an engine or a pace, or whose lines are there.

    Raises:
        SpeechFailed: the manifest of recorded lines cannot be read.
    """
    called = tuple(_called(jobs))
    found = [(one, voice) for one, voice in _voices(called) if voice]
    if not found:
        return ""
    voices = ", ".join(dict.fromkeys(voice for _, voice in found))
    of = f"{len(found)} of {counted(len(called), 'scenario')}"
    return (
        f"eSpeak, a machine's voice, speaks the callers of {of} ({voices}): no lines are recorded "
        f"for them. {_recorded([one for one, _ in found])}; or choose one: `harness list voices`, "
        "then caller.voice (docs/caller-sound.md)"
    )


def narrow_note(jobs: Iterable[Job]) -> str:
    """Return in one line in how many scenarios our agent hears eSpeak at 8 kHz; empty for none.

    Its recognizer mishears that: of a call that fails there nobody knows whose fault it was.

    Raises:
        SpeechFailed: the manifest of recorded lines cannot be read.
    """
    jobs = tuple(jobs)
    called = tuple(_called(job for job in jobs if _is_heard_at_8_khz(job)))
    found = [one for one in called if espeak_caller(one.scenario, one.suite, voices_for(one.path))]
    if not found:
        return ""
    of = f"{len(found)} of {counted(len(tuple(_called(jobs))), 'scenario')}"
    return (
        f"eSpeak speaks the callers of {of} at 8 kHz, and the reference agent's recognizer "
        "mishears one word in five of it there, and most of a spelled code: a call that fails may "
        "fail by its ears. Play recorded lines, or call at 24 kHz (docs/caller-sound.md)"
    )


def _is_heard_at_8_khz(job: Job) -> bool:
    """Return whether the embedded agent's recognizer gets a caller's audio in telephone quality."""
    if job.target.url is not None or not hears(recognizer(_EARS), job.loaded.suite.suite.language):
        return False
    line = job.loaded.scenario.caller.line
    narrow = line is not None and (line.codec in _NARROW or line.band == "telephone")
    return narrow or AudioFormat(job.target.session.input_format).rate_hz == _NARROW_HZ


def _called(jobs: Iterable[Job]) -> Iterator[LoadedScenario]:
    """Yield each scenario once in each condition."""
    seen = set()
    for job in jobs:
        key = (job.loaded.path, job.loaded.scenario.name, job.condition)
        if key not in seen:
            seen.add(key)
            yield job.loaded


def _voices(called: Iterable[LoadedScenario]) -> Iterator[tuple[LoadedScenario, str]]:
    engines: dict[Path, CallerVoices] = {}
    for one in called:
        folder = one.path.parent
        if folder not in engines:
            engines[folder] = voices_for(one.path)
        yield one, unchosen_voice(one.scenario, one.suite, engines[folder])


def _recorded(unrecorded: list[LoadedScenario]) -> str:
    """Return how lines are recorded for these scenarios."""
    if any(one.suite.language.name != _FLITE_SPEAKS for one in unrecorded):
        return "Play your own recordings (`say: {file: …}`)"
    folders = {one.suite.folder for one in unrecorded}
    folder = shlex.quote(str(folders.pop())) if len(folders) == 1 else "SUITE"
    return (
        "Record them: `apt-get install flite && harness fixtures render "
        f"{folder} --into {folder}/audio_fixtures`"
    )
