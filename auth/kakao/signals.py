"""What happens on the connections to Kakao, for others to measure. The sender is the adapter."""

from blinker import Signal

slot_taken = Signal("A caller has a call slot.")
slot_freed = Signal("That caller is done.")
slot_refused = Signal("A caller was refused, as no slot was free.")
call_finished = Signal(
    "A call ended: `path` of its URL, `seconds`, and the HTTP `status`; None without a response."
)
