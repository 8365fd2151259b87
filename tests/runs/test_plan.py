"""Which calls a run makes, with which seeds, into which folders."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from support.small_desk import results_of, small_desk
from support.synthetic_run import result, score

from harness.cli.main import run_command
from harness.errors import FaultyFiles, UsageError
from harness.results.history.cost import ModelPrices, Prices
from harness.results.model import CallResult
from harness.results.store import read_results
from harness.runs.nightly import load_nightly, planned_night
from harness.runs.plan import Budget, Repeats, Spending, plan_jobs
from harness.runs.run_suite import RunRequest, planned
from harness.scenario.catalog import find
from harness.scenario.identity import own_seed
from harness.scenario.load import LoadedScenario
from harness.scenario.target import Target
from harness.timeline.usage import Usage

REFERENCE = Target(format=1, target="reference")

TARGET = Target(format=1, target="mine", model="m", url="ws://127.0.0.1/v1/realtime")
PRICES = Prices(format=1, currency="EUR", models={"m": ModelPrices(input_text=1.0)})
COSTS_ONE = Usage(responses=1, input_text_tokens=1_000_000)

JPEG = bytes.fromhex("ffd8 ffc0000b080001000201011100 ffda0008010100003f0012 ffd9")
"""The parts of a picture of two dots."""

HIGH_PRICES = "format: 1\ncurrency: EUR\nmodels:\n  reference: {caller_minute: 60}\n"


GEMINI, LIVE = "gemini_live", "openai_live"


def loaded(folder: Path, *names: str, extra: str = "") -> tuple[LoadedScenario, ...]:
    desk = small_desk(folder)
    for number, name in enumerate(names):
        text = f"format: 1\nname: {name!r}\n{extra}turns:\n  - silence: 1\n"
        (desk / f"{number}.yaml").write_text(text, encoding="utf-8")
    return find((desk,))


@pytest.mark.parametrize(
    ("dialect", "extra", "at"),
    [
        (LIVE, "history: [{role: user, text: Hi}]", "3: history"),
        (GEMINI, "history: [{role: system, text: Hi}]", "3: history[0].role"),
        (LIVE, "turns: [{silence: 1}, {text: Hi}]", "3: turns[1].text"),
        (LIVE, "turns: [{say: Hi, audio_item: true}]", "3: turns[0].audio_item"),
        (GEMINI, "turns: [{say: Hi, audio_item: true}]", "3: turns[0].audio_item"),
        (LIVE, "turns: [{inject: {role: user, text: Hi}}]", "3: turns[0].inject.role"),
        (GEMINI, "turns: [{inject: {role: system, text: Hi}}]", "3: turns[0].inject.role"),
        (LIVE, "turns: [{out_of_band: {instructions: A, expect: b}}]", "3: turns[0].out_of_band"),
        (GEMINI, "turns: [{out_of_band: {instructions: A, expect: b}}]", "3: turns[0].out_of_band"),
        (LIVE, "turns: [{silence: 1}, {disconnect: {for: 2s}}]", "3: turns[1].disconnect"),
        (LIVE, "turns: [{session_update: {instructions: A}}]",
         "3: turns[0].session_update.instructions"),
        (GEMINI, "turns: [{session_update: {speed: 1}}]", "3: turns[0].session_update.speed"),
        (GEMINI, "turns: [{session_update: {voice: Puck}}]", "3: turns[0].session_update.voice"),
        (GEMINI, "turns: [{session_update: {input_transcription: w}}]",
         "3: turns[0].session_update.input_transcription"),
    ],
)  # fmt: skip
def test_what_a_dialect_has_no_words_for_is_told_with_its_place(tmp_path, dialect, extra, at):
    (one,) = loaded(tmp_path, "one")
    text = one.path.read_text(encoding="utf-8")
    if extra.startswith("turns"):
        text = text.partition("turns:")[0]
    head, name, rest = text.partition("name: 'one'\n")
    one.path.write_text(f"{head}{name}{extra}\n{rest}", encoding="utf-8")
    told = find((one.path,))
    assert len(plan_jobs(told, Repeats(), REFERENCE)) == 1
    other = Target(format=1, target="mine", model="m", dialect=dialect, url=TARGET.url)
    with pytest.raises(FaultyFiles, match=re.escape(f"0.yaml:{at}: target mine speaks")):
        plan_jobs(told, Repeats(), other)


@pytest.mark.parametrize(
    ("dialect", "extra"),
    [
        (GEMINI, "history: [{role: user, text: Hi}]"),
        (GEMINI, "turns: [{silence: 1}, {text: Hi}, {disconnect: {for: 2s}}]"),
        (GEMINI, "turns: [{inject: {role: user, text: Hi}}]"),
        (GEMINI, "turns: [{session_update: {instructions: A}}]"),
        (LIVE, "turns: [{inject: {role: system, text: Hi}}]"),
        (LIVE, "turns: [{session_update: {reasoning_effort: low}}]"),
    ],
)
def test_what_a_dialect_has_words_for_is_planned(tmp_path, dialect, extra):
    (one,) = loaded(tmp_path, "one")
    text = one.path.read_text(encoding="utf-8")
    if extra.startswith("turns"):
        text = text.partition("turns:")[0]
    one.path.write_text(f"{text}{extra}\n", encoding="utf-8")
    other = Target(format=1, target="mine", model="m", dialect=dialect, url=TARGET.url)
    assert len(plan_jobs(find((one.path,)), Repeats(), other)) == 1


def test_a_picture_needs_a_dialect_that_takes_one(tmp_path):
    (one,) = loaded(tmp_path, "one")
    (one.path.parent / "a.jpg").write_bytes(JPEG)
    text = one.path.read_text(encoding="utf-8")
    one.path.write_text(text + "  - image: a.jpg\n", encoding="utf-8")
    told = find((one.path,))
    assert len(plan_jobs(told, Repeats(), REFERENCE)) == 1
    for dialect in ("openai_beta", "openai_live"):
        other = Target(format=1, target="mine", model="m", dialect=dialect, url=TARGET.url)
        wanted = f"0.yaml:5: turns[1].image: target mine speaks {dialect}, which takes no pictures"
        with pytest.raises(FaultyFiles, match=re.escape(wanted)):
            plan_jobs(told, Repeats(), other)


def test_a_setting_that_a_dialect_lacks_is_told_with_its_place(tmp_path):
    (one,) = loaded(tmp_path, "one")
    text = one.path.read_text(encoding="utf-8")
    more = "  - session_update: {speed: 1, truncation: auto}\n"
    one.path.write_text(text + more, encoding="utf-8")
    older = Target(format=1, target="mine", model="m", dialect="openai_beta", url=TARGET.url)
    told = "turns[1].session_update.truncation: target mine speaks openai_beta, which has no such"
    with pytest.raises(FaultyFiles, match=re.escape(told)):
        plan_jobs(find((one.path,)), Repeats(), older)


def test_all_that_a_dialect_has_no_words_for_is_told_at_once(tmp_path):
    one, two = loaded(tmp_path, "one", "two")
    for each, more in ((one, "  - text: Hi\n  - disconnect: {for: 2s}\n"), (two, "  - text: Hi\n")):
        text = each.path.read_text(encoding="utf-8")
        each.path.write_text(text + more, encoding="utf-8")
    other = Target(format=1, target="mine", model="m", dialect="openai_live", url=TARGET.url)
    with pytest.raises(FaultyFiles) as raised:
        plan_jobs(find((one.path.parent,)), Repeats(), other)
    places = [(fault.path.name, fault.line, fault.key) for fault in raised.value.faults]
    assert places == [
        ("0.yaml", 5, "turns[1].text"),
        ("0.yaml", 6, "turns[2].disconnect"),
        ("1.yaml", 5, "turns[1].text"),
    ]


@pytest.mark.parametrize(
    ("extra", "repeats", "given", "count"),
    [
        ("", Repeats(), 7, 1),
        ("repeat: 3\nseed: 40\n", Repeats(), 40, 3),
        ("repeat: 3\nseed: 40\n", Repeats(count=2), 40, 2),
        ("repeat: 2\nseed: 40\n", Repeats(seed=0), 0, 2),
        ("", Repeats(count=2, seed=5), 5, 2),
    ],
)
def test_each_scenario_has_seeds_of_its_own_that_count_up(tmp_path, extra, repeats, given, count):
    jobs = plan_jobs(loaded(tmp_path, "one", "two", extra=extra), repeats, REFERENCE)
    assert [(job.repeat, job.seed) for job in jobs] == [
        (repeat, own_seed("small desk", name, given) + repeat)
        for name in ("one", "two")
        for repeat in range(count)
    ]
    assert len({job.seed for job in jobs}) == 2 * count


def test_names_that_look_alike_get_folders_of_their_own(tmp_path):
    names = ("Where is it?", "where is it!", "wo ist's?", "???", "x" * 90)
    jobs = plan_jobs(loaded(tmp_path, *names), Repeats(), REFERENCE)
    folders = [job.recording.as_posix() for job in jobs]
    assert folders == [
        "calls/where-is-it/001",
        "calls/where-is-it-2/001",
        "calls/wo-ist-s/001",
        "calls/scenario/001",
        f"calls/{'x' * 60}/001",
    ]


def test_a_repeat_is_shown_with_its_number(tmp_path):
    jobs = plan_jobs(loaded(tmp_path, "one"), Repeats(count=2), REFERENCE)
    assert [job.label for job in jobs] == ["one", "one #2"]


def call(usage: Usage | None) -> CallResult:
    return replace(result("quiet", score("preamble", "pass", "")), usage=usage)


SPENT = [
    # (limit, usages of calls, amount spent, why no other is started)
    (2.5, [], 0.0, ""),
    (2.5, [COSTS_ONE] * 2, 2.0, ""),
    (2.0, [COSTS_ONE] * 2, 2.0, "the budget of 2 EUR is spent (2 EUR)"),
    (2.5, [COSTS_ONE] * 3, 3.0, "the budget of 2.5 EUR is spent (3 EUR)"),
    (2.5, [None, Usage(caller_s=9.0)], 0.0, ""),  # no agent was called, or none answered
    (None, [COSTS_ONE] * 9, 9.0, ""),
    (
        2.5, [COSTS_ONE, Usage(caller_s=9.0, agent_s=3.0)], 1.0,
        "nobody knows what calls cost (all tokens, which the service does not tell, of m), "
        "so no budget can be kept",
    ),
    (
        2.5, [Usage(1, input_text_tokens=500_000, output_audio_tokens=9_000_000)], 0.5,
        "nobody knows what calls cost (no price is given for output audio of m), "
        "so no budget can be kept",
    ),
    (2.5, [Usage(1, input_text_tokens=500_000, uncounted_responses=1)], 0.5, ""),
]  # fmt: skip


@pytest.mark.parametrize(("limit", "usages", "spent", "why"), SPENT)
def test_a_budget_is_closed_once_it_is_spent_or_cannot_be_kept(limit, usages, spent, why):
    budget = Budget(PRICES, limit)
    for usage in usages:
        budget.add(TARGET, call(usage))
    assert budget.spent == pytest.approx(spent)
    assert budget.closed == why


def test_where_a_cost_is_a_range_its_upper_end_is_spent():
    kinds = ModelPrices(input_text=4.0, input_audio=32.0, cached_input=0.0)
    budget = Budget(Prices(format=1, models={"m": kinds}), 30.0)
    million = 1_000_000
    used = Usage(1, input_text_tokens=million, input_audio_tokens=million, cached_tokens=million)
    budget.add(TARGET, call(used))
    assert budget.spent == pytest.approx(32.0)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    small_desk(tmp_path / "desk", a=0.3, b=0.3, c=0.3)
    (tmp_path / "prices.yaml").write_text(HIGH_PRICES)
    return tmp_path


@pytest.mark.parametrize("prices", [None, "format: 1\nmodels: {other: {input_text: 1}}\n"])
def test_a_budget_without_a_price_for_the_model_is_refused_before_any_call(place, prices):
    plan = planned(RunRequest((Path("desk"),)))
    path = Path("other.yaml") if prices else None
    if path:
        path.write_text(prices)
    with pytest.raises(UsageError, match="no price is known for model 'reference' of target"):
        Spending(path, 2.5).budget(plan.jobs)
    assert (Spending(path).budget(plan.jobs) is None) is (path is None)


def test_a_night_has_one_budget_for_all_its_runs_and_needs_prices_too(place):
    text = "format: 1\nnightly: small\nsuites: [desk]\ntargets: [reference, other.yaml]\n"
    (place / "other.yaml").write_text("format: 1\ntarget: other\nmodel: reference\n")
    (place / "nightly.yaml").write_text(text)
    loaded = load_nightly(place / "nightly.yaml")
    with pytest.raises(UsageError, match="nightly: the key 'prices'"):
        planned_night(loaded, "2026-11-22T02-00-00Z", max_cost=1.0)
    (place / "nightly.yaml").write_text(f"{text}prices: prices.yaml\n")
    loaded = load_nightly(place / "nightly.yaml")
    first, second = planned_night(loaded, "2026-11-22T02-00-00Z", max_cost=1.0)
    assert first.plan.budget is second.plan.budget
    assert first.plan.budget.limit == 1.0


def test_a_run_tells_its_cost_and_what_was_not_called(place, capsys):
    words = ["run", "desk", "--prices", "prices.yaml", "--max-cost", "0.1", "--concurrency", "1"]
    assert run_command([*words, "--out", "out"]) == 3
    said = " ".join(capsys.readouterr().out.split())
    assert "budget 0.1 EUR" in said
    assert "2 calls do not count, not called: the budget of 0.1 EUR is spent." in said
    results = read_results(place / "out/results.json")
    assert [call.status for call in results.calls] == ["completed", "not_called", "not_called"]
    seconds = results.calls[0].usage.caller_s
    assert results.cost.amount == pytest.approx(seconds, abs=1e-5)  # a EUR a second
    assert (results.cost.currency, results.cost.budget) == ("EUR", 0.1)
    page = (place / "out/index.html").read_text()
    assert "budget 0.1 EUR" in page
    assert run_command(["score", "out"]) == 3
    assert read_results(place / "out/results.json").cost == results.cost


def test_without_prices_a_run_has_no_cost(place, capsys):
    assert run_command(["run", "desk", "--scenario", "a", "--out", "out"]) in (0, 1)
    assert "cost" not in capsys.readouterr().out
    assert results_of(place / "out")["cost"] is None


def test_a_comparison_keeps_to_one_budget(place, capsys):
    (place / "other.yaml").write_text("format: 1\ntarget: other\nmodel: reference\n")
    words = ["compare", "desk", "--scenario", "a", "--aa", "--repeat", "10", "--concurrency", "1"]
    money = ["--prices", "prices.yaml", "--max-cost", "0.1"]
    assert run_command([*words, *money, "--out", "out"]) == 3
    runs = [read_results(place / "out" / key / "results.json") for key in "ab"]
    statuses = [call.status for run in runs for call in run.calls]
    assert sorted(statuses) == ["completed"] + ["not_called"] * 19
    assert not (place / "out/noise_floor.json").exists()  # no measurement replaces it
    assert not (place / "baselines").exists()
    capsys.readouterr()
    assert run_command([*words, "--max-cost", "1", "--out", "other"]) == 2
    assert "no price is known" in capsys.readouterr().err
