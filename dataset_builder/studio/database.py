"""Where the embedded server keeps its data: a file in its folder, or a PostgreSQL database."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from urllib.parse import SplitResult, quote, unquote, urlsplit

from dataset_builder.errors import UsageError

DATABASE_VARIABLE = "DATASET_BUILDER_STUDIO_DATABASE"
PASSWORD_VARIABLE = "PGPASSWORD"  # noqa: S105  # the name that every PostgreSQL program knows
PASSED_ON = ("PGSSLMODE", "PGSSLROOTCERT", "PGSSLCERT", "PGSSLKEY", "PGPASSFILE")
"""What the server's PostgreSQL library reads by itself."""

_EXAMPLE = "postgresql://label_studio@127.0.0.1:5432/label_studio"


@dataclass(frozen=True)
class Database:
    """A PostgreSQL database. The password is kept out of `repr` and of `address`."""

    host: str
    port: int
    name: str
    user: str
    password: str = field(repr=False)

    @property
    def address(self) -> str:
        """What tells it from others, without the password: may be shown and written down."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"postgresql://{quote(self.user)}@{host}:{self.port}/{quote(self.name)}"

    def environment(self) -> dict[str, str]:
        """What Label Studio has to be told, and nobody else: it holds the password."""
        passed = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        return passed | {
            "DJANGO_DB": "default",
            "POSTGRE_HOST": self.host,
            "POSTGRE_PORT": str(self.port),
            "POSTGRE_NAME": self.name,
            "POSTGRE_USER": self.user,
            "POSTGRE_PASSWORD": self.password,
        }


def database() -> Database | None:
    """The database that the environment names; None for the default, SQLite in the data folder.

    The password is that of the address, else `PGPASSWORD`. Raises UsageError when the address is
    none; it is not repeated then, because it may hold the password.
    """
    given = os.environ.get(DATABASE_VARIABLE, "").strip()
    if not given:
        return None
    try:
        parts = urlsplit(given)
        valid = _is_address(parts)
        port = parts.port or 5432
    except ValueError:
        valid = False
    if not valid:
        raise UsageError(
            f"{DATABASE_VARIABLE} is no address of a PostgreSQL database",
            hint=f"it looks like {_EXAMPLE}; the password belongs in {PASSWORD_VARIABLE}",
        )
    password = os.environ.get(PASSWORD_VARIABLE, "")
    return Database(
        host=parts.hostname or "",
        port=port,
        name=unquote(parts.path[1:]),
        user=unquote(parts.username or ""),
        password=password if parts.password is None else unquote(parts.password),
    )


def _is_address(parts: SplitResult) -> bool:
    return bool(
        parts.scheme in ("postgresql", "postgres")
        and parts.hostname
        and parts.username
        and parts.path.strip("/")
        and "/" not in parts.path[1:]
        and not (parts.query or parts.fragment)
    )
