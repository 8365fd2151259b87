"""Changes that make another test, that make another agent, and that make neither."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.scenario.identity import given_seed, own_seed, scenario_hash, seed_offset
from harness.scenario.load import load_scenario
from harness.scenario.model import Caller, Scenario, Suite
from harness.scenario.script import SessionChange
from harness.units import MOST_SEED

SUITE = """\
format: 1
suite: desk
instructions: prompt.md
tools:
  - name: note
    kind: write
    description: Keep a note.
    parameters:
      type: object
      properties:
        description: {type: string, description: "What to keep"}
    mock: {returns: {ok: true}}
"""
SCENARIO = """\
format: 1
name: one
description: A caller.
turns:
  - say: Hello.
"""

NOISY_BEFORE = "740b686ed13beb733b548904e968d989bdc9da1bdf81a7866e43429c5a799e7e"
"""The hash of such a scenario before a bed could sound in bursts."""

SEEDS = st.integers(0, MOST_SEED)


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    (tmp_path / "suite.yaml").write_text(SUITE, encoding="utf-8")
    (tmp_path / "one.yaml").write_text(SCENARIO, encoding="utf-8")
    (tmp_path / "prompt.md").write_text("Be kind.\n", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("file", "old", "new", "other_test", "other_agent"),
    [
        ("one.yaml", "Hello", "Hi", True, False),
        ("one.yaml", "A caller", "Someone", False, False),
        ("one.yaml", "format: 1", "# note\nformat: 1", False, False),
        ("one.yaml", "name: one", "name: two", True, False),
        ("suite.yaml", "suite: desk", "suite: shop", True, False),
        ("suite.yaml", "kind: write", "kind: read", True, False),
        ("suite.yaml", "    mock: {returns: {ok: true}}", "    run_by: server", True, False),
        ("suite.yaml", "ok: true", "ok: false", True, False),
        ("suite.yaml", "Keep a note", "Write it down", False, True),
        ("suite.yaml", "What to keep", "The words", False, True),
        ("suite.yaml", "description: {type", "text: {type", True, True),
        ("prompt.md", "kind", "short", False, True),
        ("prompt.md", "kind.\n", "kind.\r\n", False, False),
    ],
)
def test_hashes_change_for_their_own_reason(
    desk: Path, file: str, old: str, new: str, other_test: bool, other_agent: bool
) -> None:
    before = load_scenario(desk / "one.yaml")
    path = desk / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_bytes(text.replace(old, new, 1).encode())
    after = load_scenario(desk / "one.yaml")
    assert (after.hash != before.hash) is other_test
    assert (after.prompt_hash != before.prompt_hash) is other_agent
    assert len(before.hash) == len(before.prompt_hash) == 64


def test_a_test_of_the_first_release_is_still_the_same_test():
    turns = [{"say": "Hi."}, {"say": "Stop.", "barge_in": {"after_s": 1}}, {"silence": 2}]
    scenario = Scenario.model_validate({"format": 1, "name": "x", "turns": turns}, strict=False)
    suite = Suite.model_validate({"format": 1, "suite": "d", "instructions": "p.md"}, strict=False)
    assert scenario_hash(scenario, suite) == (
        "348162ae8bc2b7a5ebebb47922b78c7f3bb6f87cd19dd553e5fe6e1b95bd2aa8"
    )
    nodding = {"format": 1, "name": "x", "turns": [*turns, {"backchannel": "mm-hm"}]}
    other = Scenario.model_validate(nodding, strict=False)
    assert scenario_hash(other, suite) != scenario_hash(scenario, suite)


FIRST_RELEASE = "6c1476fb89f42c3379e5141832b5693d9524c398d654a9d0638bb20f7a6a9aae"
"""The identity of ``SCENARIO`` as the first release computed it."""


def test_a_test_is_what_it_was_when_the_format_grows(desk: Path) -> None:
    assert load_scenario(desk / "one.yaml").hash == FIRST_RELEASE


@pytest.mark.parametrize(
    ("file", "more", "other_test"),
    [
        ("one.yaml", "opening: agent", True),
        ("suite.yaml", "opening: agent", True),
        ("one.yaml", "history: [{role: user, text: Hi}]", True),
        ("one.yaml", "today: 2026-04-25", True),
        ("suite.yaml", "today: 2026-04-25", True),
        ("one.yaml", "expect: {says: [hello]}", True),
        ("one.yaml", "expect: {never_says: [hello]}", True),
        ("suite.yaml", "answers: [{if_agent_asks: right, say: Yes.}]", True),
        ("suite.yaml", "limits: {call_s: 100}", True),
        ("suite.yaml", "facts: {id: {value: AB-1, kind: id}}", False),
    ],
)
def test_what_a_scenario_takes_from_its_suite_is_part_of_the_test(
    desk: Path, file: str, more: str, other_test: bool
) -> None:
    path = desk / file
    path.write_text(path.read_text(encoding="utf-8") + more + "\n", encoding="utf-8")
    assert (load_scenario(desk / "one.yaml").hash != FIRST_RELEASE) is other_test


def test_a_prompt_that_a_step_names_is_part_of_the_test_by_its_text(desk: Path) -> None:
    path, hashes = desk / "one.yaml", []
    whole = path.read_text(encoding="utf-8")
    for name, text in (("a.md", "Be kind."), ("b.md", "Be kind."), ("b.md", "Be rude.")):
        (desk / name).write_text(text, encoding="utf-8")
        step = f"turns:\n  - session_update: {{instructions_file: {name}}}\n"
        path.write_text(whole.replace("turns:\n", step, 1), encoding="utf-8")
        loaded = load_scenario(path)
        hashes.append(loaded.hash)
        assert loaded.scenario.turns[0].session_update == SessionChange(instructions=text)
    assert hashes[0] == hashes[1] != hashes[2]


@given(st.text(), st.text(), SEEDS)
def test_the_way_back_leads_to_the_same_call(suite, scenario, seed):
    assert own_seed(suite, scenario, given_seed(suite, scenario, seed)) == seed
    assert 0 <= own_seed(suite, scenario, seed) <= MOST_SEED


def test_scenarios_are_apart_and_always_as_far():
    names = [f"scenario {n}" for n in range(40)]
    assert len({own_seed("desk", name, 7) for name in names}) == 40
    assert own_seed("desk", "straight lookup", 7) == 32_461_007
    assert own_seed("shop", "straight lookup", 7) != own_seed("desk", "straight lookup", 7)
    assert own_seed("desk", "a", 8) - own_seed("desk", "a", 7) == 1


def test_owners_of_calls_have_seeds_that_do_not_meet():
    apart = sorted(seed_offset(f"test_desk.py::test_{number}") for number in range(200))
    assert all(later - first > 999 for first, later in pairwise(apart))
    assert seed_offset("test_desk.py::test_0") == 2_710_291_047_000  # on every machine
    assert apart[-1] < MOST_SEED


def test_a_noise_without_bursts_is_the_test_that_it_was_before_there_were_any(desk: Path) -> None:
    noisy = SCENARIO + "caller: {noise: {bed: cafe, snr_db: 10}}\n"
    (desk / "one.yaml").write_text(noisy, encoding="utf-8")
    plain = load_scenario(desk / "one.yaml")
    assert plain.hash == NOISY_BEFORE
    bursts = noisy.replace("10}", "10, bursts: {every: 8s, for: 1.5s}}")
    (desk / "one.yaml").write_text(bursts, encoding="utf-8")
    assert load_scenario(desk / "one.yaml").hash != plain.hash


CALLERS = {
    "second talker": {"second_talker": {}},
    "talker in bursts": {"second_talker": {"say": ["No."], "bursts": {"every": 9, "for": 2}}},
    "stalls": {"line": {"network": {"stalls": {"every": 9, "for": 1}}}},
    "jitter": {"line": {"network": {"jitter_ms": 50}}},
    "opus": {"line": {"codec": "opus"}},
    "opus at a bitrate": {"line": {"codec": "opus", "bitrate_kbps": 16}},
    "all of a line": {
        "line": {"band": "telephone", "loss": {"rate": 0.1}, "echo": {}, "gain_db": 3}
    },
    "bursts": {"noise": {"bed": "tv_words", "snr_db": 10, "bursts": {"every": 9, "for": 1}}},
}  # fmt: skip
TURNS = [{"say": ["My name is", {"language": "de"}, "Jürgen,", {"language": "en"}, "hi."]}]


@pytest.mark.parametrize("caller", CALLERS.values(), ids=CALLERS.keys())
def test_a_caller_is_stored_and_read_back_as_the_same_test(caller: dict[str, Any]) -> None:
    data = {"format": 1, "name": "x", "turns": TURNS, "caller": caller}
    suite = Suite.model_validate_json('{"format": 1, "suite": "d", "instructions": "p.md"}')
    scenario = Scenario.model_validate_json(json.dumps(data))
    again = Scenario.model_validate_json(scenario.model_dump_json(by_alias=True))
    assert again == scenario
    assert scenario_hash(again, suite) == scenario_hash(scenario, suite)
    assert scenario_hash(scenario.model_copy(update={"caller": Caller()}), suite) != scenario_hash(
        scenario, suite
    )
