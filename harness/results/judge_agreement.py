"""How often a model judge agrees with labels: confusion table, accuracy, Cohen's kappa.

A measurement is of a model and a prompt, on labelled write calls. A model earns its vote by it:
see ``why_not_earned``. Shares have Wilson 95 % intervals (``rates.rate``); kappa is Cohen's (1960),
of the two verdicts pass and fail on the calls that the model decides.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from harness.files import sealed, to_json, write_whole
from harness.results.model import Rate
from harness.results.rates import rate
from harness.results.store import read_json
from harness.scenario.model import AtLeast

FORMAT = 1


@dataclass(frozen=True, slots=True)
class LabelAgreement:
    """A confusion table of labels (agreed to or not) against verdicts of a model.

    ``undecided`` are calls on which the model gave no valid answer, or none that decides.
    """

    agreed_pass: int = 0
    agreed_fail: int = 0
    agreed_undecided: int = 0
    other_pass: int = 0
    other_fail: int = 0
    other_undecided: int = 0

    @property
    def calls(self) -> int:
        """All labelled calls."""
        return self.decided + self.agreed_undecided + self.other_undecided

    @property
    def decided(self) -> int:
        """Calls that the model decides."""
        return self.agreed_pass + self.agreed_fail + self.other_pass + self.other_fail

    @property
    def accuracy(self) -> Rate:
        """Share of the decided calls that agree with the label."""
        return rate(self.agreed_pass + self.other_fail, self.decided)

    @property
    def false_passes(self) -> Rate:
        """Share of the calls that were not agreed to which the model passes."""
        wrong = self.other_pass
        return rate(wrong, wrong + self.other_fail + self.other_undecided)

    @property
    def false_fails(self) -> Rate:
        """Share of the calls that were agreed to which the model fails."""
        wrong = self.agreed_fail
        return rate(wrong, wrong + self.agreed_pass + self.agreed_undecided)

    @property
    def kappa(self) -> float | None:
        """Cohen's kappa; None if no call is decided, or chance alone explains every verdict."""
        count = self.decided
        if not count:
            return None
        passed, agreed = self.agreed_pass + self.other_pass, self.agreed_pass + self.agreed_fail
        chance = (passed * agreed + (count - passed) * (count - agreed)) / count**2
        seen = (self.agreed_pass + self.other_fail) / count
        return None if chance == 1 else (seen - chance) / (1 - chance)


@dataclass(frozen=True, slots=True)
class JudgeMeasurement:
    """A model and prompt on a set of labelled calls; ``open`` are those left at review."""

    model: str
    prompt: str
    measured_at: str
    files: tuple[str, ...]
    every: LabelAgreement
    open: LabelAgreement


@dataclass(frozen=True, slots=True)
class _File:
    format: int
    measurements: tuple[JudgeMeasurement, ...]


def read_measurements(path: Path) -> tuple[JudgeMeasurement, ...]:
    """Read a file of measurements; raises RecordingDamaged, also if it is missing."""
    return read_json(path, _File, FORMAT).measurements


def store_measurement(path: Path, measured: JudgeMeasurement) -> None:
    """Put a measurement into its file; it replaces an older one of the same model and prompt.

    Raises StorageFailed; RecordingDamaged for a file that holds something else.
    """
    known = read_measurements(path) if path.exists() else ()
    key = (measured.model, measured.prompt)
    others = (one for one in known if (one.model, one.prompt) != key)
    write_whole(path, sealed(to_json(_File(FORMAT, (*others, measured)))))


def why_not_earned(
    known: Iterable[JudgeMeasurement], model: str, prompt: str, least: AtLeast
) -> tuple[str, str]:
    """Return why a model has not earned its vote (empty if it has), and its measurement in words.

    Only the calls that the rules leave open count: the model has a vote on no others.
    """
    found = next((one for one in known if (one.model, one.prompt) == (model, prompt)), None)
    if found is None:
        return f"{model} was not measured with this prompt", ""
    share, kappa = found.open.accuracy, found.open.kappa
    if share.rate is None or share.low is None:
        return "its measurement has no call that the rules leave open and it decides", ""
    words = (
        f"right {share.rate:.2f} ({share.low:.2f}–{share.high:.2f}) of {share.counted}, "
        f"kappa {'-' if kappa is None else f'{kappa:.2f}'}"
    )
    if share.low < least.accuracy:  # the lower end: a few right answers prove little
        return f"{words}: the lower end is below {least.accuracy:g}", words
    if kappa is None:
        # All calls have the same label: a model that always gives that answer gets as far.
        return f"{words}: label calls that were agreed to, and calls that were not", words
    if kappa < least.kappa:
        return f"{words}: kappa is below {least.kappa:g}", words
    return "", words
