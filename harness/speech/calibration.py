"""How sure an engine is of a value that it weighed against its near misses."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from harness.speech.base import Weighed
from harness.speech.weighing import NearMiss, Weighing

_CANNOT_TELL = 0.5
"""What is known of a value on which hearings part ways; surer is nobody of one that was hardly
heard, or does not lead in noise."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """How near misses of one engine become a share of claims that are right."""

    expected: float
    """Share of what the model likes to write anyhow that is taken off."""
    slope: float
    offset: float
    least_fit: float
    """Below this mean fit, the value was hardly heard at all, and nothing is sure of it."""

    def lead(self, misses: Sequence[NearMiss]) -> tuple[float, NearMiss]:
        """Return by how much the claimed value leads the likeliest near miss, and that one."""
        leads = [(self.expected * one.expected - one.heard, one) for one in misses]
        return min(leads, key=lambda lead: lead[0])

    def sure(self, lead: float) -> float:
        """Return the share of claims with this lead that are right where half of them are."""
        return 1.0 / (1.0 + math.exp(-(self.slope * lead + self.offset)))


def verdict(hearings: Sequence[Weighing], calibration: Calibration, *, noisy: bool) -> Weighed:
    """Return how sure an engine is of a value that it weighed in several hearings.

    What was said leads at every pace, and what was not may lead at one by luck: so the hearing
    that is nearest to telling nothing decides, and hearings that contradict one another tell
    nothing. In noise a value has to be ahead of every near miss in all of them.
    """
    leads = [calibration.lead(hearing.misses) for hearing in hearings]
    lead, rival = min(leads, key=lambda one: one[0])
    most = calibration.sure(max(lead for lead, _ in leads))
    sure = min(max(calibration.sure(lead), _CANNOT_TELL), most)
    fit = sum(hearing.fit for hearing in hearings) / len(hearings)
    if fit < calibration.least_fit or (noisy and lead < 0):
        sure = min(sure, _CANNOT_TELL)
    named = "".join(sign for sign in rival.signs if len(sign) == 1)
    return Weighed(round(sure, 6), named)
