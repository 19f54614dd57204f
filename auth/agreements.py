"""Which versions of the terms and the privacy policy a member agreed to or acknowledged."""

from contextlib import suppress
from datetime import date, datetime

from flask import current_app
from sqlalchemy.exc import IntegrityError

from database import db
from documents import NAMES, Version
from models import Agreement, Member, ReadNotice
from web.times import SEOUL

from . import statements


def today() -> date:
    """Return the day in Korea, where versions come into force."""
    return datetime.now(SEOUL).date()


def in_force(document: str) -> Version:
    """Return the version that applies today.

    :param document: terms or privacy.
    """
    versions = current_app.config["DOCUMENTS"][document]
    return next((v for v in reversed(versions) if v.in_force_on <= today()), versions[0])


def public_versions(document: str) -> list[Version]:
    """Return the former versions, the one in force and the announced ones; oldest first."""
    first, *others = current_app.config["DOCUMENTS"][document]
    return [first, *(version for version in others if version.announced_on <= today())]


def find_public(document: str, name: str) -> Version | None:
    """Return the version with this name, such as 2026-11-24, unless it is not announced yet."""
    return next((v for v in public_versions(document) if v.name == name), None)


def pending(member: Member) -> list[tuple[str, Version]]:
    """Return the announced versions that the member still has to agree to or to acknowledge.

    A version that needs consent stays until they agree. Someone who signed up under a version, or
    agreed to it, is not asked about earlier ones. Costs no query while no version is announced.
    """
    news = [(document, v) for document in NAMES for v in public_versions(document)[1:]]
    if not news:
        return []
    answers = db.session.execute(statements.ANSWERS_TO_DOCUMENTS, {"member_id": member.id}).all()
    agreed = {(document, name) for document, name, is_agreement in answers if is_agreement}
    read = {(document, name) for document, name, is_agreement in answers if not is_agreement}
    newest_agreed = {
        document: max(
            (v.in_force_on for v in public_versions(document) if (document, v.name) in agreed),
            default=date.min,
        )
        for document in NAMES
    }
    return [
        (document, v)
        for document, v in news
        if v.in_force_on > newest_agreed[document]
        and (v.needs_consent or (document, v.name) not in read)
    ]


def record_answer(member: Member, document: str, version: Version) -> None:
    """Store that the member agrees to a version, or acknowledges one that needs no consent."""
    if (document, version) not in pending(member):
        return  # a second tap
    table = Agreement if version.needs_consent else ReadNotice
    row = table(member_id=member.id, document=document, version=version.name)
    # The request of a first tap may still be running.
    with suppress(IntegrityError), db.session.begin_nested():
        db.session.add(row)
    db.session.commit()
