"""English: how callers say what they want, numbers and sums, and where an address begins."""

from __future__ import annotations

import re

from harness.agent.desk.intents import Intent, IntentWords
from harness.agent.desk.order_numbers import NumberWords
from harness.language.language import Language

_PATTERNS: dict[Intent, str] = {
    Intent.LOOK_UP: (
        r"where(?:'s| is| are)?\b.*\b(?:order|parcel|package|delivery|it)\b|status|track"
        r"|look (?:it |that )?up|check (?:on |up |out )?(?:an |my |the |a |in )?(?:\w+ )?order"
        r"|when (?:will|does|is|do)\b.*\b(?:arriv|come|get|deliver|order)|(?:my|the) order is late"
        r"|(?:has|have|did)n?'?t?\b.*\b(?:arriv|come yet|shipp|deliver)|late again|order\b.*\blate"
        r"|find (?:my|an|the) order"
    ),
    Intent.CANCEL: r"cancel\w*|counsel my|call off|(?:don't|do not) (?:want|need) (?:it|the order)",
    Intent.CHANGE_ADDRESS: (
        r"(?:chang\w*|updat\w*|new|different|another|wrong|correct)\b.*\baddress"
        r"|address\b.*\b(?:chang|updat|wrong)|(?:deliver|send|ship)\b.*\b(?:somewhere else|to "
        r"(?:a|another))"
    ),
    Intent.REFUND: r"refund\w*|money back|pay me back|reimburse\w*|re fund",
    Intent.HUMAN: (
        r"(?:talk|speak|connect|transfer|get|want|need|give|put|like|have|through)\b.*"
        r"\b(?:human|real person|person|someone|somebody|people|agent|representative|manager"
        r"|supervisor|specialist|operator|few men|hew ?man|humane?|you man)\b|\b(?:human|real "
        r"person|representative|operator) please"
        r"|^(?:a |an )?(?:human|agent|operator|representative)\b"
    ),
    Intent.DANGER: (
        r"emergency|on fire|smok(?:e|ing)\b|burn(?:t|ed|ing)|explod\w*|injur\w*|electric shock"
        r"|(?:hurt|kill) (?:myself|someone|somebody)|poison\w*"
    ),
    Intent.VERY_ANGRY: (
        r"ridiculous|unacceptable|outrag\w*|furious|useless|lawyer|\bsue\b|\bsuing\b|idiot\w*"
        r"|stupid"
        r"|incompeten\w*|disgrace\w*|scam|fed up|had enough|worst|sick of|terrible service|damn"
        r"|police|legal action|pathetic"
    ),
    Intent.ANNOYED: (
        r"annoy\w*|frustrat\w*|upset|not happy|unhappy|disappoint\w*|angry|late again|took "
        r"(?:so|too) long"
        r"|again and again|irritat\w*"
    ),
    Intent.RETRY: r"try (?:it |that )?(?:again|once more)|once more|another try|one more time",
    Intent.DETAILS: (
        r"tell me (?:\w+ ){0,3}(?:everything|all|more|about)|everything about|(?:more|all|every"
        r"|the) details?"
        r"|in detail|what else (?:do|can) you|how (?:does|will) (?:the |my )?delivery"
    ),
    Intent.REPEAT: (
        r"(?:say|repeat) (?:that|it)(?: again)?|what did you say|pardon|come again|once again"
    ),
    Intent.GOODBYE: (
        r"good[- ]?bye?\b|\bbye\b|that'?s all|that is all|that'?s (?:so|not) thank|have a "
        r"(?:good|nice)"
    ),
    Intent.NOTHING_ELSE: (
        r"nothing else|no,? thank|that'?s (?:all|it|everything)|i'?m (?:good|fine|done)"
    ),
    Intent.GREETING: r"\b(?:hi|hello|hey|good (?:morning|afternoon|evening))\b",
    Intent.CORRECTION: (
        r"\b(?:no|not|sorry|wrong|actually|correction|i mean|i meant|instead|rather|mistake)\b"
    ),
    Intent.NEVER_MIND: r"never ?mind|forget it|leave it|changed my mind|don't bother",
}

_FILLERS = frozenset(
    {
        "you", "the", "a", "an", "and", "uh", "um", "hm", "hmm", "mm", "mmm", "oh", "ah",
        "so", "it", "i", "to", "yeah", "music", "blank", "audio", "is", "thanks", "thank",
    }
)  # fmt: skip

ENGLISH_INTENTS = IntentWords(
    patterns=_PATTERNS,
    no_human=(
        r"(?:don't|do not|no need to|rather not)\s+(?:\w+\s+){0,3}"
        r"(?:human|person|agent|specialist)"
    ),
    no_cancellation=r"(?:don't|do not|not|never)\s+(?:\w+\s+)?cancel",
    subject=r"\b(?:order|parcel|package|delivery)\b",
    fillers=_FILLERS,
    goes_on=(
        r"\b(?:a|an|the|my|your|his|its|our|their|every)"
        r"|\b(?:of|to|for|with|from|at|(?<!good[- ])by|about|into|under|between|until"
        r"|since|per|than|as)"
        r"|\b(?:and|or|but|because|if|when|although|whether|unless|(?<!think )(?<!hope )so)"
        r"|\b(?:um+|uh+|er+m?|hm+|you know|i mean|let me see|one second|hold on)|(?:^|, )well"
        r"|\b(?:i|we|they|he|she|i'm|i've|i'd|i'll|we're|we'd|there's|it's)"
        r"|(?<!this )(?<!that )(?<!it )(?<!there )\b(?:is|are|am|was|were|be)"
        r"|(?<!all i )(?<!what i )\b(?:want|need)|(?<!you )\b(?:would|could|should|can|will)"
        r"|\b(?:trying|going|wanted|dash|hyphen|slash|underscore|dot)"
    ),
    complete=r"(?:yes|yeah|yep|no|nope|sure)\b,? (?:i|we|it|he|she|they) (?:\w+|do not)",
)

ENGLISH_NUMBER_WORDS = NumberWords(
    sign=r"\d|\b(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|dash|hyphen)\b",
    bare_amount=r"\brefund\w*\s+(?:me\s+)?(?:of\s+)?(\d{1,4}(?:\.\d\d)?)\b",
    near_amount=r"((?:\S+\s+){1,2})(?:dollars?|bucks|euros?|pounds?)\b",
    joined=r",? \b(?:and|as well as|plus)\b(?: also)?",
    currency="dollars",
)

_LEAD_IN = re.compile(
    r"^.*?\b(?:address(?:es|'s|'d)?,?(?: (?:is|are|to be|should be|to))?"
    r"|(?:deliver|send|ship|change) it to|it'?s|it is|to)\s+(?=\S)",
    re.I,
)


def address_in(text: str, language: Language) -> str | None:
    """Return an address as written: what follows the lead-in, house numbers as digits."""
    rest = re.sub(r"(?<=ty)-(?=[a-z])", " ", _LEAD_IN.sub("", text, count=1)).strip(" .,!?")
    words = rest.split()
    if len(words) < 2:
        return None
    bare = [word.strip(",.").lower() for word in words]
    for count in (3, 2, 1):
        number = language.numbers.parse(bare[:count]) if count < len(words) else None
        if number is not None:
            return " ".join((str(number), *words[count:]))
    return " ".join(words)
