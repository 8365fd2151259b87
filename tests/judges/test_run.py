"""``harness run --judge``: a spoken call, whose audio the judge is sent, too."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path

import pytest
import soundfile
from support.judge_server import answer, judge_server, said

from harness.cli.main import Exit, run_command
from harness.judges.answer_file import JUDGED
from harness.recording.saving import drop_recording
from harness.results.store import RESULTS, read_results

SCENARIO = Path(__file__).parents[2] / "scenarios/order_desk/write/confirmed_cancellation.yaml"
NO_AGREEMENT = json.dumps({"answer": "not_asked", "turn": None, "quote": None, "values": []})


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def settings(url: str) -> None:
    lines = ("format: 1", "model: tiny", f"base_url: {url}", "doubt: pass", "audio: true")
    Path("judge.yaml").write_text("\n".join((*lines, "")))


def test_run_asks_before_its_gates_and_sends_the_audio_of_the_span() -> None:
    with judge_server(said(NO_AGREEMENT)) as server:
        settings(server.url)
        run_command(["run", str(SCENARIO), "--judge", "judge.yaml", "--out", "out"])
        (request,) = server.requests
    (call,) = read_results(Path("out") / RESULTS).calls
    score = next(one for one in call.scores if one.scorer == "write_confirmation")
    assert score.outcome == "review"
    assert "tiny doubts it: not asked" in score.reason
    text, sound = request["messages"][1]["content"]
    assert text["type"] == "text"
    assert sound["type"] == "input_audio"
    wav = base64.b64decode(sound["input_audio"]["data"])
    frames, rate_hz = soundfile.read(io.BytesIO(wav))
    assert frames.shape[1] == 2
    assert 1.0 < len(frames) / rate_hz < (call.duration_s or 0.0)
    page = Path("out", call.recording, "index.html").read_text(encoding="utf-8")
    assert "tiny doubts it" in page
    drop_recording(Path("out", call.recording))
    assert not Path("out", call.recording, JUDGED).exists()


def test_resume_of_a_finished_run_asks_nothing() -> None:
    with judge_server(said(answer())) as server:
        settings(server.url)
        run_command(["run", str(SCENARIO), "--out", "out"])
        run_command(["run", "--resume", "out", "--judge", "judge.yaml"])
        assert server.requests == []


def test_the_judge_of_a_resumed_run_keeps_to_the_budget_of_its_plan(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("prices.yaml").write_text(
        "format: 1\ncurrency: EUR\nmodels:\n  reference: {caller_minute: 1}\n"
    )
    money = ["--prices", "prices.yaml", "--max-cost", "100"]

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with judge_server(said(answer())) as server:
        settings(server.url)
        with monkeypatch.context() as patch:
            patch.setattr("harness.cli.progress._Lines.ended", killed)
            run_command(["run", str(SCENARIO), "--repeat", "2", *money, "--out", "out"])
        capsys.readouterr()
        assert run_command(["run", "--resume", "out", "--judge", "judge.yaml"]) == Exit.USAGE
        assert "no price is known for judge tiny" in capsys.readouterr().err
        assert server.requests == []
