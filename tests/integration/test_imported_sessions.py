"""Our own calls as logs of Realtime sessions, imported: the live call's facts and its verdicts."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.session_logs import log_rows, write_log

from harness.cli.progress import progress_for
from harness.importing.assemble import assemble_session
from harness.importing.realtime import read_realtime
from harness.judging.judge import judge
from harness.language.language import language_named
from harness.recording.model import Recording
from harness.recording.saving import write_recording
from harness.recording.store import read_recording
from harness.runs.run_suite import RunRequest, carry_out, planned

DESK = Path(__file__).parents[2] / "scenarios" / "order_desk"
CALLS = ("turn_taking/barge_in_long_answer.yaml", "write/confirmed_cancellation.yaml")


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> tuple[Recording, ...]:
    folder = tmp_path_factory.mktemp("sessions")
    request = RunRequest(paths=tuple(DESK / name for name in CALLS), concurrency=2, out=folder)
    carry_out(planned(request), progress_for)
    return tuple(
        read_recording(path.parent) for path in sorted(folder.glob("calls/*/*/manifest.json"))
    )


def imported(folder: Path, call: Recording, *, timed: bool = True) -> Recording:
    stored = read_realtime(write_log(folder / "log.jsonl", log_rows(call, timed=timed)))
    assert stored.session is not None
    english = language_named("en")
    return assemble_session(stored, stored.session, manifest=call.manifest, language=english)


def outcomes(call: Recording) -> dict[str, str]:
    return {one.scorer.scorer_name: one.score.outcome.value for one in judge(call).judgements}


def test_an_imported_session_has_the_live_calls_facts_and_verdicts(
    calls: tuple[Recording, ...], tmp_path: Path
) -> None:
    for live in calls:
        call = imported(tmp_path, live)
        assert call.caller == live.caller
        assert (call.agent, call.agent_generated) == (live.agent, live.agent_generated)
        assert (call.played, call.generated) == (live.played, live.generated)
        assert (call.tools, call.truncations) == (live.tools, live.truncations)
        assert call.violations == live.violations
        assert [(said.kind, said.text) for said in call.utterances] == [
            (said.kind, said.text) for said in live.utterances
        ]
        waits = [
            [wait.parts.total_s for wait in judge(one).timeline.waits if wait.parts is not None]
            for one in (call, live)
        ]
        assert waits[0] == pytest.approx(waits[1], abs=0.01)
        assert outcomes(call) == outcomes(live)


def test_an_imported_session_is_a_recording_like_any_other(
    calls: tuple[Recording, ...], tmp_path: Path
) -> None:
    call = imported(tmp_path, calls[0])
    write_recording(tmp_path / "call", call)
    stored = read_recording(tmp_path / "call")
    assert stored.damage == ""
    assert outcomes(stored) == outcomes(call)
