"""Gold calls: short conversations in compact YAML, each with the right verdict.

A file contains the calls of a domain (``trade``), in English without a ``language`` key::

    trade: airline
    tools:
      - {name: move_booking, kind: write, description: Move a booking., args: {code: string}}
    calls:
      agreed to and done:
        said: |
          agent: I'd move booking KX4T2M to the morning flight. Shall I?
          caller: Yes, please.
          move_booking {code: KX4T2M} -> {moved: true}
        verdict: {write_confirmation: pass}
        why: named with its value, agreed to, done

Tools have the same keys as in a suite (``kind`` is ``read`` if left out), and the short form
``args``: ``string``, ``integer``, ``number``, ``boolean``, ``date``, a list of choices, or a
schema; ``?`` after a name makes the argument optional. A verdict is an outcome, or two defensible
outcomes (``review|fail``). A call may have ``facts``, ``expect`` and ``today`` of a scenario, and
``tool_keys`` and ``suite``: keys of a tool and of the suite, for this call.

A line of ``said`` is ``who: words``, or a tool with its arguments and ``-> result``, ``-> failed``
or ``-> timed_out`` (optionally followed by an error), or ``-> unanswered``. Times are estimated
from the words; ``12.5-14 caller: …`` sets them. Options follow the words in brackets, as in
``support/call_script.py``, and ``[over]``: the caller speaks while the agent does. ``|`` in the
agent's words marks the interruption by the caller; the text after it was never heard.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from support.call_script import Row, record

from harness.judging.judge import judge, verdicts
from harness.judging.scorers.base import Score
from harness.judging.scorers.registry import known_options, scorers_for
from harness.judging.written import ENDED, TOOL_LINE, described_tool
from harness.language.sounds import heard_words, usual_length_s
from harness.scenario.document import read_document

FOLDER = Path(__file__).parent
VERDICTS = frozenset({"pass", "fail", "review", "not_applicable", "unscorable"})

_FILE_KEYS = {"trade", "language", "tools", "calls"}
_CALL_KEYS = {"said", "verdict", "why", "facts", "expect", "today", "tool_keys", "suite"}
_LINE = re.compile(r"^(?:([\d.]+)-([\d.]+)\s+)?(caller|agent):\s*(.*)$")
_OPTION = re.compile(r"\s*\[([\w-]+):?\s*([^\]]*)\]")
_OPTIONS = {
    "caller": {"over", "cut-off", "silence", "noise", "backchannel"},
    "agent": {"heard", "phase"},
}
_WORD_S = 0.38
_STEP_S = 0.02


class GoldError(Exception):
    """A gold file with an unknown key or value, a missing key or a malformed line."""


@dataclass(frozen=True, slots=True)
class GoldCall:
    """A call with the verdicts that a careful reader may give."""

    id: str
    trade: str
    rows: tuple[Row, ...]
    suite: Mapping[str, Any]
    scenario: Mapping[str, Any]
    verdict: Mapping[str, frozenset[str]]

    @property
    def negative(self) -> bool:
        """Whether at least one scorer must not pass the call."""
        return any("pass" not in allowed for allowed in self.verdict.values() if _judged(allowed))

    def scores(self) -> dict[str, Score]:
        """Return the harness's scores by scorer name, for the scorers with a gold verdict."""
        judged = judge(
            record(list(self.rows), scenario=dict(self.scenario), suite=dict(self.suite))
        )
        asked = [s for s in scorers_for(judged.call.scenario) if s.scorer_name in self.verdict]
        return {j.scorer.scorer_name: j.score for j in verdicts(judged.call, asked)}


def _judged(allowed: frozenset[str]) -> bool:
    return not allowed <= {"not_applicable"}


def gold_calls() -> tuple[GoldCall, ...]:
    """Return the calls of all files, in the order of their names."""
    return tuple(call for path in sorted(FOLDER.glob("*.yaml")) for call in read_calls(path))


def read_calls(path: Path) -> tuple[GoldCall, ...]:
    """Return the calls of a file; raise ``GoldError`` for unknown keys and malformed lines."""
    data = read_document(path).data
    _known(data, _FILE_KEYS, path.name)
    spoken = {"suite": data["trade"], "language": data.get("language", "en")}
    return tuple(
        _call(f"{path.stem}/{name}", call, spoken=spoken, tools=data["tools"])
        for name, call in data["calls"].items()
    )


def _call(
    name: str, call: dict[str, Any], *, spoken: dict[str, str], tools: list[dict[str, Any]]
) -> GoldCall:
    _known(call, _CALL_KEYS, name)
    missing = {"said", "verdict", "why"} - set(call)
    if missing:
        raise GoldError(f"{name}: says no {', '.join(sorted(missing))}")
    own = call.get("tool_keys", {})
    _known(own, {tool["name"] for tool in tools}, name)
    given = {key: call[key] for key in ("facts", "expect", "today") if key in call}
    return GoldCall(
        id=name,
        trade=spoken["suite"],
        rows=tuple(_rows(call["said"], {tool["name"] for tool in tools}, name)),
        suite={
            **call.get("suite", {}),
            **spoken,
            "tools": [described_tool({**tool, **own.get(tool["name"], {})}) for tool in tools],
        },
        scenario={"facts": {}, **given},
        verdict={scorer: _verdict(scorer, said, name) for scorer, said in call["verdict"].items()},
    )


def _verdict(scorer: str, said: str, name: str) -> frozenset[str]:
    _known([scorer], set(known_options()), name)
    allowed = frozenset(part.strip() for part in said.split("|"))
    _known(allowed, VERDICTS, name)
    return allowed


def _known(keys: Iterable[str], allowed: set[str] | frozenset[str], place: str) -> None:
    unknown = sorted(set(keys) - allowed)
    if unknown:
        raise GoldError(f"{place}: unknown {', '.join(unknown)}; known: {sorted(allowed)}")


@dataclass
class _Clock:
    """The current time of the call in seconds, and the agent's latest utterance."""

    now_s: float = 0.5
    agent: Row | None = None
    cut: bool = False

    def placed(self, row: Row, length_s: float, gap_s: float) -> Row:
        if row.end_s is None:
            row.start_s = self.now_s + gap_s
            row.end_s = row.start_s + length_s
        row.start_s, row.end_s = round(row.start_s, 2), round(row.end_s, 2)
        self.now_s = max(self.now_s, row.end_s)
        return row


def _rows(said: str, tools: set[str], name: str) -> Iterable[Row]:
    clock = _Clock()
    for line in said.strip().splitlines():
        spoken, called = _LINE.match(line.strip()), TOOL_LINE.match(line.strip())
        if spoken is not None:
            yield _spoken(spoken, clock, name)
        elif called is not None:
            _known([called[3]], tools, name)
            yield _called(called, clock)
        else:
            raise GoldError(f"{name}: neither words nor a tool: {line!r}")


def _spoken(line: re.Match[str], clock: _Clock, name: str) -> Row:
    start, end, who, rest = line.groups()
    options = dict(_OPTION.findall(rest))
    _known(options, _OPTIONS[who], name)
    row = Row(float(start or 0), float(end) if end else None, who, "", options)
    words = _OPTION.sub("", rest)
    if who == "agent":
        return _agent(row, words, clock)
    row.text = words
    over = clock.agent if "over" in options or clock.cut else None
    if over is not None and row.end_s is None:
        assert over.end_s is not None
        row.start_s = over.end_s - (0.4 if clock.cut else 0.6 * over.length_s)
        row.end_s = row.start_s + _length_s(words)
    if over is not None and "backchannel" not in options:
        options["barge-in"] = ""
    options.pop("over", None)
    clock.agent, clock.cut = None, False
    return clock.placed(row, 3.0 if "silence" in options else _length_s(words), 0.6)


def _agent(row: Row, words: str, clock: _Clock) -> Row:
    heard, cut, unheard = (part.strip() for part in words.partition("|"))
    row.text = " ".join(filter(None, (heard, unheard)))
    length_s = _length_s(row.text)
    if cut:
        row.options["of"] = str(length_s)
        row.options.setdefault("heard", heard)
        length_s = _heard_s(row.text, heard, length_s)
    clock.agent, clock.cut = clock.placed(row, length_s, 0.8), bool(cut)
    return row


def _heard_s(text: str, heard: str, length_s: float) -> float:
    steps = (step * _STEP_S for step in range(int(length_s / _STEP_S)))
    times = [at for at in steps if heard_words(text, heard_s=at, generated_s=length_s) == heard]
    return times[-1]


def _length_s(words: str) -> float:
    return max(0.7, _WORD_S * len(words.split()), usual_length_s(words))


def _called(line: re.Match[str], clock: _Clock) -> Row:
    start, end, tool, arguments, answer = line.groups()
    ended = ENDED.match(answer or "")
    how, result = (ended[1], ended[2]) if ended else ("ok", answer)
    options = {how: "", "raw": json.dumps(_value(arguments)), "output": json.dumps(_value(result))}
    row = Row(float(start or 0), float(end) if end else None, tool, "", options)
    if row.end_s is None and clock.agent is not None:
        assert clock.agent.end_s is not None
        clock.now_s = max(clock.agent.start_s + 0.4, clock.agent.end_s - 0.6)
    begun_s = clock.now_s
    clock.placed(row, 0.5, 0.3)
    if clock.agent is not None and clock.agent.end_s is not None:
        clock.now_s = max(begun_s, clock.agent.end_s, row.end_s or 0.0)
    if how == "unanswered":
        row.end_s = None
    clock.agent = None
    return row


def _value(text: str | None) -> Any:
    return _plain(YAML(typ="safe").load(text)) if text else {}


def _plain(value: Any) -> Any:
    """Return a value with dates converted back to ISO 8601 text."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value.isoformat() if isinstance(value, date) else value
