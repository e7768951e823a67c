"""The embedded server: private, alone on its data, found again, and gone when it should be."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import urllib.error
import urllib.parse
import urllib.request
from contextlib import closing
from http.cookiejar import CookieJar
from typing import TYPE_CHECKING

import psutil
import pytest

from dataset_builder.errors import InstallError, ServerDownError, UsageError
from dataset_builder.project import Project, find_project
from dataset_builder.studio import install, server
from dataset_builder.studio.answering import choose_port
from tests.e2e.studio_work import admin

if TYPE_CHECKING:
    from pathlib import Path

    from dataset_builder.studio.connection import Connection
    from dataset_builder.studio.server import RunningServer

SETTINGS = """
[tool.dataset-builder]
name = "t"
version = "1.0.0"
splits = { train = 0.6, validation = 0.2, test = 0.2 }
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "pyproject.toml").write_text(SETTINGS)
    return find_project(tmp_path)


def get(url: str, key: str | None = None) -> int:
    headers = {"Authorization": f"Token {key}"} if key else {}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as reply:
            return reply.status
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def new_project(connection: Connection, title: str) -> int:
    boss = admin(connection)
    with closing(boss.http):
        return int(boss.send("POST", "/api/projects", {"title": title})["id"])


def title_of(connection: Connection, project: int) -> str:
    boss = admin(connection)
    with closing(boss.http):
        return str(boss.send("GET", f"/api/projects/{project}")["title"])


def test_answers_with_its_key_and_with_no_other(server: RunningServer) -> None:
    whoami = f"{server.connection.url}/api/current-user/whoami"
    assert get(whoami, server.connection.api_key) == 200
    assert get(whoami, "0" * 40) == 401
    assert get(whoami) == 401


def test_listens_on_the_loopback_interface_only(server: RunningServer) -> None:
    listening = [
        address.laddr.ip
        for address in psutil.Process(server.pid).net_connections("inet")
        if address.status == psutil.CONN_LISTEN
    ]
    assert listening == ["127.0.0.1"]


def test_secrets_are_readable_by_the_owner_only_and_in_no_process_list(
    server: RunningServer,
) -> None:
    assert stat.S_IMODE(server.data_dir.stat().st_mode) == 0o700
    assert stat.S_IMODE(server.secrets_file.stat().st_mode) == 0o600
    secret = json.loads(server.secrets_file.read_text())
    seen = " ".join(psutil.Process(server.pid).cmdline())
    log = server.log.read_text()
    for word in (secret["password"], secret["api_key"]):
        assert len(word) >= 20
        assert word not in seen
        assert word not in log
        assert word not in repr(server)
        assert word not in studio_text(server)


def studio_text(running: RunningServer) -> str:
    text = server.onboarding(running)
    assert running.connection.url in text
    assert running.login in text
    assert str(running.secrets_file) in text
    return text


def log_in(running: RunningServer, password: str) -> str:
    """Address that the login form leads to."""
    base = running.connection.url
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar := CookieJar()))
    with opener.open(f"{base}/user/login/"):
        token = next(cookie.value for cookie in jar if cookie.name == "csrftoken")
    form = {"csrfmiddlewaretoken": token, "email": running.login, "password": password}
    request = urllib.request.Request(
        f"{base}/user/login/",
        urllib.parse.urlencode(form).encode(),
        {"Referer": f"{base}/user/login/"},
    )
    with opener.open(request) as reply:
        return urllib.parse.urlsplit(reply.url).path


def test_login_takes_the_generated_password_only(server: RunningServer) -> None:
    password = json.loads(server.secrets_file.read_text())["password"]
    assert not log_in(server, password).startswith("/user/login")
    assert log_in(server, password + "x").startswith("/user/login")


def test_signup_is_closed(server: RunningServer) -> None:
    base = server.connection.url
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar := CookieJar()))
    with opener.open(f"{base}/user/login/"):
        token = next(cookie.value for cookie in jar if cookie.name == "csrftoken")
    form = {"csrfmiddlewaretoken": token, "email": "x@example.org", "password": "pw12345678"}
    request = urllib.request.Request(
        f"{base}/user/signup/",
        urllib.parse.urlencode(form).encode(),
        {"Referer": f"{base}/user/login/"},
    )
    with pytest.raises(urllib.error.HTTPError) as refused, opener.open(request):
        pass
    with refused.value as error:
        assert error.code == 403


def test_foreign_host_names_are_refused(server: RunningServer) -> None:
    """A page of another site that resolves to the loopback interface gets nothing."""
    headers = {"Host": "evil.example", "Authorization": f"Token {server.connection.api_key}"}
    request = urllib.request.Request(f"{server.connection.url}/api/projects", headers=headers)
    with pytest.raises(urllib.error.HTTPError) as refused, urllib.request.urlopen(request):
        pass
    with refused.value as error:
        assert error.code == 400


def test_second_start_finds_the_first_and_leaves_it_running(
    server: RunningServer,
) -> None:
    from dataset_builder.studio.server import running, start

    with start(server.data_dir, report=print) as again:
        assert not again.started
        assert again == running(server.data_dir)
        assert (again.pid, again.connection) == (server.pid, server.connection)
    assert get(f"{server.connection.url}/health") == 200
    with pytest.raises(UsageError, match="running already"):
        start(server.data_dir, report=print, port=server.port + 1)


def test_stops_and_starts_again_with_the_same_key_port_and_data(
    fresh_server: RunningServer,
) -> None:
    first = fresh_server
    made = new_project(first.connection, "kept over a restart")
    assert server.stop(first.data_dir)
    assert not server.stop(first.data_dir)
    assert server.running(first.data_dir) is None
    assert not psutil.pid_exists(first.pid)
    with server.start(first.data_dir, report=print) as second:
        assert second.connection == first.connection
        assert title_of(second.connection, made) == "kept over a restart"
    assert server.running(first.data_dir) is None


def test_after_a_kill_it_is_not_found_and_starts_again(fresh_server: RunningServer) -> None:
    os.killpg(fresh_server.pid, signal.SIGKILL)
    os.waitpid(fresh_server.pid, 0)
    assert server.running(fresh_server.data_dir) is None
    with server.start(fresh_server.data_dir, report=print) as again:
        assert again.started
        assert again.pid != fresh_server.pid
        assert get(f"{again.connection.url}/health") == 200


def test_a_taken_port_is_given_up_for_another(fresh_server: RunningServer) -> None:
    fresh_server.stop()
    with socket.socket() as squatter:
        squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        squatter.bind(("127.0.0.1", fresh_server.port))
        squatter.listen()
        with pytest.raises(UsageError, match="taken"):
            server.start(fresh_server.data_dir, report=print, port=fresh_server.port)
        with server.start(fresh_server.data_dir, report=print) as moved:
            assert moved.port != fresh_server.port
            assert get(f"{moved.connection.url}/health") == 200


def test_a_port_lost_between_probe_and_bind_is_noticed(
    fresh_server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Label Studio would silently go on at the next port."""
    fresh_server.stop()
    with socket.socket() as squatter:
        squatter.bind(("127.0.0.1", 0))
        squatter.listen()
        lost = squatter.getsockname()[1]
        free = choose_port(None, None)
        ports = iter([lost, free])
        monkeypatch.setattr(server, "choose_port", lambda wanted, last: next(ports))
        with server.start(fresh_server.data_dir, report=print) as moved:
            assert moved.port == free
            processes = [p for p in psutil.process_iter() if runs_on(p, fresh_server.data_dir)]
            assert [p.pid for p in processes] == [moved.pid]


def runs_on(process: psutil.Process, data_dir: Path) -> bool:
    try:
        return process.cwd() == str(data_dir) and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def test_an_interrupted_first_start_leaves_nothing_in_the_way(
    server_environment: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "server"

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(server, "_await_answer", interrupted)
        with pytest.raises(KeyboardInterrupt):
            server.start(data, report=print)
    assert server.running(data) is None
    assert not [p for p in psutil.process_iter() if runs_on(p, data)]
    # What a start that was killed while it made its tables may leave behind:
    (data / "label_studio.sqlite3").write_bytes(b"half a database")
    with server.start(data, report=print) as complete:
        assert get(f"{complete.connection.url}/health") == 200


def test_ctrl_c_in_the_command_stops_the_server_after_the_command_is_done(
    server_environment: None, tmp_path: Path
) -> None:
    """The terminal sends Ctrl-C to the whole foreground group; the server is not in it."""
    data = tmp_path / "server"
    program = (
        "import sys, time, pathlib\n"
        "from dataset_builder.studio import server\n"
        "with server.start(pathlib.Path(sys.argv[1]), report=lambda line: None) as running:\n"
        "    try:\n"
        "        print(running.pid, flush=True)\n"
        "        time.sleep(600)\n"
        "    except KeyboardInterrupt:\n"
        "        print(server.running(running.data_dir) is not None, flush=True)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(data)],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as command:
        assert command.stdout is not None
        pid = int(command.stdout.readline())
        os.killpg(command.pid, signal.SIGINT)
        assert command.stdout.readline() == "True\n"
        assert command.wait() == 0
    assert not psutil.pid_exists(pid)
    assert server.running(data) is None


def test_a_kept_server_outlives_its_command(server_environment: None, tmp_path: Path) -> None:
    data = tmp_path / "server"
    program = (
        "import sys, pathlib\n"
        "from dataset_builder.studio import server\n"
        "with server.start(pathlib.Path(sys.argv[1]), report=lambda line: None, keep=True) as s:\n"
        "    print(s.pid)\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program, str(data)],
        capture_output=True,
        text=True,
        check=True,
    )
    try:
        assert done.stderr == ""
        found = server.running(data)
        assert found is not None
        assert found.pid == int(done.stdout)
    finally:
        assert server.stop(data)
    assert server.running(data) is None


def test_two_starts_at_once_give_one_server(server_environment: None, tmp_path: Path) -> None:
    data = tmp_path / "server"
    found: list[RunningServer] = []

    def begin() -> None:
        found.append(server.start(data, report=print))

    threads = [threading.Thread(target=begin) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    try:
        assert len({running.pid for running in found}) == 1
        assert sorted(running.started for running in found) == [False, False, True]
        assert len([p for p in psutil.process_iter() if runs_on(p, data)]) == 1
    finally:
        for running in found:
            running.stop()


def test_a_broken_database_is_reported_with_the_log(
    server_environment: None, tmp_path: Path
) -> None:
    data = tmp_path / "server"
    with server.start(data, report=print):
        pass
    (data / "label_studio.sqlite3").write_bytes(b"this is no database" * 1000)
    with pytest.raises(InstallError, match="ended while starting") as failure:
        server.start(data, report=print)
    assert str(data / "server.log") in str(failure.value)
    assert "file is not a database" in str(failure.value)
    assert server.running(data) is None


def test_lost_secrets_are_said_and_the_data_is_left_alone(
    fresh_server: RunningServer,
) -> None:
    made = new_project(fresh_server.connection, "mine")
    fresh_server.stop()
    secret = fresh_server.secrets_file.read_text()
    fresh_server.secrets_file.unlink()
    with pytest.raises(UsageError, match="passwords"):
        server.start(fresh_server.data_dir, report=print)
    fresh_server.secrets_file.write_text(secret.replace('"api_key": "', '"api_key": "00'))
    with pytest.raises(InstallError, match="refuses its own key"):
        server.start(fresh_server.data_dir, report=print)
    assert server.running(fresh_server.data_dir) is None
    fresh_server.secrets_file.write_text(secret)
    with server.start(fresh_server.data_dir, report=print) as again:
        assert title_of(again.connection, made) == "mine"


def test_commands_find_the_embedded_server_and_prefer_the_teams_own(
    server: RunningServer, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataset_builder.studio.server import KEY_VARIABLE, URL_VARIABLE, connect

    project.server_data.symlink_to(server.data_dir)
    assert connect(project) == server.connection
    monkeypatch.setenv(URL_VARIABLE, "https://ls.example.org/team/")
    with pytest.raises(UsageError, match=KEY_VARIABLE):
        connect(project)
    monkeypatch.setenv(KEY_VARIABLE, "secret")
    assert connect(project).url == "https://ls.example.org/team"
    assert connect(project).api_key == "secret"
    for wrong in ("ls.example.org", "ftp://ls", "http://", "http://u:p@h", "http://h:99999999"):
        monkeypatch.setenv(URL_VARIABLE, wrong)
        with pytest.raises(UsageError, match="no address"):
            connect(project)
    monkeypatch.delenv(URL_VARIABLE)
    with pytest.raises(UsageError, match=URL_VARIABLE):
        connect(project)


def test_without_a_server_the_message_says_how_to_start_one(
    server_environment: None, project: Project
) -> None:
    with pytest.raises(ServerDownError, match="dataset-builder studio"):
        server.connect(project)


def test_a_folder_that_cannot_be_made_is_an_error_of_ours(
    server_environment: None, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InstallError, match="cannot be kept here"):
        server.start(tmp_path / "file" / "data", report=print)


def test_a_failed_installation_says_why_and_is_redone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """Offline, `uv` finds nothing in an empty cache."""
    monkeypatch.setenv(install.CACHE_VARIABLE, str(tmp_path / "cache"))
    with monkeypatch.context() as patch:
        patch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
        patch.setenv("UV_OFFLINE", "1")
        with pytest.raises(InstallError, match=f"label-studio.*{install.LABEL_STUDIO_VERSION}"):
            install.ensure_installed(print)
    made = install.installation()
    assert made.folder.is_dir()
    assert not made.complete
    steps: list[str] = []

    def stop_at_once(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(install, "_run", stop_at_once)
    with pytest.raises(KeyboardInterrupt):
        install.ensure_installed(steps.append)
    assert any("beginning again" in step for step in steps)


def test_the_server_gets_no_setting_from_the_callers_shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HOST", "PORT", "DEBUG", "SECRET_KEY", "USERNAME", "LABEL_STUDIO_HOST", "CI"):
        monkeypatch.setenv(name, "1")
    given = install.server_environment(tmp_path)
    assert not {"HOST", "PORT", "DEBUG", "SECRET_KEY", "USERNAME", "LABEL_STUDIO_HOST"} & set(given)
    assert given["LABEL_STUDIO_COLLECT_ANALYTICS"] == "false"


def test_constraints_are_names_and_versions_only() -> None:
    lines = install.CONSTRAINTS.read_text().splitlines()
    assert all(name and version for name, _, version in (line.partition("==") for line in lines))
    assert not [line for line in lines if set(line) & set(":/@ ;")]
    assert lines == sorted(lines, key=lambda line: line.partition("==")[0])
