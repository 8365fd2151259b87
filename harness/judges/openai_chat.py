"""The judge ``openai_chat``: any endpoint with OpenAI's ``/chat/completions``, over httpx.

Source of the format: OpenAI API reference, "Create chat completion".
"""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import orjson

from harness.errors import MissingVariable
from harness.judges.base import AskAgain, JudgeReply, JudgeUnavailable, ModelJudge
from harness.judges.model import JudgePrompt
from harness.scenario.model import JudgeSettings

MOST_REPLY_BYTES = 256 * 1024
_SHOWN = 200
_FOR_NOW = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529})
"""HTTP status codes after which the same request may succeed."""
_WHY = {
    401: "the key is not accepted",
    403: "the key is not accepted for this",
    404: "no such model or address",
}


def openai_chat(settings: JudgeSettings) -> ModelJudge:
    """Return the judge of an endpoint with OpenAI's chat completions.

    Raises MissingVariable if the key is not set.
    """
    key = ""
    if settings.key_env is not None:
        key = os.environ.get(settings.key_env, "").strip()
        if not key:
            raise MissingVariable(settings.key_env, f"judge {settings.model}")
    return OpenAiChat(settings, key)


class OpenAiChat:
    """An endpoint and its model; connections are kept open between questions."""

    def __init__(self, settings: JudgeSettings, key: str) -> None:
        self._settings, self._key = settings, key
        headers = {"Content-Type": "application/json"}
        if key:
            headers["Authorization"] = f"Bearer {key}"
        self._url = f"{settings.base_url.rstrip('/')}/chat/completions"
        try:
            # A redirect would forward the key.
            self._client = httpx.AsyncClient(
                headers=headers, timeout=settings.timeout_s, follow_redirects=False
            )
        except (UnicodeEncodeError, httpx.InvalidURL, ValueError):
            # The key has a character that is invalid in a header; the key is never shown.
            raise JudgeUnavailable(
                settings.model, f"{settings.key_env} holds a sign that no HTTP header can carry"
            ) from None

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def ask(self, prompt: JudgePrompt) -> JudgeReply:
        """Send a prompt; see ``ModelJudge.ask``."""
        body = orjson.dumps(_request(self._settings, prompt))
        try:
            async with self._client.stream("POST", self._url, content=body) as response:
                data = await _body(response)
        except httpx.TimeoutException:
            raise AskAgain(f"no answer within {self._settings.timeout_s:g} s") from None
        except httpx.ConnectError as error:
            raise self._unavailable(f"no connection to {self._url}: {error}") from None
        except (httpx.UnsupportedProtocol, httpx.InvalidURL, httpx.LocalProtocolError) as error:
            raise self._unavailable(f"{self._url}: {error}") from None
        except httpx.HTTPError as error:
            raise AskAgain(self._hidden(f"the connection broke: {error}")) from None
        if response.status_code != 200:
            raise self._failure(response, data)
        if data is None:
            return JudgeReply("", f"the answer is larger than {MOST_REPLY_BYTES // 1024} kB")
        return _reply(data)

    def _failure(self, response: httpx.Response, data: bytes | None) -> Exception:
        """Return the error of an HTTP status, without the key in its text."""
        status = response.status_code
        said = self._hidden(_message(data or b""))
        if status in _FOR_NOW and not _is_quota(data or b""):
            return AskAgain(f"HTTP {status}{said}", after_s=_after_s(response))
        if 300 <= status < 400:
            where = self._hidden(response.headers.get("Location", "nowhere"))[:_SHOWN]
            said = f" points to {where}; give that address as base_url"
        why = f" ({_WHY[status]})" if status in _WHY else ""
        return self._unavailable(f"HTTP {status}{why}{said}")

    def _unavailable(self, detail: str) -> JudgeUnavailable:
        return JudgeUnavailable(self._settings.model, self._hidden(detail))

    def _hidden(self, text: str) -> str:
        return text.replace(self._key, "[key]") if self._key else text


def _request(settings: JudgeSettings, prompt: JudgePrompt) -> dict[str, Any]:
    content: Any = prompt.content
    if prompt.wav is not None:
        sound = {"data": base64.b64encode(prompt.wav).decode(), "format": "wav"}
        content = [
            {"type": "text", "text": prompt.content},
            {"type": "input_audio", "input_audio": sound},
        ]
    # No other fields: compatible servers often reject or ignore them, and the reply is checked in
    # any case.
    request: dict[str, Any] = {
        "model": settings.model,
        "messages": [
            {"role": "system", "content": prompt.instructions},
            {"role": "user", "content": content},
        ],
    }
    if settings.temperature is not None:
        request["temperature"] = settings.temperature
    return request


async def _body(response: httpx.Response) -> bytes | None:
    """Return a response body; None if it is too large, without reading the rest."""
    data = bytearray()
    async for piece in response.aiter_bytes():
        data += piece
        if len(data) > MOST_REPLY_BYTES:
            return None
    return bytes(data)


@dataclass(frozen=True, slots=True)
class _Counted:
    input_tokens: int | None
    output_tokens: int | None


def _reply(data: bytes) -> JudgeReply:
    """Parse a completion; any other document gives a void reply."""
    try:
        row = orjson.loads(data)
    except orjson.JSONDecodeError:
        return JudgeReply("", "the endpoint's answer is not JSON")
    row = row if isinstance(row, dict) else {}
    used = _counted(row.get("usage"))
    choices = row.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(message, dict):
        return JudgeReply("", "the endpoint's answer has no message", *_both(used))
    refusal, text = message.get("refusal"), message.get("content")
    if isinstance(refusal, str) and refusal.strip():
        told = f"the model refused: {' '.join(refusal.split())[:_SHOWN]}"
        return JudgeReply("", told, *_both(used))
    if isinstance(choice, dict) and choice.get("finish_reason") in ("length", "content_filter"):
        told = f"the model's answer was cut off ({choice['finish_reason']})"
        return JudgeReply("", told, *_both(used))
    if not isinstance(text, str) or not text.strip():
        return JudgeReply("", "the model's answer is empty", *_both(used))
    return JudgeReply(text, "", *_both(used))


def _both(used: _Counted) -> tuple[int | None, int | None]:
    return used.input_tokens, used.output_tokens


def _counted(usage: object) -> _Counted:
    def of(name: str) -> int | None:
        count = usage.get(name) if isinstance(usage, dict) else None
        if not isinstance(count, int) or isinstance(count, bool):  # a bool is an int, too
            return None
        return count if 0 <= count < 2**53 else None

    return _Counted(of("prompt_tokens"), of("completion_tokens"))


def _message(data: bytes) -> str:
    """Return a server's error message, from its JSON or else from its text."""
    try:
        row = orjson.loads(data)
        error = row.get("error") if isinstance(row, dict) else None
        said = error.get("message") if isinstance(error, dict) else error
    except orjson.JSONDecodeError:
        said = data[: 4 * _SHOWN].decode("utf-8", "replace")
    text = " ".join(said.split()) if isinstance(said, str) else ""
    return f": {text[:_SHOWN]}" if text else ""


def _is_quota(data: bytes) -> bool:
    """Return whether a 429 says that the account has no credit: waiting will not help."""
    return b"insufficient_quota" in data


def _after_s(response: httpx.Response) -> float | None:
    """Return the wait in ``Retry-After``, in seconds: a number or a date (RFC 9110, 10.2.3)."""
    after = response.headers.get("Retry-After", "").strip()
    try:
        if after.replace(".", "", 1).isdigit():
            return float(after)
        # Both dates are from the server, so an error of its clock cancels out.
        then, now = (parsedate_to_datetime(one) for one in (after, response.headers["Date"]))
        return max(0.0, (then - now).total_seconds())
    except (KeyError, TypeError, ValueError):
        return None  # not readable, or no Date header
