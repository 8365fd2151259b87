"""Marks that a platform leaves in a text for the parts that it removed."""

from __future__ import annotations

import pytest

from harness.language.values import is_redacted


@pytest.mark.parametrize(
    "text",
    [
        "My number is [PII].",
        "order [ORDER_NUMBER_1]",
        "[Redacted]",
        "[redacted order_id]",
        "<redacted>",
        "<PHONE_NUMBER>",
        "call me [NAME]",
        "{{REDACTED}}",
        "****",
        "it's ****1234",
        "**-**63M",
        "card **4471, please",
        "XXXX-1234",
        "xxxx1234",
        "███ 12",
        "it is ####.",
        "####",
        "[***]",
        "my [PIN] is",
        "<PERSON>",
        "{PII}",
        "[credit_card_number]",
        "[phone number]",
        "[date_of_birth_1]",
        "(redacted)",
        "[bleep]",
    ],
)
def test_a_mark_is_found(text: str) -> None:
    assert is_redacted(text)


@pytest.mark.parametrize(
    "text",
    [
        "order ORD-4715B",
        "**ORD-4715B**",
        "The **new price** is **20 dollars** now.",
        "[laughs] Yes.",
        "[LAUGHTER]",
        "size XXL, XX-12",
        "3 * 4 ** 2",
        "a < b > c",
        "{order_id}",
        "{name}",
        "[BLANK_AUDIO]",
        "[music]",
        "[inaudible]",
        "### What we found",
        "[i did it]",
        "",
    ],
)
def test_what_is_printed_bold_or_in_brackets_is_no_mark(text: str) -> None:
    assert not is_redacted(text)
