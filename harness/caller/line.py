"""What is wrong with the line of a call, worked out before it: nothing is designed in a call."""

from __future__ import annotations

from harness.audio.band import band_stages
from harness.audio.opus import load_opus
from harness.caller.beds import burst_times
from harness.caller.model import PhoneLinePlan
from harness.scenario.sound import PhoneLine
from harness.units import RATE_HZ

_BANDS_HZ = {"telephone": (300.0, 3400.0), "wideband": (50.0, 7000.0)}


def phone_line_plan(wanted: PhoneLine | None, seed: int) -> PhoneLinePlan | None:
    """Return what a line does in this call; None for one that does nothing.

    Raises UsageError for a codec that is not installed.
    """
    if wanted is None:
        return None
    if wanted.codec == "opus":
        load_opus()
    band = None if wanted.band is None else band_stages(*_BANDS_HZ[wanted.band], RATE_HZ)
    stalls = None if wanted.network is None else burst_times(wanted.network.stalls, seed)
    return PhoneLinePlan(wanted, burst_times(wanted.dropouts, seed), seed, band, stalls)
