"""English: the verbs and nouns with which people mean tool actions, as tables."""

from __future__ import annotations

READING = """
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
"""Per action: the verbs that mean it in tools; verbs that do in speech (also), or if the tool's
object is named (maybe); nouns that mean it anywhere (things) or if they are made (results); nouns
of the tool without which it is not meant (objects). A verb of two words is joined by an underscore.
``makes``, ``vague``, ``ends``: see ``Action``.
"""

HANDING_OVER = """
escalate
  names   escalate hand_over hand_off pass_on
  things  escalation handover handoff
"""

CHANGING = """
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
  also    order buy get set_up put_in put_through
  maybe   open raise log file enter start write_up
  results order
  objects order
  makes
book
  names   book reserve schedule arrange secure rent hire prebook
  also    order get_in put_down pencil_in lock_in sign_up set_up buy slot_in squeeze_in fit_in
  maybe   hold save plan block_out put_through
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
  ends
  names   cancel void terminate revoke call_off abort unsubscribe discontinue rescind annul opt_out
  names   unenroll withdraw_from
  also    scrap get_rid_of withdraw
  maybe   drop stop end take_off close
  things  cancellation termination
delete
  ends
  names   delete remove erase clear discard purge drop detach unlink uninstall clean dismiss
  also    take_off take_out wipe strip get_rid_of
  maybe   forget cancel
  things  deletion removal
pay
  names   pay charge settle bill debit tip donate collect
  also    deduct
  maybe   run process put_on
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
  vague
  names   change update edit modify set replace correct amend adjust alter revise patch switch swap
  names   configure customize rename convert
  also    trade turn_up turn_down dim fix
  maybe   upgrade downgrade move reschedule rebook add remove put increase reduce extend raise lower
  maybe   bump bump_up apply assign save store note record enter send put_in put_through transfer
  things  change update modification correction adjustment amendment
upgrade
  names   upgrade downgrade
  also    change move switch bump bump_up put_in
  things  upgrade downgrade
redirect
  names   redirect reroute divert
  also    forward send deliver route change move
reschedule
  names   reschedule postpone rebook defer delay push_back put_off bring_forward shift move
  also    change switch push book
add
  names   add attach include append insert link connect upload import
  also    put_on throw_in tack_on log create schedule set_up enter top_up activate enable turn_on
  also    switch_on sign_up
  maybe   put save note record load credit apply register
  things  addition
  makes
create
  vague
  names   create open register enroll set_up setup sign_up signup make generate file submit post log
  names   raise establish build draft prepare launch initiate new enter
  also    put_in put_through get_started get_set_up write_up arrange set_down record
  maybe   start issue report save store note put_down take_down send add
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
  also    put_on start open unlock set_up
  things  activation
stop
  vague
  ends
  names   stop end pause halt finish
  also    turn_off cancel shut_down shut_off switch_off close put_on_hold terminate discontinue
  also    disconnect cut_off wind_up
turn off
  ends
  names   turn_off switch_off disable deactivate shut_down shut_off power_off
  also    stop close cut cut_off end
  things  deactivation
block
  ends
  names   block freeze lock suspend hold quarantine deactivate disable pause
  also    shut_off shut_down put_on_hold cancel
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
  also    order request send_in put_in put_through sign_up lock_in roll_over
  maybe   continue keep
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
  ends
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

BESIDE = """
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
"""Words that people use when they book or buy a thing."""
