"""The extension of this site: Kakao, set up by init_app."""

from .kakao import Kakao

kakao = Kakao(login="auth.start", callback="auth.callback")
