"""Which responses answer a question of the script: those that give its turn back, as text."""

from __future__ import annotations

from typing import Any

import pytest

from harness.protocol.items import Response
from harness.recording.model import ASKED, turn_asked_in


@pytest.mark.parametrize(
    ("metadata", "turn"),
    [
        ({ASKED: "0"}, 0),
        ({ASKED: "12", "mine": "x"}, 12),
        ({ASKED: "x"}, None),
        ({ASKED: "-1"}, None),
        ({ASKED: ""}, None),
        ({ASKED: 3}, None),  # a service gives metadata back as it came: this is not ours
        ({"mine": "1"}, None),
        ({}, None),
        (None, None),
    ],
)
def test_a_response_is_of_the_turn_that_its_metadata_names(
    metadata: dict[str, Any] | None, turn: int | None
) -> None:
    assert turn_asked_in(Response("resp_1", metadata=metadata)) == turn
