"""The rules of nicknames; a nickname that breaks one raises InvalidNicknameError."""

import regex

from .contacts import is_contact
from .insults import is_insult
from .particles import topic_particle
from .reserved import is_reserved
from .spelling import (
    MAX_LENGTH,
    graphemes,
    has_piled_marks,
    is_too_long,
    key,
    normalize,
    truncate,
)

MIN_LENGTH = 2  # graphemes

URL_DELIMITERS = regex.compile(r"[/\\?#%]")


class InvalidNicknameError(ValueError):
    """A nickname that cannot be used.

    `pybabel -k InvalidNicknameError` extracts the message; the page that shows it translates it.

    :param message: a Korean sentence for the user, with %(name)s for each of the params.
    """

    def __init__(self, message: str, **params: str) -> None:
        super().__init__(message)
        self.message = message
        self.params = params

    def __str__(self) -> str:
        return self.message % self.params


def check(text: str | None) -> str:
    """Return the nickname as it will be shown.

    :param text: what was typed; None if Kakao sent none.
    :raises InvalidNicknameError: if it cannot be used; its message is shown to the user.
    """
    if text is None:
        raise InvalidNicknameError("카카오 닉네임을 받지 못했어요. 하나만 골라 주세요.")
    if not text.strip():
        raise InvalidNicknameError("닉네임을 적어 주세요.")
    nickname = normalize(text)
    check_characters(nickname)
    check_contacts(nickname)
    check_length(nickname)
    check_insults(nickname)
    if is_reserved(nickname):
        raise InvalidNicknameError(
            "'%(nickname)s'%(particle)s 쓸 수 없는 닉네임이에요. 다른 닉네임을 골라 주세요.",
            nickname=nickname,
            particle=topic_particle(nickname),
        )
    return nickname


def from_kakao(text: str | None) -> str:
    """Return the nickname from Kakao, shortened, with spaces for URL delimiters.

    :raises InvalidNicknameError: if the user has to choose another.
    """
    if not text or not text.strip():
        return check(None)
    check_contacts(normalize(text))  # before shortening: part of an address is contact data, too
    candidate = truncate(normalize(URL_DELIMITERS.sub(" ", text)))
    if not candidate:
        raise InvalidNicknameError("카카오 닉네임을 그대로 쓸 수 없어요. 하나만 골라 주세요.")
    return check(candidate)


def was_adjusted(text: str | None, nickname: str) -> bool:
    """Return whether a nickname looks different from the text from Kakao: shortened, or without /.

    Differences that cannot be seen, such as outer spaces, do not count.
    """
    return text is not None and normalize(text) != nickname


def already_taken(nickname: str) -> InvalidNicknameError:
    """Return the error that says that someone else has this nickname."""
    return InvalidNicknameError(
        "'%(nickname)s'%(particle)s 이미 누군가 쓰고 있어요.",
        nickname=nickname,
        particle=topic_particle(nickname),
    )


def looks_taken(nickname: str) -> InvalidNicknameError:
    """Return the error that says that someone else's nickname looks like this one."""
    return InvalidNicknameError(
        "'%(nickname)s'%(particle)s 다른 분의 닉네임과 똑같아 보여요. 조금 다르게 지어 주세요.",
        nickname=nickname,
        particle=topic_particle(nickname),
    )


def check_characters(nickname: str) -> None:
    """Check that a nickname can be seen, and can stand in a URL.

    :raises InvalidNicknameError: if it cannot.
    """
    if delimiters := URL_DELIMITERS.findall(nickname):
        raise InvalidNicknameError(
            "닉네임에 %(characters)s 기호는 쓸 수 없어요.",
            characters=" ".join(dict.fromkeys(delimiters)),
        )
    if not key(nickname):
        raise InvalidNicknameError("보이지 않는 글자만으로는 닉네임을 만들 수 없어요.")
    if not key(nickname).strip("."):
        raise InvalidNicknameError("점만으로는 닉네임을 만들 수 없어요.")


def check_contacts(text: str) -> None:
    """Check that a nickname makes no telephone number or address public.

    :raises InvalidNicknameError: if it would.
    """
    if is_contact(text):
        raise InvalidNicknameError(
            "닉네임은 누구에게나 보여요. 전화번호, 이메일, 주소 대신 다른 이름을 골라 주세요."
        )


def check_insults(nickname: str) -> None:
    """Check that a nickname contains no insult.

    :raises InvalidNicknameError: if it does.
    """
    # The key is checked, too, because it has no spaces: 씨 발놈.
    if any(map(is_insult, {nickname, key(nickname)})):
        raise InvalidNicknameError(
            "이웃이 듣기 불편할 수 있는 말이 들어 있어요. 다른 이름을 골라 주세요."
        )


def check_length(nickname: str) -> None:
    """Check that a nickname is neither too short nor too long.

    :raises InvalidNicknameError: if it is.
    """
    if not MIN_LENGTH <= len(graphemes(nickname)) <= MAX_LENGTH:
        raise InvalidNicknameError(
            "닉네임은 %(min)s자에서 %(max)s자까지 쓸 수 있어요.",
            min=str(MIN_LENGTH),
            max=str(MAX_LENGTH),
        )
    if is_too_long(nickname) or has_piled_marks(nickname):
        raise InvalidNicknameError("닉네임에 겹쳐 쓴 글자가 너무 많아요. 조금 줄여 주세요.")
