"""The options of `harness compare` as a plan: agents, settings and order of the calls."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.small_desk import small_desk

from harness.errors import FaultyFiles, UnknownName, UsageError
from harness.runs.variants import CompareRequest, plan_comparison
from harness.units import MOST_SEED

DESK = Path(__file__).parents[2] / "scenarios" / "order_desk"


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    folder = small_desk(tmp_path / "desk", first=1.0, second=1.0)
    (tmp_path / "kind.md").write_text("Be kind.\n", encoding="utf-8")
    (tmp_path / "short.md").write_text("Be short.\n", encoding="utf-8")
    (tmp_path / "empty.md").write_text("\n", encoding="utf-8")
    return folder


def plan(desk: Path, **options):
    prompts = tuple(desk.parent / name for name in options.pop("prompts", ()))
    return plan_comparison(CompareRequest(paths=(desk,), prompts=prompts, **options))


def test_every_caller_calls_all_agents_one_after_another_and_the_first_one_changes(desk):
    found = plan(desk, prompts=["kind.md", "short.md"], repeat=10)
    told = [(job.loaded.scenario.name, job.repeat, job.run) for job in found.jobs(2)]
    assert told == [
        ("first", 0, "a"), ("first", 0, "b"), ("second", 0, "b"), ("second", 0, "a"),
        ("first", 1, "a"), ("first", 1, "b"), ("second", 1, "b"), ("second", 1, "a"),
    ]  # fmt: skip
    assert len(found.jobs(10)) == 40


def test_all_agents_meet_the_same_callers_and_no_two_scenarios_share_seeds(desk):
    found = plan(desk, prompts=["kind.md", "short.md"], repeat=10)
    a, b = ([(j.recording, j.seed) for j in one.jobs] for one in found.variants)
    assert a == b
    assert len({seed for _, seed in a}) == 20
    again = plan(desk, prompts=["kind.md", "short.md"], repeat=10, scenario=("second",))
    assert {j.seed for j in again.variants[0].jobs} < {seed for _, seed in a}


def test_a_prompt_is_what_its_agent_is_told_and_the_test_stays_the_same(desk):
    found = plan(desk, prompts=["kind.md", "short.md"], repeat=10)
    a, b = (one.jobs[0].loaded for one in found.variants)
    assert (a.suite.instructions, b.suite.instructions) == ("Be kind.\n", "Be short.\n")
    assert a.hash == b.hash
    assert a.prompt_hash != b.prompt_hash
    assert [one.name for one in found.variants] == ["kind.md", "short.md"]


def test_one_prompt_is_held_against_the_suites_own(desk):
    found = plan(desk, prompts=["kind.md"], repeat=10)
    assert [one.name for one in found.variants] == ["the suite's prompt", "kind.md"]
    assert found.variants[0].jobs[0].loaded.suite.instructions.startswith("Stay quiet")


def test_prompts_of_the_same_name_are_told_apart_by_their_path(desk):
    other = desk.parent / "other"
    other.mkdir()
    (other / "kind.md").write_text("Be kinder.\n", encoding="utf-8")
    found = plan(desk, prompts=["kind.md", "other/kind.md"], repeat=10)
    assert [Path(one.name).parent.name for one in found.variants] == [
        desk.parent.name, "other"]  # fmt: skip


def test_several_agents_have_a_folder_each():
    nobody = "ws://127.0.0.1:9/v1/realtime"
    found = plan_comparison(
        CompareRequest(
            paths=(DESK / "write",),
            targets=("reference", "patient_reference", nobody),
            repeat=10,
        )
    )
    assert [(one.key, one.name) for one in found.variants] == [
        ("a", "reference"), ("b", "patient_reference"), ("c", nobody)]  # fmt: skip
    assert not found.virtual
    rows = found.jobs(1)
    assert [job.run for job in rows] == [*"abc", *"bca", *"cab", *"abc", *"bca"]


def test_an_agent_against_itself_gets_other_seeds(desk):
    found = plan(desk, aa=True, repeat=10, prompts=["kind.md"])
    a, b = ([job.seed for job in one.jobs] for one in found.variants)
    assert not set(a) & set(b)
    assert [y - x for x, y in zip(a, b, strict=True)] == [10] * 20
    assert {job.loaded.suite.instructions for one in found.variants for job in one.jobs} == {
        "Be kind.\n"
    }


@pytest.mark.parametrize("seed", [0, MOST_SEED - 99_999_000, MOST_SEED - 12, MOST_SEED])
def test_derived_seeds_stay_what_an_option_takes_and_apart(desk, seed):
    found = plan(desk, aa=True, repeat=10, seed=seed)
    seeds = [job.seed for one in found.variants for job in one.jobs]
    assert len(set(seeds)) == len(seeds) == 40
    assert 0 <= min(seeds) <= max(seeds) <= MOST_SEED


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "nothing to compare with: give --a and --b"),
        ({"targets": ("reference",)}, "nothing to compare with"),
        ({"targets": ("reference", "reference")},
         "reference and reference are the same agent: .*--aa"),
        ({"prompts": ["kind.md", "kind.md"]}, "are the same agent"),
        ({"targets": ("reference", "ws://h/v1"), "prompts": ["kind.md"]},
         "a difference could be due to either"),
        ({"aa": True, "targets": ("reference", "ws://h/v1")}, "--aa calls one agent twice"),
        ({"aa": True, "until_decided": True}, "--until-decided"),
        ({"prompts": ["empty.md"]}, "empty.md: the prompt is empty"),
        ({"prompts": ["kind.md"], "repeat": 2},
         r"--repeat 2 gives 4 pairs: .* 95 % confidence over \d+ tests; .*--repeat 5 or more"),
        ({"targets": ("ws://h/v1",) * 27}, "at most 26 agents at once, got 27"),
        ({"prompts": ["kind.md"] * 27}, "at most 26 agents at once, got 27"),
        ({"prompts": ["kind.md"], "repeat": 2, "level": 0.999}, "at 99.9 % confidence"),
    ],
    ids=str,
)  # fmt: skip
def test_what_cannot_be_compared_is_refused_before_any_call(desk, options, message):
    with pytest.raises(UsageError, match=message):
        plan(desk, **options)


def test_files_and_names_that_are_not_there_are_named(desk):
    with pytest.raises(FaultyFiles, match=r"nowhere\.md"):
        plan(desk, prompts=["nowhere.md"])
    with pytest.raises(UnknownName, match="nobody"):
        plan(desk, targets=("reference", "nobody"))


def test_a_prompt_belongs_to_one_suite(desk, tmp_path):
    other = small_desk(tmp_path / "other desk", third=1.0)
    suite = other / "suite.yaml"
    suite.write_text(suite.read_text().replace("small desk", "other desk"), encoding="utf-8")
    request = CompareRequest(paths=(desk, other), prompts=(tmp_path / "kind.md",), repeat=10)
    with pytest.raises(UsageError, match="--prompt belongs to one suite"):
        plan_comparison(request)


@pytest.mark.parametrize(
    ("repeat", "looks"),
    [
        (64, (8, 16, 32, 64)),
        (20, (10, 20)),
        (10, (10,)),
        (12, (6, 12)),
        (30, (7, 15, 30)),
        (6, (6,)),
    ],
)
def test_looks_double_and_those_that_could_find_nothing_are_left_out(desk, repeat, looks):
    found = plan(desk, prompts=["kind.md"], repeat=repeat, until_decided=True)
    assert found.looks == looks
    assert plan(desk, prompts=["kind.md"], repeat=repeat).looks == (repeat,)
