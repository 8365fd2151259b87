"""An export of OpenTelemetry spans as protobuf: read as the JSON of the same export, and answered.

The messages are those of the package opentelemetry-proto (extra ``otel``).
"""

from __future__ import annotations

from base64 import b64decode
from importlib import import_module
from types import ModuleType
from typing import Any

from harness.recording.tool_notices import SPANS, NoticeFault

_INSTALL = "python -m pip install 'voice-agent-harness[otel]'"
_SERVICE = "opentelemetry.proto.collector.trace.v1.trace_service_pb2"


def read_export(data: bytes) -> dict[str, Any]:
    """Return an ExportTraceServiceRequest as its JSON.

    Raises NoticeFault: the data is not such a message, or the extra ``otel`` is missing.
    """
    service = _service()
    json_format = import_module("google.protobuf.json_format")
    messages = import_module("google.protobuf.message")
    try:
        request = service.ExportTraceServiceRequest.FromString(data)
        export: dict[str, Any] = json_format.MessageToDict(request)
    except messages.DecodeError as error:
        raise NoticeFault(f"no protobuf: {str(error).rpartition(': ')[2]}") from None
    for resource in export.setdefault(SPANS, []):
        for scope in resource.get("scopeSpans", []):
            for span in scope.get("spans", []):
                # OTLP writes these two as hex in JSON, protobuf as Base64.
                for key in {"traceId", "spanId"} & span.keys():
                    span[key] = b64decode(span[key]).hex()
    return export


def export_answer(rejected: int, error: str) -> bytes:
    """Return an ExportTraceServiceResponse: empty if all spans were taken."""
    answer = _service().ExportTraceServiceResponse()
    if rejected:
        answer.partial_success.rejected_spans = rejected
        answer.partial_success.error_message = error
    found: bytes = answer.SerializeToString()
    return found


def _service() -> ModuleType:
    try:
        return import_module(_SERVICE)
    except ModuleNotFoundError:
        raise NoticeFault(
            f"protobuf, which needs {_INSTALL}; or send JSON: OTEL_EXPORTER_OTLP_PROTOCOL=http/json"
        ) from None
