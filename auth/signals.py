"""What happens to accounts, for other packages to react to, as with Flask's own signals.

The sender is the member, where there is one::

    @signals.signed_up.connect
    def welcome(member): ...
"""

from blinker import Signal

signed_up = Signal("A new member; they are signed in already.")
signed_in = Signal("A member signed in, a new one too.")
sign_in_failed = Signal(
    "A sign-in failed. The sender is the KakaoError, or the SuspendedMemberError."
)
nickname_asked = Signal(
    "Someone has to choose a nickname before they are a member. The sender is the "
    "InvalidNicknameError that says why; `is_repeat`: what they chose cannot be used."
)
nickname_chosen = Signal("A new member chose the nickname; `is_suggestion`: one of ours.")
webhook_received = Signal(
    "Kakao sent a webhook. The sender is its kind, `unlink` or `account event`; `result` says "
    "what became of it."
)
nickname_changed = Signal("A member has another nickname; `former` is the one before.")
account_deleted = Signal(
    "A member's rows are deleted in the transaction that is running. A receiver can still read "
    "them; the function that it returns, if any, is called when they are gone."
)
account_exported = Signal(
    "A member takes their data along. A receiver returns the tables with a column `member_id` that "
    "are exported, and the files, as pairs of a path and the content."
)
