"""A faulty package at each extension point: it is named in one line, and costs no other call."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from support.odd_server import MADE
from support.offered import forget_installed, offer
from support.small_desk import small_desk

from harness.cli.main import Exit, run_command
from harness.cli.run_output import exit_code
from harness.plugins import SHOW_TRACEBACK
from harness.results.aggregate import results_of
from harness.runs.embedded import embedded_agent
from harness.runs.pipeline import VirtualOrder, call_virtually
from harness.runs.plan import Repeats, plan_jobs
from harness.scenario.catalog import find
from harness.scenario.target import Target

SPOKEN = """\
format: 1
name: spoken
caller: {{voice: {{engine: {voice}}}}}
turns: [{{say: Hello there.}}]
"""
LANGUAGE = """
from dataclasses import fields
from harness.language.en.english import ENGLISH

class Shy(type(ENGLISH)):
    def speak(self, value, kind):
        raise LookupError("no idea")

PARTS = {each.name: getattr(ENGLISH, each.name) for each in fields(ENGLISH) if each.init}
PARTS["name"] = "odd"
"""
DESK = """
from harness.agent.desk.en.english import ENGLISH_DESK

class Dumb(type(ENGLISH_DESK)):
    def choose(self, key, *, used, seed):
        raise IndexError("no words")

LANGUAGE = type(ENGLISH)(**PARTS)
WORDS = {each.name: getattr(ENGLISH_DESK, each.name) for each in fields(ENGLISH_DESK)}
WORDS["language"] = LANGUAGE
"""


class Faulty(NamedTuple):
    """A package of one module, the entry point, and the files that use it."""

    code: str
    said: str
    suite: str = ""
    dialect: str = "openai_ga"
    voice: str = "pyttsx3"


FAULTY = {
    "scorers": Faulty(
        "from harness.api import Scorer, scorer\n@scorer('odd', version=1)\nclass Odd(Scorer):\n"
        " @classmethod\n def from_scenario(cls, scenario, options): return cls()\n"
        " def score(self, call): raise KeyError('x')\n",
        "package odd 1: Odd.score raised KeyError: 'x'",
    ),
    "synthesizers": Faulty(
        "class Odd:\n name, version = 'odd', '1'\n def speak(self, text, voice): return 1 / 0\n",
        "package odd 1: Odd.speak raised ZeroDivisionError: division by zero",
        voice="odd",
    ),
    "exit": Faulty(
        "class Odd:\n name, version = 'odd', '1'\n"
        " def speak(self, text, voice): raise SystemExit(3)\n",
        "package odd 1: Odd.speak raised SystemExit: 3",
        voice="odd",
    ),
    "recognizers": Faulty(
        "class Odd:\n name, version = 'odd', '1'\n def hear(self, audio): return audio.words\n",
        "package odd 1: Odd.hear raised AttributeError: 'Pcm' object has no attribute 'words'",
        suite="recognizer: odd\n",
    ),
    "dialects": Faulty(
        "from harness.api import OpenAiGa\nclass Odd(OpenAiGa):\n name = 'odd'\n"
        " def encode_append(self, audio):\n  if audio: raise ValueError('mute')\n  return ''\n",
        "package odd 1: Odd.encode_append raised ValueError: mute",
        dialect="odd",
    ),
    "a message that breaks": Faulty(
        "from harness.api import OpenAiGa\nclass Odd(OpenAiGa):\n name = 'odd'\n"
        " def read(self, raw):\n"
        "  if 'audio.delta' in raw['type']: raise ValueError('deaf')\n"
        "  return super().read(raw)\n",
        "package odd 1: Odd.read raised ValueError: deaf",
        dialect="odd",
    ),
    "wrong signature": Faulty(
        "from harness.api import OpenAiGa\nclass Odd(OpenAiGa):\n name = 'odd'\n"
        " def encode_append(self): return ''\n",
        "package odd 1: a class of it does not fit: TypeError: Odd.encode_append() takes 1"
        " positional argument but 2 were given",
        dialect="odd",
    ),
    "desks": Faulty(
        f"{LANGUAGE}{DESK}\nOdd = Dumb(**WORDS)\n",
        "package odd 1: Dumb.choose raised IndexError: no words",
        suite="language: odd\n",
    ),
}
POINTS = {
    "a message that breaks": ("dialects",),
    "wrong signature": ("dialects",),
    "exit": ("synthesizers",),
    "desks": ("desks", "languages"),
}


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    yield
    sys.modules.pop("odd", None)
    forget_installed()


@pytest.mark.parametrize("group", FAULTY)
def test_a_faulty_package_is_named_in_one_line(
    group: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    faulty = FAULTY[group]
    points = dict.fromkeys(POINTS.get(group, (group,)), "odd = odd:Odd")
    if group == "desks":
        points["languages"] = "odd = odd:LANGUAGE"
    offer(monkeypatch, tmp_path, "odd", faulty.code, **points)
    desk = small_desk(tmp_path / "desk")
    (desk / "spoken.yaml").write_text(SPOKEN.format(voice=faulty.voice), encoding="utf-8")
    with (desk / "suite.yaml").open("a") as file:
        file.write(faulty.suite)
    target = Target.model_validate({"format": 1, "target": "t", "dialect": faulty.dialect})
    (job,) = plan_jobs(find((desk,)), Repeats(), target)
    call = call_virtually(VirtualOrder(job, tmp_path / "out", embedded_agent, None))
    told = capsys.readouterr()
    assert told.out + told.err == ""
    broken = {score.scorer: score.reason for score in call.scores if score.outcome == "broken"}
    if group == "scorers":
        assert broken == {"odd": f"the scorer broke: {faulty.said}"}
        assert (call.status, len(call.scores) > 1) == ("completed", True)
    elif group == "desks":  # a package of the reference agent: its end of the call is over
        assert (call.status, faulty.said in call.status_detail) == ("socket_closed", True)
    else:
        assert (call.status, call.end_cause) == ("harness_error", "plugin_failed")
        assert call.status_detail.endswith(faulty.said)
        assert exit_code(results_of((call,), MADE)) == Exit.USAGE


@pytest.mark.parametrize("shown", [False, True])
def test_a_faulty_language_refuses_the_files(
    shown: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code = f"{LANGUAGE}\nOdd = Shy(**PARTS)\n"
    offer(monkeypatch, tmp_path, "odd", code, languages="odd = odd:Odd")
    desk = small_desk(tmp_path / "desk")
    fact = "facts: {order_id: {value: ORD-1, kind: id}}\n"
    said = SPOKEN.format(voice="pyttsx3").replace("Hello there.", "'It is {order_id}.'")
    (desk / "spoken.yaml").write_text(said + fact, encoding="utf-8")
    with (desk / "suite.yaml").open("a") as file:
        file.write("language: odd\n")
    if shown:
        monkeypatch.setenv(SHOW_TRACEBACK, "1")
    assert run_command(["scenarios", "check", "desk"]) == Exit.USAGE
    *trace, line = capsys.readouterr().err.splitlines()
    told = "package odd 1: Shy.speak raised LookupError: no idea"
    assert line == f"harness: error: {told} ({SHOW_TRACEBACK}=1 shows where)"
    assert bool(trace) is shown
