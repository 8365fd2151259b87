"""What calls may cost together, and when no further one may be started."""

from __future__ import annotations

from harness.history.cost import Prices, cost, without_price
from harness.results.model import CallResult
from harness.scenario.target import Target


class Budget:
    """Adds up what calls cost; shared by everything that must stay within one ``limit`` together.

    Calls under way when it is spent end as they would, so what is spent in the end may be above
    the limit by what those cost. Where a cost is a range its upper end counts.
    """

    def __init__(self, prices: Prices, limit: float | None = None) -> None:
        """Without a limit it only knows the prices."""
        self.prices, self.limit = prices, limit
        self.spent = 0.0
        self.untold = ""
        """Why ``spent`` may not be all of it; empty where it is."""

    def add(self, target: Target, result: CallResult) -> None:
        """Count what a call cost."""
        used = target.model or "", result.usage
        found, missing = cost([used], self.prices), without_price(used, self.prices)
        self.spent += found.amount or 0.0
        if missing:  # what is known may be the least of it
            self.untold = f"no price is given for {', '.join(missing)}"
        elif found.amount is None and found.unpriced:
            self.untold = ", ".join(found.unpriced)

    def add_amount(self, amount: float) -> None:
        """Count what something other than a call cost: the questions of a judge."""
        self.spent += amount

    @property
    def closed(self) -> str:
        """Why no further call may be started, empty while one may."""
        if self.limit is None:
            return ""
        currency = self.prices.currency
        if self.spent >= self.limit:
            return f"the budget of {self.limit:g} {currency} is spent ({self.spent:.4g} {currency})"
        if self.untold:
            return f"nobody knows what calls cost ({self.untold}), so no budget can be kept"
        return ""
