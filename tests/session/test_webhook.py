"""The webhook over real sockets: accepted requests, and the answers to refused requests."""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from support.guide_shell import free_port
from support.own_tools import exchange, post

from harness.errors import OperationError
from harness.scenario.target import ToolsFrom, Webhook
from harness.session.clock import VirtualClock
from harness.session.tool_sources import CallNotices
from harness.session.tools import ToldTools
from harness.session.virtual_time import run_virtual
from harness.session.webhook import IDLE_S, MOST_BYTES, hooked

TOOLS = ("lookup_order", "cancel_order")
PROTOBUF = {"Content-Type": "application/x-protobuf"}
BEARER = {"Authorization": "Bearer hush-1234"}


class Nobody:
    """A caller who gets no news of tools."""

    def tool_began(self, run: Any) -> None: ...

    def tool_ended(self, run: Any) -> None: ...


def during_a_call(
    doing: Callable[[CallNotices], Awaitable[Any]], *, secret: str | None = None, **settings: Any
) -> tuple[Any, ToldTools]:
    """Run ``doing`` while a call is under way; return its result, and the tools of the call."""

    async def main() -> tuple[Any, ToldTools]:
        wanted = ToolsFrom.model_validate({"webhook": settings})
        async with hooked(wanted, VirtualClock(), secret=secret) as sources:
            with sources.call(TOOLS) as beside:
                beside.told.started(Nobody())
                return await doing(beside), beside.told

    return run_virtual(main())


def tool(beside: CallNotices, **more: Any) -> dict[str, Any]:
    row = {"call": beside.told.call_id, "id": "t1", "name": "lookup_order", "arguments": {}}
    return {**row, **more}


def test_a_whole_call_of_a_tool_is_taken_in_one_post():
    async def doing(beside: CallNotices) -> Any:
        return await post(beside.sources.url, tool(beside, output={"ok": True}))

    answer, told = during_a_call(doing)
    assert answer == (200, "1 taken")
    (run,) = told.runs("webhook")
    assert (run.name, run.arguments, run.output) == ("lookup_order", "{}", '{"ok":true}')
    assert run.answered_s == run.requested_s


def test_the_connection_tells_the_agent_where_and_under_which_id():
    async def doing(beside: CallNotices) -> Any:
        own = {"X-Trace": "{call_id}", "X-Other": "{who}"}
        return beside.headers(own), beside.url("wss://a.example/?c=%7Bcall_id%7D&w={tools_url}")

    (headers, url), told = during_a_call(doing, url="https://tunnel.example/t")
    assert headers == {
        "X-Harness-Call-Id": told.call_id,
        "X-Harness-Tools-Url": "https://tunnel.example/t",
        "X-Trace": told.call_id,
        "X-Other": "{who}",
    }
    assert url == f"wss://a.example/?c={told.call_id}&w=https://tunnel.example/t"


ANSWERS: list[tuple[str, Any, dict[str, str], int, str]] = [
    ("/tools", {"call": "call_9", "name": "lookup_order"}, BEARER, 404, "no call under way has"),
    ("/tools", {"call": "old", "name": "lookup_order"}, {}, 401, "Authorization: expected Bearer"),
    ("/tools", {}, {"Authorization": "hush-1234"}, 401, "Authorization: expected Bearer"),
    ("/tools", {}, {"Authorization": "Bearer wrong"}, 401, "Authorization: expected Bearer"),
    ("/tools", b"{", BEARER, 400, "the body is no JSON: unexpected end of data"),
    ("/tools", b"", BEARER, 400, "the body is no JSON"),
    ("/tools", b"[" * 300 + b"]" * 300, BEARER, 400, "the body is nested deeper than 100 levels"),
    ("/tools", b"{}", BEARER | {"Content-Encoding": "br"}, 415, "Content-Encoding: expected gzip"),
    ("/tools", 7, BEARER, 422, "expected an object, got 7"),
    (
        "/tools",
        {"call": "OWN", "name": "cancel_oder"},
        BEARER,
        422,
        "the suite has no tool 'cancel_oder'; it has",
    ),
    ("/tools", {"name": "cancel_order"}, BEARER, 422, "call: expected the id in X-Harness-Call-Id"),
    ("/tools", {"event": "hello"}, BEARER, 422, "call: expected the id in X-Harness-Call-Id"),
    ("/tools", {"name": "x", "event": "begun"}, BEARER, 422, "event: expected one of hello"),
    ("/tools", {"name": "lookup_order", "started_at": 1e9}, BEARER, 410, "none was under way"),
    ("/tool", {}, BEARER, 404, "tools are told of at /tools and /v1/traces, not at /tool"),
    ("/tools", b"x" * (MOST_BYTES + 1), BEARER, 413, "expected at most 1048576 bytes"),
    ("/tools", b"x" * (5 * MOST_BYTES), BEARER, 413, "expected at most 1048576 bytes"),
    (
        "/tools",
        gzip.compress(b" " * (MOST_BYTES + 1)),
        {**BEARER, "Content-Encoding": "gzip"},
        413,
        "expected at most 1048576 bytes",
    ),
    ("/tools", b"{}", {**BEARER, "Content-Encoding": "gzip"}, 400, "no gzip: Not a gzipped file"),
    ("/tools", b"", BEARER | PROTOBUF, 415, "expected application/json, got application/x-pr"),
    ("/tools", b"{}", BEARER | {"Content-Type": ""}, 415, "application/json, got nothing"),
    ("/v1/traces", b"{}", BEARER | PROTOBUF, 400, "the body is no protobuf: Wire format"),
    ("/v1/traces", {}, BEARER, 400, "resourceSpans: expected a list, got null"),
    ("/v1/traces", {"resourceSpans": []}, {}, 401, "Authorization: expected Bearer"),
]


@pytest.mark.parametrize(("path", "body", "headers", "status", "line"), ANSWERS)
def test_what_is_not_taken_is_answered_in_one_line(path, body, headers, status, line):
    async def doing(beside: CallNotices) -> Any:
        base = beside.sources.url.removesuffix("/tools")
        found = {name.replace("-", "_"): value for name, value in headers.items()}
        of_this = isinstance(body, dict) and body.get("call") == "OWN"
        named = body | {"call": beside.told.call_id} if of_this else body
        return await post(base + path, named, **found)

    (found, told), call = during_a_call(doing, secret="hush-1234")
    assert (found, line in told, "\n" in told) == (status, True, False), told
    assert (call.runs("webhook"), call.runs("spans")) == ((), ())
    refused = [each for source in call.accounts() for each in source.refused]
    assert [each.reason for each in refused] == [told]


PAGE = {"Origin": "https://evil.example", "Content-Type": "text/plain"}


@pytest.mark.parametrize("path", ["/tools", "/v1/traces"])
@pytest.mark.parametrize(
    ("headers", "settings", "status", "line"),
    [
        (PAGE, {}, 403, "Origin: expected a post of a server, got one of a web page (https://evil"),
        ({"Origin": "null"}, {}, 403, "Origin: expected a post of a server"),
        ({"Host": "evil.example:80"}, {}, 421, "Host: expected a name of this machine, got 'evil"),
        ({"Host": "[::1"}, {}, 421, "Host: expected a name of this machine, got '[::1'"),
        ({"Host": ""}, {}, 421, "Host: expected a name of this machine, got ''; where it is"),
        ({"Host": "evil.example"}, {"url": "https://tunnel.example/tools"}, 421, "Host: expected"),
    ],
)
def test_web_pages_post_nothing_and_spoil_no_call(path, headers, settings, status, line):
    async def doing(beside: CallNotices) -> Any:
        found = {name.replace("-", "_"): value for name, value in headers.items()}
        return await post(f"http://127.0.0.1:{port}{path}", tool(beside), **found)

    port = free_port()
    (found, told), call = during_a_call(doing, port=port, **settings)
    assert (found, line in told) == (status, True), told
    assert (call.runs("webhook"), call.runs("spans")) == ((), ())
    assert [each.counts for source in call.accounts() for each in source.refused] == [False]


@pytest.mark.parametrize(
    ("host", "settings"),
    [
        ("localhost", {}),
        ("127.0.0.1:8799", {}),
        ("[::1]:8799", {}),
        ("tunnel.example", {"url": "https://tunnel.example/tools"}),
        ("agent.internal", {"host": "0.0.0.0"}),
    ],
)
def test_posts_to_its_own_names_are_taken(host, settings):
    assert Webhook.model_validate(settings).is_host(host)


def test_two_hosts_are_answered_and_no_call_suffers():
    request = b"POST /tools HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"
    answers, told = during_a_call(raw(request))
    assert answers == ["HTTP/1.1 400 "]
    assert [found.refused for found in told.accounts()] == [(), ()]


@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
def test_the_right_secret_is_let_in(scheme):
    async def doing(beside: CallNotices) -> Any:
        return await post(beside.sources.url, tool(beside), Authorization=f"{scheme} hush-1234")

    answer, _ = during_a_call(doing, secret="hush-1234")
    assert answer == (200, "1 taken")


def test_two_calls_of_tools_with_one_id_are_refused_and_the_same_again_is_not():
    async def doing(beside: CallNotices) -> Any:
        other = tool(beside, arguments={"order_id": "B-2"})
        bodies = (tool(beside), tool(beside), other)
        return [(await post(beside.sources.url, body))[0] for body in bodies]

    answers, told = during_a_call(doing)
    assert answers == [200, 200, 409]
    assert len(told.runs("webhook")) == 1


def test_of_a_list_all_are_taken_or_none():
    async def doing(beside: CallNotices) -> Any:
        faulty = [tool(beside), tool(beside, id="t2", name="nothing")]
        fine = [tool(beside, event="started"), tool(beside, event="ended")]
        return [await post(beside.sources.url, body) for body in (faulty, fine)]

    answers, told = during_a_call(doing)
    assert [status for status, _ in answers] == [422, 200]
    assert [run.outcome.value for run in told.runs("webhook")] == ["ok"]


def test_after_its_end_a_call_takes_nothing(capsys):
    async def doing(beside: CallNotices) -> Any:
        with beside.sources.call(TOOLS) as other:
            pass
        return await post(beside.sources.url, tool(other))

    (status, line), _ = during_a_call(doing)
    assert (status, line.endswith("is over")) == (410, True)


def test_of_an_export_the_spans_in_order_are_taken_and_the_others_counted():
    async def doing(beside: CallNotices) -> Any:
        attributes = [
            {"key": "gen_ai.operation.name", "value": {"stringValue": "execute_tool"}},
            {"key": "harness.call_id", "value": {"stringValue": beside.told.call_id}},
        ]
        times = {"startTimeUnixNano": str(round(beside.told.opened_s * 1e9)), "spanId": "s"}
        rows = [
            {"name": name, "attributes": attributes, **times}
            for name in ("execute_tool lookup_order", "execute_tool search", "search")
        ]
        body = {"resourceSpans": [{"scopeSpans": [{"spans": rows}]}]}
        packed = gzip.compress(json.dumps(body).encode())
        base = beside.sources.url.removesuffix("/tools")
        return await post(f"{base}/v1/traces", packed, Content_Encoding="gzip")

    (status, answer), told = during_a_call(doing)
    partial = json.loads(answer)["partialSuccess"]
    assert (status, partial["rejectedSpans"]) == (200, "2")
    assert "scopeSpans[0].spans[1]: name: the suite has no tool 'search'" in partial["errorMessage"]
    assert "spans[2]: gen_ai.tool.name: expected the tool's name" in partial["errorMessage"]
    assert [run.name for run in told.runs("spans")] == ["lookup_order"]
    assert [each.counts for each in told.accounts()[1].refused] == [False, True]


@pytest.mark.parametrize(
    ("name", "answer", "tools"),
    [
        (b"lookup_order", "", ["lookup_order"]),
        (b"look_up_order", "the suite has no tool 'look_up_order'", []),
    ],
)
def test_an_export_in_protobuf_is_answered_in_protobuf(name, answer, tools):
    async def doing(beside: CallNotices) -> Any:
        began = round(beside.told.opened_s * 1e9).to_bytes(8, "little")
        kind = packed(1, b"gen_ai.operation.name") + packed(2, packed(1, b"execute_tool"))
        span = packed(2, packed(5, b"execute_tool " + name) + b"\x39" + began, packed(9, kind))
        body = packed(1, packed(2, span))
        base = beside.sources.url.removesuffix("/tools")
        return await post(f"{base}/v1/traces", body, Content_Type="application/x-protobuf")

    (status, told), call = during_a_call(doing)
    assert (status, answer in told, bool(told)) == (200, True, bool(answer))
    assert [run.name for run in call.runs("spans")] == tools


def packed(number: int, *parts: bytes) -> bytes:
    """Return a field of protobuf that holds other fields, or text."""
    data = b"".join(parts)
    return bytes([number << 3 | 2, len(data)]) + data


def raw(*requests: bytes) -> Callable[[CallNotices], Awaitable[list[str]]]:
    """Send bytes over one connection, one after the other's answer; return the first lines."""

    async def doing(beside: CallNotices) -> list[str]:
        port = int(beside.sources.url.rpartition(":")[2].partition("/")[0])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        answers = []
        for request in requests:
            writer.write(request.replace(CALL, beside.told.call_id.encode()))
            head = await reader.readuntil(b"\r\n\r\n")
            answers.append(head.partition(b"\r\n")[0].decode())
            length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
            await reader.readexactly(int(length or 0))
        writer.write_eof()
        assert await reader.read() == b""
        writer.close()
        return answers

    return doing


HOST = b" HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
CALL = b"#" * 29
HELLO = b'{"event": "hello", "call": "' + CALL + b'"}'
LENGTH = b"Content-Length: %d\r\n\r\n" % len(HELLO)


def test_a_connection_may_post_again_and_in_chunks():
    whole = b"POST /tools" + HOST + LENGTH + HELLO
    chunked = b"POST /tools" + HOST + b"Transfer-Encoding: chunked\r\n\r\n"
    chunks = b"9\r\n" + HELLO[:9] + b"\r\n%x\r\n" % len(HELLO[9:]) + HELLO[9:] + b"\r\n0\r\n\r\n"
    answers, told = during_a_call(raw(whole, chunked + chunks, b"GET /tools" + HOST + b"\r\n"))
    assert answers == ["HTTP/1.1 200 ", "HTTP/1.1 200 ", "HTTP/1.1 405 "]
    assert told.accounts()[0].heard


def test_a_client_that_asks_whether_to_go_on_is_told_to():
    head = b"POST /tools" + HOST + b"Expect: 100-continue\r\n" + LENGTH
    answers, _ = during_a_call(raw(head, HELLO))
    assert answers == ["HTTP/1.1 100 ", "HTTP/1.1 200 "]


def test_what_is_no_http_is_named_and_the_next_is_served():
    async def doing(beside: CallNotices) -> Any:
        port = int(beside.sources.url.rpartition(":")[2].partition("/")[0])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"\x16\x03\x01 this is TLS\r\n\r\n")
        assert (await reader.read()).startswith(b"HTTP/1.1 400 ")
        writer.close()
        return await exchange("127.0.0.1", port, b"GET /tools" + HOST + b"\r\n")

    (status, _), _ = during_a_call(doing)
    assert status == 405


def test_a_connection_that_says_nothing_is_closed():
    async def doing(beside: CallNotices) -> Any:
        port = int(beside.sources.url.rpartition(":")[2].partition("/")[0])
        began_s = asyncio.get_running_loop().time()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST /tools HTTP/1.1\r\n")
        assert await reader.read() == b""
        writer.close()
        return asyncio.get_running_loop().time() - began_s

    took_s, _ = during_a_call(doing)
    assert took_s == pytest.approx(IDLE_S)


@pytest.mark.parametrize("waits", [False, True])
@pytest.mark.parametrize(("authorization", "noted"), [("Bearer hush-1234", 1), ("Bearer no", 0)])
def test_a_post_that_breaks_off_may_have_told_of_a_tool(waits, authorization, noted):
    async def doing(beside: CallNotices) -> Any:
        port = int(beside.sources.url.rpartition(":")[2].partition("/")[0])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        began_s = asyncio.get_running_loop().time()
        head = f"Authorization: {authorization}\r\nContent-Length: 90\r\n\r\n"
        writer.write(b"POST /tools" + HOST + head.encode() + b'{"name": "canc')
        if waits:
            await asyncio.sleep(IDLE_S - 1)
            writer.write(b"e")
        else:
            writer.write_eof()
        assert await reader.read() == b""
        writer.close()
        return asyncio.get_running_loop().time() - began_s

    took_s, told = during_a_call(doing, secret="hush-1234")
    refused = [(each.reason, each.counts) for each in told.accounts()[0].refused]
    assert refused == [("a post broke off before its end", True)] * noted
    assert took_s == pytest.approx(IDLE_S if waits else 0.0)


def test_a_client_that_keeps_its_connection_holds_up_nobody():
    kept: list[Any] = []
    noise: list[Any] = []

    async def doing(beside: CallNotices) -> Any:
        port = int(beside.sources.url.rpartition(":")[2].partition("/")[0])
        kept.extend(await asyncio.open_connection("127.0.0.1", port))
        kept[1].write(b"GET /tools" + HOST + b"\r\n")
        await kept[0].readuntil(b"POST, got GET\n")
        return asyncio.get_running_loop().time()

    async def main() -> float:
        asyncio.get_running_loop().set_exception_handler(lambda loop, told: noise.append(told))
        wanted = ToolsFrom.model_validate({"webhook": {}})
        async with hooked(wanted, VirtualClock(), secret=None) as sources:
            with sources.call(TOOLS) as beside:
                before_s = await doing(beside)
        assert await kept[0].read() == b""
        kept[1].close()
        return asyncio.get_running_loop().time() - before_s

    assert run_virtual(main()) < 1.0
    assert noise == []


def test_a_port_that_is_taken_is_named():
    async def doing(beside: CallNotices) -> Any: ...

    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(OperationError, match=rf"cannot listen on 127\.0\.0\.1, port {port}: "):
            during_a_call(doing, port=port)


def test_without_a_webhook_nothing_listens(tmp_path):
    async def main() -> tuple[str, tuple[str, ...]]:
        wanted = ToolsFrom(file=str(tmp_path / "tools.jsonl"))
        async with hooked(wanted, VirtualClock(), secret=None) as sources:
            with sources.call(TOOLS) as beside:
                return sources.url, beside.told.sources

    assert run_virtual(main()) == ("", ("file",))
