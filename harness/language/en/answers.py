"""English: how callers say yes, no and neither, and how agents ask, deny and rule out, as data."""

from __future__ import annotations

from harness.language.phrasebook import Answers, Asking

_IT = r"(?:that|this|it|all of that|everything)"
_IS = r"(?:'s| is|s|'ll be| will be| looks| sounds)(?: all| absolutely| exactly| totally)?"
_NOT = (
    r"(?:don't|do not|doesn't|does not|didn't|did not|never|can't|cannot|couldn't|won't|wouldn't"
    r"|haven't)"
)
_OBJECT = r"(?:it|this|that|them|those|these|any of (?:it|them)|(?:the|my|your) \w+)"

ENGLISH_ANSWERS = Answers(
    interjections=(
        r"yes", r"yeah", r"yep", r"yup", r"ya", r"no+", r"nope", r"nah", r"ok(?:ay)?", r"alright",
        r"all right", r"oh", r"well", r"right", r"u+h+", r"u+m+", r"h*m+", r"e+r+m*", r"a+h+",
        r"so",
        r"and", r"u+h[- ]?hu+h", r"m+[- ]?h+m*",
    ),
    courtesies=(
        r"please", r"thank you(?: (?:very|so) much)?", r"thanks(?: a lot)?", r"just", r"kindly",
        r"then", r"now", r"right (?:now|away)", r"sir", r"ma'am", r"for me", r"again", r"actually",
        r"i (?:already )?said", r"(?:as|like) i said", r"sorry", r"very much", r"ok(?:ay)?",
        r"alright",
        r"all right",
        r"right", r"so", r"and", r"oh", r"well", r"today",
    ),
    tags=(r"ok(?:ay)?", r"alright", r"all right", r"right", r"please", r"thanks", r"thank you"),
    agreeing_alone=(
        r"yes", r"yeah", r"yep", r"yup", r"ya", r"correct", r"exactly", r"precisely", r"indeed",
        r"sure(?: thing)?", r"of course", r"absolutely", r"definitely", r"certainly",
        r"affirmative", r"by all means", r"why not", r"i do", r"i agree", r"i'm sure",
        r"i'm (?:absolutely|quite|very|totally) sure", r"please do", r"proceed", r"confirmed",
        r"you're right", r"you (?:got|have) (?:it|that)(?: right)?", r"(?:the )?right one",
        rf"{_IT}{_IS} (?:the (?:right )?one|it)", r"you (?:can|may)(?: do (?:that|it|so))?",
        r"(?:can|could|would|will) you(?: please)? (?:do (?:it|that|so)|go ahead)",
        r"would you please", r"i'd (?:like|appreciate|love) that", r"i would like that",
        rf"(?:{_IT[3:-1]})? ?would be (?:great|good|perfect|lovely|nice|fine|wonderful)",
    ),
    agreeing=(
        r"go (?:right |on )?ahead", r"go for it",
        r"(?:let's )?do (?:it|that|so)(?! (?:not|with|about))",
        r".* please do (?:that|it|so)$", r"proceed with", r"i (?:can )?confirm",
        r"(?:that )?works for me", r"fine by me",
        r"fine with me",
        rf"{_IT}{_IS} (?:rights?|correct)",
    ),
    contented=(
        rf"{_IT}{_IS} (?:good|fine|okay|ok|all right|alright|perfect|great)"
        r"(?: (?:with|by|for) me)?",
        r"sounds (?:good|great|fine|right|perfect)(?: to me)?", r"that works",
    ),
    requesting=(
        r"go ahead and", r"i(?:'d| would) like (?:you )?to", r"i want (?:you )?to",
        r"(?:can|could|would|will) you(?: please)?", r"you (?:can|may)(?: please)?", r"let's",
        r"do",
    ),
    objects=(
        r"it", r"this", r"that", r"them", r"both(?: of them)?", r"all of (?:it|them)", r"order",
        r"order number",
        r"(?:the|my|that|this|your|these|those)(?: whole| entire| full)? (?:orders?|items?|purchase"
        r"|package|parcel|thing|address|money|amount|payment|booking|reservation|appointment)",
    ),
    refusing=(
        r"no+", r"nope", r"nah", r"negative", r"don't", r"do not", r"not", r"isn't", r"wasn't",
        r"won't", r"can't", r"cannot", r"doesn't", r"didn't", r"shouldn't", r"wouldn't", r"aren't",
        r"haven't", r"never", r"wrong", r"incorrect", r"mistaken", r"stop", r"wait", r"hold on",
        r"hang on", r"hold it", r"forget (?:it|that|about it)", r"leave (?:it|that|them)",
        r"keep (?:it|that|them|the|my)", r"drop it", r"rather not", r"scratch that",
        r"cancel that request", r"(?<!as )(?<!like )i said", r"i meant", r"i mean",
        r"actually (?:it's|it is|that's|the|my|make|i)", r"sorry (?:it's|it is|that's)",
        r"it should be", r"changed my mind", r"correction",
    ),
    joining=(r"actually", r"sorry"),
    harmless=(
        r"no (?:problem|worries|doubt|objections?|rush|hurry)", r"not a problem", r"why not(?= \w)",
        r"don't worry(?: about (?:the |that |it ?)?\w*)?", r"don't (?:mind|wait)",
        r"no need to (?:repeat|spell|wait)",
        r"couldn't be (?:better|more)", r"(?:can't|won't|don't want to|not going to) wait",
        r"nothing (?:else|more)", r"wait for (?:it|that)",
        r"i (?:don't|do not) need anything else", r"if you (?:could|can|would|will|please)",
        r"if you (?:don't mind|wouldn't mind)",
        r"if (?:that's|it's) (?:possible|okay|ok|all right)",
        r"if possible", r"not at all",
    ),
    reasons=(
        rf"(?:because |since |as )?i (?:really |just )?{_NOT} (?:really |even |actually )?"
        rf"(?:want|need|use|like|order|get|got|receive|afford|wear)(?:ed|d)? {_OBJECT}",
        r"(?:because )?i(?:'m| am| was| won't be) (?:not )?(?:home|at home|there|in town)",
        rf"(?:it|they|that|the \w+|my \w+) (?:just )?{_NOT} (?:fit|work|arrived?|come|came|show)",
        r"(?:it|they)(?:'s| is| was| were| are|'re) not (?:needed|what i \w+|in stock)",
        r"(?:it|they)(?:'s| is| was| were| are|'re) the wrong \w+",
        r"i (?:got|bought|ordered|chose) the wrong \w+",
    ),
    hedging=(
        r"but", r"except", r"if", r"unless", r"although", r"however", r"maybe", r"perhaps",
        r"probably", r"not (?:really )?sure", r"not certain", r"i (?:think|guess|suppose|believe)",
        r"(?:i )?don't know", r"no idea", r"almost", r"nearly", r"partly", r"part of (?:it|that)",
        r"half", r"let me (?:think|check|see)", r"first", r"one (?:moment|second|sec|minute)",
        r"before (?:you|that)", r"only (?:the|one|if|when)", r"keep", r"instead",
        r"on second thought", r"later", r"tomorrow", r"other (?:one|order)", r"questions?",
        r"though", r"sleep on it", r"good to know", r"what happens", r"kind of", r"sort of",
        r"what about", r"how much", r"which one", r"depends",
    ),
    unsure=(
        r"not (?:really |quite |so )?sure", r"(?:i )?don't know", r"not certain", r"no idea",
        r"^(?:only |but )?if(?! not)",
    ),
    acknowledging=(
        r"i(?:'m| am)?(?: still| already| can| do)? (?:heard|hear|know|knew|understand|understood"
        r"|see|got (?:it|that)|get (?:it|that)|remember|here|listening|there)", r"i've heard",
        r"(?:as )?you(?:'ve| have)? (?:already )?(?:told|said|mentioned|asked|explained)",
        r"(?:about|regarding|concerning|speaking of) (?:that|this|it|the|my)", r"hello", r"hi",
        r"hey",
        r"good (?:morning|afternoon|evening)", r"speaking", r"this is",
        r"who(?:'s| is) (?:this|there)",
        r"tell me more", r"(?:say|explain|repeat) (?:that|it)", r"come again", r"go on",
        r"i(?:'m| am) sorry", r"listen", r"one (?:more )?thing",
        r"(?:i(?:'d| would) (?:like|prefer)|i (?:want|need)|(?:can|could|may) i|let me) (?:to )?"
        r"(?:speak|talk)", r"(?:connect|transfer|put|get) me",
    ),
    informing_questions=(
        r"when", r"how (?:long|soon)", r"what (?:time|day|date)", r"where",
        r"will (?:it|i|you|they)",
        r"do i (?:get|need|have)",
    ),
    changing=(
        r"(?:make|change) (?:it|that)", r"instead", r"rather (?:have|be|take|get)",
        r"i(?:'d| would)? prefer", r"it should be", r"i meant",
        r"actually (?:it's|make|i want|i need)",
    ),
    value_word="this",
)  # fmt: skip

_SHALL_I = r"(?:shall|should|may|can|could) (?:i|we)(?: then| now| just| please| also)*"
_WANT_ME = r"(?:do|would) you (?:want|like|prefer)(?: (?:me|us))?(?: to)?"
_DO_IT = r"(?:go ahead|go on|proceed|continue|carry on|do (?:that|this|it|so))"

ENGLISH_ASKING = Asking(
    leave=(
        rf"{_SHALL_I}(?! (?:help|ask|know|hear|have|get|offer))",
        rf"{_WANT_ME}(?! (?:to )?(?:know|hear))", r"would you mind if (?:i|we)",
        r"(?:is|would) (?:it|that)(?: be)? (?:ok(?:ay)?|all right|alright|fine)"
        r"(?: with you| for you)? (?:if|for|to)",
        r"(?:are|is) (?:you|it) (?:ok(?:ay)?|all right|alright|fine) (?:with|if)", r"are you sure",
        r"(?:can|could|would|will) you (?:please )?confirm", r"do you (?:confirm|agree|consent)",
        r"please (?:confirm|say yes)", r"say yes", r"ok(?:ay)? to", r"just to (?:confirm|be sure)",
    ),
    declared=(
        r"^(?:(?:so|and|then|ok(?:ay)?|right) )*(?:you(?:'d| would)? (?:want|like)"
        r"|(?:i|we)(?:'ll| will|'d| would| should|'m going to| am going to|'m about to))",
    ),
    go_ahead=(
        rf"{_SHALL_I}(?:$| {_DO_IT})", rf"{_WANT_ME}(?:$| (?:that|this|it)$| {_DO_IT})",
        rf"^(?:{_DO_IT}|agreed|yes or no)",
        r"(?:ok(?:ay)?|ready|happy|fine) to (?:proceed|go ahead)",
        r"(?:do|would) you (?:like|want) (?:that|this)",
    ),
    confirming=(
        r"(?:is|was|would) (?:that|this|it|everything|all that)(?: be)?(?: all)? "
        r"(?:right|correct|ok(?:ay)?|accurate|fine|all right|alright)",
        r"(?:is|are) (?:that|this) what you",
        r"do i have (?:that|this|it)(?: all)? (?:right|correct)",
        r"did i (?:get|hear|understand) (?:that|this|you)(?: all)? (?:right|correctly)",
        r"(?:can|could|would|will) you (?:please )?confirm", r"do you (?:confirm|agree)",
        r"please (?:confirm|say yes)", r"say yes", r"are you sure", r"does that work",
        r"are you (?:ok(?:ay)?|all right|alright|fine|happy) with (?:that|this|it)",
        r"sounds? (?:right|good|correct|ok(?:ay)?)",
    ),
    tags=(r"right", r"correct", r"ok(?:ay)?", r"all right", r"alright", r"agreed", r"yes"),
    open_questions=(r"which", r"what", r"why", r"who", r"where", r"how"),
    denied=r"\b(?:can['’]t|cannot|won['’]t|unable to|not able to|not going to)\s+(?:\w+ly\s+)?\w+",
    possible=(
        r"\b(?:you\s+(?:can|could|may|might)(?:\s+(?:also|always|still|only))*"
        r"|(?:can|could|may|cannot)\s+(?:still\s+|only\s+|also\s+)?be|if\s+(?:you|i|we))\s+\w+"
    ),
    clause=r"(?:,\s*)?\b(?:and then|and also|and|then|or)\b",
    alternative=r"\bor\b",
    ruled_out=(
        r"(?:\bnot|n['’]t|\binstead of|\brather than)(?:\s+(?:the|order|number|it's))*[\s,:\"'“‘]*$"
    ),
    negating=(
        r"(?:\bnot|\bnever|\bcannot|n't)(?: (?:be|going|able|to|yet|now|currently|actually))* "
    ),
    keeping=(
        r"keep", r"leave", r"forget", r"never ?mind", r"instead", r"drop it", r"not any ?more",
    ),
)  # fmt: skip
