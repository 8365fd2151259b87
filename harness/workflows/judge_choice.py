"""The model judge that ``--judge`` names, its price, and whether it has earned its vote."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from harness.errors import FaultyFiles, HarnessError, RecordingDamaged, UsageError
from harness.history.cost import load_prices
from harness.judges.asking import VotePrice, no_price
from harness.judges.model import JudgeAuthority, Vote
from harness.judges.prompt import prompt_hash
from harness.judges.registry import JUDGES
from harness.results.judge_agreement import read_measurements, why_not_earned
from harness.scenario.document import read_document
from harness.scenario.judge_settings import JudgeFile, JudgeSettings
from harness.scenario.load import load_suite, model_of

SUITE = "suite"
"""``--judge suite``: the judge that the suite of each call names."""

_MILLION = 1_000_000.0


@dataclass(frozen=True, slots=True)
class JudgeRequest:
    """The options of a command, as given."""

    judge: str
    prices: Path | None = None
    max_cost: float | None = None


@dataclass(frozen=True, slots=True)
class ChosenJudge:
    """Settings, and the folder from which their paths count; None if it is not known."""

    settings: JudgeSettings
    folder: Path | None

    @property
    def name(self) -> str:
        """The model as answers and measurements name it; that of a package with the judge."""
        own = self.settings.use in JUDGES.builtin
        return self.settings.model if own else f"{self.settings.use}/{self.settings.model}"

    @property
    def prompt(self) -> str:
        """Hash of the prompt that it is asked with."""
        return prompt_hash(audio=self.settings.audio)

    @property
    def measured(self) -> Path | None:
        """The file of its measurements, if the settings name one and it can be found."""
        if self.settings.measured is None or self.folder is None:
            return None
        return self.folder / self.settings.measured

    def authority(self) -> JudgeAuthority:
        """Return the effect that its answers have today."""
        settings, why_not, words = self.settings, "", ""
        if settings.settle is not None:
            why_not, words = self._why_not()
        return JudgeAuthority(
            model=self.name,
            prompt=self.prompt,
            audio=settings.audio,
            settles=settings.settle is not None and not why_not,
            doubts=settings.doubt is not None,
            why_not=why_not,
            measured=words,
        )

    def _why_not(self) -> tuple[str, str]:
        if self.settings.measured is None:
            return "the settings name no file of measurements ('measured')", ""
        if self.measured is None or not self.measured.exists():
            path = self.settings.measured
            return (
                f"there is no measurement: {path} does not exist; harness judge-check makes it",
                "",
            )
        try:
            known = read_measurements(self.measured)
        except RecordingDamaged as damaged:
            return f"cannot read {self.settings.measured}: {damaged.detail}", ""
        return why_not_earned(known, self.name, self.prompt, self.settings.at_least)


def chosen_judge(named: str) -> ChosenJudge | None:
    """Return the judge of a file of settings, or of a suite's folder or file.

    None for ``suite``, and for the name of a judge: the settings are in the suite of each call.
    Raises FaultyFiles, UsageError and UnknownName.
    """
    path = Path(named)
    if not named.strip():
        raise UsageError("--judge: expected 'suite', a judge, or a file, got nothing")
    if named == SUITE:
        return None
    if not path.exists():
        if path.suffix in (".yaml", ".yml") or len(path.parts) > 1:
            raise FaultyFiles.at(path, "no such file; --judge takes 'suite', a judge, or a file")
        JUDGES.get(named)
        return None
    if path.is_dir() or "suite" in read_document(path, strict=False).data:
        suite = load_suite(path)
        if suite.suite.judge is None:
            raise UsageError(f"--judge {named}: this suite has no key 'judge'")
        return ChosenJudge(suite.suite.judge, suite.folder)
    return ChosenJudge(model_of(read_document(path), JudgeFile, []), path.parent)


def chosen_of_suite(named: str, judge: JudgeSettings | None, folder: Path | None) -> ChosenJudge:
    """Return the judge of one suite; raises UsageError if the suite has no judge."""
    if judge is None:
        place = "the suite of these calls" if folder is None else str(folder / "suite.yaml")
        raise UsageError(f"--judge {named}: {place} has no key 'judge'; add it, or name a file")
    settings = judge if named == SUITE else judge.model_copy(update={"use": named})
    return ChosenJudge(settings, folder)


def price_of(request: JudgeRequest, model: str) -> VotePrice:
    """Return the price of a vote of a model, by the file of prices.

    Raises:
        UsageError: there is a budget, and no price for this model.
        FaultyFiles: the file of prices has faults.
    """
    prices = None if request.prices is None else load_prices(request.prices)
    known = None if prices is None else prices.models.get(model)
    if known is None or known.input_text is None or known.output_text is None:
        if request.max_cost is not None:
            raise UsageError(
                f"--max-cost: no price is known for judge {model}; give a file with --prices that "
                "has its 'input_text' and 'output_text'"
            )
        return no_price
    read, written = known.input_text, known.output_text

    def price(vote: Vote) -> float | None:
        if vote.input_tokens is None or vote.output_tokens is None:
            return None
        return (vote.input_tokens * read + vote.output_tokens * written) / _MILLION

    return price


def one_line(error: HarnessError) -> str:
    """Return an error on one line, for a note next to results."""
    return "; ".join(str(error).splitlines())
