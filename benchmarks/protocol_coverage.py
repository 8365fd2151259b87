"""How much of each vendor's protocol is supported: the tables of ``protocol-coverage.md``.

The vendor's protocol is in ``tests/data/vendor_protocol.json`` (``vendor_protocol.py`` makes it).
Our use of it comes from the code (``protocol_probes.py``, ``protocol_fields.py``). Only two facts
are written down here, both held true by tests: why a thing is never sent, and which scorers use an
event.

Usage: ``python benchmarks/protocol_coverage.py``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

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
    e.AudioDelta: "audio and times of speech",
    e.SpeechStarted: "end of playback at a barge-in",
    e.SpeechStopped: "parts of a wait",
    e.ResponseCreated: "parts of a wait",
    e.ResponseDone: "status of answers, tokens",
    e.OutputItemAdded: "phase and status of items",
    e.OutputItemDone: "phase and status of items, tool calls",
    e.ItemAdded: "phase and status of items",
    e.ItemDone: "phase and status of items",
    e.TranscriptDelta: "the agent's transcript",
    e.TranscriptDone: "the agent's transcript",
    e.TextDelta: "answers in text alone",
    e.TextDone: "answers in text alone",
    e.ArgumentsDone: "tool calls",
    e.InputCommitted: "the caller's transcript",
    e.InputTranscriptDone: "the caller's transcript, cost",
    e.InputTranscriptFailed: "the caller's transcript",
    e.Interrupted: "ends of answers",
    e.UsageTold: "tokens",
    e.SessionLasted: "length of the session",
    e.ServerToolCall: "tool calls of the server",
    e.ApprovalAsked: "approvals of tools",
}
"""The use of an event in verdicts and figures, in addition to the call's reaction to it."""

_WEB = "only for WebRTC and SIP"
_ITEMS = "a caller neither deletes nor rereads items"
_MCP = "remote tools are set up with the agent"
_BROWSER = "for browsers"
_LIVE_TEXT = "the voice under test gets no hints"
_OWN = "default of the service"
_DECISIONS = "decisions are not conversations"
UNSENT: dict[str, dict[str, str]] = {
    "openai_ga": {
        "conversation.item.delete": _ITEMS,
        "conversation.item.retrieve": _ITEMS,
        "output_audio_buffer.clear": _WEB,
        "session.audio.input.noise_reduction.strength": "not documented",
        "session.audio.input.transcription.delay": _OWN,
        "session.audio.input.transcription.keywords": "use the transcription prompt",
        "session.audio.input.transcription.languages": "a suite has one language",
        "session.model": "in the URL",
        "session.tool_choice.server_label": _MCP,
        "session.tools": _MCP,
    },
    "openai_beta": {
        "conversation.item.delete": _ITEMS,
        "conversation.item.retrieve": _ITEMS,
        "output_audio_buffer.clear": _WEB,
        "transcription_session.update": "only for transcription",
        "session.client_secret": _BROWSER,
        "session.model": "in the URL",
        "session.temperature": "not in the GA protocol",
    },
    "openai_live": {
        "decision": _DECISIONS,
        "session.input_audio.mute": "silence is sent, as audio drives the session's clock",
        "session.input_audio.unmute": "silence is sent, as audio drives the session's clock",
        "session.thinking.append": _LIVE_TEXT,
        "session.output_audio.fixture.play": "the agent speaks itself",
        "session.client.data_channel": _BROWSER,
        "session.delegation": "default of the backend",
        "session.input": "`history` is refused",
        "session.safety_identifier": "for services with users",
        "session.store": _OWN,
        "session.triggers": _DECISIONS,
    },
    "gemini_live": {
        "realtimeInput.audioStreamEnd": "audio is sent until the call ends",
        "realtimeInput.mediaChunks": "old name of `realtimeInput.audio`",
        "session.avatarConfig": "no video",
        "session.explicitVadSignal": _OWN,
        "session.generationConfig.speechConfig.languageCode": "follows the text",
        "session.generationConfig.speechConfig": "one voice, by name",
        "session.generationConfig.thinkingConfig": "use `reasoning_effort`",
        "session.generationConfig": _OWN,
        "session.historyConfig": "`history` is sent as content",
        "session.labels": "for billing",
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
    """Yield the page's lines about a vendor; of the beta only the differences from GA."""
    vendor = vendors()[name]
    yield f"## {TITLES[name]}\n"
    base = "openai_ga" if name == "openai_beta" else ""
    alone = f"; only what differs from `{base}`" if base else ""
    yield f"Dialect `{name}`{alone}. Types: {vendor['from']}.\n"
    for head, rows in PAGE_TABLES.items():
        known = {*rows(base)} if base else set()
        yield table(head, (row for row in rows(name) if row not in known))
    if name in REALTIME:
        said = dict.fromkeys(asked_of_a_response(name), "yes")
        sent_once = [f"`{path}`" for path in vendor["response"] if said_of(path, said)]
        names = dict.fromkeys(path.partition(".")[0] for path in vendor["response"])
        session = [f"`{field}`" for field in names if not said_of(field, said)]
        yield (
            f"Sent for one response: {', '.join(sent_once)}. "
            f"Only for the session: {', '.join(session)}.\n"
        )


def _server_uses(name: str) -> Iterator[Row]:
    yield from ((kind, use or "ignored") for kind, _, _, use in server_rows(name))


def _client_uses(name: str) -> Iterator[Row]:
    for kind, is_sent, reason in client_rows(name):
        yield kind, is_sent or f"no: {reason}"


def _field_uses(name: str) -> Iterator[Row]:
    """Yield each field with its key or why it is never sent, the longest group last."""
    found = {}
    for path, key, is_compared, reason in session_rows(name):
        unseen = ", not compared" if name in ECHOING and not is_compared else ""
        found[path.strip("`")] = f"{key}{unseen}" if key else f"never: {reason}"
    most = Counter(found.values()).most_common(1)  # a second "all others" would be ambiguous
    others = {use for use, count in most if count > MANY}
    yield from dict.fromkeys(
        (f"`{parent(path, found)}`", use) for path, use in found.items() if use not in others
    )
    yield from (("all others", use) for use in others)


def parent(path: str, found: dict[str, str]) -> str:
    """Return the highest parent whose fields all have the use of this field, or the field."""
    names = path.split(".")
    for count in range(1, len(names)):
        above = ".".join(names[:count])
        below = [each for each in found if f"{each}.".startswith(f"{above}.")]
        if len(below) > 1 and {found[each] for each in below} == {found[path]}:
            return above
    return path


MANY = 12
"""A session's fields with the same use are listed up to this number."""
PAGE_TABLES: dict[Row, Callable[[str], Iterator[Row]]] = {
    ("server message", "used for"): _server_uses,
    ("client message", "sent"): _client_uses,
    ("session field", "set by"): _field_uses,
}


def table(head: Row, rows: Iterable[Row]) -> str:
    """Return a table; names with the same use share a row."""
    found: dict[str, list[str]] = {}
    for name, use in rows:
        found.setdefault(use, []).append(name)
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    lines += [f"| {', '.join(names)} | {use} |" for use, names in found.items()]
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
        return f"judged: {', '.join(dict.fromkeys(judged))}"
    return "; ".join(dict.fromkeys(_unjudged(name, event) for event in events))


_OWN_RULES = {
    "control": ("protocol/openai/ga.py",),
    "order check": ("protocol/openai/conversation.py", "protocol/openai/conversation.py"),
}


def _unjudged(name: str, event: type) -> str:
    if event.__name__ in named_in("session"):
        return "control"
    for words, places in _OWN_RULES.items() if name in REALTIME else ():
        if event.__name__ in named_in(*places):
            return words
    return "event log only"


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
