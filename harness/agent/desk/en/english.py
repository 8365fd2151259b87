"""The English order desk: sentences, hearing, and words by which prompts ask for behaviour."""

from __future__ import annotations

import re

from harness.agent.desk.en.sayings import ENGLISH_LONG_ANSWER, ENGLISH_REASONS, ENGLISH_SAYINGS
from harness.agent.desk.intents import Intent, IntentWords, NumberWords
from harness.agent.desk.rules import Behaviour, PromptWords
from harness.agent.desk.speech_acts import DeskWords
from harness.agent.desk.toolbox import RecordWords
from harness.language.en.english import ENGLISH
from harness.language.language import Language
from harness.language.values import ValueKind

# English: phrases of callers' requests, numbers and sums, and where an address begins.

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


# English: the words by which instructions ask the desk for a behaviour.

_HUMAN = (
    r"(?:human|person|people|specialist|representative|supervisor|colleague|escalat\w*|transfer"
    r"|hand (?:\w+ )?over|hand-?over|hand off)"
)

_QUIET = r"(?:(?:stay|remain|keep|be|fall) (?:quiet|silent)|quietly|silently)"
_TRIGGERS: dict[Behaviour, str] = {
    Behaviour.PREAMBLE: (
        r"preamble|announce|before (?:you )?(?:\w+ ){0,2}(?:call|us|mak|look|run|start)\w*\b.*"
        r"\b(?:say|tell|let)\b.*\b(?:about to|going to|doing|sentence|line|phrase|look|check)"
        r"|(?:say|tell|let)\b.*\b(?:about to|going to|are doing|you are|let me)\b.*\b(?:before"
        r"|tool|look|call)"
    ),
    Behaviour.READ_BACK: (
        r"read\w*\b.*\bback|character by character|digit by digit|letter by letter"
        r"|repeat\b.*\b(?:number|value|id|identifier|e-?mail)"
    ),
    Behaviour.REPEAT_INTERRUPTED: r"interrupt\w*\b.*\b(?:again|whole|repeat|read)",
    Behaviour.CONFIRM_CHANGES: (
        r"(?:cancel|chang|refund|writ|action|modif|irreversible)\w*\b.*"
        r"(?:confirm|agree|consent|permission|approval|clear yes|explicit|says? yes|for a yes"
        r"|ask first)"
        r"|(?:confirm|agree|consent|permission|approval|clear yes|explicit|ask first)\w*\b.*"
        r"(?:cancel|chang|refund|writ|action|modif|irreversible)"
    ),
    Behaviour.CLARIFY: (
        r"unclear|unintelligible|not (?:sure|certain) what|clarif|noisy|guess"
        r"|(?:did not|didn't|cannot|can't|could not|do not) (?:hear|understand|catch|make out)"
        r"|cut off|ask\b.*\b(?:to repeat|again)"
    ),
    Behaviour.ESCALATE_ON_REQUEST: (
        rf"(?:ask|request|want|demand|insist|wish)\w*\b.*\b(?:for|to|a|an)\b.*\b{_HUMAN}"
    ),
    Behaviour.ESCALATE_ON_ANGER: (
        r"angry|anger|frustrat|upset|furious|abusive|insult|threat|hostile|rage"
    ),
    Behaviour.ESCALATE_ON_FAILURES: (
        r"(?:two|2|twice|second|repeated|three|3|several)\b.*(?:fail|error|attempt|tries"
        r"|unsuccessful)"
        r"|(?:fail|error|unsuccessful|not work)\w*\b.*(?:twice|two|2|again|second|repeated)"
    ),
    Behaviour.ESCALATE_ON_DANGER: (
        r"safety|danger|emergency|injur|fire|harm\b|self-harm|threat to life"
    ),
    Behaviour.ESCALATE_ABOVE_LIMIT: (
        r"(?:refund|amount|pay)\w*\b.*\b(?:above|over|more than|exceed\w*|beyond|higher|larger)"
        r"|(?:above|over|more than|exceed\w*|beyond)\b.*\b(?:refund|dollars)"
    ),
    Behaviour.QUIET_ON_BACKGROUND: (
        r"(?:silence|silent|background|noise|music|tv|television|side (?:talk|conversation|speech)"
        r"|nobody|no one|not (?:addressed|talking|speaking) to you)\b.*"
        rf"(?:wait_for_user|{_QUIET}|(?:say|do) nothing|ignore|wait|not (?:respond|answer"
        r"|speak|reply))"
        rf"|(?:wait_for_user|{_QUIET}|(?:say|do) nothing|ignore"
        r"|not (?:respond|answer|speak|reply))\b.*"
        r"(?:silence|background|noise|music|tv|nobody)"
    ),
    Behaviour.ONE_AT_A_TIME: (
        r"one (?!character|digit|letter|sign)(?:\w+ ){0,2}at a time"
        r"|one (?:question|value|thing|detail|piece)\b.*\b(?:turn"
        r"|time|once)"
        r"|(?:single|one) question"
    ),
    Behaviour.SHORT_SPEECH: r"\bshort\b|\bbrief|concise|one or two (?:short )?sentences|few words",
}


def _sentence(words: str) -> str:
    if not words[:1].islower():
        return words
    return f"I'm {words}" if words.split()[0].endswith("ing") else words.capitalize()


_FIGURES = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d\d)?"

ENGLISH_PROMPTS = PromptWords(
    triggers=_TRIGGERS,
    strong=r"\b(?:always|must|never|do not|don't|every|only|required?|mandatory)\b",
    weak=(
        r"\b(?:try to|try and|should|could|might|may|can"
        r"|when(?:ever)? (?:possible|appropriate|you can)"
        r"|if (?:possible|you can|you like|appropriate)|ideally|usually|often|generally|normally"
        r"|sometimes|prefer\w*|consider|feel free|where sensible|it is (?:nice|good|helpful))\b"
    ),
    dismissed=(
        r"\b(?:no need to|not (?:necessary|needed|required) to|(?:do not|don't|never|skip|without)"
        r"(?: \w+){0,3}?) ?(?:preambles?|announc\w+|read\w*(?: \w+){0,4} back"
        r"|ask\w* for confirmation|confirm\w*)\b"
        r"(?!.*\b(?:when|if|unless|after|before|until|on|for|in|during|twice|again)\b)"
    ),
    speaks_up=r"\bask\b(?! to (?:wait|hold))|clarif|\brepeat\b|\bcheck (?:whether|if|that)\b",
    quiet=rf"wait_for_user|{_QUIET}|(?:say|do) nothing|ignore",
    no_preamble=(
        r"\b(?:do not|don't|never|avoid|skip|no)(?: \w+){0,3}? (?:preambles?|announc\w+)\b"
        r"|\b(?:keep|vary)\b(?: \w+){0,4}? preambles?\b"
    ),
    human=_HUMAN,
    no_human=rf"\b(?:never|do not|don't|not|no)\b[^.:;]{{0,40}}\b{_HUMAN}",
    only_when=r"\b(?:when|if|after)\b.*\b(?:interrupt|correct)(?:s|ed|ing)?\b",
    other_values=(
        r"\b(?:phone|telephone|mobile|cell|contact|card|account)(?: (?:number|digit)s?)?\b"
        r"|\be-?mails?(?: address(?:es)?)?\b|\b(?:post(?:al)?|zip) ?codes?\b"
        r"|\baddress(?:es)?\b(?! the)|\b(?:dates?|names?|amounts?|prices?|totals?|sums?)\b"
    ),
    own_values=(
        r"\b(?:orders?|numbers?|codes?|ids?|identifiers?|references?|values?|details?|information)\b"
    ),
    money=rf"\$\s?({_FIGURES})|({_FIGURES})\s?(?:us )?(?:dollars?|usd|euros?|pounds?)",
    thousands=",",
    limit=r"refund|pay (?:it |that )?back|limit",
    quoted=r"[\"“]([^\"”]{8,120})[\"”]",
    handing=r"connect|transfer|hand|specialist|human|colleague",
    say=(
        r"(?<!n't )(?<!not )(?<!never )\b(?:say|repeat|greet|answer|reply|respond|tell|speak|read)"
        r"\b[^\"“.!?]{0,60}?"
        r"(?:[\"“]([^\"”]+)[\"”]|[‘'](?=\w)([^’]+?)[’'](?!\w))"
        r"|\b(?:say|repeat)\b[^:\"“.!?]{0,40}:\s*([^\"“\s][^\"“]*)"
    ),
    at_times=r"\b(?:when(?:ever)?|if|before|after|unless|until|always|every)\b",
    one_of=(
        r"\b(?:one of|classify|either|category|label|answer|choose|reply|respond)\b[^.:]{0,60}?"
        r"(?::|\b(?:one of|either|as|with|among|between)\b(?: only)?)\s*"
        r"(?:(?:exactly )?(?:one of|either)\b:?\s*)?"
        r"((?:[\"'“‘`]?[\w-]+(?: [\w-]+)?[\"'”’`]?(?:, or |, and |, | or | and |/))+"
        r"[\"'“‘`]?[\w-]+[\"'”’`]?)"
    ),
    between=r",? or |,? and |, |/",
    sentence=_sentence,
)


def _day(eta: str, language: Language) -> str:
    if re.fullmatch(r"\d{4}-\d\d-\d\d(?:T.*)?", eta):
        return f"on {language.speak(eta[:10], ValueKind.DATE)}"
    begins = re.match(r"(?:on|by|in|today|tomorrow|this|next|within)\b", eta, re.I)
    return eta if begins else f"on {eta}"


_RECORDS = RecordWords(
    bad=r"\b(?:error|failed|failure|timed? ?out|timeout|unavailable|exception)\b",
    missing=r"\b(?:not[ _]?found|no such|does(?:n't| not) exist|no orders?\b.*\bfound)\b",
    states={
        "in_transit": "is on its way",
        "out_for_delivery": "is out for delivery",
        "pending": "is being prepared",
        "processing": "is being prepared",
        "shipped": "has shipped",
        "delivered": "is delivered",
        "cancelled": "is cancelled",
        "canceled": "is cancelled",
    },
    other_state="is {status}",
    arriving="Your order {state} and should arrive {when}.",
    standing="Your order {state}.",
    expected="Your order should arrive {when}.",
    found="I found your order.",
    day=_day,
)

ENGLISH_DESK = DeskWords(
    language=ENGLISH,
    voice="en-us+robert",
    sayings=ENGLISH_SAYINGS,
    long_answer=ENGLISH_LONG_ANSWER,
    reasons=ENGLISH_REASONS,
    intents=ENGLISH_INTENTS,
    numbers=ENGLISH_NUMBER_WORDS,
    prompts=ENGLISH_PROMPTS,
    records=_RECORDS,
    address=address_in,
    and_also=", and ",
    names_address=" to ",
)
