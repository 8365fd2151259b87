"""The vendor's own types as the judge of what is sent and of what our tables take for its messages.

``LiveClientSetup`` of the SDK lacks what its converter writes beside it, so the setup is held
against the converter's work, too.
"""

from __future__ import annotations

import json
from typing import Any

from google.genai import types


def sent(message: str | bytes) -> dict[str, Any]:
    """Return a message that a client may send; raises ValidationError for what it may not."""
    raw: dict[str, Any] = json.loads(message)
    checked = json.loads(message)
    activity = checked.get("setup", {}).pop("realtimeInputConfig", None)
    types.LiveClientMessage.model_validate(checked)
    if activity is not None:
        types.RealtimeInputConfig.model_validate(activity)
    assert len(raw) == 1, "one kind of content in a message"
    return raw


def served(message: dict[str, Any]) -> dict[str, Any]:
    """Return a message that a server may send; raises ValidationError for what it may not."""
    types.LiveServerMessage.model_validate(json.loads(json.dumps(message)))
    return message
