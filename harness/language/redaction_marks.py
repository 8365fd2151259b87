"""Marks that a platform leaves in a transcript, or an argument, where it took a value out.

"[PII]" and "[ORDER_NUMBER_1]" (Amazon Contact Lens, Deepgram), "****" and "XXXX-1234" (numbers of
cards), "<redacted>". The value is not known then: it is neither confirmed nor contradicted.
"""

from __future__ import annotations

import re

_NAMES = "PII|PHI|PCI|REDACTED|MASKED|REMOVED|HIDDEN|ANONYMI[SZ]ED|DELETED|SENSITIVE"
_KINDS = "NAME|PHONE|EMAIL|ADDRESS|DATE|TIME|NUMBER|ACCOUNT|CARD|SSN|DOB|ID|AMOUNT|LOCATION"
_TAGGED = (
    rf"(?-i:[A-Z]+(?:[_ -][A-Z]+)*[_ -]\d+|[A-Z]+(?:_[A-Z]+)+|{_KINDS})"
    rf"|(?:{_NAMES})\b[^\]>}}]*"
)
_STARS = r"\*{4,}|\*{2,}(?:[-\s/.]\*+)+|\*{2,}-\*+|(?<!\w)\*{2,3}(?=\w*\d)\w{2,6}\b(?![^*\n]*\*)"
"""Not "**ORD-4715B**": so a text marks what is printed bold."""
_MARK = re.compile(
    rf"\[\s*(?:{_TAGGED})\s*\]|<\s*(?:{_TAGGED})\s*/?>|\{{\{{?\s*(?:{_TAGGED})\s*\}}?\}}"
    rf"|{_STARS}|(?-i:(?<![A-Za-z])(?:X{{3,}}|x{{4,}}))(?![A-Za-z])"
    r"|[█▇■•]{2,}",
    re.IGNORECASE,
)


def is_redacted(text: str) -> bool:
    """Return whether something was taken out of a text, by the marks that are left."""
    return _MARK.search(text) is not None
