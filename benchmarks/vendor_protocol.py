"""The events and fields of the vendors' protocols, by the types of their own Python packages.

Writes ``tests/data/vendor_protocol.json``: every event of either side and every field of a session,
with the version of the package that says so. ``benchmarks/protocol_coverage.py`` holds our code
against it; a test reads the installed packages again, and reports what the file lacks. Needs the
packages of the extra ``dev``.

Usage: ``python benchmarks/vendor_protocol.py``.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel

ROOT = Path(__file__).parents[1].resolve()
KEPT = ROOT / "tests" / "data" / "vendor_protocol.json"

WHOLE = frozenset(
    {
        *("variables", "parameters", "metadata", "systemInstruction", "environment"),
        *("require_approval", "allowed_tools", "data_channel", "triggers", "safetySettings"),
        *("inputAudioTranscription", "outputAudioTranscription", "contextWindowCompression"),
        *("proactivity", "historyConfig", "avatarConfig", "sessionResumption", "client_secret"),
        *("modelSelectionConfig", "routingConfig", "translationConfig", "responseFormat"),
        *("audioTranscriptionConfig", "responseSchema", "multiSpeakerVoiceConfig"),
        *("replicatedVoiceConfig", "decisions"),
    }
)
"""Fields that we take as a whole, whatever they contain."""
_DEEPEST = 6

Inventory = dict[str, dict[str, Any]]


def main() -> None:
    """Write the file."""
    KEPT.write_text(json.dumps(installed(), indent=1) + "\n", encoding="utf-8")


def installed() -> Inventory:
    """Return the events and fields of the installed packages, by dialect."""
    return {
        "openai_ga": _realtime(),
        "openai_beta": _beta(),
        "openai_live": _live(),
        "gemini_live": _gemini(),
    }


def _realtime() -> dict[str, Any]:
    from openai.types import realtime

    return {
        "from": f"openai {version('openai')}, openai.types.realtime",
        "server": _types(realtime.RealtimeServerEvent),
        "client": _types(realtime.RealtimeClientEvent),
        "session": _paths(realtime.RealtimeSessionCreateRequest),
        "response": _paths(realtime.RealtimeResponseCreateParams),
    }


def _beta() -> dict[str, Any]:
    from openai.types.beta import realtime
    from openai.types.beta.realtime import response_create_event, session_update_event

    return {
        "from": f"openai {version('openai')}, openai.types.beta.realtime",
        "server": _types(realtime.RealtimeServerEvent),
        "client": _types(realtime.RealtimeClientEvent),
        "session": _paths(session_update_event.Session),
        "response": _paths(response_create_event.Response),
    }


def _live() -> dict[str, Any]:
    from openai.types import live
    from openai.types.live.client_event import ClientEvent
    from openai.types.live.server_event import ServerEvent

    return {
        "from": f"openai {version('openai')}, openai.types.live",
        "server": _types(ServerEvent),
        "client": _types(ClientEvent),
        "session": _paths(live.SessionConfig),
    }


def _gemini() -> dict[str, Any]:
    from google.genai import types

    # The SDK's type of a setup lacks this part; its own converter writes it all the same.
    heard = [f"realtimeInputConfig.{path}" for path in _paths(types.RealtimeInputConfig)]
    return {
        "from": f"google-genai {version('google-genai')}, google.genai.types",
        "server": _named(types.LiveServerMessage, "serverContent"),
        "client": _named(types.LiveClientMessage, "realtimeInput"),
        "session": [*_paths(types.LiveClientSetup), *heard],
    }


def _types(union: Any) -> list[str]:
    """Return the wire types of a union of models, sorted."""
    models = get_args(union)
    models = get_args(models[0]) or models
    return sorted(get_args(each.model_fields["type"].annotation)[0] for each in models)


def _named(model: Any, opened: str) -> list[str]:
    """Return the fields that a message may have; of a single field, those inside it."""
    found = []
    for name, field in model.model_fields.items():
        alias = field.alias or name
        inner = next(_models(field.annotation), None) if alias == opened else None
        if inner is None:
            found.append(alias)
        else:
            found += [f"{alias}.{each.alias or key}" for key, each in inner.model_fields.items()]
    return sorted(found)


def _paths(model: Any) -> list[str]:
    """Return the fields of a model and of those inside, as ``audio.input.format.type``."""
    return sorted(set(_leaves(model, "", 0)))


def _leaves(model: Any, at: str, depth: int) -> Iterator[str]:
    for name, field in model.model_fields.items():
        alias = field.alias or name
        path = f"{at}.{alias}" if at else alias
        inner = list(_models(field.annotation))
        if alias in WHOLE or path == "input" or not inner or depth > _DEEPEST:
            yield path
            continue
        if _plain(field.annotation):
            yield path
        for each in inner:
            yield from _leaves(each, path, depth + 1)


def _models(annotation: Any) -> Iterator[Any]:
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        yield annotation
    for each in get_args(annotation):
        yield from _models(each)


def _plain(annotation: Any) -> bool:
    """Return whether a field may also be a text or a number, apart from an object."""
    if inspect.isclass(annotation):
        return annotation in (str, int, float, bool)
    return any(_plain(each) or isinstance(each, str) for each in get_args(annotation))


if __name__ == "__main__":
    main()
