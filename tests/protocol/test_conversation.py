"""The conversation's reaction to legal and illegal orders of events.

A playbook is a list of steps: events come from the server, commands from the client, and a string
is a part of the only violation that the event before it must cause; without it, it causes none.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.protocol import commands as c
from harness.protocol import events as e
from harness.protocol.commands import ResponseOptions, SessionConfig
from harness.protocol.items import (
    Content,
    ContentKind,
    ErrorInfo,
    Item,
    ItemKind,
    ItemStatus,
    Response,
    ResponseStatus,
    Role,
)
from harness.protocol.openai.conversation import Conversation

OPEN = e.SessionCreated("s1", SessionConfig())
RUNNING = Response("r1", ResponseStatus.IN_PROGRESS, conversation_id="c")
ENDED = replace(RUNNING, status=ResponseStatus.COMPLETED)
CREATED = e.ResponseCreated(RUNNING)
IN_PROGRESS, COMPLETED = ItemStatus.IN_PROGRESS, ItemStatus.COMPLETED
AT = ("r1", "m1", 0, 0)
PART = Content(ContentKind.OUTPUT_AUDIO)


def message(name: str | None, status: ItemStatus = IN_PROGRESS) -> Item:
    return Item(name, ItemKind.MESSAGE, status, Role.ASSISTANT)


def user(name: str | None) -> Item:
    return Item(name, ItemKind.MESSAGE, COMPLETED, Role.USER)


def call(name: str, arguments: str = "", status: ItemStatus = IN_PROGRESS) -> Item:
    return Item(
        name,
        ItemKind.FUNCTION_CALL,
        status,
        call_id=f"call_{name}",
        name="look",
        arguments=arguments,
    )


def done(*items: Item, status: ResponseStatus = ResponseStatus.COMPLETED) -> e.ResponseDone:
    return e.ResponseDone(replace(ENDED, status=status, output=items))


def arguments(name: str, index: int = 0, whole: str = "{}") -> list[object]:
    item = call(name, whole, COMPLETED)
    return [
        e.OutputItemAdded("r1", index, call(name)),
        e.ArgumentsDelta("r1", name, index, f"call_{name}", whole),
        e.ArgumentsDone("r1", name, index, f"call_{name}", whole, "look"),
        e.OutputItemDone("r1", index, item),
    ]


ADDED = e.OutputItemAdded("r1", 0, message("m1"))
FINISHED = e.OutputItemDone("r1", 0, message("m1", COMPLETED))
PART_ADDED = e.PartAdded(*AT, PART)
PART_DONE = e.PartDone(*AT, PART)
CALL = e.OutputItemAdded("r1", 0, call("f1"))
STARTED, STOPPED = e.SpeechStarted("u1", 100), e.SpeechStopped("u1", 900)
COMMITTED = e.InputCommitted("u1")


def play(*steps: object) -> None:
    conversation = Conversation()
    expecting: list[str] = []
    found: tuple[str, ...] = ()
    for number, step in enumerate((*steps, None)):
        if isinstance(step, str):
            expecting.append(step)
            continue
        assert len(found) == len(expecting), f"step {number - 1}: {found}"
        for detail, expected in zip(found, expecting, strict=True):
            assert expected in detail
        expecting, found = [], ()
        if isinstance(step, c.ClientCommand):
            conversation.sent(step)
        elif step is not None:
            found = conversation.received(step)  # type: ignore[arg-type]


PLAYBOOKS: dict[str, list[object]] = {
    "events before the session": [STARTED, "before session.created"],
    "a missing session is told once": [
        *(STARTED, "before session.created", STOPPED, OPEN, COMMITTED),
    ],
    "an error may precede the session": [e.ServerError(ErrorInfo("x", "y")), OPEN],
    "two sessions": [OPEN, OPEN, "created before"],
    "an update of another session": [OPEN, e.SessionUpdated("s2", SessionConfig()), "not s1"],
    "an update": [OPEN, e.SessionUpdated("s1", SessionConfig(voice="v"))],
    "rate limits and unknown events anywhere": [
        OPEN,
        e.RateLimitsUpdated(()),
        e.UnknownEvent("x", {}),
    ],
    "speech twice": [OPEN, STARTED, e.SpeechStarted("u2", 200), "u1 is still speaking"],
    "a stop without a start": [OPEN, STOPPED, "no speech was started"],
    "a stop of another item": [OPEN, STARTED, e.SpeechStopped("u2", 900), "but u1 was started"],
    "a stop before its start": [OPEN, STARTED, e.SpeechStopped("u1", 50), "before its start"],
    "speech may overlap the end of the last": [
        *(OPEN, STARTED, STOPPED, COMMITTED, e.SpeechStarted("u2", 700)),
    ],
    "a commit out of nothing": [OPEN, COMMITTED, "nothing ended"],
    "a commit by the client": [OPEN, STARTED, c.CommitAudio(), COMMITTED, e.SpeechStarted("u2", 0)],
    "a commit of an item that is there": [
        *(OPEN, STARTED, STOPPED, COMMITTED, e.ItemAdded(user("u1")), COMMITTED, "already in"),
    ],
    "a commit after the input was cleared": [
        *(OPEN, STARTED, STOPPED, e.InputCleared(), COMMITTED, "nothing ended"),
    ],
    "a commit after an unknown item": [
        *(OPEN, STARTED, STOPPED, e.InputCommitted("u1", "zz"), "previous item zz is unknown"),
    ],
    "an item at the root": [OPEN, e.ItemAdded(user("u1"), "root")],
    "an idle timeout": [OPEN, e.InputTimedOut("u1", 5, 9), COMMITTED],
    "an idle timeout that ends before it starts": [OPEN, e.InputTimedOut("u1", 9, 5), "before"],
    "a transcription of nothing": [OPEN, e.InputTranscriptDelta("u1", 0, "x"), "u1 is unknown"],
    "a late transcription": [
        *(OPEN, STARTED, STOPPED, COMMITTED, CREATED, done()),
        *(e.InputTranscriptDelta("u1", 0, "x"), e.InputTranscriptDone("u1", 0, "x")),
        *(e.InputTranscriptDelta("u1", 0, "x"), "already complete"),
        *(e.InputTranscriptFailed("u1", 0, ErrorInfo("x", "y")), "already complete"),
    ],
    "items without ids": [
        *(OPEN, e.ItemAdded(user(None)), "no id", e.ItemDone(user(None)), "no id"),
    ],
    "an item twice": [
        *(OPEN, e.ItemAdded(user("u1")), e.ItemAdded(user("u1")), "added before"),
        *(e.ItemDone(user("u1")), e.ItemDone(user("u1")), "already done"),
    ],
    "an item done out of nothing": [OPEN, e.ItemDone(user("u1")), "was not added"],
    "unknown items": [
        *(OPEN, e.ItemRetrieved(user("u1")), "unknown", e.ItemDeleted("u1"), "unknown"),
        *(e.ItemTruncated("u1", 0, 5), "unknown"),
    ],
    "a caller's item is not truncated": [
        *(OPEN, e.ItemAdded(user("u1")), e.ItemTruncated("u1", 0, 5), "not the agent's"),
        e.ItemDeleted("u1"),
    ],
    "a response twice": [OPEN, CREATED, CREATED, "created before"],
    "two responses at once": [
        *(OPEN, CREATED, e.ResponseCreated(replace(RUNNING, id="r2")), "r1 is still in progress"),
    ],
    "a response that begins ended": [OPEN, e.ResponseCreated(ENDED), "cannot be completed"],
    "a response out of band": [
        *(OPEN, CREATED, c.CreateResponse(ResponseOptions(conversation="none"))),
        e.ResponseCreated(replace(RUNNING, id="r2", conversation_id=None)),
    ],
    "a response of the conversation while another was asked for beside it": [
        *(OPEN, CREATED, c.CreateResponse(ResponseOptions(conversation="none"))),
        *(e.ResponseCreated(replace(RUNNING, id="r2", conversation_id="conv")), "in progress"),
    ],
    "a response that does not say what was asked for beside": [
        *(OPEN, CREATED),
        c.CreateResponse(ResponseOptions(conversation="none", metadata={"turn": "1"})),
        *(e.ResponseCreated(replace(RUNNING, id="r2", conversation_id=None)), "in progress"),
    ],
    "a failed response that never began": [OPEN, done(status=ResponseStatus.FAILED)],
    "a response that never began": [OPEN, done(), "was not created"],
    "a response that ends twice": [OPEN, CREATED, done(), done(), "already done"],
    "a response that ends in progress": [
        *(OPEN, CREATED, e.ResponseDone(RUNNING), "cannot be in progress"),
    ],
    "deltas after the end": [OPEN, CREATED, done(), ADDED, "r1 is already done"],
    "deltas of no response": [OPEN, e.AudioDelta(*AT, b""), "r1 was not created"],
    "deltas of no item": [OPEN, CREATED, e.AudioDelta(*AT, b""), "m1 was not added"],
    "deltas of no part are told once": [
        *(OPEN, CREATED, ADDED, e.AudioDelta(*AT, b""), "part 0", e.AudioDelta(*AT, b"")),
    ],
    "deltas after their done": [
        *(OPEN, CREATED, ADDED, PART_ADDED, e.AudioDelta(*AT, b""), e.AudioDone(*AT)),
        *(e.AudioDelta(*AT, b""), "audio of item m1 is already done"),
        *(e.TextDelta(*AT, "x"), e.TextDone(*AT, "x"), PART_DONE),
        *(e.TranscriptDelta(*AT, "x"), "already done"),
    ],
    "a part done over open audio": [
        *(
            OPEN,
            CREATED,
            ADDED,
            PART_ADDED,
            e.AudioDelta(*AT, b""),
            PART_DONE,
            "done while its audio",
        ),
    ],
    "a part twice, then the wrong one": [
        *(OPEN, CREATED, ADDED, PART_ADDED, PART_ADDED, "added before"),
        *(e.PartAdded("r1", "m1", 0, 5, PART), "expected 1"),
    ],
    "an item done over an open part": [OPEN, CREATED, ADDED, PART_ADDED, FINISHED, "open content"],
    "an item done twice, then spoken": [
        *(OPEN, CREATED, ADDED, FINISHED, FINISHED, "already done"),
        *(PART_ADDED, "item m1 is already done"),
    ],
    "an item done in progress": [
        *(OPEN, CREATED, ADDED, e.OutputItemDone("r1", 0, message("m1")), "says in_progress"),
    ],
    "an output item twice": [OPEN, CREATED, ADDED, ADDED, "added before"],
    "an output item without an id": [
        *(OPEN, CREATED, e.OutputItemAdded("r1", 0, message(None)), "no id"),
        *(e.OutputItemDone("r1", 0, message(None)), "was not added"),
    ],
    "an output item at the wrong place": [
        *(OPEN, CREATED, e.OutputItemAdded("r1", 3, message("m1")), "expected 0"),
        *(PART_ADDED, "is output 3, not 0"),
    ],
    "a response that ends over open items": [
        *(OPEN, CREATED, ADDED, done(message("m1")), "unfinished items: m1"),
    ],
    "a response that lists other items": [OPEN, CREATED, done(message("zz")), "[zz], but []"],
    "arguments of a message": [
        *(OPEN, CREATED, ADDED, e.ArgumentsDelta("r1", "m1", 0, "c", "{"), "no function call"),
    ],
    "arguments of another call": [
        *(OPEN, CREATED, CALL, e.ArgumentsDelta("r1", "f1", 0, "zz", "{"), "item has call_f1"),
    ],
    "arguments that do not say whose they are": [
        *(OPEN, CREATED, CALL, e.ArgumentsDelta("r1", "f1", 0, "", "{}")),
        e.ArgumentsDone("r1", "f1", 0, "", "{}"),
    ],
    "arguments after their end": [
        *(OPEN, CREATED, *arguments("f1")[:3]),
        *(e.ArgumentsDelta("r1", "f1", 0, "call_f1", "{"), "already done"),
    ],
    "arguments that differ from their deltas": [
        *(OPEN, CREATED, *arguments("f1")[:2]),
        *(e.ArgumentsDone("r1", "f1", 0, "call_f1", "[]"), "differ from their deltas"),
    ],
    "arguments that differ in the item": [
        *(OPEN, CREATED, *arguments("f1")[:3]),
        *(e.OutputItemDone("r1", 0, call("f1", "[]", COMPLETED)), "differ from those"),
    ],
    "a call without its arguments done event": [
        *(
            OPEN,
            CREATED,
            CALL,
            e.OutputItemDone("r1", 0, call("f1", "{}", COMPLETED)),
            "without its",
        ),
    ],
    "a call that was cut short owes no arguments": [
        *(OPEN, CREATED, CALL),
        e.OutputItemDone("r1", 0, call("f1", "{", ItemStatus.INCOMPLETE)),
    ],
    "a call without an item id has no place": [
        *(OPEN, CREATED, e.OutputItemAdded("r1", 0, replace(call("f1"), id=None)), "no id"),
    ],
    "two calls in one response": [
        *(OPEN, CREATED, *arguments("f1"), *arguments("f2", 1)),
        done(call("f1", "{}", COMPLETED), call("f2", "{}", COMPLETED)),
    ],
    "output buffers": [
        *(OPEN, e.OutputBufferStarted("r1"), "not created", CREATED, e.OutputBufferStarted("r1")),
        *(done(), e.OutputBufferStopped("r1"), e.OutputBufferCleared("r1")),
    ],
}


@pytest.mark.parametrize("steps", PLAYBOOKS.values(), ids=PLAYBOOKS)
def test_playbook(steps: list[object]) -> None:
    play(*steps)
