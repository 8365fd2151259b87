"""Results of tau-bench and tau2-bench as calls without audio.

tau-bench writes a list of runs, each with the messages of its chat (``traj``). tau2-bench writes an
object with ``simulations``, each with ``messages``, and their common data under ``info``: the
agent's policy and, if it was kept, the schemas of its tools. A run is named by its task and its
trial. Its reward is a tag (``reward-1``), so that their verdict and ours can be compared.

The simulated user's control signals (``###STOP###``) are not words of a caller. Times in these
files are those of programs, not of speech, and are not used.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from harness.errors import Fault, FaultyFiles
from harness.importing.json_files import JsonDocument, json_documents, json_rows
from harness.importing.messages import Messages, offered
from harness.importing.model import SourceKind, StoredCall
from harness.importing.transcript import seconds_of
from harness.recording.provenance import CallStatus
from harness.scenario.document import KeyPath
from harness.scenario.fault_text import listed, shown

# Audio simulations of tau2-bench: ticks with a part of each side's text, as chat messages.
#
# A tick lasts for a part of a second and holds the speech of each side in it (``agent_chunk``,
# ``user_chunk``), with the calls and results of tools. Parts of an utterance, or with no long pause
# between them, are one message, placed at its beginning.

_USUAL_S = 0.2
"""The length of a tick that does not give its length."""
_PAUSE_S = 1.0
"""A pause of this length separates two messages of a side."""
_SIDES = (("user_chunk", "user"), ("agent_chunk", "assistant"))


@dataclass(slots=True)
class _Said:
    role: str
    first: int
    last: int
    utterances: frozenset[str]
    texts: list[str] = field(default_factory=list)

    def message(self) -> dict[str, Any]:
        return {"role": self.role, "content": " ".join("".join(self.texts).split())}


def messages_of(ticks: list[Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the messages of a simulation in the order in which they begin."""
    found: list[tuple[int, int, Mapping[str, Any] | _Said]] = []
    open_: dict[str, _Said] = {}
    for number, tick in enumerate(ticks):
        if not isinstance(tick, dict):
            continue
        for holder, role in _SIDES:
            chunk = tick.get(holder)
            if isinstance(chunk, dict) and isinstance(chunk.get("content"), str):
                made = _taken(open_, chunk, role, number, tick)
                found += [(number, 0, made)] if made is not None else []
        for key, role in (("agent_tool_calls", "assistant"), ("user_tool_calls", "user")):
            if calls := tick.get(key):
                open_.pop(role, None)  # the next words may use the result
                found.append((number, 1, {"role": role, "content": None, "tool_calls": calls}))
        for key in ("agent_tool_results", "user_tool_results"):
            results = tick.get(key)
            for result in results if isinstance(results, list) else ():
                open_.pop("assistant", None)
                found.append((number, 2, result))
    for _, _, each in sorted(found, key=lambda one: one[:2]):
        yield each.message() if isinstance(each, _Said) else each


def _ids(given: object) -> frozenset[str]:
    return frozenset(map(str, given)) if isinstance(given, list) else frozenset()


def _taken(
    open_: dict[str, _Said], chunk: Mapping[str, Any], role: str, number: int, tick: Any
) -> _Said | None:
    """Add a part to the message of its side; return a message if this part begins it."""
    text, utterances = str(chunk["content"]), _ids(chunk.get("utterance_ids"))
    if not text.strip():
        if role in open_ and open_[role].last == number - 1 and text:
            open_[role].texts.append(text)
        return None
    before = open_.get(role)
    length_s = seconds_of(tick.get("tick_duration_seconds")) or _USUAL_S
    if before is not None and (number - before.last) * length_s <= _PAUSE_S:
        other = bool(before.utterances and utterances) and utterances.isdisjoint(before.utterances)
        before.texts += [" ", text] if other else [text]
        before.last, before.utterances = number, utterances or before.utterances
        return None
    open_[role] = _Said(role, number, number, utterances, [text])
    return open_[role]


_SIGNAL = re.compile(r"###[A-Z-]+###")
_NOW = re.compile(r"current time is (\d{4}-\d\d-\d\d)")
_FOLDER = "simulations"
_HELD = ("traj", "messages")
_ENDED = {"user_stop", "agent_stop", "max_steps"}
"""Ways in which a simulation ends without an error of the simulator."""
_ENDINGS = {"agent_error": CallStatus.AGENT_ERROR, "user_error": CallStatus.CALLER_INVALID}


def is_tau(data: object) -> bool:
    """Return whether JSON data looks like results of tau-bench or tau2-bench."""
    if isinstance(data, dict):
        return isinstance(data.get("simulations"), list) or _is_run(data)
    return isinstance(data, list) and any(map(_is_run, data))


def _is_run(row: object) -> bool:
    held = (*_HELD, "ticks")
    return isinstance(row, dict) and "task_id" in row and any(key in row for key in held)


def read_tau(path: Path) -> tuple[StoredCall, ...]:
    """Return the simulations of a results file as calls, in its order.

    A call with ``faults`` must not be judged. Raises FaultyFiles if no simulation in the file can
    be read.
    """
    calls: list[StoredCall] = []
    for document in json_rows(path):
        if isinstance(document, Fault):
            broken = f"{path.stem}-{document.line}"
            calls.append(StoredCall(broken, SourceKind.TAU, str(path), faults=(document,)))
            continue
        rows = list(_simulations(document.data))
        if not rows and _in_files(path, document.data):
            continue  # each is a separate file and is read as such
        if not rows:
            raise FaultyFiles((document.fault((), _no_results(document.data)),))
        shared = _Shared(_info(path, document.data))
        calls += [_call(document, row, key=key, shared=shared) for row, key in rows]
    return tuple(calls)


def _no_results(data: object) -> str:
    if isinstance(data, dict) and data.get("simulation_index"):
        return f"its simulations are in files of their own, in the folder {_FOLDER!r} beside it"
    return "no results of tau-bench ([{task_id, traj, …}]) or tau2-bench ({simulations})"


def _in_files(path: Path, data: object) -> bool:
    """Return whether simulations are in a folder next to a results file that lists them."""
    listed_there = isinstance(data, dict) and bool(data.get("simulation_index"))
    return listed_there and (path.parent / _FOLDER).is_dir()


def _info(path: Path, data: object) -> Mapping[str, Any]:
    """Return the shared data of simulations: from their file, or the results that list them."""
    beside = path.parent.parent / "results.json"
    if _is_run(data) and path.parent.name == _FOLDER and beside.exists():
        data = _listing(beside)
    info = data.get("info") if isinstance(data, dict) else None
    return info if isinstance(info, dict) else {}


@lru_cache(maxsize=1)
def _listing(path: Path) -> object:
    """Return a results file; it is requested once for each of its simulations."""
    try:
        return json_documents(path)[0].data
    except FaultyFiles:
        return None


class _Shared:
    """The data that all simulations of a tau2-bench file share."""

    def __init__(self, info: Mapping[str, Any]) -> None:
        world = info.get("environment_info")
        world = world if isinstance(world, dict) else {}
        self.domain = str(world.get("domain_name") or "")
        self.policy = str(world.get("policy") or "")
        self.offered = offered(world.get("tool_defs"))


def _simulations(data: object) -> Iterator[tuple[object, KeyPath]]:
    if isinstance(data, dict) and isinstance(data.get("simulations"), list):
        for number, row in enumerate(data["simulations"]):
            yield row, ("simulations", number)
    elif _is_run(data):
        yield data, ()
    elif isinstance(data, list):
        yield from ((row, (number,)) for number, row in enumerate(data))


def _call(document: JsonDocument, row: object, *, key: KeyPath, shared: _Shared) -> StoredCall:
    found = _held(document, row, key)
    if isinstance(found, Fault) or not isinstance(row, dict):
        faults = (found,) if isinstance(found, Fault) else ()
        name = _named(row) or "-".join(map(str, (document.path.stem, *key)))
        return StoredCall(name, SourceKind.TAU, str(document.path), faults=faults)
    held, messages = found
    read = Messages(document)
    for number, message in enumerate(messages):
        spoken = _without_signals(message)
        if spoken is not None:
            read.take(spoken, (*key, held, number))
    policy = "\n\n".join(read.instructions) or str(row.get("policy") or "") or shared.policy
    status, detail = _ending(row)
    if status is CallStatus.COMPLETED and not read.lines and not read.faults:
        read.faults.append(document.fault((*key, held), "nobody says anything in it"))
    return StoredCall(
        name=_named(row),
        kind=SourceKind.TAU,
        source=str(document.path),
        lines=tuple(read.lines),
        tools=tuple(read.tools),
        tags=tuple(_tags(row, shared)),
        today=_day(policy),
        instructions=policy or None,
        started_at=str(row.get("start_time") or ""),
        offered=shared.offered or read.called(),
        notes=read.notes(),
        status=status,
        status_detail=detail,
        faults=tuple(read.faults),
    )


def _named(row: object) -> str:
    known = isinstance(row, dict) and "task_id" in row
    return f"task-{row['task_id']}-trial-{row.get('trial') or 0}" if known else ""  # type: ignore[attr-defined,index]


def _held(document: JsonDocument, row: object, key: KeyPath) -> tuple[str, list[Any]] | Fault:
    """Return the place of a simulation's messages, and the messages; else the fault."""
    if not isinstance(row, dict) or not (_is_run(row) or row.get("ticks")):
        got = f"the keys {listed(row)}" if isinstance(row, dict) else shown(row)
        return document.fault(key, f"expected a simulation ({{task_id, messages}}), got {got}")
    if isinstance(row.get("ticks"), list) and row["ticks"] and not row.get("messages"):
        return "ticks", list(messages_of(row["ticks"]))
    held = next((one for one in _HELD if row.get(one) is not None), _HELD[-1])
    if isinstance(row.get(held), list):
        return held, row[held]
    return document.fault((*key, held), f"expected messages, got {shown(row.get(held))}")


def _without_signals(message: object) -> object | None:
    """Return a message without the simulated user's control signals; None if no text remains."""
    content = message.get("content") if isinstance(message, dict) else None
    if not isinstance(message, dict) or message.get("role") != "user" or content is None:
        return message
    if not isinstance(content, str) or not _SIGNAL.search(content):
        return message
    words = _SIGNAL.sub("", content).strip()
    return {**message, "content": words} if words or message.get("tool_calls") else None


def _ending(row: Mapping[str, Any]) -> tuple[CallStatus, str]:
    """Return how a simulation ended; a broken simulation is no evidence about the agent."""
    info = row.get("info")
    if isinstance(info, dict) and info.get("error"):
        return CallStatus.HARNESS_ERROR, f"the benchmark broke: {info['error']}"
    reason = str(row.get("termination_reason") or "user_stop")
    if reason in _ENDED:
        return CallStatus.COMPLETED, "" if reason != "max_steps" else "stopped after max_steps"
    status = _ENDINGS.get(reason, CallStatus.HARNESS_ERROR)
    return status, f"the simulation ended with {reason}"


def _tags(row: Mapping[str, Any], shared: _Shared) -> Iterator[str]:
    yield f"task-{row['task_id']}"
    if shared.domain:
        yield shared.domain
    told = row.get("reward_info")
    reward = told.get("reward") if isinstance(told, dict) else row.get("reward")
    if isinstance(reward, int | float) and not isinstance(reward, bool):
        yield f"reward-{reward:.6g}"


def _day(policy: str) -> date | None:
    """Return the current day according to the policy."""
    told = _NOW.search(policy)
    try:
        return date.fromisoformat(told[1]) if told else None
    except ValueError:
        return None
