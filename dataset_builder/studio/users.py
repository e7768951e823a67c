"""Accounts that annotators can log in to.

A person signs up by the server's invitation, as in a browser; here it is done for everyone of
`annotations/annotators.yaml` who is a person and has no account, with the address of the private
map, else with `<pseudonym>@annotators.invalid`. Logins and passwords go to
`annotations/logins.private.yaml`, which only its owner can read and nobody commits; a password is
written there before the account is made, so that an interruption loses none.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dataset_builder.errors import ProjectError
from dataset_builder.files import write_text
from dataset_builder.studio.people import account

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from dataset_builder.project import Project
    from dataset_builder.registries import Annotator
    from dataset_builder.studio.connection import Connection
    from dataset_builder.studio.people import People

LOGINS: Final = "annotations/logins.private.yaml"
_HEAD = (
    "# How annotators log in. Never commit or send this file; give everyone their own lines only.\n"
)
_FURTHER = 1000


@dataclass(frozen=True)
class Login:
    """How one person gets in. The address is personal, the password secret: neither is printed."""

    email: str
    password: str


@dataclass(frozen=True)
class UserReport:
    """What was found and done, by pseudonym."""

    url: str
    created: tuple[str, ...]
    known: tuple[str, ...]
    """Have an account whose login is in the file."""
    own: tuple[str, ...]
    """Have an account that they signed up for themselves."""


def make_users(
    connection: Connection, annotators: Sequence[Annotator], people: People, file: Path
) -> UserReport:
    """Make an account for every person among `annotators` who cannot log in yet.

    Running it again changes nothing. Raises ServerError, of which SignUpError when the server lets
    nobody sign up by invitation, and ProjectError when `file` is damaged.
    """
    from dataset_builder.studio.accounts import addresses, sign_up
    from dataset_builder.studio.client import Client

    logins = read_logins(file)
    created: list[str] = []
    known: list[str] = []
    own: list[str] = []
    with Client(connection) as client:
        client.check()
        there = addresses(client)
        for person in annotators:
            name = person.pseudonym
            if person.kind != "human":
                continue
            login = logins.get(name)
            if login is not None and login.email in there:
                known.append(name)
                continue
            emails = people.emails(name)
            if login is None and any(email in there for email in emails):
                own.append(name)
                continue
            if login is None:
                email = emails[0] if emails else _free(name, there)
                login = Login(email, secrets.token_urlsafe(12))
                logins[name] = login
                write_text(file, _logins_text(logins), mode=0o600)
            visitor, number = sign_up(client, login.email, login.password)
            visitor.close()
            there[login.email] = number
            created.append(name)
    return UserReport(client.url, tuple(created), tuple(known), tuple(own))


def _free(name: str, there: Mapping[str, int]) -> str:
    """An address for `name` that nobody has: restoring makes accounts nobody can log in to."""
    return next(email for n in range(1, _FURTHER) if (email := account(name, n)) not in there)


def project_users(project: Project, connection: Connection | None = None) -> str:
    """Make the accounts of a project; what is said about it, without addresses and passwords."""
    from dataset_builder.registries import load_annotators
    from dataset_builder.studio.server import connect
    from dataset_builder.studio.workspace import people_of

    annotators = load_annotators(project.resource("annotations/annotators.yaml"))
    if not any(person.kind == "human" for person in annotators):
        raise ProjectError(
            "annotations/annotators.yaml names no person",
            hint="add an entry with `pseudonym` and `kind: human` for everyone who annotates",
        )
    file = project.path(LOGINS)
    report = make_users(connection or connect(project), annotators, people_of(project), file)
    lines = [f"accounts on {report.url}"]
    lines += [f"  {name}: made; login and password are in {LOGINS}" for name in report.created]
    lines += [f"  {name}: has one; login and password are in {LOGINS}" for name in report.known]
    lines += [f"  {name}: has one of their own, and knows the password" for name in report.own]
    if report.created:
        lines.append("only you can read that file: hand everyone their own lines")
    return "\n".join(lines)


def read_logins(file: Path) -> dict[str, Login]:
    """Pseudonym -> login. Raises ProjectError, without repeating anything of it."""
    import yaml

    if not file.is_file():
        return {}
    try:
        data = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
        return {
            str(name): Login(str(entry["login"]), str(entry["password"]))
            for name, entry in data.items()
        }
    except (yaml.YAMLError, UnicodeDecodeError, AttributeError, KeyError, TypeError):
        message = f"{file}: must map pseudonyms to `login` and `password`"
        raise ProjectError(message, hint="mend the file, or remove it") from None


def _logins_text(logins: Mapping[str, Login]) -> str:
    import yaml

    entries = {
        name: {"login": login.email, "password": login.password} for name, login in logins.items()
    }
    return _HEAD + yaml.safe_dump(entries, allow_unicode=True, sort_keys=True, width=1000)
