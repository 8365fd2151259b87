"""How a call ends, given the faults in the server's messages."""

from __future__ import annotations

import pytest

from harness.recording.provenance import CallStatus, EndCause
from harness.session.call_end import Ending, ServerTrouble, with_trouble

SILENT = Ending(CallStatus.AGENT_SILENT, "nothing for 10 s", EndCause.NO_GREETING)
COMPLETED = Ending(CallStatus.COMPLETED)
CLOSED = Ending(CallStatus.SOCKET_CLOSED, "closed with 1006")


@pytest.mark.parametrize(
    ("ending", "trouble", "wanted"),
    [
        (SILENT, ServerTrouble(), SILENT),
        (
            SILENT,
            ServerTrouble(unheard="2 audio messages were not heard"),
            Ending(
                CallStatus.AGENT_ERROR, "nothing for 10 s; 2 audio messages were not heard", None
            ),
        ),
        (
            SILENT,
            ServerTrouble(unread="1 call without a name"),
            Ending(CallStatus.AGENT_ERROR, "nothing for 10 s; 1 call without a name"),
        ),
        (
            SILENT,
            ServerTrouble(undecided="it may be two"),
            Ending(CallStatus.AGENT_ERROR, "nothing for 10 s; it may be two"),
        ),
        (
            SILENT,
            ServerTrouble(mistaken="it sounds like G.711"),
            Ending(CallStatus.AGENT_ERROR, "nothing for 10 s; it sounds like G.711"),
        ),
        (
            SILENT,
            ServerTrouble(unknown="odd.type", malformed=2),
            Ending(
                CallStatus.AGENT_SILENT,
                "nothing for 10 s; 2 message(s) of the server were not JSON; odd.type",
                EndCause.NO_GREETING,
            ),
        ),
        (
            COMPLETED,
            ServerTrouble(unheard="1 not heard", undecided="it may be two", unknown="odd.type"),
            Ending(CallStatus.COMPLETED, "1 not heard"),
        ),
        (
            COMPLETED,
            ServerTrouble(mistaken="it sounds like G.711"),
            Ending(CallStatus.AGENT_ERROR, "it sounds like G.711"),
        ),
        (COMPLETED, ServerTrouble(refused="refused"), Ending(CallStatus.COMPLETED, "refused")),
        (
            Ending(CallStatus.AGENT_ERROR, "refused: busy"),
            ServerTrouble(refused="refused: busy"),
            Ending(CallStatus.AGENT_ERROR, "refused: busy"),
        ),
        (CLOSED, ServerTrouble(mistaken="it sounds like G.711", unknown="odd.type"), CLOSED),
    ],
)
def test_what_could_not_be_read_tells_silence_from_an_error(
    ending: Ending, trouble: ServerTrouble, wanted: Ending
) -> None:
    assert with_trouble(ending, trouble) == wanted
