"""Reads and writes ``results.json``, and the prompts of a run's recordings.

The file is the model in ``model.py`` field by field: keys in the order of the fields, the keys of
``details`` sorted, numbers rounded to a millionth, UTF-8, two spaces of indent, one newline at the
end. The last key is ``digest``, its seal. A reader ignores keys that it does not know, and
refuses another ``format``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Protocol, TypeVar

import orjson
from pydantic import ValidationError

from harness.errors import RecordingDamaged, UsageError
from harness.files import (
    read_plain,
    sealed_pieces,
    to_json,
    uncollected,
    write_pieces,
    wrong_format,
)
from harness.judging.scorers.base import Measure
from harness.recording.manifest import load_manifest
from harness.results.aggregate import summarize
from harness.results.model import FORMAT, AgentPrompt, CallResult, RunResults, adapter_of
from harness.results.rates import SECONDS
from harness.results.reviews import REVIEWS, ReviewedVerdict, read_reviews, with_reviews

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


# A JSON document with a long list in it, split so that only a single element is parsed at a time.
#
# ``storage.sealed_pieces`` writes each element of a list between a line `` {`` and a line `` }``.
# No JSON string contains a line break, so such a line cannot be part of a string. A document of
# another layout is not split.

_BEGIN, _BETWEEN, _END = b"[\n    {\n", b"\n    },\n    {\n", b"\n    }\n  ]"


def taken_apart(raw: bytes, name: str) -> tuple[bytes, Iterator[bytes]] | None:
    """Return the document with this list empty, and the elements; None for another layout.

    The elements are raw: the caller checks whether they are JSON.
    """
    key = b'\n  "' + name.encode() + b'": '
    found = raw.find(key + _BEGIN)
    first = found + len(key + _BEGIN)
    end = raw.find(_END, first)
    if found < 0 or end < 0:
        return None
    emptied = raw[: found + len(key)] + b"[]" + raw[end + len(_END) :]
    return emptied, _elements(raw, first, end)


def _elements(raw: bytes, at: int, end: int) -> Iterator[bytes]:
    while (stop := raw.find(_BETWEEN, at, end)) >= 0:
        yield b"{" + raw[at:stop] + b"}"
        at = stop + len(_BETWEEN)
    yield b"{" + raw[at:end] + b"}"


RESULTS = "results.json"
"""The file of a run with the results of its calls."""

_STORED = (RESULTS, REVIEWS, "compare.json", "manifest.json", "noise_floor.json")

LONGEST_WAIT_S = 86_400.0
"""No wait of a call is longer than a day: a larger value means a damaged file."""

LARGEST = 1e15
"""No value of any unit is larger, and sums of such values stay finite."""

T = TypeVar("T")


class Placed(Protocol):
    """A call of a run."""

    @property
    def recording(self) -> str:
        """Its folder, relative to the run's."""
        ...


def write_results(path: Path, results: RunResults) -> None:
    """Replace ``path`` by these results, or leave it as it was; raises StorageFailed.

    The folder is made if it is missing.
    """
    write_json(path, results)


def write_json(path: Path, document: DataclassInstance) -> None:
    """Replace ``path`` by a dataclass as JSON in the form of ``results.json``, sealed.

    Raises StorageFailed, and leaves the file as it was.
    """
    with uncollected():
        write_pieces(path, sealed_pieces(document), durable=True)


def read_results(path: Path) -> RunResults:
    """Read ``results.json`` together with the reviews that persons have added since.

    Raises RecordingDamaged if a file is missing, of another format or malformed.
    """
    with uncollected():
        stored = _results(_bytes(path), path)
    return reviewed(_checked(stored, path), read_reviews(path.parent))


def from_json(
    raw: bytes, path: Path, verdicts: tuple[ReviewedVerdict, ...] | None = None
) -> RunResults:
    """Return the results in the bytes of a ``results.json``; ``path`` is named in errors.

    Raises RecordingDamaged if they are newer than this harness or malformed.
    """
    return reviewed(_checked(_results(raw, path), path), verdicts)


def as_stored(call: CallResult) -> CallResult:
    """Return a result as it will be read back: numbers have fewer digits in ``results.json``."""
    return adapter_of(CallResult).validate_python(orjson.loads(to_json(call)))


def reviewed(results: RunResults, verdicts: tuple[ReviewedVerdict, ...] | None) -> RunResults:
    """Return results as scorers and persons judged them; None leaves them as they are stored.

    Gates that were judged before stay as they are; the default gate is judged again.
    """
    calls = results.calls if verdicts is None else with_reviews(results.calls, verdicts)
    if calls == results.calls:
        return results
    summary = summarize(calls)
    if results.gates:
        summary = replace(summary, gates_passed=results.summary.gates_passed)
    return replace(results, calls=calls, summary=summary)


def read_json(path: Path, kind: type[T], known: int) -> T:
    """Read a dataclass that ``write_json`` has written, of this ``known`` format.

    Raises RecordingDamaged if it is missing, of another format or malformed.
    """
    return _document(_bytes(path), path, kind, known)


def _bytes(path: Path) -> bytes:
    try:
        return read_plain(path)
    except OSError as error:
        raise RecordingDamaged(path, error.strerror or str(error)) from error


def _results(raw: bytes, path: Path) -> RunResults:
    """Return results as stored: call by call, for the JSON of 10,000 takes half a gigabyte.

    A damaged file, or a file of another layout, is read whole, so that the error is precise.
    """
    apart = taken_apart(raw, "calls")
    if apart is not None:
        without, calls = apart
        try:
            results = _document(without, path, RunResults, FORMAT)
            if not results.calls:  # else the file has that key twice
                read = (
                    adapter_of(CallResult).validate_python(orjson.loads(call)) for call in calls
                )
                return replace(results, calls=tuple(read))
        except (RecordingDamaged, ValueError):  # of which JSON's and pydantic's errors are some
            pass
    return _document(raw, path, RunResults, FORMAT)


def _document(raw: bytes, path: Path, kind: type[T], known: int) -> T:
    try:
        document = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise RecordingDamaged(path, f"not JSON: {error}") from error
    found = document.get("format") if isinstance(document, dict) else None
    if not isinstance(found, int) or isinstance(found, bool) or found < 1:
        raise RecordingDamaged(path, "not a file of the harness: no 'format'")
    if problem := wrong_format(found, known):
        raise RecordingDamaged(path, problem)
    try:
        return adapter_of(kind).validate_python(document)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise RecordingDamaged(path, f"{place}: {first['msg']}") from error


def _checked(results: RunResults, path: Path) -> RunResults:
    """Return stored results with checked values: readers rely on them."""
    for number, call in enumerate(results.calls):
        for one in (one for score in call.scores for one in score.measurements):
            low, high = possible(one.measure)
            if not all(value.value is None or low <= value.value <= high for value in one.values):
                place = f"calls.{number}: {one.measure.name}"
                allowed = f"{low:g} to {high:g} {one.measure.unit}"
                raise RecordingDamaged(path, f"{place}: expected values from {allowed}")
    return results


def possible(measure: Measure) -> tuple[float, float]:
    """Return the smallest and the largest value that a stored measure may have."""
    return (0.0, LONGEST_WAIT_S) if measure.unit == SECONDS else (-LARGEST, LARGEST)


def check_output(option: str, path: Path) -> None:
    """Raise UsageError if an output of another kind would replace a file that a command stored."""
    if path.name in _STORED and path.exists():
        raise UsageError(f"{option} {path} would replace stored results; give it another name")


def place_in_run(run_folder: Path, call: Placed) -> PurePosixPath:
    """Return the call's folder inside the run.

    Raises RecordingDamaged if the stored path leads out of it.
    """
    place = PurePosixPath(call.recording)
    if place.is_absolute() or ".." in place.parts or not place.parts:
        detail = f"recording {call.recording!r} is not a folder inside the run"
        raise RecordingDamaged(run_folder / RESULTS, detail)
    return place


# Recordings that are removed on purpose, and how the results of their run record it.


def has_recordings(results: RunResults) -> bool:
    """Return whether the results list any call whose recording is kept."""
    return any(_is_there(call) for call in results.recorded)


def tell_removed(path: Path) -> None:
    """Record in ``results.json`` that recordings are removed on purpose, as ``--keep`` does.

    Call it before they are removed. Raises OSError, RecordingDamaged, StorageFailed.
    """
    stored = from_json(read_plain(path), path)
    write_results(
        path, replace(stored, calls=_unkept(stored.calls), attempts=_unkept(stored.attempts))
    )


def _unkept(calls: tuple[CallResult, ...]) -> tuple[CallResult, ...]:
    return tuple(replace(call, kept=False) if _is_there(call) else call for call in calls)


def _is_there(call: CallResult) -> bool:
    return call.kept and call.duration_s is not None


# The prompts of a run's agents, from its recordings.

_TRIED = 20
"""Recordings of a prompt that are tried until a readable recording is found."""

_DIGEST_BYTES = 8


def recorded_prompt(folder: Path) -> AgentPrompt | None:
    """Return the prompt of a recorded call; None if its recording cannot be read."""
    try:
        manifest = load_manifest(folder)
    except RecordingDamaged:
        return None
    tools = manifest.suite.get("tools") or ()
    return AgentPrompt(
        manifest.prompt_hash,
        manifest.instructions,
        {str(tool["name"]): _digest(tool) for tool in tools if "name" in tool},
    )


def recorded_prompts(run_folder: Path, calls: Iterable[CallResult]) -> tuple[AgentPrompt, ...]:
    """Return each prompt of a run once, as far as recordings of its calls are kept."""
    found: dict[str, AgentPrompt] = {}
    tried: dict[str, int] = {}
    for call in calls:
        wanted = call.prompt_hash
        if not wanted or wanted in found or tried.get(wanted, 0) >= _TRIED or not call.kept:
            continue
        tried[wanted] = tried.get(wanted, 0) + 1
        prompt = recorded_prompt(run_folder / call.recording)
        if prompt is not None and prompt.hash == wanted:
            found[wanted] = prompt
    return tuple(found.values())


def _digest(tool: dict[str, object]) -> str:
    told = [tool.get("description"), tool.get("parameters")]
    data = orjson.dumps(told, option=orjson.OPT_SORT_KEYS)
    return hashlib.blake2b(data, digest_size=_DIGEST_BYTES).hexdigest()
