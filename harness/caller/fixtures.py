"""Renders the shipped callers' utterances once, with a good voice, to files that are committed.

Only rendering needs flite; all other uses play the files.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import asdict, replace
from pathlib import Path

import jiwer

from harness.audio.pcm import Pcm
from harness.audio.wav import read, write_flac
from harness.caller.utterances import answer_utterances, turn_utterances
from harness.errors import RecordingDamaged, SpeechFailed, StorageFailed
from harness.files import write_whole
from harness.scenario.load import LoadedScenario
from harness.speech.base import Recognizer, recognizer
from harness.speech.fixture_tts import FORMAT, MANIFEST, FixtureUtterance, read_manifest

ENGINE = "flite"
# The best understood of the voices whose licence lets everybody keep and pass on the audio.
VOICE = "rms"
LICENCE = "BSD-style (Carnegie Mellon University, flite and its rms voice)"
_LIMIT_S = 60.0


def render_fixtures(
    scenarios: Iterable[LoadedScenario], into: Path, *, engine: Recognizer | None = None
) -> str:
    """Render every utterance of these scenarios; return a sentence that reports the changes.

    Existing lines with the same text, voice, engine version and an intact file are kept; lines that
    no scenario says any more are removed. ``engine`` listens to each new clip.

    Raises:
        SpeechFailed: flite is not installed or failed, or the scenarios have no text for it.
        StorageFailed: a file could not be written.
    """
    # Sorted: the committed manifest changes only where a text does, whatever the order of
    # scenarios.
    texts = sorted({text for item in scenarios for text in _texts(item)})
    if not texts:
        raise SpeechFailed(ENGINE, "these scenarios have nothing for it to speak")
    # Before the recognizer is loaded, which takes seconds: a missing flite is reported at once.
    version = _flite_version()
    engine = recognizer("moonshine") if engine is None else engine
    kept = _intact(into, version)
    _make_folder(into)
    # A new version of flite sounds different, so all lines are rendered again then.
    utterances = tuple(kept.get(text) or _rendered(text, version, into, engine) for text in texts)
    _write_manifest(into, utterances, engine)
    # After the manifest: a command that is stopped here leaves unused clips, never missing ones.
    removed = _remove_orphans(into, utterances)
    made = sum(text not in kept for text in texts)
    size_kb = sum((into / utterance.file).stat().st_size for utterance in utterances) / 1000
    return (
        f"{into}: {len(utterances)} utterances ({made} rendered, {len(utterances) - made} kept, "
        f"{removed} removed), {size_kb:.0f} kB"
    )


def _texts(loaded: LoadedScenario) -> set[str]:
    """Return a scenario's texts that fixtures can speak; empty if it asks for another voice."""
    scenario, language = loaded.scenario, loaded.suite.language
    voice = scenario.caller.voice
    # Fixtures have one voice and one pace.
    if voice.engine == "pyttsx3" or voice.rate != 1.0 or voice.name not in (None, VOICE):
        return set()
    utterances = (*turn_utterances(scenario, language), *answer_utterances(scenario, language))
    return {
        # As ``FixtureSynthesizer`` looks a text up: line breaks of a YAML file are no other text.
        " ".join(piece.split())
        for utterance in utterances
        if utterance is not None and utterance.own is None
        for piece in utterance.pieces
    }


def _intact(folder: Path, version: str) -> dict[str, FixtureUtterance]:
    """Return the utterances that need no rendering."""
    if not (folder / MANIFEST).is_file():
        return {}
    return {
        utterance.text: utterance
        for utterance in read_manifest(folder / MANIFEST)
        if (utterance.engine, utterance.engine_version, utterance.voice) == (ENGINE, version, VOICE)
        # A clip that was edited or damaged is spoken again.
        and _digest(folder / utterance.file) == utterance.sha256
    }


def _rendered(text: str, version: str, folder: Path, engine: Recognizer) -> FixtureUtterance:
    clip = _flite(text)
    path = folder / _file_name(text)
    write_flac(path, clip)
    utterance = FixtureUtterance(
        file=path.name,
        text=text,
        voice=VOICE,
        engine=ENGINE,
        engine_version=version,
        sha256=_digest(path),
        rate_hz=clip.rate_hz,
        duration_s=round(clip.duration_s, 3),
        licence=LICENCE,
        heard="",
        word_error_rate=0.0,
    )
    heard = " ".join(part.text for part in engine.hear(clip))
    return replace(utterance, heard=heard, word_error_rate=_word_error_rate(text, heard))


def _flite(text: str) -> Pcm:
    """Speak with flite; it writes a WAV at the voice's own 16 kHz."""
    with tempfile.TemporaryDirectory(prefix="harness-flite-") as folder:
        path = Path(folder) / "clip.wav"
        command = [_flite_path(), "-voice", VOICE, "-t", text, "-o", str(path)]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=_LIMIT_S)
            return read(path)
        except (subprocess.SubprocessError, RecordingDamaged) as error:
            raise SpeechFailed(ENGINE, str(error), text) from error


def _flite_path() -> str:
    path = shutil.which("flite")
    if path is None:
        raise SpeechFailed(ENGINE, "the command is not installed; 'apt-get install flite' has it")
    return path


def _flite_version() -> str:
    """Return the version from flite's own words; it prints them with a status of its own."""
    said = subprocess.run(
        [_flite_path(), "--version"], capture_output=True, text=True, check=False, timeout=_LIMIT_S
    ).stdout
    # "flite-2.2-release": the version is followed by a word.
    match = re.search(r"flite-([\d.]+\d)", said)
    return match[1] if match else "unknown"


def _word_error_rate(text: str, heard: str) -> float:
    # Punctuation and case are no errors of a voice.
    # Apostrophes stay: "it's" is one word to both.
    said, understood = (re.sub(r"[^\w']+", " ", words.lower()).strip() for words in (text, heard))
    return round(float(jiwer.wer(said, understood)), 3)


def _file_name(text: str) -> str:
    """Return a name that a person can read and that differs for every text."""
    # A prefix for people; the digest keeps texts apart that begin with the same 40 characters.
    words = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:40].rstrip("-")
    return f"{words}-{hashlib.sha256(text.encode()).hexdigest()[:8]}.flac"


def _digest(path: Path) -> str:
    """Return the hash of a file, empty when it is not there."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def _write_manifest(
    folder: Path, utterances: tuple[FixtureUtterance, ...], engine: Recognizer
) -> None:
    manifest = {
        "format": FORMAT,
        "heard_by": f"{engine.name} {engine.version}",
        "lines": [asdict(utterance) for utterance in utterances],
    }
    text = json.dumps(manifest, indent=1, ensure_ascii=False)
    write_whole(folder / MANIFEST, f"{text}\n".encode())


def _remove_orphans(folder: Path, utterances: tuple[FixtureUtterance, ...]) -> int:
    """Remove clips that the manifest does not name; other people's files stay."""
    wanted = {utterance.file for utterance in utterances}
    orphans = [path for path in sorted(folder.glob("*.flac")) if path.name not in wanted]
    for path in orphans:
        path.unlink()
    return len(orphans)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageFailed(folder, error.strerror or str(error)) from error
