"""What visitors read when a sign-in fails: by language, and by Failure.name."""

from typing import NamedTuple


class Message(NamedTuple):
    """A heading, and a text that says what to do next."""

    heading: str
    text: str


PRESS_AGAIN = "아래 버튼을 한 번만 다시 눌러 주세요."
PRESS_LATER = "조금 뒤 다시 눌러 주세요."
TOO_LATE = "시간이 지나 처음부터 다시 해야 해요"
KOREAN = {
    "cancelled": Message("시작하기를 취소했어요", "마음이 바뀌면 언제든 다시 눌러 주세요."),
    "consent missing": Message(
        "필수 동의 항목이 빠졌어요",
        "꼭 필요한 항목에 동의하지 않으면 함께할 수 없어요. "
        "다시 눌러 카카오 화면에서 필수 항목에 모두 체크해 주세요.",
    ),
    "state mismatch": Message(
        "로그인을 이어 가지 못했어요",
        f"시작한 앱이나 브라우저가 아닌 곳으로 돌아왔을 수 있어요. {PRESS_AGAIN}",
    ),
    "no cookie": Message(
        "쿠키를 허용해 주세요",
        "이 브라우저에 쿠키가 없어서 시작하던 곳을 찾지 못했어요. "
        "쿠키를 막아 두셨다면 허용한 다음 아래 버튼을 다시 눌러 주세요.",
    ),
    "sign-up expired": Message(TOO_LATE, f"가입을 마치기 전에 시간이 지났어요. {PRESS_AGAIN}"),
    "code used": Message(TOO_LATE, PRESS_AGAIN),
    "request expired": Message(TOO_LATE, PRESS_AGAIN),
    "sign-in timed out": Message(TOO_LATE, f"카카오톡에서 제때 돌아오지 못했어요. {PRESS_AGAIN}"),
    "pop-up blocked": Message("카카오 창을 열지 못했어요", PRESS_AGAIN),
    "unsupported browser": Message(
        "이 브라우저에서는 카카오톡이 열리지 않아요",
        "아래 버튼을 다시 누르거나, 사파리나 크롬 같은 다른 브라우저에서 열어 주세요.",
    ),
    "interaction required": Message(
        "카카오로 시작해요", "아래 버튼을 누르면 카카오로 시작하고, 보려던 화면으로 이어져요."
    ),
    "temporary failure": Message("카카오가 잠시 응답하지 않아요", PRESS_LATER),
    "maintenance": Message("카카오가 점검 중이에요", "몇 분 뒤 다시 눌러 주세요."),
    "rate limited": Message("지금 시작하는 분이 아주 많아요", PRESS_LATER),
    "overloaded": Message("카카오 응답을 기다리는 분이 많아요", PRESS_LATER),
    "unreachable": Message("카카오와 연결되지 않았어요", PRESS_LATER),
    "timed out": Message("카카오 응답이 너무 늦어지고 있어요", PRESS_LATER),
    "unexpected response": Message("카카오에서 이상한 응답이 왔어요", PRESS_LATER),
    "under 14": Message(
        "아직은 함께할 수 없어요",
        "만 14세가 되지 않은 분은 아직 함께할 수 없어요. 만 14세가 되면 만나요.",
    ),
    "blocked": Message(
        "이 카카오계정으로는 시작할 수 없어요", "자세한 이유는 카카오 고객센터에 문의해 주세요."
    ),
    "misconfigured": Message(
        "지금은 카카오로 시작할 수 없어요",
        "저희 쪽 설정에 문제가 있어요. 고칠 때까지 조금만 기다려 주세요.",
    ),
    "app misconfigured": Message(
        "카카오톡 앱으로는 시작하지 못했어요",
        "아래 버튼을 누르면 앱 대신 카카오 화면에서 바로 시작할 수 있어요.",
    ),
}

PRESS_AGAIN_EN = "Please press the button below once more."
PRESS_LATER_EN = "Please try again in a little while."
TOO_LATE_EN = "Time ran out, so please start over"
ENGLISH = {
    "cancelled": Message(
        "You cancelled", "If you change your mind, press the button again any time."
    ),
    "consent missing": Message(
        "A required consent is missing",
        "You can only join us if you agree to the required items. "
        "Press the button again, and tick every required item on Kakao’s page.",
    ),
    "state mismatch": Message(
        "We lost track of where you started",
        f"You may have come back in another app or browser. {PRESS_AGAIN_EN}",
    ),
    "no cookie": Message(
        "Please allow cookies",
        "This browser has no cookie from us, so we could not find where you started. "
        "If you block cookies, allow them and press the button below again.",
    ),
    "sign-up expired": Message(
        TOO_LATE_EN, f"Too much time passed before you signed up. {PRESS_AGAIN_EN}"
    ),
    "code used": Message(TOO_LATE_EN, PRESS_AGAIN_EN),
    "request expired": Message(TOO_LATE_EN, PRESS_AGAIN_EN),
    "sign-in timed out": Message(
        TOO_LATE_EN, f"You did not get back from KakaoTalk in time. {PRESS_AGAIN_EN}"
    ),
    "pop-up blocked": Message("Kakao’s window did not open", PRESS_AGAIN_EN),
    "unsupported browser": Message(
        "This browser cannot open KakaoTalk",
        "Press the button below again, or use another browser such as Safari or Chrome.",
    ),
    "interaction required": Message(
        "Sign in with Kakao",
        "Press the button below to sign in with Kakao and go on to the page you wanted to see.",
    ),
    "temporary failure": Message("Kakao is not answering right now", PRESS_LATER_EN),
    "maintenance": Message("Kakao is under maintenance", "Please try again in a few minutes."),
    "rate limited": Message("Many people are signing in right now", PRESS_LATER_EN),
    "overloaded": Message("Many people are waiting for Kakao", PRESS_LATER_EN),
    "unreachable": Message("We could not reach Kakao", PRESS_LATER_EN),
    "timed out": Message("Kakao is taking too long", PRESS_LATER_EN),
    "unexpected response": Message("Kakao sent an unexpected response", PRESS_LATER_EN),
    "under 14": Message(
        "We cannot welcome you yet",
        "You need to be at least 14 to join us. See you when you turn 14!",
    ),
    "blocked": Message(
        "This Kakao Account cannot be used here", "Kakao’s customer service can tell you why."
    ),
    "misconfigured": Message(
        "Signing in with Kakao is not possible right now",
        "Something is wrong with our settings. Please give us a little time to fix it.",
    ),
    "app misconfigured": Message(
        "Signing in through the KakaoTalk app did not work",
        "Press the button below to sign in on Kakao’s own page instead.",
    ),
}
MESSAGES = {"ko": KOREAN, "en": ENGLISH}
