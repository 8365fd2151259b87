"""Marks that a platform leaves in a transcript, or an argument, where it took a value out.

"[PII]" and "[ORDER_NUMBER_1]" (Amazon Contact Lens, Deepgram), "<PERSON>" (Presidio), "####"
(AssemblyAI), "****" and "XXXX-1234" (numbers of cards), "<redacted>", "[phone number]". The value
is not known then: it is neither confirmed nor contradicted.
"""

from __future__ import annotations

import re
from functools import lru_cache

_NAMES = "PII|PHI|PCI|REDACTED|MASKED|REMOVED|HIDDEN|ANONYMI[SZ]ED|DELETED|SENSITIVE|BLEEP"
_KINDS = (
    "NAME|PHONE|EMAIL|ADDRESS|DATE|TIME|NUMBER|ACCOUNT|CARD|SSN|DOB|BIRTH|ID|AMOUNT|LOCATION|PIN"
    "|PERSON|PASSWORD|CVV|EXPIRY|IBAN|ZIP|PASSPORT|ORGANI[SZ]ATION"
)
_HEARD = "BLANK[_ ]AUDIO|NO[_ ]SPEECH|BACKGROUND[_ ]NOISE"
"""Marks of recognizers for audio without speech."""
_TAGGED = (
    rf"(?!(?:{_HEARD})\b)(?:(?-i:[A-Z]+(?:[_ -][A-Z]+)*[_ -]\d+|[A-Z]+(?:_[A-Z]+)+|{_KINDS})"
    rf"|(?:{_NAMES})\b[^\]>}}]*+)"
)
_LOWER = rf"(?:[a-z]+[_ ]){{0,6}}(?:{_KINDS.lower()})(?:[_ ][a-z]+){{0,6}}(?:_\d+)?"
"""In brackets alone: a name in curly ones is a place that the agent's own text forgot to fill."""
_STARS = r"\*{4,}|\*{2,}(?:[-\s/.]\*+)+|\*{2,}-\*+|(?<!\w)\*{2,3}(?=\w*\d)\w{2,6}\b(?![^*\n]*\*)"
"""Not "**ORD-4715B**": so a text marks what is printed bold."""
_HASHES = r"(?:(?<=\S)|(?<=\S[ \t]))#{3,}|^#{3,}(?![#\s]*\w)"
"""Not at the beginning of a line before words: that is a heading."""
_MARK = re.compile(
    rf"\[\s*(?:{_TAGGED})\s*\]|<\s*(?:{_TAGGED})\s*/?>|\{{\{{?\s*(?:{_TAGGED})\s*\}}?\}}"
    rf"|(?-i:\[\s*(?:{_LOWER}|\*+|#+|-{{3,}})\s*\])|\(\s*(?:REDACTED|MASKED)\s*\)"
    rf"|{_STARS}|{_HASHES}|(?-i:(?<![A-Za-z])(?:X{{3,}}|x{{4,}}))(?![A-Za-z])"
    r"|[█▇■•]{2,}",
    re.IGNORECASE | re.MULTILINE,
)


@lru_cache(maxsize=4096)  # each turn of a call is asked about for each value of each write
def is_redacted(text: str) -> bool:
    """Return whether something was taken out of a text, by the marks that are left."""
    return _MARK.search(text) is not None
