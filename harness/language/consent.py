"""Yes, no, or not yet: what a short answer says about an open question."""

from __future__ import annotations

from enum import Enum


class Consent(Enum):
    """What a caller turn says about an open question."""

    YES = "yes"
    NO = "no"
    UNCLEAR = "unclear"
