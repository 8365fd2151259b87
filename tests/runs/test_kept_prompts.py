"""Prompts that are kept hold no secrets."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.synthetic_run import good_call, result, run_results

from harness.recording.provenance import CallStatus
from harness.recording.saving import write_recording
from harness.runs.gates import kept_prompts

ENVIRONMENT = {"MY_API_KEY": "hunter2-hunter2", "SHELL": "/bin/bash", "DB_PASSWORD": "12345"}


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Call with hunter2-hunter2.", "Call with ***."),
        ("Use sk-proj-abcdefgh1234567890.", "Use ***."),
        ("Ask for key_fields_of_the_order.", "Ask for key_fields_of_the_order."),
        ("Use /bin/bash 12345.", "Use /bin/bash 12345."),
    ],
)
def test_secrets_are_taken_out_of_prompts(tmp_path, text, kept):
    recording = good_call().recording("a", seed=7, status=CallStatus.COMPLETED)
    manifest = replace(recording.manifest, prompt_hash="p", instructions=text)
    write_recording(tmp_path / "calls/a", replace(recording, manifest=manifest))
    call = replace(result("a"), recording="calls/a", prompt_hash="p")
    (found,) = kept_prompts(tmp_path, run_results((call,)), ENVIRONMENT)
    assert found.instructions == kept
