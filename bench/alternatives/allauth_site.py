"""Kakao sign-in with django-allauth: its Kakao provider, and the account page."""

import json
import os
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import include, path, re_path
from jinja2 import Environment

from bench.alternatives import templates

ROOT = Path(__file__).parents[2]
KAKAO = os.environ["KAKAO_AUTH_URL"]

settings.configure(
    SECRET_KEY=os.environ["SECRET_KEY"],
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": os.environ["DATABASE_URL"].removeprefix("sqlite:///"),
            "CONN_MAX_AGE": None,  # stays open, as with the others
            "OPTIONS": {
                "init_command": "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL",
                "transaction_mode": "IMMEDIATE",
            },
        }
    },
    USE_TZ=True,
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
        "allauth",
        "allauth.account",
        "allauth.socialaccount",
        "allauth.socialaccount.providers.kakao",
    ],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
        "allauth.account.middleware.AccountMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.jinja2.Jinja2",
            "DIRS": [ROOT / "templates"],
            "OPTIONS": {"environment": f"{__name__}.environment"},
        },
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
        },
    ],
    AUTHENTICATION_BACKENDS=["allauth.account.auth_backends.AuthenticationBackend"],
    ACCOUNT_EMAIL_VERIFICATION="none",
    ACCOUNT_RATE_LIMITS=False,
    LOGIN_REDIRECT_URL="/me",
    SOCIALACCOUNT_LOGIN_ON_GET=True,
    SOCIALACCOUNT_PROVIDERS={
        "kakao": {
            "APPS": [
                {
                    "client_id": os.environ["KAKAO_CLIENT_ID"],
                    "secret": os.environ["KAKAO_CLIENT_SECRET"],
                }
            ],
            "OAUTH_PKCE_ENABLED": True,
        }
    },
)


def environment(**options: Any) -> Environment:
    """Return Jinja's environment for the site's templates; Django calls this."""
    jinja = Environment(**options)  # noqa: S701, Django asks for autoescape
    rules = {endpoint: rule for rule, endpoint in json.loads(os.environ["ROUTES"])}

    def url_for(endpoint: str, _external: bool = False, **values: object) -> str:
        rule = rules.get(endpoint, "/static/<path:filename>")
        return rule if not values else rule.partition("<")[0] + "".join(map(str, values.values()))

    templates.configure(jinja)
    jinja.globals |= {"url_for": url_for, "config": {}}
    return jinja


def me(request: HttpRequest) -> HttpResponse:
    """Return the account page."""
    user = request.user
    member = {
        "is_authenticated": user.is_authenticated,
        "id": user.id,
        "nickname": user.username,
        "shows_image": True,
        "created_at": user.date_joined,
    }
    return render(request, "account/me.html", {"current_user": member})


def stylesheet(_request: HttpRequest) -> HttpResponse:
    """Return an empty file for each static one."""
    return HttpResponse("")


django.setup()
urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("me", me),
    re_path("^static/", stylesheet),
]

call_command("migrate", verbosity=0)

from allauth.socialaccount.providers.kakao.views import KakaoOAuth2Adapter  # noqa: E402

KakaoOAuth2Adapter.authorize_url = f"{KAKAO}/oauth/authorize"
KakaoOAuth2Adapter.access_token_url = f"{KAKAO}/oauth/token"
KakaoOAuth2Adapter.profile_url = f"{KAKAO}/v2/user/me"

app = get_wsgi_application()
