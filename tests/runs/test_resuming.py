"""The remains of an earlier comparison: which finished calls a plan keeps, which it refuses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import orjson
import pytest
from support.small_desk import small_desk
from support.synthetic_run import result, run_results, write_run

from harness import __version__
from harness.errors import UsageError
from harness.results.compare.store import Comparison, EarlierLook, Variant, write_comparison
from harness.results.store import write_results
from harness.runs.comparison import ResumedCalls, _Work, finished_calls, looks_before, place_of
from harness.runs.routes import stored_target
from harness.runs.variants import ComparePlan, CompareRequest, plan_comparison

REPEATS = 6


@pytest.fixture
def planned(tmp_path: Path) -> Callable[..., ComparePlan]:
    """Plan a comparison of two prompts on a desk of two scenarios."""
    desk = small_desk(tmp_path / "desk", first=1.0, second=1.0)
    prompts = (tmp_path / "kind.md", tmp_path / "short.md", tmp_path / "long.md")
    for path in prompts:
        path.write_text(f"Be {path.stem}.\n", encoding="utf-8")

    def plan(repeat: int = REPEATS, **more: object) -> ComparePlan:
        given = {"prompts": prompts[:2], "out": tmp_path / "out", **more}
        return plan_comparison(CompareRequest(paths=(desk,), repeat=repeat, **given))

    return plan


def leave(plan: ComparePlan) -> None:
    """Write the results of a plan, as if all its calls had been made."""
    for one in plan.variants:
        calls = tuple(
            result(
                job.loaded.scenario.name, repeat=job.repeat, seed=job.seed,
                recording=job.recording.as_posix(), scenario_hash=job.loaded.hash,
                prompt_hash=job.loaded.prompt_hash,
            )
            for job in one.jobs
        )  # fmt: skip
        made = replace(
            run_results(calls),
            harness_version=__version__,
            clock="virtual" if plan.virtual else "real",
            target_settings=stored_target(one.jobs[0].target),
        )
        write_results(plan.out / one.key / "results.json", made)


def test_all_calls_of_the_same_plan_are_kept(planned):
    leave(planned())
    kept = finished_calls(planned(), force=False)
    assert set(kept.calls) == {place_of(job) for job in planned().jobs(REPEATS)}
    assert kept.started_at is not None


def test_a_comparison_keeps_first_attempts(planned, monkeypatch):
    plan = planned(real_time=True)
    job = plan.variants[1].jobs[0]
    told = {"repeat": job.repeat, "seed": job.seed, "recording": job.recording.as_posix()}
    last = result(job.loaded.scenario.name, **told)
    first = replace(last, recording=f"{last.recording}-first", status="timing_invalid")
    found = {job.folder(Path()): first}
    monkeypatch.setattr("harness.runs.comparison.first_attempts", lambda _: found)
    work = _Work(plan, ResumedCalls({place_of(job): last}))
    reference, other = work.write(interrupted=False)
    assert (reference.run.calls, reference.run.attempts) == ((), ())
    assert [call.recording for call in other.run.calls] == [last.recording]
    assert [call.recording for call in other.run.attempts] == [first.recording]


def test_a_plan_with_more_repeats_keeps_what_is_there(planned):
    leave(planned())
    assert len(finished_calls(planned(REPEATS + 3), force=False).calls) == 4 * REPEATS


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"repeat": 5}, "a holds 6 repeats of 'first', 6 of 'second', and 2 of these calls are"),
        ({"scenario": ("second",), "level": 0.4}, "6 of 'second', and 6 of these calls are not in"),
        ({"real_time": True}, "first/001 is a call in virtual time, not in real time: --resume"),
        ({"seed": 1}, "is a call with another seed"),
        ({"aa": True, "prompts": ()}, "is a call with another prompt"),
        ({"targets": ("ws://127.0.0.1:9/v1",)}, "is a call of another target"),
    ],
    ids=str,
)  # fmt: skip
def test_a_plan_that_would_give_up_finished_calls_is_refused(planned, change, message):
    leave(planned())
    plan = planned(**change)
    with pytest.raises(UsageError, match=message):
        finished_calls(plan, force=False)
    assert set(finished_calls(plan, force=True).calls) <= {
        place_of(job) for job in plan.jobs(REPEATS)
    }


def test_calls_in_real_time_are_not_taken_for_virtual_ones(planned):
    leave(planned(real_time=True))
    with pytest.raises(UsageError, match="in real time, not in virtual time"):
        finished_calls(planned(), force=False)
    assert not finished_calls(planned(), force=True).calls


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"clock": "real"}, "in real time, not in virtual time"),
        ({"target": {"target": "other"}}, r"of another target \(other\)"),
    ],
    ids=str,
)
def test_a_recording_speaks_against_its_results(planned, tmp_path, change, message):
    """As after ``--resume --force`` with another clock or target, killed half-way."""
    plan = planned()
    leave(plan)
    manifest = next(write_run(tmp_path / "some").rglob("manifest.json"))
    place = plan.variants[0].jobs[0].folder(plan.out)
    place.mkdir(parents=True)
    same = {"clock": "virtual", "target": stored_target(plan.variants[0].jobs[0].target)}
    document = orjson.loads(manifest.read_bytes())
    written = place / "manifest.json"
    results = plan.out / "a" / "results.json"
    for said in (same, {**same, **change}):
        written.write_bytes(orjson.dumps({**document, **said}))
        results.touch()  # the recording is no later than the results
        if said == same:
            assert len(finished_calls(plan, force=False).calls) == 4 * REPEATS
    with pytest.raises(UsageError, match=message):
        finished_calls(plan, force=False)
    assert len(finished_calls(plan, force=True).calls) == 4 * REPEATS - 1


# --- looks --------------------------------------------------------------------------------------


def looked(plan: ComparePlan, look: int, **more: object) -> Comparison:
    """Write the comparison of a plan at a look, every call of it made."""
    repeats = plan.looks[look - 1]
    calls = sum(job.repeat < repeats for job in plan.variants[0].jobs)
    variants = tuple(
        Variant(one.key, one.name, one.key, "reference", "", calls, calls, own=True)
        for one in plan.variants
    )
    made = Comparison(
        format=1, harness_version="", started_at="", level=plan.level, look=look,
        looks=len(plan.looks), repeats=repeats, aa=False, interrupted=False, variants=variants,
        contrasts=(),
    )  # fmt: skip
    made = replace(made, **more)
    write_comparison(plan.out, made)
    return made


def rates(looks: tuple[EarlierLook, ...]) -> list[tuple[int, float]]:
    return [(look.repeats, round(look.alpha, 6)) for look in looks]


def test_going_on_as_planned_is_no_further_look(planned):
    assert looks_before(planned()) == ()
    looked(planned(), 1)
    assert looks_before(planned()) == ()
    early = planned(24, until_decided=True)
    assert len(early.looks) > 1
    for look in range(1, len(early.looks) + 1):
        looked(early, look)
        assert looks_before(early) == ()
    looked(planned(), 1, interrupted=True, variants=looked(planned(8), 1).variants)
    assert looks_before(planned()) == ()


def test_more_calls_after_a_verdict_are_a_look_at_half_the_rate(planned):
    looked(planned(), 1)
    second = looks_before(planned(12))
    assert rates(second) == [(REPEATS, 0.05)]
    found = looked(planned(12), 1, earlier=second)
    assert (found.alpha, found.error_rate) == (pytest.approx(0.025), pytest.approx(0.075))
    assert rates(looks_before(planned(12))) == [(REPEATS, 0.05)]
    third = looks_before(planned(24))
    assert rates(third) == [(REPEATS, 0.05), (12, 0.025)]
    assert looked(planned(24), 1, earlier=third).error_rate == pytest.approx(0.0875)
    # data planned with other looks, or interrupted and then extended, was looked at, too
    looked(planned(24, until_decided=True), 1)
    assert len(looks_before(planned(24))) == 1
    looked(planned(), 1, interrupted=True)
    assert len(looks_before(planned(12))) == 1


def test_more_scenarios_after_a_verdict_are_a_look_too(planned):
    plan = planned()
    fewer = tuple(replace(one, calls=one.calls // 2, counted=0) for one in looked(plan, 1).variants)
    looked(plan, 1, variants=fewer)
    assert len(looks_before(plan)) == 1
