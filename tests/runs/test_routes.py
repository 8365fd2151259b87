"""From a target to its route: URL, query, headers, keys, and the parts that must stay hidden."""

from __future__ import annotations

from typing import Any

import pytest

from harness.errors import MissingVariable, UsageError
from harness.runs.routes import embedded_route, route_to, stored_target
from harness.scenario.target import Target

URL = "wss://agent.example/v1"
AZURE = "wss://r.openai.azure.com/openai/realtime"


def target(**more: Any) -> Target:
    return Target.model_validate({"format": 1, "target": "mine", "url": URL, **more})


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", "sk-hush-1234")
    monkeypatch.setenv("MY_TOKEN", "tok-hush-5678")
    monkeypatch.delenv("NO_KEY", raising=False)


@pytest.mark.parametrize(
    ("more", "url", "headers"),
    [
        ({}, URL, {}),
        ({"model": "m"}, f"{URL}?model=m", {}),
        ({"auth": {"bearer_env": "MY_KEY"}}, URL, {"Authorization": "Bearer sk-hush-1234"}),
        ({"auth": {"key_env": "MY_KEY"}}, URL, {"Authorization": "Bearer sk-hush-1234"}),
        (
            {"url": AZURE, "auth": {"key_env": "MY_KEY"}, "model": "m"},
            f"{AZURE}?model=m",
            {"api-key": "sk-hush-1234"},
        ),
        (
            {
                "url": AZURE,
                "dialect": "openai_beta",
                "auth": {"key_env": "MY_KEY"},
                "query": {"api-version": "2024-10-01-preview"},
                "model": "desk",
            },
            f"{AZURE}?api-version=2024-10-01-preview&deployment=desk",
            {"api-key": "sk-hush-1234", "OpenAI-Beta": "realtime=v1"},
        ),
        (
            {
                "url": "wss://r.services.ai.azure.com/openai/v1/realtime",
                "auth": {"key_env": "MY_KEY"},
                "model": "desk",
            },
            "wss://r.services.ai.azure.com/openai/v1/realtime?model=desk",
            {"api-key": "sk-hush-1234"},
        ),
        (
            {"url": AZURE, "auth": {"bearer_env": "MY_KEY"}},
            AZURE,
            {"Authorization": "Bearer sk-hush-1234"},
        ),
        (
            {"headers": {"X-Tenant": "acme", "X-Token": {"env": "MY_TOKEN"}}},
            URL,
            {"X-Tenant": "acme", "X-Token": "tok-hush-5678"},
        ),
        (
            {"url": f"{URL}?a=1", "query": {"b": "x y", "t": {"env": "MY_TOKEN"}}, "model": "m"},
            f"{URL}?a=1&b=x+y&t=tok-hush-5678&model=m",
            {},
        ),
        (
            {"auth": {"bearer_env": "MY_KEY"}, "headers": {"authorization": "Basic b2RkOm9kZA=="}},
            URL,
            {"authorization": "Basic b2RkOm9kZA=="},
        ),
        (
            {"dialect": "openai_beta", "headers": {"openai-beta": "realtime=v2"}},
            URL,
            {"openai-beta": "realtime=v2"},
        ),
    ],
)
def test_a_target_says_where_and_with_what(more, url, headers):
    route = route_to(target(**more))
    assert (route.url, route.headers) == (url, headers)


def test_what_the_environment_gave_is_secret_and_what_the_file_says_is_not():
    route = route_to(
        target(
            auth={"bearer_env": "MY_KEY"},
            headers={"X-Env": "production", "X-Token": {"env": "MY_TOKEN"}},
            query={"tenant": "acme-corp", "t": {"env": "MY_TOKEN"}},
        )
    )
    assert set(route.secrets) == {"sk-hush-1234", "tok-hush-5678"}


@pytest.mark.parametrize(
    "more",
    [
        {"auth": {"key_env": "NO_KEY"}},
        {"headers": {"X": {"env": "NO_KEY"}}},
        {"query": {"x": {"env": "NO_KEY"}}},
    ],
)
def test_a_variable_that_is_not_set_is_named(more):
    with pytest.raises(MissingVariable, match="NO_KEY is not set; target mine needs it"):
        route_to(target(**more))


def hook(secret: str) -> dict[str, Any]:
    return {"tools_from": {"webhook": {"secret_env": secret}}}


def test_the_secret_of_a_webhook_comes_from_the_environment_and_stays_hidden():
    route = route_to(target(**hook("MY_TOKEN")))
    assert (route.hook_secret, route.secrets) == ("tok-hush-5678", ("tok-hush-5678",))
    assert "hush" not in repr(route)
    assert route_to(target(tools_from={"file": "tools.jsonl"})).hook_secret is None
    with pytest.raises(MissingVariable, match="NO_KEY is not set; target mine needs it"):
        route_to(target(**hook("NO_KEY")))


def test_a_value_that_no_header_may_hold_is_refused(monkeypatch):
    monkeypatch.setenv("MY_TOKEN", "two\nlines")
    with pytest.raises(UsageError, match="MY_TOKEN holds a line break; a key is one plain line"):
        route_to(target(headers={"X": {"env": "MY_TOKEN"}}))


def test_an_embedded_agent_has_neither_key_nor_headers():
    bare = Target.model_validate({"format": 1, "target": "mine", "model": "m"})
    route = embedded_route("ws://h:1/v1", bare, fault="deaf")
    assert (route.url, route.headers, route.seeded, route.fault) == (
        "ws://h:1/v1?model=m", {}, True, "deaf",
    )  # fmt: skip


def test_a_target_is_stored_without_the_turn_detection_that_its_dialect_has_not() -> None:
    live = stored_target(target(dialect="openai_live"))
    assert "turn_detection" not in live["session"]
    kept = stored_target(target(session={"turn_detection": "keep"}))
    assert kept["session"]["turn_detection"] == "keep"
    asked = stored_target(target())["session"]["turn_detection"]
    assert (asked["type"], "create_response" in asked) == ("server_vad", False)


def test_a_target_is_stored_without_secrets_and_without_what_is_as_it_always_was():
    stored = stored_target(target(url=f"{URL}?k=hush-hush", auth={"bearer_env": "MY_KEY"}))
    assert (stored["url"], stored["auth"]) == (f"{URL}?k=***", {"bearer_env": "MY_KEY"})
    assert not {"headers", "query", "tools_from"} & stored.keys()
    assert set(stored["session"]) == {
        *("voice", "turn_detection", "input_format", "reasoning_effort", "input_transcription"),
    }
    kept = stored_target(
        target(
            headers={"X": {"env": "MY_TOKEN"}},
            session={"prompt": "keep", "tools": "keep", "opening": "agent"},
        )
    )
    tunnel = target(tools_from={"webhook": {"url": "https://u:p@t.example/x?k=hush-hush"}})
    assert stored_target(tunnel)["tools_from"]["webhook"]["url"] == "https://t.example/x?k=***"
    plain = stored_target(target(tools_from={"webhook": {"port": 80}}))["tools_from"]
    assert plain["webhook"]["port"] == 80
    assert kept["headers"] == {"X": {"env": "MY_TOKEN"}}
    assert (kept["session"]["prompt"], kept["session"]["tools"]) == ("keep", "keep")
    assert kept["session"]["opening"] == "agent"
    assert Target.model_validate(kept).session.prompt == "keep"
