"""Pairs of short calls: one right, and a wrong twin that uses another value of the same dialogue.

In both calls the agent proposes a write with all its values, the caller agrees, and the tool is
called. The right call uses the proposed value. The twin uses another value of the same kind, which
the agent mentions in the proposing turn but does not propose (in three of eight forms it comes
from the caller or the records). The axes are the kind of value, the form in which the other value
is mentioned, and the length of the proposing turn. The same seed gives the same pairs.

A task (``distractor_data/tasks_*.yaml``) is a write in a domain: its tool (``args``, JSON Schema
by name), the argument under test (``slot``), the source of values (``values``, and ``also`` for
the other arguments), and the text. ``do`` is the proposal as a verb phrase, ``ask`` the caller's
request. The other keys are the forms, with ``{other}`` as the placeholder of the other value:

========  =======================================================================
lead      a clause before the question, in its sentence
before    a sentence before the question
after     a sentence after the question
sub       a subordinate clause after the proposal
options   a list of three options, with ``{options}``, that contains the right value
quote     a quotation of the caller; ``first`` and ``then`` are the caller's turns
now       the present state that is being changed
last      an earlier booking, or a habit
========  =======================================================================
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

from distractor_values import TODAY, Value, draw

from harness.scenario.document import read_document

FOLDER = Path(__file__).parent / "distractor_data"
FORMS = {
    "lead": "same sentence",
    "before": "sentence before",
    "after": "sentence after",
    "sub": "subordinate clause",
    "options": "options",
    "quote": "quotation",
    "now": "present state",
    "last": "earlier booking",
}
"""Forms of the other value: the key of a task's text, and the name in rows and tables."""

LENGTHS = {"one": (1, 2), "three to four": (3, 4), "six to eight": (6, 8)}
"""Fewest and most sentences of the proposing turn; some forms add a sentence to a lone sentence."""

_JOINTS = {"options": " - ", "quote": " - now, ", "now": ", so ", "last": " - this time, "}
"""Text that joins these forms and the question in a turn of a single sentence."""

_ORDERED = ("date", "time", "amount", "count")
"""Kinds whose options people list in ascending order; others are shuffled."""

_START = re.compile(r"(^|[.?!] )([a-z])")
_SHORT_TYPES: dict[str, dict[str, str]] = {"date": {"type": "string", "format": "date"}}


@dataclass(frozen=True, slots=True)
class Pair:
    """A right call and its wrong twin, as rows of labelled dialogues."""

    kind: str
    form: str
    length: str
    argument: str
    said: str
    """The proposed value, as the agent says it."""
    other_said: str
    """The value of the twin, as the dialogue has it."""
    sentences: int
    """Sentences of the proposing turn."""
    right: Mapping[str, Any]
    wrong: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Drawn:
    """The random choices for a pair."""

    rng: random.Random
    task: Mapping[str, Any]
    form: str
    value: Value
    other: Value
    words: Mapping[str, str]
    """Text for the placeholders of the task."""
    also: Mapping[str, Any]
    """Values of the other arguments."""

    def text(self, key: str) -> str:
        """Return a text of the task with its values, each sentence capitalized."""
        return _capitals(self.task[key].format(**self.words))


def pairs(seed: int = 1, *, each: int = 1) -> Iterator[Pair]:
    """Yield ``each`` pairs of every task, form and length."""
    for task, form, length, number in product(tasks(), FORMS, LENGTHS, range(1, each + 1)):
        name = f"{task['domain']}/{task['tool']}/{FORMS[form]}/{length}/{number}".replace(" ", "_")
        yield _pair(name, length, _drawn(task, form, random.Random(f"{seed}/{name}")))


@cache
def tasks() -> tuple[Mapping[str, Any], ...]:
    """Return the tasks of all files."""
    files = sorted(FOLDER.glob("tasks_*.yaml"))
    return tuple(task for path in files for task in read_document(path).data["tasks"])


@cache
def _data(name: str) -> Any:
    return read_document(FOLDER / f"{name}.yaml").data


def _drawn(task: Mapping[str, Any], form: str, rng: random.Random) -> _Drawn:
    value, other, third = draw(task["values"], 3, rng)
    if form == "now" and task["kind"] == "date":  # a postponement moves to a later date
        other, value = sorted((value, other), key=lambda each: str(each.value))
    also = {name: draw(spec, 1, rng)[0] for name, spec in task.get("also", {}).items()}
    said = {name: rng.choice(each.said) for name, each in also.items()}
    said |= {"value": rng.choice(value.said), "other": rng.choice(other.said)}
    options = [(value.value, said["value"]), (other.value, said["other"])]
    options.append((third.value, rng.choice(third.said)))
    rng.shuffle(options)
    if task["kind"] in _ORDERED:
        options.sort()
    said["options"] = _list_of([words for _, words in options])
    values = {name: each.value for name, each in also.items()}
    return _Drawn(rng, task, form, value, other, said, values)


def _list_of(options: list[str]) -> str:
    separator = "; " if any("," in each for each in options) else ", "
    return f"{separator.join(options[:-1])} and {options[-1]}"


# --- the proposing turn ------------------------------------------------------------------------


def _proposal(drawn: _Drawn, length: str) -> tuple[list[str], str]:
    """Return the sentences of the proposing turn, and the kind of reply that fits."""
    rng, form = drawn.rng, drawn.form
    short = length == "one"
    question = rng.choice([
        each for each in _data("phrases")["questions"]
        if (each["lead"] or form not in ("lead", *(_JOINTS if short else ())))
        and (len(each["said"]) == 1 or not short)
    ])  # fmt: skip
    do = drawn.task["do"].format(**drawn.words)
    if form == "sub":
        do = f"{do}, {drawn.task['sub'].format(**drawn.words)}"
    asked = [each.format(do=do) for each in question["said"]]
    before, after = _placed(drawn, asked, short=short)
    core = [*before, *asked, *after]
    low, high = LENGTHS[length]
    missing = 0 if short else rng.randint(max(low, len(core)), high) - len(core)
    return _filled(drawn, before, [*asked, *after], missing), question["replies"]


def _placed(drawn: _Drawn, asked: list[str], *, short: bool) -> tuple[list[str], list[str]]:
    """Place the other value; return the sentences before and after ``asked``, which may change."""
    form = drawn.form
    if form == "sub":
        return [], []
    if form == "after":
        return [], [drawn.text("after")]
    if form == "lead":
        asked[0] = f"{drawn.text('lead')}, {_lowered(asked[0])}"
        return [], []
    if form in _JOINTS and short:
        asked[0] = f"{drawn.text(form)}{_JOINTS[form]}{_lowered(asked[0])}"
        return [], []
    return [f"{drawn.text(form).removesuffix('.')}."], []


def _filled(drawn: _Drawn, before: list[str], asked: list[str], missing: int) -> list[str]:
    """Return the turn with ``missing`` added sentences: openers, facts of the domain, closers."""
    rng, phrases = drawn.rng, _data("phrases")
    if not missing:
        return [*before, *asked]
    last = int(rng.random() < 0.4)
    facts = rng.sample(_data("domains")[drawn.task["domain"]]["facts"], max(0, missing - 1 - last))
    cut = rng.randint(0, len(facts)) if before else len(facts)
    tail = [rng.choice(phrases["closers"])] if last and missing > 1 else []
    if last and not tail:
        return [*before, *asked, rng.choice(phrases["closers"])]
    opener = rng.choice(phrases["openers"])
    return [opener, *facts[:cut], *before, *facts[cut:], *asked, *tail]


def _lowered(sentence: str) -> str:
    first = sentence.split(" ", 1)[0]
    kept = first == "I" or first.startswith("I'")
    return sentence if kept else sentence[0].lower() + sentence[1:]


def _capitals(text: str) -> str:
    return _START.sub(lambda found: found[1] + found[2].upper(), text)


# --- the dialogue ------------------------------------------------------------------------------


def _pair(name: str, length: str, drawn: _Drawn) -> Pair:
    task = drawn.task
    sentences, replies = _proposal(drawn, length)
    turns = _opening(drawn)
    turns.append(_agent(" ".join(sentences)))
    turns.append(_caller(drawn.rng.choice(_data("phrases")["replies"][replies])))
    ending = [_agent(drawn.rng.choice(_data("phrases")["done"]))]
    if ending[0]["text"].endswith("?"):
        ending.append(_caller(drawn.rng.choice(_data("phrases")["ends"])))
    tools = _tools(drawn)

    def row(kind: str, value: Any, label: str) -> dict[str, Any]:
        arguments = {each: drawn.also.get(each, value) for each in task["args"]}
        call = {"tool": task["tool"], "arguments": arguments, "ok": True, "result": {"ok": True}}
        return {
            "id": f"{name}/{kind}",
            "services": [task["domain"]],
            "edit": FORMS[drawn.form],
            "today": TODAY.isoformat(),
            "tools": tools,
            "turns": [*turns, call, *ending],
            "writes": [{"index": len(turns), "label": label}],
        }

    return Pair(
        kind=task["kind"],
        form=FORMS[drawn.form],
        length=length,
        argument=task["slot"],
        said=drawn.words["value"],
        other_said=drawn.words["other"],
        sentences=len(sentences),
        right=row("right", drawn.value.value, "confirmed"),
        wrong=row("wrong", drawn.other.value, "mismatch"),
    )


def _opening(drawn: _Drawn) -> list[dict[str, Any]]:
    """Return the turns before the proposal."""
    rng, task, domain = drawn.rng, drawn.task, _data("domains")[drawn.task["domain"]]
    turns = [_agent(domain["greeting"])]
    if drawn.form == "quote":
        between = task.get("between") or rng.choice(_data("phrases")["between"])
        turns += [_caller(drawn.text("first")), _agent(between.format(**drawn.words))]
        turns.append(_caller(drawn.text("then")))
    else:
        turns.append(_caller(drawn.text("ask")))
    if rng.random() < 0.5:
        question, answer, found = domain["identity"]
        turns += [_agent(question), _caller(answer)]
        read = next(tool["name"] for tool in domain["tools"] if tool["kind"] == "read")
        turns.append({"tool": read, "arguments": found, "ok": True, "result": {"found": True}})
    return turns


def _agent(text: str) -> dict[str, Any]:
    return {"who": "agent", "text": text}


def _caller(text: str) -> dict[str, Any]:
    return {"who": "caller", "text": text}


def _tools(drawn: _Drawn) -> list[dict[str, Any]]:
    """Return the tool of the task among the others of its domain."""
    task = drawn.task
    tools = [_tool(task["tool"], "write", task["description"], task["args"])]
    for each in _data("domains")[task["domain"]]["tools"]:
        schemas = {
            name: {**_SHORT_TYPES.get(kind, {"type": kind}), "description": name.replace("_", " ")}
            for name, kind in each["args"].items()
        }
        tools.append(_tool(each["name"], each["kind"], each["description"], schemas))
    drawn.rng.shuffle(tools)
    return tools


def _tool(name: str, kind: str, description: str, args: Mapping[str, Any]) -> dict[str, Any]:
    schema = {"type": "object", "properties": dict(args), "required": list(args)}
    return {"name": name, "kind": kind, "description": description, "parameters": schema}
