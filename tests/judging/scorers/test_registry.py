"""Names and limits of scorers."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.call_script import judged_call
from support.offered import forget_installed, offer

from harness.errors import BrokenPlugin, UsageError
from harness.judging.scorers.barge_in_yield import BargeInYield
from harness.judging.scorers.base import Evidence, Outcome, Score, Scorer
from harness.judging.scorers.preamble import Preamble
from harness.judging.scorers.registry import (
    SCORERS,
    RuleSource,
    known_measures,
    limits_of,
    rule_source,
    scorers_for,
)
from harness.judging.scorers.time_to_first_audio import TimeToFirstAudio
from harness.scenario.model import Limits

ROOT = Path(__file__).parents[3]
CALL = judged_call("0.0-1.0 caller: Hi.\n1.5-2.0 agent: Hi.")


def test_every_built_in_scorer_carries_its_registered_name() -> None:
    built = scorers_for(CALL.scenario)
    assert tuple(one.scorer_name for one in built) == SCORERS.names() == tuple(SCORERS.builtin)


def test_limits_come_from_the_scenario() -> None:
    limits = Limits(time_to_first_audio_s=0.7, time_to_first_audio_with_tool_s=2.0)
    (one,) = chosen(others=False, time_to_first_audio=True, limits=limits)
    assert one == TimeToFirstAudio(limit_s=0.7, with_tool_limit_s=2.0)


def chosen(*, limits: Limits | None = None, **scorers: Any) -> tuple[Scorer, ...]:
    """Return the scorers of a scenario with this value of ``scorers``."""
    changes = {"scorers": scorers, "limits": limits or Limits()}
    return scorers_for(CALL.scenario.model_copy(update=changes))


def test_a_scorer_is_switched_off_and_on_by_its_name() -> None:
    names = SCORERS.names()
    assert [one.scorer_name for one in chosen(preamble=False)] == [
        name for name in names if name != "preamble"
    ]
    alone = chosen(others=False, preamble=True, barge_in_yield={})
    assert [one.scorer_name for one in alone] == ["barge_in_yield", "preamble"]


def test_options_reach_the_scorer_and_the_rest_stays_as_by_default() -> None:
    found = chosen(
        others=False, preamble={"max_words": 12}, barge_in_yield={"truncation_limit_s": "50 ms"}
    )
    assert found == (BargeInYield(truncation_limit_s=0.05), Preamble(max_words=12))


@pytest.mark.parametrize(
    ("scorers", "said"),
    [
        ({"preambel": False}, "scorers.preambel: unknown scorer 'preambel'; known: write_conf"),
        ({"preamble": {"max_words": 0}}, "scorers.preamble.max_words: expected at least 1, got 0"),
        ({"escalation": {"a": 1}}, "scorers.escalation.a: this scorer takes no options; limits"),
        ({"others": False}, "scorers: every scorer is off, so nothing would be judged"),
    ],
)
def test_what_a_stored_scenario_says_of_no_scorer_is_told_in_one_line(
    scorers: dict[str, Any], said: str
) -> None:
    with pytest.raises(UsageError) as caught:
        chosen(**scorers)
    assert str(caught.value).startswith(f"scenario {CALL.scenario.name!r}: {said}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("outcome", "passed"), [(Outcome.PASS, True), (Outcome.FAIL, False), (Outcome.REVIEW, None)]
)
def test_only_pass_and_fail_are_verdicts(outcome: Outcome, passed: bool | None) -> None:
    assert Score(outcome, "").passed is passed


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"reason": 5}, "reason of a score: expected str, got 5"),
        ({"value": True}, "value of a score: expected float, got True"),
        ({"evidence": ("0:03",)}, "one of evidence of a score: expected Evidence, got '0:03'"),
        ({"measurements": (4.0,)}, "one of measurements of a score: expected Measurement, got 4.0"),
    ],
)
def test_what_is_no_score_is_refused(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(TypeError, match=re.escape(said)):
        Score(**{"outcome": Outcome.PASS, "reason": "", **changed})


@pytest.mark.parametrize(("start_s", "end_s"), [(0.0, float("inf")), (float("nan"), 1.0)])
def test_evidence_lies_between_two_times(start_s: float, end_s: float) -> None:
    with pytest.raises(ValueError, match="evidence lies between two times"):
        Evidence(start_s, end_s)


def test_a_scorer_that_is_gone_has_no_limits() -> None:
    assert limits_of("barge_in_yield") == {"": "barge_in_yield_s"}
    assert limits_of("a_scorer_of_last_year") == {}


# --- scorers of installed packages ----------------------------------------------------------------

THEIRS = """
from dataclasses import dataclass
from harness.judging.scorers.base import Outcome, Score, Scorer, scorer
from harness.judging.scorers.base import Measure

from harness.scenario.fields import Model

class Needy(Model):
    words: int

@scorer("theirs", version=1, measures=(Measure("{measure}", unit="words"),))
@dataclass(frozen=True)
class Theirs(Scorer):
    def score(self, call):
        return Score(Outcome.PASS, "fine")

@scorer("others", version=1)
class Others(Theirs): ...

@scorer("needy", version=1, options=Needy)
class NeedyScorer(Theirs): ...

@scorer("texted", version="1.0")
class Texted(Theirs): ...

@scorer("named", version=1, measures=("length",))
class Named(Theirs): ...

@scorer("twice", version=1, measures=(Measure("mood", unit="s"), Measure("mood", unit="share")))
class Twice(Theirs): ...

@scorer("scoer", version=1)
class Misspelt(Scorer):
    def scoer(self, call): ...

@scorer("loose", version=1, options=dict)
class Loose(Theirs): ...

@scorer("nothing", version=1)
class Nothing(Theirs):
    @classmethod
    def from_scenario(cls, scenario, options): ...

@scorer("older", version=1)
class Older(Theirs):
    @classmethod
    def from_scenario(cls, scenario): ...

def from_scenario(scenario):
    return Theirs()
"""


@pytest.fixture(autouse=True)
def nothing_stays_installed() -> Iterator[None]:
    yield
    forget_installed()
    sys.modules.pop("theirs", None)


@pytest.mark.parametrize(
    ("point", "said"),
    [
        (
            "theirs = theirs:from_scenario",
            "expected a subclass of harness.judging.scorers.base.Scorer",
        ),
        ("other = theirs:Theirs", "its class says @scorer('theirs')"),
        ("others = theirs:Others", "in files, 'others' are all scorers that are not named"),
        ("needy = theirs:NeedyScorer", "its option 'words' has no default"),
        ("texted = theirs:Texted", "its version is a whole number, got '1.0'"),
        ("named = theirs:Named", "its measures are a tuple of Measure, got ('length',)"),
        ("twice = theirs:Twice", "it declares measure 'mood' twice"),
        ("scoer = theirs:Misspelt", "it has no 'score', which every scorer needs"),
        ("loose = theirs:Loose", "its options are a harness.scenario.fields.Model, got <class"),
    ],
)
def test_what_is_no_scorer_of_that_name_is_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: str, said: str
) -> None:
    offer(monkeypatch, tmp_path, "theirs", THEIRS.format(measure="length"), scorers=point)
    with pytest.raises(BrokenPlugin, match=re.escape(said)) as broken:
        known_measures()
    assert "\n" not in str(broken.value)


@pytest.mark.parametrize("name", SCORERS.builtin)
def test_the_rule_of_a_scorer_is_in_a_file_and_explained_on_a_page(name: str) -> None:
    found = rule_source(name)
    assert found is not None
    assert re.search(rf'@scorer\(\s*"{name}"', (ROOT / found.code).read_text())
    assert (ROOT / found.page).read_text().startswith(f"# `{name}`")


def test_the_rule_of_a_package_s_scorer_is_found_without_importing_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer(monkeypatch, tmp_path, "theirs", "1 / 0", scorers="mine = theirs:Theirs")
    assert rule_source("mine") == RuleSource("theirs (package theirs)", "")
    assert rule_source("gone") is None


@pytest.mark.parametrize("taken", ["time_to_first_audio", "preamble"])
def test_a_measure_has_a_name_that_no_other_scorer_or_measure_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, taken: str
) -> None:
    code = THEIRS.format(measure=taken)
    offer(monkeypatch, tmp_path, "theirs", code, scorers="theirs = theirs:Theirs")
    with pytest.raises(
        UsageError, match=f"'theirs' measures '{taken}', a name that scorer '{taken}'"
    ):
        known_measures()


@pytest.mark.parametrize(
    ("point", "said"),
    [
        ("nothing = theirs:Nothing", "its from_scenario gave None"),
        ("older = theirs:Older", "takes 2 positional arguments but 3 were given"),
    ],
)
def test_a_scorer_that_cannot_be_made_is_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: str, said: str
) -> None:
    offer(monkeypatch, tmp_path, "theirs", THEIRS.format(measure="length"), scorers=point)
    with pytest.raises(BrokenPlugin, match=re.escape(said)):
        scorers_for(CALL.scenario)
