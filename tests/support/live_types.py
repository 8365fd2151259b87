"""The official SDK's types of GPT-Live, which check sent messages: one model per message type."""

from __future__ import annotations

from typing import Any, get_args

import orjson
from openai.types import live, responses
from openai.types.live.client_event import ClientEvent
from openai.types.live.server_event import ServerEvent
from pydantic import TypeAdapter


def _by_type(union: Any) -> dict[str, Any]:
    models = get_args(get_args(union)[0])
    return {get_args(model.model_fields["type"].annotation)[0]: model for model in models}


SERVER_MODELS = _by_type(ServerEvent)
CLIENT_MODELS = _by_type(ClientEvent)
BACKEND_MODELS = _by_type(responses.ResponseStreamEvent)


def check_server(message: str | bytes) -> dict[str, Any]:
    """Return a server's message; fail if the SDK would not recognise it."""
    raw: dict[str, Any] = orjson.loads(message)
    SERVER_MODELS[raw["type"]].model_validate_json(message)
    return raw


def check_served(message: str | bytes) -> dict[str, Any]:
    """Return a message of our server; fail if the SDK would not recognise it or its content."""
    raw = check_server(message)
    if raw["type"] == "response.event":
        BACKEND_MODELS[raw["event"]["type"]].model_validate(raw["event"])
    return raw


def check_client(message: str | bytes) -> dict[str, Any]:
    """Return a client's message; fail if it fits neither model nor parameter type."""
    raw: dict[str, Any] = orjson.loads(message)
    model = CLIENT_MODELS[raw["type"]]
    model.model_validate_json(message)
    TypeAdapter(getattr(live, f"{model.__name__}Param")).validate_json(message)
    return raw
