"""Who annotated: e-mail addresses on the server, pseudonyms everywhere else.

`annotations/annotators.yaml` is committed and lists pseudonyms. `annotations/annotators.private.yaml`
is not: it holds which address is whose, and only its owner can read it.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from dataset_builder.errors import ProjectError
from dataset_builder.files import write_text
from dataset_builder.registries import load_annotators
from dataset_builder.studio.exported import dumps

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

DOMAIN = "annotators.invalid"
"""Domain of the accounts that restoring makes; reserved, so no mail ever goes there."""
DELETED = "unknown"
"""Pseudonym for work whose account was deleted on the server."""

_RESTORED = re.compile(rf"([a-z0-9][a-z0-9-]*)(?:\+\d+)?@{re.escape(DOMAIN)}")
_PRIVATE_HEAD = (
    "# Whose pseudonym is whose. Never commit or send this file; `pull` keeps it up to date.\n"
)


class People:
    """The two files, and whoever turned up since they were read.

    `pseudonym` may invent one; `save` writes what is new. Raises ProjectError for a broken file.
    """

    def __init__(self, public: Path, private: Path) -> None:
        self._public = public
        self._private = private
        known = load_annotators(public) if public.is_file() else ()
        self.pseudonyms: list[str] = [item.pseudonym for item in known]
        self._emails = _read_private(private)
        self.added: list[str] = []
        """Pseudonyms that are not in the files yet."""
        self._private_is_new = False

    def pseudonym(self, email: str | None) -> str:
        """The pseudonym behind an address; a new one for an address never seen before."""
        if not email:
            return self._known_or_new(DELETED)
        email = email.strip().lower()
        restored = _RESTORED.fullmatch(email)
        if restored and restored[1] in self.pseudonyms:
            return restored[1]
        name = self._emails.get(email)
        if name is None:
            name = self._next_free()
            self._emails[email] = name
            self._private_is_new = True
        return self._known_or_new(name)

    def recognise(self, seen: Iterable[tuple[str, str]]) -> None:
        """Learn whose address is whose from (address, pseudonym) of work that is known already.

        Only addresses that this machine does not know, and only when all their work names one
        person: the committed files hold pseudonyms, the private map may be on another machine.
        """
        names: dict[str, set[str]] = {}
        for address, name in seen:
            email = address.strip().lower()
            restored = _RESTORED.fullmatch(email)
            if email not in self._emails and not (restored and restored[1] in self.pseudonyms):
                names.setdefault(email, set()).add(name)
        for email, found in names.items():
            if len(found) == 1 and found <= set(self.pseudonyms):
                self._emails[email] = found.pop()
                self._private_is_new = True

    def emails(self, pseudonym: str) -> list[str]:
        """Addresses of the people behind `pseudonym`, as far as this machine knows them."""
        return sorted(email for email, name in self._emails.items() if name == pseudonym)

    def fingerprint(self) -> str:
        """A digest of whose address is whose; equal exactly when everybody is named alike."""
        known = dumps([sorted(self._emails.items()), sorted(self.pseudonyms)])
        return hashlib.sha256(known.encode("utf-8", "backslashreplace")).hexdigest()

    def save(self) -> None:
        """Write both files where something is new; comments in the public one stay."""
        if self._private_is_new:
            write_text(self._private, _private_text(self._emails), mode=0o600)
            self._private_is_new = False
        if self.added:
            text = self._public.read_text(encoding="utf-8") if self._public.is_file() else ""
            write_text(self._public, _with_entries(text, self.added))
            self.added = []

    def _known_or_new(self, name: str) -> str:
        if name not in self.pseudonyms:
            self.pseudonyms.append(name)
            self.added.append(name)
        return name

    def _next_free(self) -> str:
        taken = {*self.pseudonyms, *self._emails.values()}
        number = 1
        while f"annotator-{number}" in taken:
            number += 1
        return f"annotator-{number}"


def account(pseudonym: str, number: int = 1) -> str:
    """Address of the account that restoring makes for `pseudonym`; `number` > 1 for a further one."""
    return f"{pseudonym}@{DOMAIN}" if number == 1 else f"{pseudonym}+{number}@{DOMAIN}"


def _read_private(file: Path) -> dict[str, str]:
    import yaml

    if not file.is_file():
        return {}
    try:
        data = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError):
        data = "not YAML"
    if data is None:
        return {}
    if not isinstance(data, dict) or not all(
        isinstance(part, str) for pair in data.items() for part in pair
    ):
        # The content is not repeated: it is what must not be seen.
        message = f"{file}: must map e-mail addresses to pseudonyms"
        raise ProjectError(message, hint="mend the file, or remove it to start a new one")
    return {email.strip().lower(): name for email, name in data.items()}


def _private_text(emails: dict[str, str]) -> str:
    import yaml

    return _PRIVATE_HEAD + yaml.safe_dump(emails, allow_unicode=True, sort_keys=True, width=1000)


def _with_entries(text: str, names: Iterable[str]) -> str:
    lines = [line for line in text.splitlines(keepends=True) if line.strip() != "[]"]
    text = "".join(lines)
    if text and not text.endswith("\n"):
        text += "\n"
    for name in names:
        text += f"- pseudonym: {name}\n  kind: human\n"
        if name == DELETED:
            text += "  note: Accounts that were deleted on the server.\n"
    return text
