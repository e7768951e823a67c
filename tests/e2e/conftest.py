"""A real Label Studio server and a real browser. A missing one fails the tests, it skips none."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dataset_builder.studio import install
from dataset_builder.studio import server as studio
from dataset_builder.studio.database import DATABASE_VARIABLE, PASSWORD_VARIABLE
from tests.conftest import copy_inputs, made_once
from tests.e2e import postgresql
from tests.e2e.browser import Labelling

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, BrowserContext

    from dataset_builder.studio.connection import Connection
    from dataset_builder.studio.server import RunningServer
    from tests.e2e.postgresql import Cluster

CHROMIUM_VARIABLE = "DATASET_BUILDER_CHROMIUM"
_CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker("e2e")


@pytest.fixture(scope="session")
def server_environment() -> Iterator[None]:
    """The embedded server, installed.

    The installation and its empty, migrated database are kept in the user's cache (or in the
    folder of DATASET_BUILDER_CACHE), so only the first run on a machine pays for them.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name in (studio.URL_VARIABLE, studio.KEY_VARIABLE, DATABASE_VARIABLE):
            patch.delenv(name, raising=False)
        install.ensure_installed(print)
        yield


@pytest.fixture(scope="session")
def server(
    server_environment: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningServer]:
    """A running server, shared by the tests of this worker: each makes its own project."""
    with studio.start(tmp_path_factory.mktemp("shared-server"), report=print) as running:
        yield running


@pytest.fixture(scope="session")
def connection(server: RunningServer) -> Connection:
    """Address and key of the shared server."""
    return server.connection


@pytest.fixture(scope="session")
def committed(connection: Connection, shared_folder: Path) -> Path:
    """A project named `committed` whose work of all four kinds is pulled; whichever worker made it,
    its server is the only one that has that work."""
    from tests.e2e.killed_world import worked

    def make(folder: Path) -> None:
        worked(copy_inputs(folder), connection, folder.name, "committed@example.org")

    return made_once(shared_folder / "committed", make)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL server without any data."""
    with postgresql.cluster() as running:
        yield running


@pytest.fixture(scope="session")
def server_on_postgresql(
    server_environment: None, cluster: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningServer]:
    """A second shared server, whose work is in PostgreSQL."""
    cluster.ask("create database shared")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(DATABASE_VARIABLE, cluster.address("shared"))
        patch.setenv(PASSWORD_VARIABLE, postgresql.PASSWORD)
        begun = studio.start(tmp_path_factory.mktemp("on-postgresql"), report=print)
    with begun as running:
        yield running


@pytest.fixture
def new_server(server_environment: None, tmp_path: Path) -> Iterator[Callable[[], RunningServer]]:
    """Starts another empty server at each call; all of them end with the test."""
    folders: list[Path] = []

    def begin() -> RunningServer:
        folders.append(tmp_path / f"server-{len(folders)}")
        return studio.start(folders[-1], report=print)

    yield begin
    for folder in folders:
        studio.stop(folder)


@pytest.fixture
def fresh_server(new_server: Callable[[], RunningServer]) -> RunningServer:
    """A server of the test's own: empty, and free to be killed."""
    return new_server()


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of the browser."""
    named = os.environ.get(CHROMIUM_VARIABLE)
    found = named or next(filter(None, map(shutil.which, _CHROMIUM_NAMES)), None)
    if found is None:
        pytest.fail(f"no Chromium: install Debian's `chromium` or set {CHROMIUM_VARIABLE}")
    return found


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """A headless Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def logged_in(browser: Browser, server: RunningServer) -> Iterator[BrowserContext]:
    """The administrator's browser at 1440x900: logged in once; it keeps the page's scripts."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    password = json.loads(server.secrets_file.read_text())["password"]
    Labelling(page, server.connection.url).login(server.login, password)
    page.close()
    yield context
    context.close()


@pytest.fixture(scope="session")
def other_browser(browser: Browser) -> Iterator[BrowserContext]:
    """A second browser, at which now this person works and now that one: page scripts stay in its
    cache, and reading them anew is most of what a browser of one's own would cost."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    yield context
    context.close()


@pytest.fixture
def sessions(
    other_browser: BrowserContext, connection: Connection
) -> Iterator[Callable[..., Labelling]]:
    """`sessions(login, password)`: somebody sits down at the other browser, which remembers nothing
    of who was there before, and logs in. Pages that were open are closed."""

    def begin(login: str, password: str) -> Labelling:
        leave()
        page = other_browser.new_page()
        page.goto(f"{connection.url}/health")
        page.evaluate("() => localStorage.clear()")
        working = Labelling(page, connection.url)
        working.login(login, password)
        return working

    def leave() -> None:
        for page in other_browser.pages:
            page.close()
        other_browser.clear_cookies()

    yield begin
    leave()


@pytest.fixture
def labelling(logged_in: BrowserContext, server: RunningServer) -> Iterator[Labelling]:
    """A new page of the administrator's browser, which remembers no setting."""
    page = logged_in.new_page()
    page.goto(f"{server.connection.url}/health")
    page.evaluate("() => localStorage.clear()")
    yield Labelling(page, server.connection.url)
    page.close()
