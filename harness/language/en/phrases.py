"""English set phrases and details of actions, as data."""

from __future__ import annotations

from harness.language.en.asking import ENGLISH_ASKING
from harness.language.en.replies import ENGLISH_ANSWERS
from harness.language.en.wishes import ENGLISH_WISHES
from harness.language.phrasebook import Waiting
from harness.language.phrases import Details, End, Phrases

# English: how speakers refer to the details of an action, as data.

_WHOLLY = r"(?:all|already|now|still|currently|completely|totally|quite|also|unfortunately|sadly)"

ENGLISH_DETAILS = Details(
    helping=frozenset(
        {
            "is", "has", "have", "are", "with", "include", "includes", "included", "add", "added",
            "want", "wants", "wanted", "need", "needs", "needed", "use", "should", "required", "to",
            "allowed", "available", "enable", "enabled", "request", "requested", "option", "flag",
            "of", "the", "a", "an", "for", "in", "on", "visibility", "mode", "type", "additional",
        }
    ),
    opposites={
        "private": (r"public(?:ly)?", r"visible to (?:everyone|all|others)"),
        "public": (r"private(?:ly)?", r"hidden"),
        "shared": (r"private", r"alone", r"by (?:myself|yourself)"),
        "ride": (r"private ride",),
        "smoking": (r"non[- ]?smoking", r"smoke[- ]?free"),
        "refundable": (r"non[- ]?refundable",),
        "on": (r"off",),
    },
    unwanted=(
        r"\b(?:no|not|without|never|none|neither|nor|non|decline[ds]?|skip|exclude[ds]?|excluding"
        r"|don't|doesn't|isn't|aren't|won't|wouldn't|didn't|can't|cannot|minus|off|disabled?"
        r"|rather than|instead of)\b"
    ),
    counted=frozenset({"number", "count", "size", "quantity", "num", "total"}),
    people=frozenset(
        {
            "people", "persons", "person", "guests", "passengers", "travelers", "travellers",
            "riders", "adults", "party", "group", "seats", "diners", "attendees", "participants",
            "members", "folks", "individuals", "pax",
        }
    ),
    starts=End(
        frozenset({"from", "origin", "source", "departure", "start", "begin", "pickup", "checkin"}),
        r"\b(?:from|out of|starting|beginning|check(?:ing)?[- ]?in)"
        r"(?: (?:on|at|from|is|the|date))*[\s:,]*$",
    ),
    ends=End(
        frozenset(
            {"to", "destination", "target", "arrival", "end", "until", "dropoff", "checkout"}
        ),
        r"\b(?:to|into|until|till|through|ending|going to|check(?:ing)?[- ]?out)"
        r"(?: (?:on|at|in|is|the|date))*[\s:,]*$",
    ),
    names=(
        r"(?<=[a-z,0-9] )(?!(?:I|AM|PM|A\.M|P\.M|OK|Okay|Yes|No|Mr|Mrs|Ms|Dr|Please|Is|Would|"
        r"Shall|Do|"
        r"The|A|An|You|Your|You'd|You'll|We|It|This|That|There|So|Buy|Book|Booking|"
        r"January|February|March|April|May|June|July|August|September|October|November|December|"
        r"Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)\b)"
        r"[A-Z][\w'’&.-]*[\w](?: (?:of the |of |the |de |la |and |& |at |vs )?[A-Z][\w'’&.-]*\w)*"
    ),
    clauses=r"[.!?;,]|\s[-–—]\s|[–—]|\b(?:and|but)\b",
    shares=(
        r"(?:each|per|apiece|a (?:night|day|month|week|year|person|piece|ticket)"
        r"|for (?:each|every))\b"
    ),
    ending=r"\bend(?:s|ing) (?:in|with)(?: the digits)? (\w+)",
    only=r"\b(?:only|just|solely) (?:for )?(?:one|the (?:first|second|third|last)|[A-Z]\w+)",
    not_meant=(
        r"\bleav(?:e|ing) (?:the |your )?§(?: \w+)? (?:alone|untouched|out\b(?! for))"
        rf"|§(?: \w+)?(?:['’]s| (?:is|are|was|were|has been|have been))(?: {_WHOLLY})* "
        r"(?:full\b(?! of)|ill|sick|closed|gone|taken|away|off|busy|unavailable|sold out"
        r"|fully booked|booked (?:out|up|solid)|out of (?:stock|order|service)"
        r"|on (?:leave|holiday|vacation))\b"
        rf"|§(?: \w+)? (?:is|are|was|were|will be)(?: not|n['’]t)(?: {_WHOLLY})* "
        r"(?:available|free|possible|open|working|in|there|running|offered)\b"
        r"|§(?: \w+)? (?:can['’]t|cannot|won['’]t|does ?n['’]t|does not|will not) "
        r"(?:work|do|make it|be (?:done|had|booked))\b"
        r"|§(?: \w+)? (?:has|have|had) (?:no|nothing)\b"
        r"|\b(?:(?:can['’]?t|cannot|can not|won['’]t|not able to|unable to) "
        r"(?:do|offer|make|get|find|touch|use)(?: you)?|(?:do not|don['’]t|no longer) have"
        r"|(?:no|nothing) (?:\w+ )?(?:left|free|open|rooms?|places?|seats?|tables?|slots?|space)"
        r" (?:on|at|in|with|for)|except(?: for)?|apart from|other than|excluding|skip(?:ping)?"
        r"|(?:won|don)['’]t touch|not touch(?:ing)?)(?: (?:a|an|any|the|your))* §"
    ),
    kept=r"\b(?:leav(?:e|es|ing)|keep(?:s|ing)?|stays?|remains?)\b",
    now_before=(
        r"(?:\bfrom|\binstead of|\brather than|\bnot|\bno longer|\bold|\b(?:current(?:ly)?"
        r"|original(?:ly)?|previous(?:ly)?|existing|so far|until now|at the moment)\b[^.;?!→()]*?"
        r"|\byou(?:['’]re| are) (?:now )?on|\byou (?:now )?have)"
        r"(?:\s+(?:a|an|the|your|is|in|for|of|on|set to))*\s*[:,]?\s*$"
    ),
    new_before=(
        r"(?:(?<!due )\bto|\binto|\bnew(?:\s+\w+){0,2}|→|->|=>|\bbecomes?|\bdown to|\bup to"
        r"|\bwould (?:be|have)|['’]d have)(?:\s+(?:a|an|the|your|our))*\s*:?\s*$"
    ),
    relative_times=(
        r"(?:an?|half an|one|two|three|four|five|\w+teen|\w+ty|\d+) (?:hours?|minutes?|days?|weeks?"
        r"|months?) (?:later|earlier|sooner|after that|before that)",
        r"the (?:next |same )?(?:day|night|morning|week|month) (?:after|before)(?: that)?",
    ),
    giving=(
        r"(?:yes|yeah|yep|ok|okay|sure|please|thanks|thank you|then|instead|though|rather|say)",
        r"(?:uh|um|er|hm)",
        r"(?:is|would be|works|sounds) ?(?:fine|good|better|ok|okay|great|best)?",
        r"(?:at|for|on|the|by|around|about|to)", r"(?:make|book|do|set) (?:it|that|me)",
        r"use", r"oh", r"wait", r"(?:can|could) (?:i|we|you) (?:do|make)",
        r"(?:it|that)(?:'s| is| should be|'d be| would be)?", r"i(?:'d| would)? (?:said|meant|say)",
    ),
)  # fmt: skip


_TIME = r"(?:just )?(?:one|a|another)(?: quick)? (?:moment|second|sec|minute|min|bit)(?: please)?"
_REQUEST = r"(?:your|the|that|this|it)(?: request| information)?"
_THINK = r"(?:think(?:ing)?|process(?:ing)?|reflect(?:ing)?|ponder(?:ing)?)"
_AT_IT = (
    r"(?: carefully| hard| a bit| a little)?(?: (?:about|through|on|over))?"
    rf"(?: {_REQUEST})?(?: over| through| carefully)?"
)
_DO_IT = rf"(?:{_THINK}|handle|deal with|take care of|sort out|work on|work through){_AT_IT}"
_STALLING = (
    r"u+h+", r"u+m+", r"h+m+", r"e+r+m*", r"let's see", r"let me (?:just )?see", _TIME,
    rf"(?:let me|i'll|i will|i'm|i am|i (?:need|have|want) to|now)(?: going to| just| now)*"
    rf" {_THINK}{_AT_IT}", rf"{_THINK}{_AT_IT}", rf"for {_TIME}", rf"to {_DO_IT}",
    rf"(?:if you(?:'ll| will| could)? )?(?:give|allow|grant) me {_TIME}",
    r"(?:please )?bear with me(?: for)?", r"(?:please )?stand by",
    r"hang (?:on|tight)", r"(?:please )?hold(?: on)?(?: for)?", r"please wait", r"wait",
    r"hold the line", r"i'm working on (?:it|that|this)",
    rf"while i(?:'m)? (?:do that|{_DO_IT})", r"i'll be quick", r"i'll be right (?:back|with you)",
)  # fmt: skip
_FILLERS = (
    *_STALLING, r"a+h+", r"oh", r"well", r"so", r"right", r"ok(?:ay)?", r"alright", r"all right",
    r"sure(?: thing)?", r"certainly", r"absolutely", r"of course", r"no problem", r"great",
    r"perfect", r"got it", r"i see", r"understood", r"yes", r"thank you", r"thanks", r"please",
    r"at all", r"(?:i'm |i am )?(?:right )?on it", r"for me", r"now", r"just",
    r"(?:i'll |i will |let me )?get (?:right |straight )?(?:on|to) (?:it|that|this)",
 r"very well", r"good", r"excellent", r"this won't take long",
    r"(?:this|it|that)(?:'ll| will| should| may| might) (?:just |only )?take (?:just )?"
    r"(?:a (?:\w+ )?)?(?:moment|second|sec|minute|while|seconds|minutes)",
)  # fmt: skip
_HELP = r"(?:help|assist)"
_COURTESIES = (
    r"(?:thanks|thank you)(?: so much| very much)? for .*", r"(?:i )?(?:do )?apologi[sz]e.*",
    r"(?:i'm|i am)(?: so| very| really)? sorry.*", r"my apologies.*", r"sorry (?:about|for|to) .*",
    r"(?:i|we) (?:completely |totally |fully |quite )?(?:understand|hear you|appreciate)(?: .*)?",
    r"(?:that|this|it) (?:must|sounds|can) .*", r"(?:hello|hi)(?: .*)?", r"welcome(?: to .*)?",
    r"good (?:morning|afternoon|evening)(?: .*)?", r"my name is .*",
    rf"(?:i'd be |i'm |i'll be )?(?:happy|glad) to {_HELP}(?: .*)?",
    rf"(?:i can|let me|i'll|i will) {_HELP}(?: you)?(?: (?:with|right away|now|there).*)?",
    r"(?:(?:that's|what) an? )?(?:\w+ly |very )?(?:great|good|interesting|excellent|fair|tricky"
    r"|tough) (?:question|one)",
    r"(?:i'll|i will) (?:do my best|see what i can do)",
)  # fmt: skip
_STILL = r"(?: (?:still|just|currently|now|also|quickly|first|going to))*"
_AT_WORK = (
    rf"(?:i'm|i am|we're|we are){_STILL} (?:checking(?! (?:you|in|out)\b)|searching|verifying"
    r"|reviewing|fetching|looking(?! forward)|working on|waiting for(?! you))",
    rf"(?:let me|i'll|i will|i'm|i am|i need to){_STILL} (?:check(?! (?:you|in|out|back)\b)|search"
    r"|verify|look(?! forward)|have a look|take a look)",
)  # fmt: skip
_LOOKED_AT = (
    r"that", r"this", r"it", r"them", r"into", r"in", r"up", r"at", r"on", r"for", r"you", r"the",
    r"a", r"your", r"our", r"my", r"still", r"here", r"again", r"right", r"away", r"both", r"all",
    r"of", r"details?", r"information", r"request", r"orders?", r"account", r"appointments?",
    r"bookings?", r"reservations?", r"status", r"availability", r"schedule", r"calendar",
    r"systems?", r"database", r"records?", r"result", r"opening hours",
)  # fmt: skip
_CLOSINGS = (
    r"you(?:'re| are)(?: very| most)? welcome", r"(?:good)?bye(?: bye)?", r"take care",
    r"have an? (?:\w+ )?(?:day|evening|afternoon|morning|night|weekend|one)",
    r"(?:thanks|thank you) for calling",
    r"(?:is there )?anything else(?: (?:that )?i can (?:do|help)(?: you)?(?: (?:for you|with))?)?",
)  # fmt: skip
_TOOLS = r"(?:tools?|functions?|apis?|endpoints?|plugins?|back-?end)"
_MACHINERY = (
    r"(?:access|call|invok|us|runn?|execut|trigger|query|consult|employ|open|hitt?)(?:e|es|ing|s)?"
    rf"(?: [\w'-]+){{0,5}}? {_TOOLS}", rf"{_TOOLS} (?:call|request)",
    r"(?:access|call|invok|execut|trigger|query)(?:e|es|ing|s)?"
    r"(?: [\w'-]+){0,3}? (?:systems?|databases?)",
)  # fmt: skip
_RULES = r"(?:instructions?|guidelines|prompt|programming)"
_REASONING = (
    r"(?:let me|i(?:'ll| will| need to| have to|'d have to| must| should| am going to"
    r"|'m going to))"
    r"(?: \w+)? (?:think|reason|reflect)(?: \w+)? (?:through|about|on|over|which|what|how)"
    r"(?! (?:it|that|this)$)", r"let me reason", r"i(?:'ll| will) reason",
    rf"my (?:system )?(?:{_RULES}|training|reasoning)"
    r" (?:say|says|tells?|is|are|requires?|allows?|fits?|don't|doesn't|here|for)",
    rf"(?:according to|per|based on|which of|following|from) my (?:system )?{_RULES}",
    r"chain of thought", r"i(?:'m| am| was| have been|'ve been) (?:instructed|programmed) to",
)  # fmt: skip
_GUARANTEES = (
    r"i (?:can )?(?:promise|guarantee|assure you)",
    r"you(?:'ll| will) (?:definitely|certainly) get",
)

_BACKCHANNEL = (
    r"u+h[- ]?hu+h", r"m+[- ]?h+m*", r"h*m+", r"u+h+", r"u+m+", r"a+h+", r"oh", r"ok(?:ay)?",
    r"alright", r"all right", r"right", r"i see", r"got it", r"go on", r"cool", r"great", r"fine",
    r"good", r"thanks", r"thank you", r"really", r"wow", r"well", r"so", r"and", r"please",
    r"hello",
)  # fmt: skip

_ANNOUNCING = (
    r"let me(?! (?:know|make sure))",
    r"i'll(?! (?:need|leave|be (?:happy|glad)))",
)

_CONDITIONAL = (
    r"if", r"once", r"when", r"unless", r"as soon as", r"so (?:that )?i can", r"won't", r"can't",
    r"please (?:give|tell|spell)", r"just tell",
)  # fmt: skip

_MONEY = r"(?:[$€£] ?\d|\d[\d.,]* (?:dollars|euros|pounds|cents)|[\w-]+ (?:dollars|euros|pounds))"
_CONSEQUENCE = (
    r"\b(undone|for good|permanent\w*|final|irrevers\w*|revers\w*|(take|taken|paid|pay|money) "
    r"(\w+ )?back|back (to|on|the way)|delivers?|delivered|ships?|shipped|go(es)? to|charged?|fees?"
    r"|means|will (not|no longer|receive|get|lose)|won't|no longer|so that|within|you'd lose"
    r"|(will|would|'ll|'d) be (\w+ly )?(sent|returned|paid|billed|closed|deleted|removed|lost|gone"
    r"|void|final|yours|free|too late|overwritten|locked|logged out|signed out|cut off|without)"
    r"|business days|credited|(bring|get) it back|no going back|no way back|to your original"
    r"|costs?|pric(e|ed)|free of charge|at no (extra )?(cost|charge)|total|amount due|penalt(y|ies)"
    r"|non-?refundable|refunded|forfeit\w*|expires?|deadline|(will|would|'ll|'d) have to"
    r"|card ending|(can't|cannot|can not) be (changed|recovered|restored|cancell?ed|refunded))\b"
    r"|\b(for|at|another|extra|additional|due|pay|comes to|balance of) (about |only |just )?"
    rf"{_MONEY}"
    rf"|{_MONEY} (more|extra|a (day|night|month|year|week|person)|each|per|fee|deposit)\b"
)

_RETRYING = (
    r"(?:try(?:ing)?|do(?:ing)?|run(?:ning)?)(?: (?:it|that|this))?"
    r"(?: (?:once more|one more time|again))",
    r"(?:another|one more|a second) (?:try|go|attempt)",
    r"retry(?:ing)?",
)

ENGLISH_PHRASES = Phrases(
    waiting=Waiting(
        fillers=_FILLERS,
        stalling=_STALLING,
        courtesies=_COURTESIES,
        at_work=_AT_WORK,
        looked_at=_LOOKED_AT,
        closings=_CLOSINGS,
        machinery=_MACHINERY,
        reasoning=_REASONING,
        guarantees=_GUARANTEES,
    ),
    answers=ENGLISH_ANSWERS,
    wishes=ENGLISH_WISHES,
    asking=ENGLISH_ASKING,
    details=ENGLISH_DETAILS,
    backchannel=_BACKCHANNEL,
    announcing=_ANNOUNCING,
    conditional=_CONDITIONAL,
    consequence=_CONSEQUENCE,
    retrying=_RETRYING,
)
