"""The sandbox's data, in memory: people, consents, codes, tokens, keys."""

import secrets
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from flask import current_app
from joserfc.jwk import Key, RSAKey
from werkzeug.local import LocalProxy

from .people import PEOPLE, Person

CODE_LIFETIME = timedelta(minutes=10)
ACCESS_TOKEN_LIFETIME = timedelta(seconds=21599)
REFRESH_TOKEN_LIFETIME = timedelta(seconds=5183999)


def now() -> datetime:
    """Return the current time, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Grant:
    """The person, scopes and expiry of a code or a token."""

    person_id: int
    scopes: frozenset[str]
    expires_at: datetime
    authenticated_at: datetime
    redirect_uri: str = ""
    code_challenge: str | None = None
    nonce: str | None = None
    client_id: str = ""  # the app key that the authorization request used

    @property
    def is_expired(self) -> bool:
        """Whether the code or token has expired."""
        return now() >= self.expires_at


@dataclass
class Link:
    """A person's link to the app: its time, and the agreed items."""

    connected_at: datetime
    scopes: frozenset[str]
    terms: frozenset[str] = frozenset()


@dataclass
class Store:
    """One app with its keys, and the people who sign in to it."""

    client_id: str
    client_secret: str
    admin_key: str
    javascript_key: str
    people: dict[int, Person] = field(
        default_factory=lambda: {person.id: person for person in PEOPLE.values()}
    )
    links: dict[int, Link] = field(default_factory=dict)
    codes: dict[str, Grant] = field(default_factory=dict)
    talk_results: dict[str, dict[str, Any]] = field(default_factory=dict)  # by auth_tran_id
    access_tokens: dict[str, Grant] = field(default_factory=dict)
    refresh_tokens: dict[str, Grant] = field(default_factory=dict)
    keys: list[Key] = field(default_factory=list)
    # Further admin keys, each with the paths it may call; admin_key may call all.
    limited_admin_keys: dict[str, frozenset[str]] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def consent(self, person: Person, scopes: frozenset[str], terms: frozenset[str]) -> None:
        """Link the person to the app, and add to their earlier consents and agreements."""
        with self.lock:
            link = self.links.setdefault(person.id, Link(now(), frozenset()))
            link.scopes |= scopes - set(person.declines)
            link.terms |= terms

    def has_consented(self, person: Person, scopes: frozenset[str]) -> bool:
        """Return whether no consent page is needed for these scopes."""
        link = self.links.get(person.id)
        return link is not None and scopes - set(person.declines) <= link.scopes

    def withdraw_scopes(self, person_id: int, scopes: frozenset[str]) -> None:
        """Withdraw consent items, as people can in their Kakao account."""
        with self.lock:
            if link := self.links.get(person_id):
                link.scopes -= scopes

    def unlink(self, person_id: int) -> bool:
        """Delete consents, codes and tokens; return whether there was a link."""
        with self.lock:
            self.revoke_tokens(person_id)
            delete_grants(self.codes, person_id)
            return self.links.pop(person_id, None) is not None

    def revoke_tokens(self, person_id: int) -> None:
        """Delete the person's access and refresh tokens."""
        with self.lock:
            for grants in (self.access_tokens, self.refresh_tokens):
                delete_grants(grants, person_id)

    def take(self, grants: dict[str, Grant], text: str) -> Grant | None:
        """Remove and return the grant of a code or token, so that only one caller can use it."""
        with self.lock:
            return grants.pop(text, None)

    def issue(self, grants: dict[str, Grant], grant: Grant) -> str:
        """Return a new code or token for the grant, stored in one of the dicts above."""
        text = secrets.token_urlsafe(40)
        with self.lock:
            grants[text] = grant
        return text

    def signing_key(self) -> Key:
        """Return the newest key; the first is generated on first use, since that is slow."""
        with self.lock:
            return self.keys[0] if self.keys else self.rotate_keys()

    def rotate_keys(self) -> Key:
        """Return a new signing key; the previous key remains published."""
        key = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, auto_kid=True)
        with self.lock:
            self.keys = [key, *self.keys[:1]]
        return key


def delete_grants(grants: dict[str, Grant], person_id: int) -> None:
    """Delete the person's codes or tokens."""
    for text in [text for text, grant in grants.items() if grant.person_id == person_id]:
        del grants[text]


store = cast(Store, LocalProxy(lambda: current_app.extensions["store"]))
