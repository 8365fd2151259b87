"""Several calls in a file, and the defaults that a suite gives to all of its scenarios."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import FaultyFiles
from harness.language.values import ValueKind
from harness.scenario.catalog import Selection, find, survey
from harness.scenario.load import load_scenario

SUITE = """\
format: 1
suite: desk
instructions: prompt.md
facts:
  code: {value: AB-12, kind: id}
  shop: {value: Acme}
answers:
  - {if_agent_asks: right, say: "Yes."}
  - {if_agent_asks: your code, say: "{code}."}
limits: {call_s: 60, answer_timeout_s: 5}
tools:
  - {name: look, kind: read, parameters: {type: object, properties: {code: {type: string}}}}
"""
CASES = """\
format: 1
name: look it up
tags: [look]
facts:
  code: {kind: id}
  day: {value: 2026-04-05, kind: date}
cases:
  - {name: plain, facts: {code: QX-1}}
  - {name: late, facts: {code: {value: QX-2, spoken: the second}, day: 2026-12-31}, tags: [late]}
turns:
  - say: "It's {code} of {day}."
expect:
  tools: [{name: look, arguments: {code: "{code}"}}]
"""
PLAIN = "format: 1\nname: plain\nturns:\n  - say: Hello.\n"


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    (tmp_path / "suite.yaml").write_text(SUITE)
    (tmp_path / "prompt.md").write_text("Be kind.")
    return tmp_path


def faults(desk: Path, text: str) -> list[str]:
    (desk / "one.yaml").write_text(text)
    return [str(fault).replace(f"{desk}/", "") for fault in survey((desk,)).faults]


def test_every_case_is_a_scenario_of_its_own(desk: Path) -> None:
    (desk / "cases.yaml").write_text(CASES)
    plain, late = find((desk,))
    assert (plain.scenario.name, late.scenario.name) == ("look it up [plain]", "look it up [late]")
    assert (plain.scenario.tags, late.scenario.tags) == (("look",), ("look", "late"))
    values = [
        [(fact.value, fact.kind, fact.spoken) for fact in loaded.scenario.facts.values()]
        for loaded in (plain, late)
    ]
    assert values == [
        [("QX-1", ValueKind.ID, None), ("2026-04-05", ValueKind.DATE, None)],
        [("QX-2", ValueKind.ID, "the second"), ("2026-12-31", ValueKind.DATE, None)],
    ]
    assert plain.hash != late.hash
    assert find((desk,), Selection(("look it up [late]",))) == (late,)
    assert find((desk,), Selection(tags=("late",))) == (late,)


def test_a_file_with_cases_is_no_single_scenario(desk: Path) -> None:
    (desk / "cases.yaml").write_text(CASES)
    with pytest.raises(FaultyFiles, match="holds 2 cases, expected one scenario"):
        load_scenario(desk / "cases.yaml")


CASE_FAULTS = [
    ("code: QX-1}", "code: 'X*'}", "8: cases[0].facts.code: expected letters A-Z"),
    ("facts: {code: QX-1}", "facts: {}", "8: cases[0].facts.code: this key is required"),
    ("value: QX-2", "value: 'X*'", "9: cases[1].facts.code.value: expected letters A-Z"),
    ("value: QX-2, ", "", "9: cases[1].facts.code: this key is required"),
    ("day: 2026-12-31", "day: 1984-17-19", "9: cases[1].facts.day: expected a date"),
    ("name: late", "name: plain", "9: cases[1].name: 'plain' is the name of cases[0] already"),
    ("{name: plain, ", "{", "8: cases[0].name: this key is required"),
    ("code: QX-1}", "code: QX-1, no: X}", "8: cases[0].facts.no: nothing uses this fact"),
    ("name: late,", "name: late, seed: 3,", "9: cases[1].seed: unknown key; allowed: name, facts"),
    ("day: {value: 2026-04-05,", "day: {value: 1984-17-19,", "6: facts.day.value: expected a date"),
    ("kind: id}", "kind: idd}", "5: facts.code.kind: expected 'text', "),
    ("It's {code}", "It's {cod}", "11: turns[0].say: unknown fact 'cod'"),
]


@pytest.mark.parametrize(("old", "new", "fault"), CASE_FAULTS)
def test_a_fault_of_a_case_is_told_once_where_it_stands(
    desk: Path, old: str, new: str, fault: str
) -> None:
    assert old in CASES
    (found, *others) = faults(desk, CASES.replace(old, new, 1))
    assert found.startswith(f"one.yaml:{fault}")
    assert not others


def test_a_fact_without_a_value_needs_cases(desk: Path) -> None:
    text = PLAIN.replace("turns", "facts: {x: {kind: id}}\nturns").replace("Hello", "It's {x}")
    assert faults(desk, text) == ["one.yaml:3: facts.x.value: this key is required"]


def test_a_suite_gives_what_its_scenarios_name_and_do_not_say_themselves(desk: Path) -> None:
    (desk / "plain.yaml").write_text(PLAIN)
    (desk / "own.yaml").write_text(
        "format: 1\nname: own\nfacts: {code: {value: ZZ-9, kind: id}}\n"
        'turns: [{say: "It\'s {code} from {shop}."}]\n'
        "answers: [{if_agent_asks: right, say: Certainly.}, {if_agent_asks: who, say: Me.}]\n"
        "limits: {call_s: 90}\n"
    )
    own, plain = (loaded.scenario for loaded in find((desk,)))
    assert {name: fact.value for name, fact in plain.facts.items()} == {"code": "AB-12"}
    assert {name: fact.value for name, fact in own.facts.items()} == {
        "code": "ZZ-9",
        "shop": "Acme",
    }
    assert [answer.say for answer in plain.answers] == ["Yes.", "{code}."]
    assert [answer.say for answer in own.answers] == ["Certainly.", "Me.", "{code}."]
    assert (plain.limits.call_s, own.limits.call_s, own.limits.answer_timeout_s) == (60, 90, 5)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("value: AB-12", "value: 'A*'", "5: facts.code.value: expected letters A-Z"),
        ("shop:", "my shop:", "6: facts.my shop: expected a name of letters"),
        ('"{code}."', '"{cod}."', "9: answers[1].say: unknown fact 'cod'; known: code, shop"),
        (
            "if_agent_asks: right",
            "if_agent_asks: '('",
            "8: answers[0].if_agent_asks: not a regular",
        ),
        ("your code", "right", "9: answers[1].if_agent_asks: answers[0] is always given first"),
        ('"Yes."', "'?'", "8: answers[0].say: no voice can say '?'"),
        ('"Yes."', "5", "8: answers[0].say: expected text, got 5"),
        (
            "tools:",
            "opening: nobody\ntools:",
            "11: opening: expected 'caller' or 'agent', got 'nobody'",
        ),
        ("call_s: 60", "call_s: loud", "10: limits.call_s: expected seconds"),
        ("call_s: 60", "call_s: 1", "10: limits.call_s: call_s (1 s) is below answer_timeout_s"),
    ],
)
def test_a_fault_of_what_a_suite_gives_is_told_once_in_the_suite(
    desk: Path, old: str, new: str, fault: str
) -> None:
    assert old in SUITE
    (desk / "suite.yaml").write_text(SUITE.replace(old, new, 1))
    (desk / "two.yaml").write_text(PLAIN.replace("plain", "two"))
    (found, *others) = faults(desk, PLAIN)
    assert found.startswith(f"suite.yaml:{fault}")
    assert not others


def test_a_limit_that_does_not_fit_the_suites_is_told_where_it_was_set(desk: Path) -> None:
    text = PLAIN + "limits: {answer_timeout_s: 100}\n"
    assert faults(desk, text) == [
        "one.yaml:5: limits: call_s (60 s) is below answer_timeout_s (100 s)"
    ]


def test_every_fault_of_all_files_comes_at_once(desk: Path) -> None:
    (desk / "suite.yaml").write_text(
        SUITE.replace("suite: desk", "suite: 3").replace("format: 1", "format: 1\nformat: 1")
        + "recognizer: nobody\n"
    )
    second = PLAIN.replace("plain", "two")
    (desk / "two.yaml").write_text(second + "caller: {voice: {engine: nobody}}\nname: x\n")
    found = faults(
        desk,
        PLAIN + "caller: {voice: {name: xx-zz}, noise: {bed: disco, snr_db: loud}}\n"
        "expect: {tools: [{name: lok}], says: [{phrase: a, before: lok}]}\n",
    )
    keys = [fault.split(": ")[0].split(":")[0] + " " + fault.split(": ")[1] for fault in found]
    assert keys == [
        "suite.yaml format",
        "suite.yaml suite",
        "suite.yaml recognizer",
        "one.yaml caller.noise.bed",
        "one.yaml caller.noise.snr_db",
        "one.yaml caller.voice.name",
        "one.yaml expect.says[0].before",
        "one.yaml expect.tools[0].name",
        "two.yaml caller.voice.engine",
        "two.yaml name",
    ]


OVER = "format: 1\nname: over\nturns:\n  - {barge_in: {after_s: 1}, say: Stop.}\n"
NOBODY = (
    "one.yaml:4: turns[0].barge_in: nobody speaks yet, so the first turn cannot barge in; "
    "with 'opening: agent' here or in the suite, the agent does"
)


@pytest.mark.parametrize(
    ("suite", "scenario", "told"),
    [
        ("", "", [NOBODY]),
        ("", "opening: caller\n", [NOBODY]),
        ("opening: agent\n", "opening: caller\n", [NOBODY]),
        ("opening: agent\n", "", []),
        ("", "opening: agent\n", []),
        ("opening: caller\n", "opening: agent\n", []),
    ],
)
def test_a_first_turn_may_be_over_an_agent_that_speaks_first(desk, suite, scenario, told):
    (desk / "suite.yaml").write_text(SUITE + suite)
    assert faults(desk, OVER + scenario) == told
    if not told:
        assert load_scenario(desk / "one.yaml").scenario.opening == "agent"


@pytest.mark.parametrize(
    ("tool", "scenario", "told"),
    [
        ("run_by: server", "", []),
        (
            "run_by: server, mock: {returns: {}}", "",
            ["suite.yaml:12: tools[0].run_by: a tool that the server runs has no 'mock': "
             "the server answers it"],
        ),
        (
            "run_by: nobody", "",
            ["suite.yaml:12: tools[0].run_by: expected 'harness' or 'server', got 'nobody'"],
        ),
        (
            "run_by: server", "mocks: {look: {returns: {}}}\n",
            ["one.yaml:5: mocks.look: look is run by the server, which answers it itself"],
        ),
    ],
)  # fmt: skip
def test_a_tool_that_the_server_runs_has_no_mock(desk, tool, scenario, told):
    (desk / "suite.yaml").write_text(SUITE.replace("kind: read,", f"kind: read, {tool},"))
    assert faults(desk, PLAIN + scenario) == told
