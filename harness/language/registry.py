"""Languages by name: English, and those of installed packages."""

from __future__ import annotations

from harness.errors import BrokenPlugin, UnknownName
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
    known = LANGUAGES.names()
    found = next((one for one in (name, name.partition("-")[0]) if one in known), None)
    if found is None:
        raise UnknownName(LANGUAGES.kind, tag, known)
    language = LANGUAGES.get(found)
    if not isinstance(language, Language):
        wrong = TypeError(f"expected a Language, got {type(language).__name__}")
        raise BrokenPlugin(LANGUAGES.kind, found, wrong)
    return language
