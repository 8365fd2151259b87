"""Judges that packages offer: a working judge, and some that break in every way."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.boat_desk import write_boats
from support.offered import forget_installed, offer

from harness.cli.main import run_command
from harness.judges.answer_file import load_judged
from harness.judges.model import prompt_hash
from harness.results.judge_agreement import JudgeMeasurement, LabelAgreement, store_measurement
from harness.results.store import RESULTS, read_results

RUN = Path("run")

WORKS = '''
"""A judge that answers by rote."""
import json

from harness.judges.base import JudgeReply


class Rote:
    async def ask(self, prompt):
        canoe = {"argument": "boat", "value": "canoe", "turn": 2, "quote": "the canoe"}
        answer = {"answer": "agreed", "turn": 3, "quote": "Whatever", "values": [canoe]}
        return JudgeReply(json.dumps(answer))

    async def close(self):
        pass


def rote(settings):
    return Rote()
'''


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    write_boats(tmp_path, judge="judge: {use: rote, model: m, settle: review, measured: m.json}\n")
    good = LabelAgreement(agreed_pass=50, other_fail=50)
    measured = JudgeMeasurement("rote/m", prompt_hash(audio=False), "", (), good, good)
    store_measurement(Path("boats/m.json"), measured)
    yield
    forget_installed()
    sys.modules.pop("theirs", None)


def imported(named: str = "suite") -> str:
    """Import the chat with this judge; return the outcome."""
    run_command(["import", "chats", "--suite", "boats", "--out", str(RUN), "--judge", named])
    (call,) = read_results(RUN / RESULTS).calls
    return call.scores[0].outcome


@pytest.mark.parametrize("named", ["suite", "rote"])
def test_judge_of_a_package_decides(
    named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer(monkeypatch, tmp_path, "theirs", WORKS, judges="rote = theirs:rote")
    assert imported(named) == "pass"
    (call,) = read_results(RUN / RESULTS).calls
    stored = load_judged(RUN / call.recording)
    assert stored is not None
    assert stored.answers[0].model == "rote/m"
    assert json.dumps(call.scores[0].details).count('"rote/m"') == 1


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("import no_such_module", "judge 'rote': its package cannot be loaded"),
        ("raise SystemExit(3)", "judge 'rote': its package cannot be loaded: SystemExit: 3"),
        ("rote = None", "judge 'rote': its package cannot be loaded: TypeError"),
        ("def rote(settings): raise KeyError('x')", "cannot be loaded: KeyError: 'x'"),
        ("def rote(settings): return object()", "judge rote/m raised AttributeError"),
        (
            WORKS.replace("return JudgeReply", "raise OSError"),
            "package theirs 1: Rote.ask raised OSError",
        ),
    ],
)
def test_judge_of_a_package_that_breaks_is_one_line(
    code: str,
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    offer(monkeypatch, tmp_path, "theirs", code, judges="rote = theirs:rote")
    assert imported() == "review"
    assert sum(told in line for line in capsys.readouterr().err.splitlines()) == 1
