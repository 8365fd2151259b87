"""Prices and a budget for a plan, checked before the first call."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from harness.calls.budget import Budget
from harness.calls.plan import Job
from harness.errors import UsageError
from harness.history.cost import Prices, load_prices


@dataclass(frozen=True, slots=True)
class Spending:
    """The options ``--prices`` and ``--max-cost``, as given."""

    prices: Path | None = None
    max_cost: float | None = None

    def budget(self, jobs: Iterable[Job], known: Prices | None = None) -> Budget | None:
        """Return what these calls may cost; None where nobody gave prices.

        Raises:
            UsageError: there is a limit, and no price for a model that is called.
            FaultyFiles: the file of prices has faults.
        """
        prices = load_prices(self.prices) if self.prices is not None else known
        if self.max_cost is not None:
            _check_priced(jobs, prices)
        return Budget(prices, self.max_cost) if prices is not None else None


def _check_priced(jobs: Iterable[Job], prices: Prices | None) -> None:
    targets = {job.target.target: job.target for job in jobs}
    for name, target in targets.items():
        if prices is None or target.model not in prices.models:
            model = f"model {target.model!r}" if target.model else "the model, which has no name,"
            raise UsageError(
                f"--max-cost: no price is known for {model} of target {name}; give a file with "
                "--prices (nightly: the key 'prices') that holds the models by their names"
            )
