"""The setting that names the embedded server's PostgreSQL database."""

from __future__ import annotations

import pytest

from dataset_builder.errors import UsageError
from dataset_builder.studio.database import (
    DATABASE_VARIABLE,
    PASSWORD_VARIABLE,
    Database,
    database,
)


@pytest.fixture(autouse=True)
def no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(PASSWORD_VARIABLE, raising=False)


@pytest.mark.parametrize("value", ["", "  "])
def test_none(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv(DATABASE_VARIABLE, value)
    assert database() is None


def test_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DATABASE_VARIABLE, "postgresql://label%40studio@db.example:5433/my%20work")
    monkeypatch.setenv(PASSWORD_VARIABLE, "s3cret")
    found = database()
    assert found == Database("db.example", 5433, "my work", "label@studio", "s3cret")
    assert found.address == "postgresql://label%40studio@db.example:5433/my%20work"
    assert "s3cret" not in repr(found) + found.address
    assert found.environment() == {
        "DJANGO_DB": "default",
        "POSTGRE_HOST": "db.example",
        "POSTGRE_PORT": "5433",
        "POSTGRE_NAME": "my work",
        "POSTGRE_USER": "label@studio",
        "POSTGRE_PASSWORD": "s3cret",
    }


def test_a_password_in_the_address_counts_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DATABASE_VARIABLE, "postgres://me:p%2Fw@[::1]/work")
    monkeypatch.setenv(PASSWORD_VARIABLE, "another")
    found = database()
    assert found == Database("::1", 5432, "work", "me", "p/w")
    assert found.address == "postgresql://me@[::1]:5432/work"


@pytest.mark.parametrize(
    "value",
    [
        "work",
        "sqlite:///me:s3cret@x",
        "postgresql://me:s3cret@host",
        "postgresql://me:s3cret@host/",
        "postgresql://:s3cret@host/work",
        "postgresql:///work?password=s3cret",
        "postgresql://me:s3cret@host/work/more",
        "postgresql://me:s3cret@host:port/work",
        "postgresql://me:s3cret@host:99999/work",
        "postgresql://me:s3cret@[host/work",
    ],
)
def test_what_is_no_address_is_said_without_repeating_it(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv(DATABASE_VARIABLE, value)
    with pytest.raises(UsageError, match="no address of a PostgreSQL database") as wrong:
        database()
    assert "s3cret" not in f"{wrong.value} {wrong.value.message} {wrong.value.hint}"
    assert wrong.value.__cause__ is None
