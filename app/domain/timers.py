"""Default times and limits of the trade, with unit (``_S`` seconds, ``_MIN`` minutes) and reason."""

from __future__ import annotations

from typing import Final

# Offers
VOICE_RING_S: Final = 20  # long enough to finish a sentence, short enough for a caller who hears music
SMS_OFFER_S: Final = 60  # nobody listens to silence meanwhile
TICKET_OFFER_S: Final[int | None] = None  # tickets are assigned, not offered
ACCEPT_TO_BRIDGE_S: Final = 10  # later the leg counts as failed: the caller must not hang there

# Presence. The server asks, the browser answers: in hidden tabs timers are slowed down, answers are not
SOCKET_PING_S: Final = 10
SOCKET_LOST_S: Final = 20  # two unanswered pings
CLIENT_BEAT_LEASE_S: Final = 75  # advisory (device, microphone): hidden tabs fire about once in 60 s
OFFER_GRACE_S: Final = 20  # a pending offer survives a page refresh
CALLER_GRACE_S: Final = 15  # a customer whose page is gone may reload it
PROCESS_LOST_GRACE_S: Final = 60  # a whole server came down: every page needs time to find it again
REJOIN_GRACE_S: Final = 30  # a talking agent may come back; then the call is queued as recovered

# Missed offers
MISS_LIMIT_VOICE: Final = 1  # misses in a row until the agent is set to "missed"; some houses take 3
COOL_DOWN_BUSY_S: Final = 60  # the line is in use by something else; that takes about a call's length
COOL_DOWN_REJECT_S: Final = 10  # a person said no: not the same item again at once
COOL_DOWN_NO_ANSWER_S: Final = 10
OFFER_EXCLUSION_S: Final = 10  # the item that somebody sent back goes to others first
COOL_DOWN_UNREGISTERED_S: Final = 5  # a page reload registers the device again within seconds

# Wrap-up
WRAP_UP_VOICE_S: Final = 30
WRAP_UP_EXTENSION_S: Final = 60  # once per call
WRAP_UP_CAP_S: Final = 900  # beyond a quarter of an hour it is other work and should be called so

# Sweeps: what was lost between two events is found again
RINGING_SWEEP_S: Final = 60
STUCK_CONNECTED_SWEEP_S: Final = 300  # asks the provider before it believes anything
ROUTER_SWEEP_S: Final = 1  # backstop; the router runs on events
HANG_UP_STALE_S: Final = 120  # a hang-up that the provider has not confirmed is asked for again

# Callbacks taken instead of waiting
CALLBACK_ATTEMPTS: Final = 3
CALLBACK_GAP_MIN: Final = 30  # and only inside business hours
CALLBACK_RING_S: Final = 30  # the customer is not at the page any more and has to come back to it
TELEPHONE_RING_S: Final = 25  # about five rings, and most voicemail has not begun
TELEPHONE_SLACK_S: Final = 10  # the carrier dials before it rings, and adds five seconds of its own
CALLBACK_CHOICE_S: Final = 30  # then the agent says what now; later it counts as "not reached"

# Order in the queue, as head starts
PRIORITY_STEP_S: Final = 60  # one point of priority is worth a minute of waiting
KEY_ACCOUNT_BONUS_S: Final = 120
RECOVERED_BONUS_S: Final = 86_400  # a caller whose call we lost goes before everybody who came the same day
PREFERRED_WINDOW_S: Final = 60  # how long a reply is kept for the agent who knows the case

# Figures
SHORT_ABANDON_S: Final = 5  # hung up before anybody could have answered: counted apart
SERVICE_LEVEL_S: Final = 20
SERVICE_LEVEL_GOAL: Final = 0.80  # share answered within SERVICE_LEVEL_S
STALE_SCREEN_S: Final = 10  # a page that has heard nothing for so long locks its buttons
