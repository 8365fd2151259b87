"""The vendor's own types, which check sent messages and our tables of the vendor's messages.

``LiveClientSetup`` of the SDK lacks fields that its converter also writes, so the setup is
compared with the converter's output, too.
"""

from __future__ import annotations

import json
from typing import Any

from google.genai import types


def sent(message: str | bytes) -> dict[str, Any]:
    """Return a message that a client may send; raises ValidationError for any other."""
    raw: dict[str, Any] = json.loads(message)
    checked = json.loads(message)
    activity = checked.get("setup", {}).pop("realtimeInputConfig", None)
    types.LiveClientMessage.model_validate(checked)
    if activity is not None:
        types.RealtimeInputConfig.model_validate(activity)
    assert len(raw) == 1, "one kind of content in a message"
    return raw


def served(message: dict[str, Any]) -> dict[str, Any]:
    """Return a message that a server may send; raises ValidationError for any other."""
    types.LiveServerMessage.model_validate(json.loads(json.dumps(message)))
    return message
