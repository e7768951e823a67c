"""`studio users`: people get accounts that they can log in to, once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import yaml

from tests.e2e.studio_work import admin, newcomer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from subprocess import CompletedProcess

    from playwright.sync_api import Browser

    from dataset_builder.studio.connection import Connection

PEOPLE = """
- {pseudonym: uma, kind: human}
- {pseudonym: vic, kind: human}
- {pseudonym: wes, kind: human}
- {pseudonym: a-model, kind: model}
"""


def test_people_get_accounts_once_and_can_log_in(
    command: Callable[..., CompletedProcess[str]],
    project_folder: Path,
    connection: Connection,
    browser: Browser,
) -> None:
    folder = project_folder / "annotations"
    (folder / "annotators.yaml").write_text(PEOPLE)
    private = "uma.users@example.org: uma\nwes.users@example.org: wes\n"
    (folder / "annotators.private.yaml").write_text(private)
    newcomer(connection, "wes.users@example.org", "Wes").http.close()  # signed up already
    boss = admin(connection)
    # Restoring committed work made it; nobody has its password.
    boss.send("POST", "/api/users", {"email": "vic@annotators.invalid", "username": "vic"})
    env = {"LABEL_STUDIO_URL": connection.url, "LABEL_STUDIO_API_KEY": connection.api_key}

    made = command("studio", "users", env=env)
    assert made.returncode == 0, made.stderr
    assert "uma: made" in made.stdout
    assert "vic: made" in made.stdout
    assert "wes: has one of their own" in made.stdout
    assert "a-model" not in made.stdout
    file = folder / "logins.private.yaml"
    logins = yaml.safe_load(file.read_text())
    assert {name: entry["login"] for name, entry in logins.items()} == {
        "uma": "uma.users@example.org",
        "vic": "vic+2@annotators.invalid",
    }
    assert file.stat().st_mode & 0o777 == 0o600
    said = made.stdout + made.stderr
    assert not [e for e in logins.values() if e["password"] in said or e["login"] in said]

    accounts = {user["email"] for user in boss.send("GET", "/api/users")}
    once = file.read_bytes()
    again = command("studio", "users", env=env)
    assert again.returncode == 0, again.stderr
    assert len(re.findall(": has one; login and password", again.stdout)) == 2
    assert {user["email"] for user in boss.send("GET", "/api/users")} == accounts
    assert file.read_bytes() == once
    boss.http.close()

    for entry in logins.values():
        context = browser.new_context()
        page = context.new_page()
        page.goto(f"{connection.url}/user/login/")
        page.fill("input[name=email]", entry["login"])
        page.fill("input[name=password]", entry["password"])
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "/user/login" not in url)
        me = context.request.get(f"{connection.url}/api/current-user/whoami").json()
        assert me["email"] == entry["login"]
        context.close()
