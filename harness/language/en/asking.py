"""English: how agents ask, offer, deny and rule out, as data."""

from __future__ import annotations

from harness.language.phrasebook import Asking

_STATES = tuple(
    frozenset(words.split(", "))
    for words in (
        "shipped, dispatched, sent, in transit, on its way, out for delivery, on the way",
        "delivered, arrived", "cancelled, canceled, voided",
        "pending, processing, open, in progress, being processed, preparing",
        "approved, accepted", "declined, rejected, denied, refused", "paid, settled",
        "unpaid, overdue, outstanding", "refunded, reimbursed, paid back", "returned, sent back",
        "lost, missing", "delayed, late", "expired", "suspended, blocked, locked",
        "closed, resolved", "active, activated",
    )
)  # fmt: skip
_SHALL_I = (
    r"(?:(?:shall|should|may|can|could) (?:i|we)|will (?:i|we)(?! (?:be|have|need|see|get))"
    r"|am i (?:ok(?:ay)?|good|clear|free|all right|alright) to)(?: then| now| just| please| also)*"
)
_WANT_ME = (
    r"(?:(?:do|would) you (?:still |also |really )?(?:want|like|prefer)(?: (?:me|us))?(?: to)?"
    r"|^(?:(?:so|and|but) )*(?:still )?want (?:me|us) to|^(?:(?:so|and|but|you) )*still want to)"
)
_WRONG = r"(?:wrong|wrongly|incorrect|incorrectly|mistaken|amiss|not right|not correct)"
_ANY = r"(?:any|some)(?:thing|where| of (?:it|that|this)| part of (?:it|that|this))"
_CHANGE = r"(?:correct|fix|change|amend)"
_MINDING = (
    r"(?:do|would|will|does|did) (?:you|anyone|anybody) (?:mind|object)(?: if| to|$| us| me"
    r"| my| our| being| (?:the|that|it|this))(?: (?:i|we))?",
    r"(?:(?:do|would|will) you )?(?:have )?(?:you )?(?:any|an) (?:objections?|problems? with"
    r"|issues? with)(?: (?:to|with|if)| at all)?(?: (?:me|us|i|we|my|our|that|it"
    r"|this))?",
    r"any objections?",
    r"(?:is|would) (?:it|that|there)(?: be)? (?:a|any) (?:problem|issue|bother|harm)"
    r"(?: (?:if|with|to|for|in))?(?: (?:i|we|me|us|you|that|it|this))?",
    r"(?:would|will|does) (?:it|that) (?:bother|trouble|inconvenience|upset) you"
    r"(?: (?:if|to))?(?: (?:i|we))?",
    r"any (?:reason|harm)(?: why)? (?:i|we|not|in)(?: (?:shouldn't|can't|to))?",
    r"you (?:don't|wouldn't) mind(?: (?:if|me|us))?(?: (?:i|we))?",
)
_SURELY = "(?:must|obviously|clearly|apparently|just|have|had|simply|surely)"
_GAVE = (
    "(?:gave|given|give|entered|typed|told|said|provided|dialed|spelled|made|wrote|supplied|sent"
    "|mistyped|misspelled|misread)"
)
_WRONG_THING = "(?:wrong|wrongly|incorrect|incorrectly|invalid|mistake|mistakes|typo|fault)"
_TAKEN = "(?:have|had|got|get|heard|took|wrote|noted|entered|misheard|made|caught)"
_DO_IT = (
    r"(?:go ahead|go on|go (?:through )?with (?:that|this|it)|proceed|continue|carry on"
    r"|do (?:that|this|it|so|both|all))"
)
_SAY_SO = (
    r"let me know (?:and|so(?: that)?) (?:i|we)(?:'ll| will| can|'m going to)"
    r"(?: then| gladly| just)*"
)
_IF_YOU_LIKE = (
    r"(?:i|we)(?:'ll|'d| can| could| will| would)"
    r"(?= .*\bif (?:you(?:'d| would)? (?:like|want|wish|prefer)|that (?:works|suits you))"
    r"(?: me to)?$)"
)
_BE_TOLD = r"(?:know|hear|learn|read|find out) (?:\w+ )?(?:more|about|of|the (?:rest|details))"
_UNMARKED = (
    rf"{_SHALL_I}(?! (?:help|ask|know|hear|have|get|offer))",
    rf"{_WANT_ME}(?<= (?:me|us) to)(?! (?:know|hear))",
    r"(?:do|would) you mind if (?:i|we)", r"are you sure", r"do you (?:confirm|agree|consent)",
    r"(?:can|could|would|will) you (?:please )?confirm", r"please (?:confirm|say yes)", r"say yes",
    _SAY_SO, _IF_YOU_LIKE,
)  # fmt: skip

ENGLISH_ASKING = Asking(
    unmarked=_UNMARKED,
    leave=(
        *_UNMARKED, rf"{_WANT_ME}(?! (?:to )?(?:know|hear))", *_MINDING,
        r"(?:is|would) (?:it|that)(?: be)? (?:ok(?:ay)?|all right|alright|fine)"
        r"(?: with you| for you)? (?:if|for|to)",
        r"(?:are|is) (?:you|it) (?:ok(?:ay)?|all right|alright|fine) (?:with|if)",
        r"ok(?:ay)? to", r"just to (?:confirm|be sure)",
    ),
    declared=(
        r"^(?:(?:so|and|then|ok(?:ay)?|right) )*(?:you(?:'d| would)? (?:want|like)"
        r"|(?:i|we)(?:'ll| will|'d| would| should|'m going to| am going to|'m about to))",
    ),
    go_ahead=(
        rf"{_SHALL_I}(?:$| {_DO_IT})", rf"{_WANT_ME}(?:$| (?:that|this|it)$| {_DO_IT})",
        rf"^(?:{_DO_IT}|agreed|yes or no)", rf"{_SAY_SO} {_DO_IT}",
        r"(?:ok(?:ay)?|ready|happy|fine) to (?:proceed|go ahead)",
        r"are (?:we|you)(?: all)? (?:good|ready|set|clear) to (?:go|proceed)$", r"^good to go$",
        r"(?:do|would) you (?:like|want) (?:that|this)",
    ),
    confirming=(
        r"(?:is|was|would) (?:that|this|it|everything|all that)(?: be)?(?: all)? "
        r"(?:right|correct|ok(?:ay)?|accurate|fine|all right|alright)",
        r"(?:is|are) (?:that|this) (?:what you(?:'d| would)?|the (?:right|correct))",
        r"(?:is|are) (?:that|this|it|those|these) still",
        r"(?:is|was) (?:that|this) (?:it|the one)$",
        r"(?:are|were) (?:those|these|they)(?: all)? (?:the )?(?:right|correct)",
        r"(?:does|do) (?:that|this|it|those|these|everything) (?:match|agree)",
        r"(?:tell me|let me know) (?:if|whether) (?:that|this|it|everything|i)\b.*"
        r"\b(?:right|correct|correctly)$", r"(?:isn't|wasn't) (?:it|that)$",
        r"correct (?:now|then|this time)$",
        r"^(?:so )?is (?:that|this|it) (?:your|the)", r"did i (?:spell|say|read|write) (?:that|it)",
        r"do i have (?:that|this|it)(?: all)? (?:right|correct(?:ly)?)",
        r"(?:did i|have i|make sure i)(?:'ve)? (?:get|got|hear|heard|have|understand|understood)"
        r"\b.*\b(?:right|correct(?:ly)?)",
        r"(?:can|could|would|will) you (?:please )?confirm", r"do you (?:confirm|agree)",
        r"please (?:confirm|say yes)", r"say yes", r"are you sure", r"does that work",
        r"(?:do|have) i (?:have |got )?your (?:go[- ]ahead|ok(?:ay)?|approval|permission|consent)",
        r"would (?:that|this) (?:help|suit)",
        r"is (?:that|this|the) \w+ (?:right|correct|ok(?:ay)?)",
        r"^(?:so |and )?(?:is|are) (?:(?!on |to |not )\w+ ){1,4}(?:right|correct)$",
        r"are you (?:ok(?:ay)?|all right|alright|fine|happy) with (?:that|this|it)",
        r"^(?:(?:so|and|are|you|all) )*(?:ok(?:ay)?|all right|alright|fine|happy|good|comfortable)"
        r" with (?:that|this|it|everything|those)$",
        r"have i got (?:that|this|it|everything|you)(?: all)? (?:right|correct|correctly)",
        r"would (?:that|this|it) (?:work|do)(?: for you)?$",
        r"(?:do|should|shall|can|may) i confirm",
        r"(?:sounds?|looks?|seems?|appears?|shows?) (?:all )?(?:right|good|correct|accurate|fine"
        r"|ok(?:ay)?)",
    ),
    faulting=(
        rf"(?:did|do|have|had) i (?:\w+ ){{1,5}}?{_WRONG}$",
        r"(?:did|have) i (?:mishear|misheard|misunderst\w+|mix(?:ed)?|swap(?:ped)?|confused?)\b.*",
        rf"(?:did|have) i (?:miss|missed|skip|skipped|leave out|left out) (?:{_ANY}|an? \w+)",
        r"(?:did|have) i (?:make|made|got) (?:a|any|some) (?:mistakes?|errors?)",
        rf"(?:is|was|are) (?:that|this|it|{_ANY}|there {_ANY})(?: \w+)? (?:{_WRONG}|off|missing)",
        r"(?:is|was|are|were) there (?:a|an|any|some) (?:mistakes?|errors?|typos?)",
        rf"(?:does|do) (?:that|this|it|{_ANY}) (?:look|sound|seem) {_WRONG}",
        rf"{_ANY}(?: (?:there|here|in (?:it|that|this)))?(?: (?:that )?(?:i|we|you)(?:'d| would)?"
        rf"(?: (?:like|want|need|have|should)){{0,2}})?(?: me)? to {_CHANGE}",
        rf"{_ANY}(?: that)? needs? (?:to be )?(?:correct|fix|chang|amend)(?:ed|ing|ion)?",
        rf"(?:tell me|let me know|say so|stop me) if (?:\w+ ){{1,5}}?(?:{_WRONG}|misheard"
        r"|mistakes?)$",
    ),
    faulty=(
        r"^(?:no |yes |yeah |it's |that's |this is |it is |that is |you're |still |quite )*"
        r"(?<!nothing )(?:wrong|incorrect|mistaken|not (?:it|right|correct|quite right))$",
    ),
    minding=_MINDING,
    wanting=(
        _WANT_ME, r"(?:how|what) about", r"would you (?:care|be interested)", r"fancy",
        r"(?:can|could|may) (?:i|we) (?:get|interest|tempt|offer|do)(?: for)? you", r"do you need",
    ),
    choosing=(r"which", r"what (?:one|size|kind|plan|option)"),
    one_of=(
        r"one of (?:them|these|those|the)", r"(?:any|either)(?: one)? of (?:them|these|those|the)",
        r"either(?: one)?$", r"(?:do|would) you (?:prefer|rather)",
    ),
    circumstance=frozenset({"with", "without", "on", "at", "in", "for", "by", "from", "to"}),
    suiting=(
        r"(?:does|would|will|is|do) (?:that|this|it|these)(?: be)? (?:work|suit|do|ok(?:ay)?|fine"
        r"|all right|alright|good|convenient)", r"can you make (?:it|that)",
        r"are you (?:free|available|around|in|home)",
    ),
    pointing=(
        r"(?:it|this|that|them)(?: (?:for you|then|now|instead|to you|in|through|down|up|on|off"
        r"|over|out|across|away|today))*$",
        r"you (?:in|down|through|forward)(?: for (?:it|that|this))?$",
        r"(?:take|process|run) (?:the |your )?payment(?: now)?$",
        r"(?:place|submit|send|complete|finali[sz]e|confirm|process) (?:the|your|this|that)"
        r" (?:order|booking|request|reservation|transfer|payment|appointment|claim|form)$",
    ),
    more=(
        r"(?<!if there's )(?<!if there is )(?<!find )any ?thing (?:else|more)",
        r"any(?:thing)? (?:other|more|further|extra|additional)(?: \w+)* (?:help|assistance"
        r"|questions?|information|details|requests?|wants?|needs?|matters?|tasks?)",
        r"(?:do|would|will) you (?:need|want|have|like|require) any (?:other|more|further) \w+",
        r"any more \w+$",
        r"(?:more|further|additional|other) (?:help|assistance|questions?|requests?)", r"what else",
        r"how else",
        r"(?:help|assist)(?: you)? (?:with )?(?:any )?(?:more|further|something else|another)",
        r"(?:is|will) (?:that|this)(?: be)? all(?! (?:right|correct|okay|ok|fine|good))",
        r"further assist", r"continue to (?:help|assist)",
        r"do you (?:need|require|have) (?:something else|any (?:help|assistance|questions?))",
        r"anything (?:i|we) can (?:help|assist|do)",
    ),
    negative=(
        r"you (?:really |still |also )?(?:don't|do not|wouldn't|won't|didn't|no longer) (?:want"
        r"|need|like|wish|require|have)",
        r"you(?:'re| are) not", r"you(?:'d| would) rather not",
        r"(?:shouldn't|should not) (?:i|we)",
    ),
    tags=(r"right", r"correct", r"ok(?:ay)?", r"all right", r"alright", r"agreed", r"yes"),
    requests=(
        r"please (?:re)?confirm",
        r"(?:please|kindly) (?:check|verify|review|affirm|ensure|double[- ]check)",
        r"please (?:give|send|provide)(?: me| us)?(?: your| a)?"
        r" (?:confirmation|approval|ok(?:ay)?)",
        r"(?:check|verify|review|affirm) .*\bplease",
        r"^(?:(?:so|and|then|ok(?:ay)?|just|once again|again|great|sure|alright|now) )*"
        r"(?:to |let me |i(?:'d| would) like to |i(?:'ll| will|'m| am) (?:just )?|kindly )?"
        r"(?:re)?confirm(?:ing)?\b(?! (?:your|the) (?:name|email|identity|date of birth|number))",
        r"(?:can|could|would|will|do) (?:you|i|we) (?:please |just |kindly )*(?:re)?confirm",
        r"you(?:'ll| will)? (?:can |could |need to |have to |must )?confirm (?:that|to|for|the|if)",
        r"let me know (?:if|whether) (?:you(?:'d| would)? (?:like|want|are|agree)|you're|that|this"
        r"|it|everything|all|these|the|i|we)",
        r"(?:please )?(?:say|reply|answer|respond|type)(?: with)?(?: a| an)? (?:yes|ok(?:ay)?)\b",
        r"if (?:that|this|it|everything|all|these|those)(?:'s| is| are| looks| sounds|'re)"
        r"(?: all)? (?:right|correct|good|ok(?:ay)?|fine)",
        r"once (?:you(?:'ve| have)? )?(?:confirm|agree|approve)(?:ed)?",
        r"upon (?:your )?confirmation",
        r"(?:just )?need (?:your|a) (?:confirmation|approval|go[- ]ahead|ok(?:ay)?|yes)",
        r"(?:waiting|wait) for your (?:confirmation|approval|go[- ]ahead|ok(?:ay)?)",
    ),
    offers=(
        r"(?:how|what) about",
        r"how (?:does|do|would|is|will|'s|'d) .*(?:sound|work|suit|look|like)",
        r"how (?:is|would|'s) .*\bbe\b", r"what do you (?:say|think)",
        r"what(?:'s| is) your opinion", r"why (?:don't|not)", r"what if",
        r"(?:if|whether) you(?:'d| would) like (?:me )?to",
    ),
    next_steps=(
        r"(?:(?:you|we|i) (?:can|could|may)|please|(?:i|we|i'd|i would) (?:suggest|recommend))"
        r" (?:(?!not|no|never)\w+ ){0,2}?(?:call|calling|try|trying|write|e-?mail|contact|visit"
        r"|reach|use|ring|phone|send|connect|transfer|put you|check back|come back|come by)",
        r"(?:i|we)(?:'ll| will|'m going to| am going to|'re going to| are going to)"
        r" (?:(?!not|no|never)\w+ ){0,2}?(?:try|call|write|e-?mail|send|connect|transfer|put you"
        r"|let you know|get back|ring|phone)",
        r"let me (?:\w+ )?(?:try|connect|transfer|put you)",
    ),
    informing=(
        r"(?:any|some)(?:thing|one|where)? else", r"(?:help|assist)(?:ance)?", r"further",
        r"^(?:\w+ ){0,3}(?:do|did|have|has|had|were|was) (?:you|they|your|he|she|it)"
        r"(?! (?:want|like|wish|agree|accept|confirm|mean|still want|also want|need (?:me|us)))",
        r"(?:can|could|may|might) i (?:please )?(?:have|get(?! you)|ask|know|take)",
        r"(?:can|could|would|will) you (?:please )?(?:tell|give|provide|share|specify|repeat|spell"
        r"|clarify|let me know (?:what|which|when|where|who|how|your|the))",
        r"please (?:tell|give|provide|share|specify|spell|repeat"
        r"|let me know (?:what|which|when|where|who|how|your|the))",
        r"is there (?:a|an|any)", r"are there (?:a|an|any)", _BE_TOLD,
    ),
    open_questions=(r"which", r"what", r"why", r"who", r"where", r"how", r"when"),
    denied=r"\b(?:can['’]t|cannot|won['’]t|unable to|not able to|not going to)\s+(?:\w+ly\s+)?\w+"
    r"|\b(?:instead of|rather than|without|before)\s+\w+ing\b",
    possible=(
        r"\b(?:you\s+(?:can|could|may|might)(?:\s+(?:also|always|still|only))*"
        r"|(?:can|could|may|cannot)\s+(?:still\s+|only\s+|also\s+)?be|if\s+(?:you|i|we))\s+\w+"
    ),
    clause=r"(?:,\s*)?\b(?:and then|and also|and|then|or)\b",
    alternative=r"\bor\b",
    ruled_out=(
        r"(?:(?<!why )\bnot|n['’]t|\binstead of|\brather than)"
        r"(?:\s+(?:the|\w+(?=\s+number)|number|code|it's))*[\s,:\"'“‘]*$"
    ),
    negating=(
        r"(?:\bnot|\bnever|\bcannot|n't)(?: (?:be|going|able|to|yet|now|currently|actually))* "
    ),
    approving=frozenset(
        {
            "that", "this", "it", "all", "everything", "me", "you", "us", "we", "i", "is", "are",
            "be", "been", "do", "does", "would", "will", "can", "could", "shall", "should", "may",
            "if", "so", "then", "how", "still", "just", "now", "with", "for", "to", "by", "the",
            "a", "of", "please", "and", "or", "sound", "sounds", "look", "looks", "seem", "seems",
            "good", "great", "fine", "okay", "ok", "alright", "right", "perfect", "nice", "work",
            "works", "suit", "suits", "help", "helps", "want", "like", "happy", "comfortable",
            "ready", "agree", "agreed", "correct", "continue", "proceed", "go", "ahead", "start",
            "yes", "enough", "sure", "thing", "plan", "your", "have", "approval", "permission",
            "blessing", "say-so", "consent",
        }
    ),
    referring=(
        r"(?:it|that|this|those|these|them)(?= (?:for|on|in|into|now|then|to|with|under|at|too|as"
        r"|by|from|through|up|over|off|and|or|instead|today|right|please)\b|$)",
        r"(?:the )?(?:following|both|ones?)",
        r"(?:this|that|these|those) (?!(?:time|day|week|month|year|morning|afternoon|evening|night)"
        r"\b)[a-z]+$",
    ),
    recapping=(r"(?:(?:so|ok(?:ay)?|alright|just|great) )*to confirm",),
    partial=(
        r"\b(?:half|part|(?:a|one) (?:third|quarter)|most|some) of (?:the |your )?[£$€]?$"
        r"|\ball but [£$€]?$|\b(?:minus|less|except(?: for)?) [£$€]?$"
    ),
    subordinate=(
        r"since", r"as(?! (?:an?|well|requested|agreed|discussed|planned|you asked)\b)", r"because",
        r"although", r"though", r"while", r"whereas", r"now that", r"when", r"which", r"who",
        r"whose", r"where", r"if", r"unless", r"even though", r"even if", r"given that",
        r"seeing that", r"considering", r"in case", r"until", r"once", r"after", r"before",
        r"despite", r"instead of", r"rather than", r"not",
        r"in addition to", r"apart from",
    ),
    keeping=(
        r"keep", r"leave", r"forget", r"never ?mind", r"instead", r"drop it", r"not any ?more",
    ),
    states=_STATES,
    in_state=(
        r"\b(?:is|are|was|were|been|has|have|it's|they're)(?: (?:already|now|currently|still|just"
        r"|been|being|marked|listed|shown|showing|as))*"
    ),
    hedging=(
        r"no", r"none", r"not", r"neither", r"nor", r"never", r"nothing", r"nobody", r"\w+n't",
        r"cannot", r"may", r"might", r"maybe", r"perhaps", r"possibly", r"should", r"would",
        r"would've", r"could", r"doubt\w*", r"whether", r"thought", r"already", r"other",
        r"another", r"if", r"when", r"unless", r"but", r"however", r"last", r"later", r"tomorrow",
        r"i'll", r"normally",
    ),
    denying=(
        r"no", r"none", r"not", r"neither", r"nor", r"never", r"nothing", r"nobody", r"\w+n't",
        r"cannot",
    ),
    by_agent=r"\b(?:i|we|me|us)\b",
    own_claim=(
        r"^(?:(?:okay|ok|great|alright|all right|perfect|good|good news|so|and|yes|now|thanks|sure"
        r"|certainly|excellent|thank you) )*(?:your|it|it's|i|i've|we|we've|all done|all set|done"
        r"|everything)\b"
    ),
    mistaken=(r"wrong\w*", r"incorrect\w*", r"mistake\w*", r"mistaken"),
    value_requests=(
        r"numbers?", r"names?", r"e-?mail\w*", r"address\w*", r"codes?", r"spell\w*", r"repeat",
        r"check", r"correct", r"another", r"again", r"\w+ id", r"references?", r"which",
    ),
    apologizing=(r"sorry", r"apolog\w+", r"unfortunately", r"regret\w*", r"i'm afraid"),
    blaming=(
        rf"(?<!if )(?<!unless )you (?:{_SURELY} )*{_GAVE}"
        rf"(?: (?!(?:seem|seems|is|was|are|were|appears|looks)\b)\w+){{0,5}}? {_WRONG_THING}",
        r"(?:that is|that's|it is|it's|this is|was) (?:all |really |entirely |just )?your "
        r"(?:own )?(?:mistake|fault|error)",
    ),
    maybe_blaming=(
        rf"^(?!.*\b(?:i|we) (?:\w+ ){{0,3}}{_TAKEN}\b).*(?<!not )\byour?\b.* {_WRONG_THING}",
        rf"(?:wrong|incorrect|invalid|not valid) .*\byou {_GAVE}",
        r"you (?:should|ought to) (?:have|\w+ more careful\w*)",
    ),
    once_more=(
        r"(?:try|do|run|send|submit) (?:(?:it|that|this) )?(?:again|once more|one more time)",
        r"(?:another|one more|a second) (?:try|go|attempt|shot)", r"retry",
    ),
)  # fmt: skip
