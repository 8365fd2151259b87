"""English: what tools do, as groups of verbs and nouns by which people mean the same."""

from __future__ import annotations

from collections.abc import Mapping

from harness.language.actions import Action, Actions
from harness.language.en.verbs import verb_forms
from harness.language.phrasebook import Patterns


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_READING = """
look up
  names   look_up lookup look check find search get fetch read retrieve query list track view show
  names   browse locate inspect monitor review access load pull scan display explore
  names   pull_up bring_up look_into
  names   look_for look_at look_through find_out go_over verify double-check dig_into
  also    see open_up gather confirm compare
  things  lookup search
verify
  names   verify authenticate identify validate confirm
  also    check double-check
  things  verification
calculate
  names   calculate compute estimate quote price convert
  also    work_out figure_out add_up tell check find_out
  things  calculation estimate quote
translate
  names   translate
  also    put_into
"""
"""Per action: the verbs that mean it in tools; verbs that do in speech (also), or where the tool's
object is named (maybe); nouns that mean it wherever they stand (things) or where they are made
(results); nouns of the tool without which it is not meant (objects). A verb of two words is joined
by an underscore. ``makes`` and ``vague``: see ``Action``.
"""

_HANDING_OVER = """
escalate
  names   escalate hand_over hand_off pass_on
  things  escalation handover handoff
"""

_CHANGING = """
hand over
  names   escalate transfer connect forward hand pass route redirect refer call contact get request
  names   speak talk handover handoff escalation
  objects human agent agents person representative operator specialist supervisor manager staff
call a ride
  names   get call order book request send hail schedule reserve create find
  also    arrange summon
  objects ride taxi cab rideshare
  makes
send money
  names   send transfer wire remit move pay give
  also    forward
  things  transfer payment
  objects money funds
ask for money
  names   request collect ask
  also    charge bill
  things  request
  objects money funds
share a place
  names   share send
  also    text give tell show
  objects location position
place
  names   place submit put create make
  also    order buy get
  results order
  objects order
  makes
book
  names   book reserve schedule arrange secure rent hire prebook
  also    order get_in put_down pencil_in lock_in sign_up set_up buy
  maybe   hold save plan
  results reservation booking appointment rental
  makes
buy
  names   buy purchase order check_out checkout acquire preorder reorder
  also    book reserve pick_up
  things  purchase
  results order reservation booking
  makes
obtain
  vague
  names   get obtain request grab fetch find call
  also    order book buy reserve arrange apply_for
  maybe   send
  results request
  makes
cancel
  names   cancel void terminate revoke call_off abort unsubscribe discontinue rescind annul opt_out
  names   unenroll withdraw_from
  also    scrap get_rid_of
  maybe   drop stop end take_off close
  things  cancellation termination
delete
  names   delete remove erase clear discard purge drop detach unlink uninstall clean dismiss
  also    take_off take_out wipe strip get_rid_of
  maybe   forget cancel
  things  deletion removal
pay
  names   pay charge settle bill debit tip donate collect
  also    deduct
  maybe   run process
  things  payment
transfer
  names   transfer wire remit
  also    send move pay forward
  maybe   shift
  things  transfer
deposit
  names   deposit
  also    put_in pay_in
  maybe   add transfer
withdraw
  names   withdraw
  also    take_out get_out
  things  withdrawal
refund
  names   refund reimburse credit repay pay_back compensate
  also    give_back send_back put_back
  maybe   return
  things  refund reimbursement credit compensation
return
  vague
  names   return send_back take_back exchange replace swap
  also    trade
  also    refund
  things  return exchange replacement
change
  names   change update edit modify set replace correct amend adjust alter revise patch switch swap
  names   configure customize rename convert
  also    trade turn_up turn_down dim fix
  maybe   upgrade downgrade move reschedule rebook add remove put increase reduce extend raise lower
  maybe   bump apply assign save note send
  things  change update modification correction adjustment amendment
upgrade
  names   upgrade downgrade
  also    change move switch bump bump_up put_in
  things  upgrade downgrade
reschedule
  names   reschedule postpone rebook defer delay push_back put_off bring_forward shift move
  also    change switch push book
add
  names   add attach include append insert link connect upload import
  also    put_on throw_in tack_on log create schedule set_up enter
  maybe   put save note
  things  addition
  makes
create
  names   create open register enroll set_up setup sign_up signup make generate file submit post log
  names   raise establish build draft prepare launch initiate new enter
  also    put_in get_started get_set_up write_up arrange
  maybe   start issue report
  things  registration enrollment submission creation
  makes
request
  vague
  names   request apply_for ask order
  also    put_in submit get file send
  things  request application
  makes
give
  vague
  names   give grant award issue provide offer waive apply redeem use claim
  also    send credit honor knock_off take_off put_on
  makes
send
  vague
  names   send text email mail notify message deliver dispatch forward fax post resend ship page
  names   alert
  also    shoot issue get_to
  maybe   drop give share offer provide
share
  vague
  names   share
  also    send text
  maybe   give show
call
  vague
  names   call phone dial ring
  also    get_on_the_line contact reach
contact
  vague
  names   contact notify reach_out alert
  also    call text email message let_know
remind
  names   remind set_reminder
  also    alert notify ping
  things  reminder
play
  names   play stream listen watch
  also    start put_on begin queue_up resume hear cast
  maybe   run show
start
  vague
  names   start begin launch run initiate resume unpause open trigger execute
  also    turn_on get_going kick_off switch_on play
turn on
  names   turn_on switch_on enable activate power_on
  also    put_on start open unlock
  things  activation
stop
  vague
  names   stop end pause halt finish
  also    turn_off cancel shut_down close put_on_hold
turn off
  names   turn_off switch_off disable deactivate shut_down shut_off power_off
  also    stop close cut
  things  deactivation
block
  names   block freeze lock suspend hold quarantine deactivate disable pause
  also    shut_off cancel
  maybe   stop secure
  things  suspension
unlock
  names   unlock unblock reactivate unfreeze restore reinstate enable unsuspend lift
  also    reset turn_back_on release
  maybe   open
  things  reactivation reinstatement
reset
  names   reset restart reboot refresh resync power_cycle
  also    start_over
  maybe   clear change set
renew
  names   renew refill extend prolong reorder
  also    order request send_in put_in
  maybe   continue
  things  renewal refill extension
record
  vague
  names   record log save store capture write_down note document take_down enter
  also    make_note jot_down report
  maybe   add submit put_down
report
  names   report flag log file dispute contest
  also    submit open put_in raise
  results report dispute claim
verify
  vague
  names   verify authenticate validate identify
  also    check confirm double-check
  things  verification
confirm
  vague
  names   confirm accept approve authorize sign
  also    lock_in finalize
  things  confirmation approval
decline
  names   decline reject deny refuse
  also    turn_down
assign
  vague
  names   assign allocate dispatch route delegate
  also    send_out
  maybe   send give put get
subscribe
  names   subscribe opt_in join enroll
  also    sign_up put_on
  maybe   add
  things  subscription
  makes
check in
  vague
  names   check_in checkin
  also    get_checked_in
  things  check-in
leave
  vague
  names   leave
  also    drop pass_on take
  makes
"""

_BESIDE = """
hotel house room suite apartment cabin hostel: room house hotel stay staying checking_in check_in
flight flights plane: flight ticket seat fly flying travel travelling traveling departing
bus train ferry: ticket seat travel travelling traveling leaving departing
calendar: event appointment meeting
event events concert concerts movie show game match festival play: ticket seat
restaurant restaurants dinner lunch brunch: table dinner lunch seat dining eating
car van truck vehicle bike: car vehicle rental picking_up pick_up driving
appointment doctor dentist visit therapist stylist: appointment visit seeing slot
ride taxi cab: ride taxi cab riding
song music media: song music track
"""
"""What is spoken of where a thing is booked or bought."""

_PERSON = (
    r"(?:humans?|persons?|people|someone|somebody|agents?|colleagues?|representatives?|rep"
    r"|specialists?|supervisors?|managers?|operators?|staff|team(?: members?)?)"
)
_TO_A_PERSON = (
    r"(?:connect|transfer|pass|hand|put|forward|bring|get|escalat|refer|redirect|rout|patch)"
    rf"(?:e|ing|ting|ring|)(?: [\w']+){{0,8}}? {_PERSON}",
    rf"(?:let|have)(?: [\w']+){{0,3}} {_PERSON}(?: [\w']+){{0,3}} (?:take over|help|call)",
    rf"{_PERSON} (?:will|can|is going to) (?:take over|help you|assist you|call you|be with you)",
    r"connect(?:ing)? you (?:to|with)", r"put(?:ting)? you through",
    r"transfer(?:ring)? (?:you|your call|the call)",
)  # fmt: skip

_SAID: Mapping[str, Patterns] = {
    "look up": (
        r"(?:tak|hav|giv)(?:e|ing) (?:\w+ ){0,2}(?:look|peek|glance)", r"mak(?:e|ing) sure",
        r"see (?:if|what|what's|which|when|where|who|how|whether)",
        r"get(?:ting)? (?:\w+ ){0,3}(?:details|status|information|info|record)",
        r"grab(?:bing)? (?:the|your|those|that)", r"get(?:ting)? (?:that|this|it) for you",
        r"open(?:ing)? (?:up )?your",
        r"(?:run|running|do|doing) (?:a|the) (?:\w+ )?(?:check|search)",
    ),
    "verify": (r"mak(?:e|ing) sure", r"security (?:check|question)s?"),
    "calculate": (r"run(?:ning)? the numbers",),
    "escalate": _TO_A_PERSON,
    "hand over": _TO_A_PERSON,
    "call a ride": (r"(?:cab|taxi|ride|driver)(?: \w+){0,6} (?:is|on) (?:coming|\w+ way)",),
    "play": (r"(?:like|want|wish|love) to (?:see|hear|watch|listen)",),
    "pay": (r"(?:put|pay|charge|bill)(?:ting|ing)? (?:\w+ ){0,6}(?:card|account|wallet)",),
    "refund": (
        r"(?:your|the|full|all) money back",
        r"back (?:to|on|onto) (?:your|the) (?:\w+ ){0,3}(?:card|account|payment)",
    ),
    "change": (r"mak(?:e|ing) (?:it|that|them)", r"as (?:the|your) new (?:\w+ ){0,2}\w+"),
}  # fmt: skip

_DONE: Mapping[str, Patterns] = {
    "look up": (
        r"i (?:can )?see (?:that |here )?(?:your|the|there|it)",
        r"here(?:'s| is| are) (?:the|your)",
    ),
    "play": (
        r"(?:is|are|^now) (?:now )?playing", r"(?:has|have) (?:now )?(?:started|begun)",
        r"(?:is|are) (?:now )?(?:starting|on)", r"enjoy (?:the|your|it|listening)", r"starting now",
        r"starts",
    ),
    "start": (r"(?:is|are) (?:now )?(?:running|starting|underway|on)",),
}  # fmt: skip

_DOING = (
    r"(?:mak(?:e|es|ing)|made|do|doing|plac(?:e|ing)|process(?:ing)?|proceed(?:ing)? with"
    r"|put(?:ting)?(?: through| in)?|go(?:ing)? (?:ahead|through|on) with|complet(?:e|ing)"
    r"|finali[sz](?:e|ing)|issu(?:e|ing)|submit(?:ting)?|initiat(?:e|ing)|start(?:ing)?"
    r"|set(?:ting)? up|get(?:ting)?|arrang(?:e|ing)|request(?:ing)?|confirm(?:ing)?|perform(?:ing)?"
    r"|offer|want|like|need|give you|take care of|handl(?:e|ing))"
)
_BETWEEN = r"(?: (?!to\b|you\b|cancel)[\w'$.]+){0,4}?"
_IS = r"(?:is|are|has|have|was|were)(?: (?:been|now|all|already|just|successfully))*"
_FINISHED = (
    r"(?:confirmed|complete|completed|done|set|set up|finali[sz]ed|in place|processed|through"
    r"|gone through|went through|made|issued|placed|on (?:its|their|the) way|successful|submitted"
    r"|sent|saved|initiated|good to go|taken care of|a success|verified|reserved|booked)"
)
_HAVE_MADE = (
    r"(?:i've|i have|we've|we have|i|we)(?: (?:now|just|already|also|successfully|gone ahead and))*"
    r" (?:made|done|placed|processed|completed|finali[sz]ed|issued|submitted|confirmed|verified"
    r"|secured|set up|put in|put through|initiated|sent)"
)
_NO_ACTION_BEHIND = (
    r"(?! (?:methods?|details?|cards?|info|information|policy|policies|status|window|fees?|period"
    r"|terms|charges?|insurance|option))"
)


_LOOSE = _words(
    "get list view show read load open start make put set give confirm access provide offer leave"
    " ask request send call note new use move hold apply record contact connect enter"
)
"""Verbs that announce much else: "I'll get back to you", "let me give you the number"."""


def _table(text: str) -> tuple[Action, ...]:
    """Read a table of actions."""
    rows: list[tuple[str, dict[str, list[str]]]] = []
    for line in text.strip().splitlines():
        if not line.startswith(" "):
            rows.append((line, {}))
            continue
        key, *words = line.split()
        rows[-1][1].setdefault(key, []).extend(word.replace("_", " ") for word in words)
    return tuple(_action(verb, cells) for verb, cells in rows)


def _action(verb: str, cells: Mapping[str, list[str]]) -> Action:
    named = [verb_forms(one) for one in cells["names"]]
    forms = [*named, *(verb_forms(one) for one in cells.get("also", ()))]
    maybe = [verb_forms(one) for one in cells.get("maybe", ())]
    things, results = cells.get("things", []), cells.get("results", [])
    made = [rf"{_DOING}{_BETWEEN} {one}s?" for one in results]
    nouns = [*things, *results]
    behind = r"(?: (?!is\b|has\b|was\b)[\w'$.-]+){0,10}?"
    finished = [rf"{one}s?{behind} {_IS} {_FINISHED}" for one in nouns]
    finished += [rf"{_HAVE_MADE}(?: [\w'-]+){{0,4}}? {one}s?" for one in nouns]
    finished += [rf"^(?:\w+ ){{0,3}}{one}s? {_FINISHED}" for one in nouns]
    others = [word for one in named for word in one.words[1:]]
    return Action(
        verb=verb,
        names=frozenset(cells["names"]),
        nouns=frozenset((*nouns, *(f"{noun}s" for noun in nouns), *others)),
        asked=tuple(pattern for one in named for pattern in one.asked),
        said=(
            *(pattern for one in forms for pattern in one.said),
            *(f"{one}s?{_NO_ACTION_BEHIND}" for one in things),
            *made,
            *_SAID.get(verb, ()),
        ),
        done=(*(pattern for one in forms for pattern in one.done), *finished, *_DONE.get(verb, ())),
        announced=tuple(p for one in named if one.words[0] not in _LOOSE for p in one.asked),
        maybe=tuple(pattern for one in maybe for pattern in one.said),
        objects=frozenset(cells.get("objects", ())),
        made=frozenset(results),
        makes="makes" in cells,
        vague="vague" in cells,
    )


def _plurals(noun: str) -> str:
    """Return an expression for a noun in both numbers, whichever it is given in."""
    for end, stem in (("ies", f"{noun[:-3]}(?:y|ies)"), ("ses", f"{noun[:-2]}(?:es)?")):
        if noun.endswith(end):
            return stem
    if noun.endswith("s") and not noun.endswith("ss"):
        return f"{noun}?"
    return (
        f"{noun[:-1]}(?:y|ies)"
        if noun.endswith("y") and noun[-2:-1] not in "aeiou"
        else f"{noun}(?:s|es)?"
    )


_COUNTED = r"(?:a|an|one|two|three|four|five|six|seven|eight|nine|ten|\d+)"
_A = rf"(?:{_COUNTED}|the|this|that|these|those|some|your|my)"


def _getting(things: str) -> Patterns:
    return (
        r"(?:get|getting|grab|make|making|do|have|take|set|want|like|need|put|enter|place|leave)"
        rf"(?: you| me| up| in)?(?: for you)? {_A}{_BETWEEN} {things}",
        rf"(?:get|getting|buying|grab|want|like) (?:you |me )?(?:\w+ )?{things}",
        rf"(?:confirm|confirming|verify)(?: (?!cancel|to\b)[\w'$.:-]+){{0,8}}? {things}",
        rf"^(?:(?:so|okay|ok|alright|great|and|now|then) )*{_COUNTED}(?: [\w'-]+){{0,3}}? {things}",
        rf"(?:want|like|love|plan|planning|intend|wish|looking|going)(?: \w+)? to {things}",
        rf"you(?:'re| are|'ll be| will be|'ll| will|'d be| would be)(?: \w+){{0,2}}? {things}",
    )


def _settled_object(things: str) -> Patterns:
    behind = r"(?: (?!is\b|has\b|was\b|will\b|be\b)[\w'$.-]+){0,10}?"
    return (
        rf"{things}{behind} {_IS} {_FINISHED}",
        rf"{_HAVE_MADE}(?: [\w'-]+){{0,4}}? {things}",
        rf"^(?:\w+ ){{0,3}}{things} {_FINISHED}",
    )


def _beside() -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for line in _BESIDE.strip().splitlines():
        things, _, beside = line.partition(": ")
        said = frozenset(word.replace("_", " ") for word in beside.split())
        found |= {thing: found.get(thing, frozenset()) | said for thing in things.split()}
    return found


ENGLISH_ACTIONS = Actions(
    reading=_table(_READING),
    handing_over=_table(_HANDING_OVER)[0],
    changing=_table(_CHANGING),
    forms=verb_forms,
    light=_words(
        "make do process perform execute handle submit initiate issue request place start create"
        " complete"
    ),
    rather_objects=_words(
        "order book ticket report record charge call list schedule account request transfer return"
        " check message text email note credit file bill payment issue claim quote page watch ring"
        " offer grant award mail post contact shift deposit query log store start"
    ),
    lead_in=_words(
        "this that these tool function action endpoint api method use used uses using to in order"
        " for allows allow lets let user users customer customers caller callers you agent agents"
        " the a an it will can when please helps help is"
    ),
    no_objects=_words(
        "id ids uuid number details detail info information data user users customer customers"
        " caller api tool function new all by for of the a an to from in on with and or their my"
        " your whole specific given one it them something anything time date name list result"
        " results service system item items amount"
    ),
    object_ends=_words(
        "for of at in on to from with by using that which based given and or between as if when so"
        " into onto under via after before about"
    ),
    beside=_beside(),
    plurals=_plurals,
    getting=_getting,
    settled=(
        r"you(?:'re| are) (?:now )?(?:all )?(?:set|good to go|booked|in|confirmed|done)",
        rf"(?:it|that|this|everything|all)(?:'s| {_IS})(?: (?:now|all|been))* {_FINISHED}",
        r"(?:it|that)(?:'s)? (?:went|gone) through", r"^(?:all )?(?:done|set|confirmed)$",
        r"(?:i've|i have|we've|we have) (?:now |just |already )?(?:done (?:it|that|this)"
        r"|taken care of|completed|finished|processed|confirmed|gone ahead)",
    ),
    settled_object=_settled_object,
    unless=(
        r"not", r"never", r"cannot", r"\w+n't", r"if", r"once", r"when", r"until", r"unless",
        r"before", r"ensure", r"please (?:\w+ )?(?:confirm|verify)", r"want",
        r"will be", r"to be", r"after", r"as soon as", r"would be", r"can be",
    ),
)  # fmt: skip
