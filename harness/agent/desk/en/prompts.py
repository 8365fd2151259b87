"""English: the words by which instructions ask the desk for a behaviour."""

from __future__ import annotations

from harness.agent.desk.rules import Behaviour, PromptWords

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
