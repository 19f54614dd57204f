"""What the stand-in remembers while it runs: people, consents, codes, tokens, keys."""

import secrets
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from flask import current_app
from joserfc.jwk import RSAKey
from werkzeug.local import LocalProxy

from sandbox.people import PEOPLE, Person

CODE_LIVES = timedelta(minutes=10)
ACCESS_TOKEN_LIVES = timedelta(seconds=21599)
REFRESH_TOKEN_LIVES = timedelta(seconds=5183999)


def now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Grant:
    """What a code or a token stands for, and until when."""

    person_id: int
    scopes: frozenset[str]
    expires_at: datetime
    began_at: datetime
    redirect_uri: str = ""
    code_challenge: str | None = None
    nonce: str | None = None

    @property
    def is_expired(self) -> bool:
        return now() >= self.expires_at


@dataclass
class Link:
    """A person's tie to the app: since when, and what was consented to."""

    connected_at: datetime
    scopes: frozenset[str]
    terms: frozenset[str] = frozenset()


@dataclass
class Memory:
    client_id: str
    client_secret: str
    admin_key: str
    people: dict[int, Person] = field(
        default_factory=lambda: {person.id: person for person in PEOPLE.values()}
    )
    links: dict[int, Link] = field(default_factory=dict)
    codes: dict[str, Grant] = field(default_factory=dict)
    access_tokens: dict[str, Grant] = field(default_factory=dict)
    refresh_tokens: dict[str, Grant] = field(default_factory=dict)
    keys: list[RSAKey] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def consent(self, person: Person, scopes: frozenset[str], terms: frozenset[str]) -> None:
        """Link the person to the app; what was consented and agreed to earlier stays."""
        with self.lock:
            link = self.links.setdefault(person.id, Link(now(), frozenset()))
            link.scopes |= scopes - set(person.refuses)
            link.terms |= terms

    def has_consented(self, person: Person, scopes: frozenset[str]) -> bool:
        link = self.links.get(person.id)
        return link is not None and scopes - set(person.refuses) <= link.scopes

    def unlink(self, person_id: int) -> bool:
        """End consents, codes and tokens; False when there was no link."""
        with self.lock:
            self.end_tokens(person_id, self.codes)
            return self.links.pop(person_id, None) is not None

    def end_tokens(self, person_id: int, *others: dict[str, Grant]) -> None:
        with self.lock:
            for kind in (self.access_tokens, self.refresh_tokens, *others):
                for text in [text for text, grant in kind.items() if grant.person_id == person_id]:
                    del kind[text]

    def take(self, kind: dict[str, Grant], text: str) -> Grant | None:
        """Take a code or token out: of two who bring it at the same moment, one gets nothing."""
        with self.lock:
            return kind.pop(text, None)

    def issue(self, kind: dict[str, Grant], **grant) -> str:
        """Keep a new code or token in `kind` (one of the dicts above) and return its text."""
        text = secrets.token_urlsafe(40)
        with self.lock:
            kind[text] = Grant(**grant)
        return text

    def signing_key(self) -> RSAKey:
        """The newest key; the first is made when first needed, as making one takes a moment."""
        with self.lock:
            return self.keys[0] if self.keys else self.rotate_keys()

    def rotate_keys(self) -> RSAKey:
        """Sign with a new key from now on; the one before stays published for a while."""
        key = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, auto_kid=True)
        with self.lock:
            self.keys = [key, *self.keys[:1]]
        return key


memory: Memory = LocalProxy(lambda: current_app.extensions["memory"])
