"""Signals of what happens to accounts, like Flask's own, for other packages to receive.

The sender is the member, where there is one::

    @signals.signed_up.connect
    def welcome(member): ...
"""

from blinker import Signal

signed_up = Signal("A new member has signed up, and is signed in.")
signed_in = Signal("A member has signed in, a new one too.")
sign_in_failed = Signal(
    "A sign-in failed. The sender is the KakaoError, or the SuspendedMemberError."
)
nickname_asked = Signal(
    "Someone has to choose a nickname before they become a member. The sender is the "
    "InvalidNicknameError that says why; `is_repeat`: the nickname they chose cannot be used."
)
nickname_chosen = Signal("A new member has chosen a nickname; `is_suggestion`: it is one of ours.")
webhook_received = Signal(
    "Kakao has sent a webhook. The sender is its kind, `unlink` or `account event`; `result` says "
    "how it ended."
)
nickname_changed = Signal("A member has another nickname; `former` is the previous one.")
account_deleted = Signal(
    "A member's rows are deleted in the transaction that is running. A receiver can still read "
    "them; the function that it returns, if any, is called after the commit."
)
account_exported = Signal(
    "A member exports their data. A receiver returns the tables to export, which have a column "
    "`member_id`, and the files, as pairs of a path and the content."
)
purging = Signal(
    "`flask sessions purge` deletes what has expired. A receiver deletes what expires in its own "
    "tables, and returns a line that says how much; there is no sender."
)
