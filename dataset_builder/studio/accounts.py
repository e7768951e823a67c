"""Accounts on a server for the annotators of committed exports."""

from __future__ import annotations

import contextlib
import secrets
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from dataset_builder.errors import ServerDownError, ServerError
from dataset_builder.studio.client import AnswerError
from dataset_builder.studio.people import DOMAIN, account

if TYPE_CHECKING:
    import httpx

    from dataset_builder.studio.client import Client
    from dataset_builder.studio.people import People

_FURTHER = 1000


class SignUpError(ServerError):
    """The server lets nobody sign up, not even with its invitation."""


class Accounts:
    """Finds or makes the account behind each pseudonym.

    Work is put under the person's own account where that is known and on the server, else under
    `<pseudonym>@annotators.invalid`. A draft can only be saved by its owner, so it needs an account
    that we can log in to: one that was signed up in this run, with a password nobody keeps. After
    an interruption that is a further one (`<pseudonym>+2@...`); pulling puts them together again.
    """

    def __init__(self, client: Client, people: People) -> None:
        self._client = client
        self._people = people
        self._ids: dict[str, int] | None = None
        self._sessions: dict[str, httpx.Client] = {}
        self.created = 0

    def user_id(self, pseudonym: str, *, with_session: bool = False) -> int:
        """Server id of the account for `pseudonym`'s submitted work; made if there is none.

        `with_session`: if it has to be made, make it so that drafts can be saved under it too.
        """
        known = self._known()
        for email in (*self._people.emails(pseudonym), account(pseudonym)):
            if email in known:
                return known[email]
        email = account(pseudonym)
        if with_session:
            # Refused or not is said once, when the drafts themselves are due.
            with contextlib.suppress(AnswerError, SignUpError):
                self.session(pseudonym)
        if email not in known:
            made = self._client.sdk.users.create(email=email, username=pseudonym)
            known[email] = int(made.id or 0)
            self.created += 1
        return known[email]

    def session(self, pseudonym: str) -> httpx.Client:
        """A client that is logged in as an account of `pseudonym`.

        Raises SignUpError when the server lets nobody sign up.
        """
        if pseudonym not in self._sessions:
            known = self._known()
            number = next(n for n in range(1, _FURTHER) if account(pseudonym, n) not in known)
            email = account(pseudonym, number)
            visitor, known[email] = sign_up(self._client, email, secrets.token_urlsafe(24))
            self._sessions[pseudonym] = visitor
            self.created += 1
        return self._sessions[pseudonym]

    def close(self) -> None:
        """Forget all sessions."""
        for visitor in self._sessions.values():
            visitor.close()
        self._sessions.clear()

    def _known(self) -> dict[str, int]:
        if self._ids is None:
            self._ids = addresses(self._client)
        return self._ids


def addresses(client: Client) -> dict[str, int]:
    """Address -> server id of everyone on the server."""
    users = client.pages("/api/users")
    return {str(user["email"]).lower(): int(user["id"]) for user in users}


def sign_up(client: Client, email: str, password: str) -> tuple[httpx.Client, int]:
    """Sign somebody up by the server's invitation: a client logged in as them, and their server id.

    Raises SignUpError when the server lets nobody sign up.
    """
    link = urlsplit(str(client.get("/api/invite").get("invite_url", "")))
    token = parse_qs(link.query).get("token", [""])[0]
    visitor = client.visitor()
    try:
        visitor.get("/user/signup/", params={"token": token})
        form = {
            "email": email,
            "password": password,
            "csrfmiddlewaretoken": visitor.cookies.get("csrftoken", ""),
        }
        visitor.post(
            "/user/signup/",
            params={"token": token},
            data=form,
            headers={"Referer": f"{client.url}/user/signup/"},
        )
        me = visitor.get("/api/current-user/whoami").json()
    except (ServerError, ValueError) as error:
        visitor.close()
        if isinstance(error, ServerDownError):
            raise
        raise SignUpError(_refused(email)) from None
    if me.get("email") != email:
        visitor.close()
        raise SignUpError(_refused(email))
    return visitor, int(me["id"])


def _refused(email: str) -> str:
    # An address of a person is not repeated.
    shown = email if email.endswith(f"@{DOMAIN}") else "an annotator"
    return f"the server does not let {shown} sign up"


def save_draft(session: httpx.Client, url: str, path: str, body: dict[str, Any]) -> None:
    """Save a draft as the one who is logged in to `session`."""
    headers = {"X-CSRFToken": session.cookies.get("csrftoken") or "", "Referer": url}
    session.post(path, json=body, headers=headers)
