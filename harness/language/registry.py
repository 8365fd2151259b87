"""Languages by name: English, and those of installed packages."""

from __future__ import annotations

import re

from harness.errors import UnknownName
from harness.language.language import Language
from harness.plugins import Registry

LANGUAGES: Registry[Language] = Registry(
    "language", "harness.languages", {"en": "harness.language.en.english:ENGLISH"}
)


def language_named(tag: str) -> Language:
    """Return the language of a tag; one with a region ("en-GB") is the plain one if there is none.

    Raises UnknownName, which lists what is known, else like ``plugins.Registry.get``.
    """
    name = tag.lower().replace("_", "-")
    try:
        return LANGUAGES.get(name)
    except UnknownName as unknown:
        plain = re.split("-", name)[0]
        if plain not in unknown.known:
            raise UnknownName(LANGUAGES.kind, tag, unknown.known) from unknown
        return LANGUAGES.get(plain)
