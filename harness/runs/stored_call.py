"""One stored call: read it, make its recording, transcribe, judge; completely or not at all."""

from __future__ import annotations

import hashlib
import shutil
import string
from collections.abc import Iterable
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from pathlib import Path

from harness.errors import FaultyFiles
from harness.files import open_plain
from harness.importing.assemble import (
    NO_TURN,
    assemble,
    assemble_session,
    transcribed,
    with_callers_words,
)
from harness.importing.audio_call import Told, read_audio_call
from harness.importing.messages import with_offered
from harness.importing.model import SourceKind, Speaker, StoredCall
from harness.importing.realtime import read_realtime
from harness.importing.redaction import PersonalData, anonymous, personal_data, redacted, told_facts
from harness.importing.sources import Source
from harness.language.language import Language
from harness.recording.manifest import load_manifest
from harness.recording.model import Recording
from harness.recording.saving import pack, write_recording
from harness.recording.store import read_recording
from harness.results.model import CallResult
from harness.runs.call_result import faulty_source, not_called, redacted_result, scored
from harness.runs.pipeline import finish, manifest_of
from harness.runs.plan import Job
from harness.scenario.fault_text import PLACEHOLDER
from harness.scenario.model import Fact, Scenario
from harness.speech.base import recognizer
from harness.speech.cache import cached_hearing

UNDER_WAY = ".importing"
"""Folder in a run's folder in which calls are made; a complete call is moved to its place."""

_ALIKE = 0.6


@dataclass(frozen=True, slots=True)
class StoredJob:
    """A stored call as handed to a worker process; ``scenario`` is the job's with its own facts."""

    job: Job
    source: Source
    scenario: Scenario
    told: Told
    out: Path
    digest: str
    redact: bool = False
    """Whether personal data is removed once the call is judged."""
    converted: bool = False
    """Whether its recording from the same files exists: the call is only judged again."""


def digest_of(files: Iterable[Path], scenario: Scenario | None = None) -> str:
    """Return a checksum of the files of a call; raises FaultyFiles if they cannot be read.

    The ``scenario`` is included for a recording that does not keep it unchanged.
    """
    found = hashlib.blake2b(digest_size=16)
    if scenario is not None:
        found.update(scenario.model_dump_json().encode())
    for path in files:
        try:
            with open_plain(path) as file:
                while part := file.read(1 << 20):
                    found.update(part)
        except OSError as error:
            problem = f"cannot be read: {error.strerror}"
            raise FaultyFiles.at(path, problem) from error
    return found.hexdigest()


def import_call(order: StoredJob) -> CallResult:
    """Make the recording of a stored call and judge it.

    A call that cannot be read becomes a result with the reason and leaves no files.
    """
    job, place = order.job, order.out / UNDER_WAY / order.job.recording.parent.name
    if order.converted:
        return scored(order.out, job.recording.as_posix(), load_manifest(job.folder(order.out)))
    try:
        if order.source.call.faults:
            raise FaultyFiles(order.source.call.faults)
        write_recording(job.folder(place), _recording(order))  # read again below, to free memory
        result = finish(place, job)
        if order.redact:
            result = _redact(job.folder(place), result, job.loaded.suite.language)
        target = job.folder(order.out)
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists():
            shutil.rmtree(target)
        job.folder(place).rename(target)
        return result
    except FaultyFiles as faulty:
        return _without_recording(order, faulty_source(job, faulty))
    except Exception as error:  # noqa: BLE001  # the border of one call, as in ``pipeline``
        return _without_recording(order, not_called(job, error))
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _redact(folder: Path, result: CallResult, language: Language) -> CallResult:
    """Rewrite a judged recording without personal data; return its redacted result."""
    recording = read_recording(folder)
    personal = personal_data(recording, language)
    clean = redacted(recording, personal)
    shutil.rmtree(folder)
    write_recording(folder, clean)
    pack(folder, clean)
    return redacted_result(result, personal)


def _without_recording(order: StoredJob, result: CallResult) -> CallResult:
    """Return the result of a call that was not judged; its error message may name persons."""
    # An earlier import's recording came from other files.
    shutil.rmtree(order.job.folder(order.out), ignore_errors=True)
    if not order.redact:
        return result
    facts = told_facts(order.source.call, order.scenario)
    language = order.job.loaded.suite.language
    return redacted_result(result, PersonalData(facts, (result.status_detail,), language))


def _recording(order: StoredJob) -> Recording:
    call, suite = _read(order), order.job.loaded.suite
    engine = recognizer(suite.suite.recognizer)
    if order.source.audio is not None and order.source.audio.transcript is None:
        call = transcribed(call, cached_hearing(engine))
    elif call.session is not None:
        call = with_callers_words(call, cached_hearing(engine))
    if order.redact:
        call = replace(anonymous(call, order.scenario, suite.language), name=order.job.call)
    offered, notes = with_offered(suite.suite, call.offered, suite.language)
    call = replace(call, notes=(*call.notes, *notes))
    turns = turns_of(call, order.scenario, suite.language)
    manifest = replace(manifest_of(order.job, order.scenario, offered), started_at=call.started_at)
    if call.session is not None:
        made = assemble_session(
            call, call.session, manifest=manifest, language=suite.language, turns=turns
        )
    else:
        made = assemble(call, manifest, suite.language, turns=turns)
    origin = made.manifest.origin
    assert origin is not None
    return replace(
        made, manifest=replace(made.manifest, origin=replace(origin, digest=order.digest))
    )


def _read(order: StoredJob) -> StoredCall:
    source = order.source
    if source.audio is not None:
        return read_audio_call(source.audio, order.told)
    if source.kind is SourceKind.REALTIME:
        return read_realtime(source.files[0])
    return source.call


def turns_of(call: StoredCall, scenario: Scenario, language: Language) -> tuple[int, ...] | None:
    """Return the script turns that the caller's lines match, by their words.

    None if there is no script: lines are counted then. Empty if a line of the script is missing, or
    an extra line is present: expectations on single turns cannot be judged then.
    """
    if scenario.stored is not None:
        return None
    facts = scenario.facts
    says = [
        (index, PLACEHOLDER.sub(lambda match: _value(match[1], facts), turn.words))
        for index, turn in enumerate(scenario.turns)
        if turn.words is not None and turn.backchannel is None
    ]
    lines = [line.text or "" for line in call.lines if line.who is Speaker.CALLER]
    if len(lines) < len(says):
        return ()
    numbers: list[int] = []
    at = 0
    for line in lines:
        known = at < len(says) and _alike(line, says[at][1])
        numbers.append(says[at][0] if known else NO_TURN)
        at += known
    return tuple(numbers) if at == len(says) else ()


def _value(name: str, facts: dict[str, Fact]) -> str:
    return facts[name].value if name in facts else ""


def _alike(said: str, written: str) -> bool:
    """Return whether a line matches the script, allowing for cut-offs and single ASR errors."""
    one, other = _plain(said), _plain(written)
    return SequenceMatcher(None, one, other[: max(len(one), 1)]).ratio() >= _ALIKE


def _plain(text: str) -> str:
    return text.lower().translate(str.maketrans("", "", string.punctuation))
