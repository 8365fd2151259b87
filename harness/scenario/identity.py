"""Identities of test and agent (a hash each), and the seeds of each scenario.

The test is the caller's actions and the requirements on the agent; the agent is its instructions:
its prompt and the descriptions of its tools. An edited prompt is another agent in the same test, so
its results may be compared with older results; an edited scenario is another test. Both are SHA-256
(hex) over canonical JSON, so comments and layout do not count.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

from harness.scenario.expectation import RULES
from harness.scenario.model import ConsequenceRule, DigitByDigit, RunBy, Scenario, Suite
from harness.scenario.script import STEPS
from harness.scenario.turn_checks import MOMENTS
from harness.units import MOST_SEED

_GIVEN = frozenset({"answers", "facts", "judge", "limits", "opening", "scorers", "today", "world"})
"""Keys of a suite that count only if a scenario uses them: then the scenario contains them."""

_LATER = ("order", "says", "never_says", "quiet", "world")
"""Keys of ``expect`` that came later: if empty, they do not count, so older hashes stay valid."""

_LATER_KEYS = ("history", "opening", "scorers", "stored", "today", "world")
"""Keys of a scenario that came later: empty keys do not count."""

_LATER_RULES = ("any_order", "contains", "fields", "optional")
"""Rules for arguments that came later."""

_TOLD = frozenset({"description", "instructions"})
"""Keys of a suite that describe the agent (or are notes for readers), not requirements."""

_GROWN = (
    *("backchannel", "over", "start", "text", "when", "aside", "dtmf", "sound", "disconnect"),
    *("image", "audio_item", *STEPS),
)
"""Keys of a turn that came later: unset, they do not count, so older tests stay the same."""

_MOMENTS = ("after_words", "on_tool", "on_event", "after_silence_s", "at_s", "within")
"""Keys of a cue that came later."""

_NOTHING: tuple[Any, ...] = (None, "", [], {})

_UNSET: dict[str, Any] = {
    "kinds": {},
    "separators": {},
    "run_by": RunBy.HARNESS.value,
    "unspoken": [],
    "says": [],
    "consequence": ConsequenceRule.OPTIONAL.value,
}
"""The unset values of a tool's later keys."""


def scenario_hash(scenario: Scenario, suite: Suite, files: Mapping[str, str] | None = None) -> str:
    """Return the identity of the test: scenario and suite without the agent's instructions.

    ``files`` are the digests of the author's files, by their names: a file's content counts, its
    name does not.
    """
    test = scenario.model_dump(mode="json", by_alias=True, exclude={"description"})
    test["turns"] = list(map(_with_changes_alone, test["turns"]))
    later = (
        (test, _LATER_KEYS),
        (test["expect"], _LATER),
    )
    cues = (turn[key] for turn in test["turns"] for key in MOMENTS if turn[key] is not None)
    grown = (
        *later,
        *_sound(test["caller"]),
        *((cue, _MOMENTS) for cue in cues),
        *((turn, _GROWN) for turn in test["turns"]),
        *((answer, ("if_silent_for",)) for answer in test["answers"]),
    )
    for part, keys in grown:
        for key in keys:
            if part[key] in _NOTHING:
                del part[key]
    for tool in _expected(test["expect"]["tools"]):
        tool["times"] = 1 if tool["times"] is None else tool["times"]
        if tool["outcome"] == "ok":  # came later
            del tool["outcome"]
        tool["arguments"] = _without_later_rules(tool["arguments"])
    _by_content(test, files or {})
    return _sha256({"scenario": test, "suite": _demanded_of(suite, test)})


def _demanded_of(suite: Suite, test: dict[str, Any]) -> Any:
    """Return a suite's requirements, without keys that came later; the test's mocks lose theirs."""
    demanded = suite.model_dump(mode="json", by_alias=True, exclude=set(_GIVEN))
    if suite.digit_by_digit is DigitByDigit.OPTIONAL:
        del demanded["digit_by_digit"]  # came later, as these
    mocks = (*test["mocks"].values(), *(tool["mock"] for tool in demanded["tools"]))
    for mock in (one for each in mocks for one in (each if isinstance(each, list) else [each])):
        if mock is not None and mock["world"] is None:
            del mock["world"]  # came later
    for tool in demanded["tools"]:
        for key, unset in _UNSET.items():
            if tool[key] == unset:
                del tool[key]
    return _demanded(demanded)


def _expected(tools: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield every expected call, each alternative on its own."""
    for tool in tools:
        yield from tool.get("one_of", (tool,))


def _without_later_rules(wanted: Any) -> Any:
    """Return expected arguments without the unset rules that came later."""
    if isinstance(wanted, list):
        return [_without_later_rules(one) for one in wanted]
    if not isinstance(wanted, dict):
        return wanted
    unset = {key for key in _LATER_RULES if not wanted.get(key) and wanted.keys() >= RULES}
    return {key: _without_later_rules(one) for key, one in wanted.items() if key not in unset}


def _sound(caller: dict[str, Any]) -> Iterator[tuple[dict[str, Any], tuple[str, ...]]]:
    """Yield the parts of a caller's audio settings, each with its keys that came later."""
    if caller["noise"] is not None:
        yield caller["noise"], ("bursts",)
    if caller["line"] is not None:
        yield caller["line"], ("network", "bitrate_kbps")
    yield caller, ("line", "second_talker")


def prompt_hash(suite: Suite, instructions: str) -> str:
    """Return the identity of the agent: its prompt and the descriptions of its tools."""
    tools = [(tool.name, tool.description, tool.parameters) for tool in suite.tools]
    return _sha256({"instructions": instructions.replace("\r\n", "\n"), "tools": tools})


def _by_content(test: dict[str, Any], files: Mapping[str, str]) -> None:
    """Replace the name of each file by the digest of its content."""
    for part in (*test["turns"], *test["answers"]):
        if isinstance(part["say"], dict):
            part["say"]["file"] = files.get(part["say"]["file"], "")
        image = part.get("image")
        if isinstance(image, dict):
            image["file"] = files.get(image["file"], "")
        elif image is not None:
            part["image"] = files.get(image, "")


def _with_changes_alone(turn: dict[str, Any]) -> dict[str, Any]:
    """Return a turn with only its set session changes: more settings may become changeable."""
    change = turn["session_update"]
    if change is None:
        return turn
    given = {name: value for name, value in change.items() if value is not None}
    return {**turn, "session_update": given}


def _demanded(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: _demanded(inner)
            for key, inner in value.items()
            # a parameter may be named "description": then it holds a schema, not a text
            if not (key in _TOLD and isinstance(inner, str))
        }
    return [_demanded(inner) for inner in value] if isinstance(value, list) else value


def _sha256(parts: object) -> str:
    canonical = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def own_seed(suite: str, scenario: str, given: int) -> int:
    """Return a scenario's first seed for this base seed: from ``--seed``, or from its file."""
    # Scenarios usually have the same seed. An agent that seeds its random numbers with it, as ours
    # does, would then fail in all scenarios of a repeat at once, and 40 calls would weigh like 10.
    # So a seed that is given for a whole run, or that a scenario names, is only a base: a
    # scenario's offset from it is the same in every run and on every machine.
    return within(given + _apart(suite, scenario))


def seed_offset(owner: str) -> int:
    """Return the seed offset between a scenario and an owner of calls, such as a test."""
    # From the name alone, so it is the same in every session and on every machine.
    return zlib.crc32(owner.encode()) * 1_000


def given_seed(suite: str, scenario: str, own: int) -> int:
    """Return the base seed with which a scenario's first call has this seed: the inverse."""
    return within(own - _apart(suite, scenario))


def within(seed: int) -> int:
    """Return a seed in the range of the options: past its end, it wraps around to 0."""
    return seed % (MOST_SEED + 1)


def _apart(suite: str, scenario: str) -> int:
    return zlib.crc32(f"{suite}/{scenario}".encode()) % 100_000 * 1_000
