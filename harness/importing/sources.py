"""Stored calls among files and folders: which files belong together, and what kind each is.

Files of one call have one stem: ``0017.wav`` with ``0017.json`` (or .vtt, .srt) and
``0017.tools.jsonl``; a file of a single side has the side after the stem: ``0017.caller.flac`` and
``0017.agent.flac``. JSON without audio next to it is a chat, a Realtime log, or results of
tau-bench; its first value decides. A file of tools belongs to the transcript of its name, with or
without audio.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from harness.audio import ffmpeg
from harness.errors import Fault, FaultyFiles, UsageError
from harness.importing.audio_call import FIND_OUT, AudioFiles, Told, read_transcript
from harness.importing.chat import is_chat, read_chats, recording_named
from harness.importing.json_files import JsonDocument, json_rows
from harness.importing.model import SourceKind, StoredCall
from harness.importing.realtime import read_realtime
from harness.importing.realtime_log import is_realtime
from harness.importing.tau_bench import is_tau, read_tau
from harness.importing.transcript import side_of
from harness.importing.transcript_files import (
    CAPTIONS,
    is_transcript_text,
    read_transcript_files,
    read_transcript_text,
    read_transcripts,
    text_call,
    with_tools_of,
)
from harness.importing.transcript_files import SUFFIX as PLAIN
from harness.recording.manifest import MANIFEST, MOST_LENGTH_S
from harness.recording.writer import EVENTS
from harness.scenario.fault_text import listed

SOUND = (".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aiff", ".aif", *ffmpeg.SUFFIXES)
TEXT = (".json", ".jsonl")
TOOLS = ".tools.jsonl"
_CONVERSATION = "conversation.transcript.txt"

_SIDE = re.compile(r"^(.+?)[._-]([A-Za-z]+)$")


@dataclass(frozen=True, slots=True)
class Source:
    """A call that can be imported: its files, or the content that was already read."""

    name: str
    kind: SourceKind
    files: tuple[Path, ...]
    call: StoredCall
    """Without its audio, which is large and is read during conversion."""
    audio: AudioFiles | None = None


@dataclass(slots=True)
class _Found:
    sound: dict[str, list[Path]] = field(default_factory=dict)
    text: dict[str, list[Path]] = field(default_factory=dict)
    tools: dict[str, Path] = field(default_factory=dict)
    other: list[Path] = field(default_factory=list)
    unread: list[Path] = field(default_factory=list)
    """Text files in folders that are not transcripts."""
    sided: set[str] = field(default_factory=set)
    """Stems whose transcript is two files: the caller's and the agent's."""
    names: dict[str, str] = field(default_factory=dict)
    """Names of calls whose files all have the same name, by stem."""
    unnamed: list[str] = field(default_factory=list)
    """Files whose names are not valid text, with question marks in place of the invalid parts."""


def find_sources(
    paths: Sequence[Path],
    *,
    kind: SourceKind | None = None,
    told: Told = FIND_OUT,
    without: Sequence[Path] = (),
) -> tuple[Source, ...]:
    """Return the calls of files and folders in the order of their names, each checked.

    Everything but audio is read; of audio, its length. Files of other kinds in a folder are
    ignored, and so are files and folders ``without``. A call whose files are wrong has ``faults``.

    Raises:
        UsageError: a path that does not exist, no call to import, two calls of the same name, or
            recordings of the harness itself.
        FaultyFiles: a file of another kind was named.
    """
    found = _Found()
    for path in paths:
        if path.is_dir():
            inside = (one for one in sorted(path.rglob("*")) if one.is_file())
            wanted = [one for one in inside if not any(_within(one, x) for x in without)]
            _sort_in(found, _without_evidence(wanted), named=False)
        elif path.exists():
            _sort_in(found, [path], named=True)
        else:
            raise UsageError(f"{path}: no such file or folder")
    _join_sides(found)
    _join_reports(found)
    if found.other:
        raise FaultyFiles(tuple(map(_unknown, found.other)))
    sources = list(map(_unnamed, found.unnamed))
    for stem in sorted({*found.sound, *found.text, *found.tools}):
        try:
            sources += _of_stem(stem, found, kind, told)
        except FaultyFiles as faulty:
            sources.append(_faulty_source(stem, found, faulty))
    if not sources:
        places = listed(map(str, paths))
        kinds = listed((*SOUND, *TEXT, PLAIN))
        unread = f"; {found.unread[0]} {_NO_TRANSCRIPT}" if found.unread else ""
        raise UsageError(f"no stored call in {places}: expected {kinds}{unread}")
    _check_names(sources)
    return tuple(map(_with_length_checked, sources))


def _within(path: Path, other: Path) -> bool:
    place = other.resolve()
    return place in (path.resolve(), *path.resolve().parents)


def _sort_in(found: _Found, paths: Iterable[Path], *, named: bool) -> None:
    for path in paths:
        suffix = path.suffix.lower()
        if path.name.startswith("."):
            continue
        if path.name == MANIFEST and (path.parent / EVENTS).exists():
            raise UsageError(
                f"{path.parent} is a recording of the harness itself; `harness score` judges the "
                "run that it is in: give the folder of the calls alone"
            )
        if (shown := str(path).encode("utf-8", "replace").decode()) != str(path):
            found.unnamed += [shown] if suffix in (*SOUND, *TEXT, *CAPTIONS) else []
            continue
        if path.name.lower().endswith(TOOLS):
            found.tools[str(path)[: -len(TOOLS)]] = path
        elif suffix in SOUND:
            found.sound.setdefault(str(path.with_suffix("")), []).append(path)
        elif suffix in (*TEXT, *CAPTIONS) or (suffix == PLAIN and is_transcript_text(path)):
            stem = str(path.with_suffix("")).removesuffix(".transcript")
            found.text.setdefault(stem, []).append(path)
        elif named:
            found.other.append(path)
        elif suffix == PLAIN:
            found.unread.append(path)


def _without_evidence(paths: Sequence[Path]) -> list[Path]:
    """Return the files of folders without the evidence files of GPT-Live evals.

    Their folder holds the same call several times: as audio with a transcript
    (``audio/SCENARIO/conversation.*``), which is read, and as events, grades and reports.
    """
    calls = {path.parent for path in paths if path.name == _CONVERSATION}
    runs = {call.parent.parent for call in calls if call.parent.name == "audio"}
    kept = (_CONVERSATION, "conversation.wav")
    return [
        path
        for path in paths
        if (path.name in kept if path.parent in calls else not runs.intersection(path.parents))
    ]


def _join_reports(found: _Found) -> None:
    """Join LiveKit's session reports with the audio that they name, and name calls by folders."""
    for stem in [stem for stem in found.text if stem not in found.sound]:
        for path in found.text[stem]:
            name = recording_named(path) if path.suffix.lower() == ".json" else ""
            sound = str(path.with_name(name).with_suffix("")) if name else ""
            if sound in found.sound and sound not in found.text:
                found.text[sound] = found.text.pop(stem)
                found.names[sound] = path.parent.name
                if stem in found.tools:
                    found.tools[sound] = found.tools.pop(stem)
    for stem, texts in found.text.items():
        if any(path.name == _CONVERSATION for path in texts):
            found.names[stem] = Path(stem).parent.name


def _join_sides(found: _Found) -> None:
    """Join the files of a caller and an agent if both exist."""
    for files in (found.sound, found.text):
        sides: dict[str, dict[str, str]] = {}
        for stem in files:
            named = _SIDE.match(Path(stem).name)
            if named is not None and (side := side_of(named[2])):
                sides.setdefault(str(Path(stem).with_name(named[1])), {})[side] = stem
        for stem, own in sides.items():
            if len(own) == 2 and stem not in files:
                files[stem] = [files.pop(own[side])[0] for side in ("caller", "agent")]
                found.sided |= {stem} if files is found.text else set()


_NO_TRANSCRIPT = (
    "is no transcript: expected a line for each utterance of two or three speakers, such as "
    "'[00:12] Agent: Hello.'"
)


def _with_length_checked(source: Source) -> Source:
    """Return the call with a fault if its times lie further apart than a call is long.

    A single time in milliseconds among seconds causes that. Times with audio are checked against
    the audio instead.
    """
    call = source.call
    said = (at_s for line in call.lines for at_s in (line.start_s, line.end_s))
    done = (at_s for tool in call.tools for at_s in (tool.requested_s, tool.answered_s))
    times = [at_s for at_s in (*said, *done) if at_s is not None]
    length_s = max(times, default=0.0) - min(times, default=0.0)
    if length_s <= MOST_LENGTH_S:
        return source
    problem = (
        f"its times lie {length_s:,.0f} s apart, and no call is longer than {MOST_LENGTH_S:,} s: "
        "one of them is in another unit, or of another clock"
    )
    fault = Fault(source.files[0], None, "", problem)
    return replace(source, call=replace(call, faults=(*call.faults, fault)))


def _unknown(path: Path) -> Fault:
    if path.suffix.lower() == PLAIN:
        return Fault(path, None, "", _NO_TRANSCRIPT)
    kinds = listed((*SOUND, *TEXT, *CAPTIONS, PLAIN))
    return Fault(path, None, "", f"unknown kind of file {path.suffix!r}; known: {kinds}")


def _unnamed(shown: str) -> Source:
    fault = Fault(Path(shown), None, "", "its name is not UTF-8; rename it")
    call = StoredCall(Path(shown).stem, SourceKind.CHAT, shown, faults=(fault,))
    return Source(call.name, call.kind, (Path(shown),), call)


def _faulty_source(stem: str, found: _Found, faulty: FaultyFiles) -> Source:
    tools = [found.tools[stem]] if stem in found.tools else []
    files = (*found.sound.get(stem, ()), *found.text.get(stem, ()), *tools)
    kind = SourceKind.AUDIO if stem in found.sound else SourceKind.CHAT
    names = listed(map(str, files))
    call = StoredCall(Path(stem).name, kind, names, faults=faulty.faults)
    return Source(call.name, kind, files, call)


def _of_stem(stem: str, found: _Found, kind: SourceKind | None, told: Told) -> list[Source]:
    texts, name = found.text.get(stem, []), found.names.get(stem) or Path(stem).name
    sided = stem in found.sided
    texts = texts if sided else [x for x in texts if x.suffix.lower() != PLAIN] or texts
    if stem in found.sound:
        sound = tuple(found.sound[stem])
        if len(sound) > 1 and sound[0].suffix != sound[1].suffix:
            others = listed(one.name for one in sound)
            raise FaultyFiles.at(sound[0], f"is there twice ({others}); keep one")
        if len(texts) > 1 and not sided:
            others = listed(one.name for one in texts)
            raise FaultyFiles.at(sound[0], f"has several transcripts ({others}); keep one")
        own, agents = (*texts, None, None)[:2]
        files = AudioFiles(name, sound, own, found.tools.get(stem), agents)
        found_in = read_transcript(files, told)
        head = StoredCall(name, SourceKind.AUDIO, files.source)
        if found_in is not None:
            head = replace(head, facts=found_in.facts, tags=found_in.tags, today=found_in.today)
        return [Source(name, SourceKind.AUDIO, files.all, head, audio=files)]
    tools = found.tools.get(stem)
    if sided:
        call = text_call(name, read_transcript_files(texts, math.inf), told.caller_name)
        call = replace(call, source=listed(map(str, texts)))
        sources = [Source(name, call.kind, tuple(texts), call)]
    else:
        sources = [one for path in texts for one in _of_text(path, kind, name, told.caller_name)]
    return sources if tools is None else [_with_tools(sources, tools)]


def _with_tools(sources: Sequence[Source], tools: Path) -> Source:
    """Return the single call of some text files, with the tools of a separate file."""
    if not sources:
        call = tools.name[: -len(TOOLS)]
        raise FaultyFiles.at(
            tools, f"no call of this name is here: expected {call}.json, {call}.txt or {call}.wav"
        )
    if len(sources) > 1:
        problem = (
            f"is of one call, and {sources[0].files[0]} holds {len(sources)}; write one a file"
        )
        raise FaultyFiles.at(tools, problem)
    (source,) = sources
    if source.kind is not SourceKind.CHAT:
        problem = f"{source.files[0]} tells itself which tools were called; remove this file"
        raise FaultyFiles.at(tools, problem)
    if source.call.faults:
        return source
    return replace(source, files=(*source.files, tools), call=with_tools_of(source.call, tools))


def _of_text(path: Path, kind: SourceKind | None, name: str, caller: str) -> list[Source]:
    if path.suffix.lower() in CAPTIONS or kind is SourceKind.AUDIO:
        raise FaultyFiles.at(
            path, f"there is no sound beside it ({path.stem}.wav, .flac, .ogg, .mp3, .m4a, .webm)"
        )
    if path.suffix.lower() == PLAIN:
        call = text_call(name, read_transcript_text(path), caller)
        return [Source(name, call.kind, (path,), call)]
    if kind in (None, SourceKind.CHAT) and (calls := read_transcripts(path, caller)) is not None:
        return [Source(call.name, call.kind, (path,), call) for call in calls]
    told = kind or _kind_of(path)
    if told is SourceKind.REALTIME:
        call = read_realtime(path)
        # Its messages are read again during conversion: they hold the audio, which is large.
        head = StoredCall(call.name, told, call.source, offered=call.offered)
        return [Source(call.name, told, (path,), head)]
    read = read_tau if told is SourceKind.TAU else read_chats
    return [Source(call.name, told, (path,), call) for call in read(path)]


def _kind_of(path: Path) -> SourceKind:
    data = next(row.data for row in json_rows(path) if isinstance(row, JsonDocument))
    first = data[0] if isinstance(data, list) and data else data
    if is_tau(data):
        return SourceKind.TAU
    if is_realtime(data) or is_realtime(first):
        return SourceKind.REALTIME
    if is_chat(data):
        return SourceKind.CHAT
    raise FaultyFiles.at(
        path,
        "is no chat, no Realtime log and no result of tau-bench, and there is no sound beside it; "
        "add --kind if it is one of them",
    )


def _check_names(sources: Iterable[Source]) -> None:
    first: dict[str, Source] = {}
    for source in sources:
        other = first.setdefault(source.name, source)
        if other is not source:
            both = f"{other.files[0]} and {source.files[0]} are both"
            both = f"{source.files[0]} holds twice" if other.files == source.files else both
            raise UsageError(
                f"{both} the call {source.name!r}; "
                "calls are told apart by name: rename one, or import them apart"
            )
