"""The official SDK's own types, which check sent messages: one strict model per message type."""

from __future__ import annotations

from typing import Any, get_args

import orjson
from openai.types import realtime
from pydantic import TypeAdapter

SERVER_MODELS: dict[str, Any] = {
    get_args(model.model_fields["type"].annotation)[0]: model
    for model in get_args(get_args(realtime.RealtimeServerEvent)[0])
}
CLIENT_MODELS: dict[str, Any] = {
    get_args(model.model_fields["type"].annotation)[0]: model
    for model in get_args(get_args(realtime.RealtimeClientEvent)[0])
}
_PARAMS: dict[str, TypeAdapter[Any]] = {}


def check_server(message: bytes) -> None:
    """Fail if the SDK would not recognise a server's message."""
    SERVER_MODELS[orjson.loads(message)["type"]].model_validate_json(message)


def check_client(message: bytes) -> None:
    """Fail if a client's message fits neither the SDK's model nor its parameter type."""
    kind = orjson.loads(message)["type"]
    model = CLIENT_MODELS[kind]
    model.model_validate_json(message)
    if kind not in _PARAMS:
        _PARAMS[kind] = TypeAdapter(getattr(realtime, f"{model.__name__}Param"))
    _PARAMS[kind].validate_json(message)
