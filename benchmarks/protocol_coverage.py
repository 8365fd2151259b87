"""How much of each vendor's protocol is supported: the tables of ``protocol-coverage.md``.

The vendor's protocol is in ``tests/data/vendor_protocol.json`` (``vendor_protocol.py`` makes it).
Our use of it comes from the code (``protocol_probes.py``, ``protocol_fields.py``). Only two facts
are written down here, both held true by tests: why a thing is never sent, and which scorers use an
event.

Usage: ``python benchmarks/protocol_coverage.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from protocol_fields import ECHOING, asked_of_a_response, compared, said_of, settings
from protocol_probes import REALTIME, ROOT, heard, ignored, named_in, sent, vendors

from harness.protocol import events as e

PAGE = ROOT / "docs/research/protocol-coverage.md"
BEGIN, END = "<!-- made by benchmarks/protocol_coverage.py -->", "<!-- made so far -->"
TITLES = {
    "openai_ga": "OpenAI Realtime",
    "openai_beta": "OpenAI Realtime, the shape of its beta",
    "openai_live": "GPT-Live",
    "gemini_live": "Gemini Live",
}

JUDGED: dict[type, str] = {
    e.AudioDelta: "all times of speech; what was heard",
    e.SpeechStarted: "where the agent's sound stops as the caller begins",
    e.SpeechStopped: "parts of a wait: when the agent noticed the end of the turn",
    e.ResponseCreated: "parts of a wait: when the answer began",
    e.ResponseDone: "whether an answer was cut or whole; its words; tokens",
    e.OutputItemAdded: "phase, status and words of what is said",
    e.OutputItemDone: "phase, status and words of what is said; calls of tools",
    e.ItemAdded: "phase, status and words of what is said",
    e.ItemDone: "phase, status and words of what is said",
    e.TranscriptDelta: "words of the agent, as far as they were heard",
    e.TranscriptDone: "words of the agent",
    e.TextDelta: "answers in text that nobody hears",
    e.TextDone: "answers in text that nobody hears",
    e.ArgumentsDone: "calls of tools, with their arguments",
    e.InputCommitted: "of which turn the words are that were written down",
    e.InputTranscriptDone: "words of the caller as they are written down; cost",
    e.InputTranscriptFailed: "words of the caller that were not written down",
    e.Interrupted: "where one answer ends and the next begins",
    e.UsageTold: "cost: tokens",
    e.SessionLasted: "cost: length of the session",
    e.ServerToolCall: "calls of tools that the agent's server runs",
    e.ApprovalAsked: "requests for approval of a tool, and whether one was given",
}
"""The use of an event in verdicts and figures, in addition to the call's reaction to it."""

_WEB = "WebRTC and SIP only: over WebSocket playback is the caller's"
_ITEMS = "nobody takes things back or asks for them again in a conversation"
_MCP = "a tool of a remote server is set up with the agent, not by its caller"
_BROWSER = "for browsers"
_LIVE_TEXT = "nothing is whispered to the voice under test"
_OWN = "the service's own is taken"
_DECISIONS = "decisions have no conversation"
UNSENT: dict[str, dict[str, str]] = {
    "openai_ga": {
        "conversation.item.delete": _ITEMS,
        "conversation.item.retrieve": _ITEMS,
        "output_audio_buffer.clear": _WEB,
        "session.audio.input.noise_reduction.strength": "new, and without a public description",
        "session.audio.input.transcription.delay": _OWN,
        "session.audio.input.transcription.keywords": "the prompt of a transcription says them",
        "session.audio.input.transcription.languages": "a suite has one language",
        "session.model": "stands in the URL",
        "session.tool_choice.server_label": _MCP,
        "session.tools": _MCP,
    },
    "openai_beta": {
        "conversation.item.delete": _ITEMS,
        "conversation.item.retrieve": _ITEMS,
        "output_audio_buffer.clear": _WEB,
        "transcription_session.update": "a session for transcription has no agent",
        "session.client_secret": _BROWSER,
        "session.model": "stands in the URL",
        "session.temperature": "the newer shape has none",
    },
    "openai_live": {
        "decision": _DECISIONS,
        "session.input_audio.mute": "silence is sent: the clock of a session runs on sound",
        "session.input_audio.unmute": "silence is sent: the clock of a session runs on sound",
        "session.thinking.append": _LIVE_TEXT,
        "session.output_audio.fixture.play": "the agent speaks for itself",
        "session.client.data_channel": _BROWSER,
        "session.delegation": "the backend's own is taken",
        "session.input": "earlier talk is refused for this dialect",
        "session.safety_identifier": "for services with users of their own",
        "session.store": _OWN,
        "session.triggers": _DECISIONS,
    },
    "gemini_live": {
        "realtimeInput.audioStreamEnd": "sound is sent until the call ends",
        "realtimeInput.mediaChunks": "the older name of realtimeInput.audio",
        "session.avatarConfig": "a call has no picture",
        "session.explicitVadSignal": _OWN,
        "session.generationConfig.speechConfig.languageCode": "the voice speaks what it is told in",
        "session.generationConfig.speechConfig": "one voice, by its name",
        "session.generationConfig.thinkingConfig": "a level says it (reasoning_effort)",
        "session.generationConfig": _OWN,
        "session.historyConfig": "earlier talk is written into the conversation as it stands",
        "session.labels": "for bills of the vendor's cloud",
        "session.proactivity": _OWN,
        "session.realtimeInputConfig": _OWN,
        "session.safetySettings": _OWN,
    },
}
"""Things that are never sent, and why; a name covers all that begin with it."""

Row = tuple[str, ...]


def main() -> None:
    """Write the tables into the page."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}\n{tables()}{END}{after}", encoding="utf-8")


def tables() -> str:
    """Return all tables, vendor by vendor."""
    return "".join(f"\n{part}" for name in TITLES for part in parts(name)) + "\n"


def parts(name: str) -> Iterator[str]:
    """Yield the page's lines about a vendor."""
    yield f"## {TITLES[name]}\n"
    yield f"Dialect `{name}`; the vendor's side by {vendors()[name]['from']}.\n"
    head = ("the server says", "understood as", "ignored knowingly, because", "used")
    yield table(head, server_rows(name))
    yield table(("we say", "sent", "never sent, because"), client_rows(name))
    told = ("told when served otherwise",) if name in ECHOING else ()
    head = ("field of a session", "sent, by", *told, "never sent, because")
    yield table(head, _for_page(name))
    if name in REALTIME:
        said = dict.fromkeys(asked_of_a_response(name), "yes")
        asked = [f"`{path}`" for path in vendors()[name]["response"] if said_of(path, said)]
        fields = dict.fromkeys(path.partition(".")[0] for path in vendors()[name]["response"])
        never = [f"`{field}`" for field in fields if not said_of(field, said)]
        yield (
            f"Of one response is asked: {', '.join(asked)}. Never asked of one, because it holds "
            f"for the session: {', '.join(never)}.\n"
        )


def _for_page(name: str) -> Iterator[Row]:
    for path, key, told, reason in session_rows(name):
        yield (path, key, told, reason) if name in ECHOING else (path, key, reason)


def table(head: Row, rows: Iterable[Row]) -> str:
    """Return a table; names of which the same is said share a row."""
    found: dict[Row, list[str]] = {}
    for name, *told in rows:
        found.setdefault(tuple(told), []).append(name)
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    lines += [f"| {', '.join(names)} | {' | '.join(told)} |" for told, names in found.items()]
    return "\n".join(lines) + "\n"


def server_rows(name: str) -> Iterator[Row]:
    """Yield every event of a server: its name, its meaning or why it is ignored, its use."""
    found, known = heard(name), ignored(name)
    for kind in vendors()[name]["server"]:
        classes = found.get(kind, ())
        words = ", ".join(map(_words, classes))
        yield f"`{kind}`", words, "" if classes else known.get(kind, ""), used(name, classes)


def _words(event: type) -> str:
    return "".join(f" {sign.lower()}" if sign.isupper() else sign for sign in event.__name__)[1:]


def used(name: str, events: tuple[type, ...]) -> str:
    """Return the use of events: the scorers that judge by them, or their other uses."""
    judged = [JUDGED[event] for event in events if event in JUDGED]
    if judged:
        return f"judged: {'; '.join(judged)}"
    return "; ".join(dict.fromkeys(_unjudged(name, event) for event in events))


_OWN_RULES = {
    "the session goes by it": ("protocol/openai/ga.py",),
    "rules of order": ("protocol/openai/conversation.py", "protocol/openai/conversation.py"),
}


def _unjudged(name: str, event: type) -> str:
    if event.__name__ in named_in("session"):
        return "the call goes by it"
    for words, places in _OWN_RULES.items() if name in REALTIME else ():
        if event.__name__ in named_in(*places):
            return words
    return "shown in the event log"


def client_rows(name: str) -> Iterator[Row]:
    """Yield every event of a client: whether it is sent, or why not."""
    said = sent(name)
    for kind in vendors()[name]["client"]:
        yield f"`{kind}`", "yes" if kind in said else "", "" if kind in said else why(name, kind)


def session_rows(name: str) -> Iterator[Row]:
    """Yield every field of a session: the key that says it, if it is compared, or why it is not."""
    said = settings(name)
    for path in vendors()[name]["session"]:
        key = said_of(path, said)
        reason = "" if key else why(name, f"session.{path}")
        yield f"`{path}`", key, "yes" if key and compared(name, path) else "", reason


def why(name: str, kind: str) -> str:
    """Return why a thing is never sent, empty if no reason is known: the longest name that fits."""
    fits = (each for each in UNSENT[name] if kind == each or kind.startswith(f"{each}."))
    return UNSENT[name].get(max(fits, key=len, default=""), "")


if __name__ == "__main__":
    main()
