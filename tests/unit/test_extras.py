"""Without an extra, every command that needs it says which, and the others work."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions

import pytest

from dataset_builder.extras import EXTRAS, missing
from tests.conftest import ROOT

NEEDS = {
    "pull": "studio",
    "push": "studio",
    "grid": "studio",
    "adjudicate": "studio",
    "studio assign": "studio",
    "run": "studio",
    "prelabel": "studio",
    "prelabel --model releases/1.0.0 --dry-run by_model.jsonl": "prelabel",
    "clean --out cleaned --engine ray": "ray",
    "publish releases/1.0.0 --to s3://bucket/news": "s3",
    "validate s3://bucket/news/1.0.0": "s3",
    "train-cleaner pages.jsonl --out model.npz": "train",
    "prelabel --dry-run by_rules.jsonl": None,
    "status": None,
    "agreement --html agreement.html": None,
    "migrate": None,
    "studio --stop": None,
    "render --check": None,
    "rules SPN003": None,
}
ALL_IN_TURN = """
import json, sys
from dataset_builder.cli import main

modules, calls = json.loads(sys.argv[1])
sys.modules.update(dict.fromkeys(modules))
for call in calls:
    sys.argv = ["dataset-builder", *call.split()]
    print(f"# {call}", file=sys.stderr, flush=True)
    try:
        main()
    except SystemExit as end:
        print(f"exit code {end.code}", file=sys.stderr, flush=True)
"""


def test_every_optional_dependency_is_known_by_its_module():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"][
        "optional-dependencies"
    ]
    wanted = {
        re.match(r"[\w-]+", line)[0].lower(): name
        for name, lines in extras.items()
        if name not in ("bench", "dev")
        for line in lines
    }
    modules = {
        (name.lower(), module)
        for module, names in packages_distributions().items()
        for name in names
        if module in EXTRAS
    }
    assert {name: EXTRAS[module] for name, module in modules} == wanted


def test_what_is_no_extra_is_no_missing_extra():
    assert missing(ModuleNotFoundError("x", name="dataset_builder.nothing")) is None
    assert missing(ImportError("cannot import name", name="httpx")) is None
    assert missing(ValueError("httpx")) is None
    assert "`studio`" in str(missing(ModuleNotFoundError("x", name="label_studio_sdk.client")))


@pytest.fixture(scope="module")
def told(_built, tmp_path_factory):
    import shutil

    folder = shutil.copytree(_built, tmp_path_factory.mktemp("plain") / "project")
    page = {"raw": "Home\nThe port opens on Monday.\nContact", "label": [0, 1, 0]}
    (folder / "pages.jsonl").write_text(json.dumps(page), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", ALL_IN_TURN, json.dumps([list(EXTRAS), list(NEEDS)])],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": "", "HOME": str(folder.parent)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    parts = re.split(r"(?m)^# (.*)\n", done.stderr)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


@pytest.mark.parametrize(("call", "extra"), NEEDS.items())
def test_without_any_extra_a_command_works_or_names_the_one_it_needs(told, call, extra):
    said = told[call]
    assert "defect" not in said
    if extra is None:
        assert "exit code 0" in said
    else:
        assert "exit code 3" in said
        assert f"this needs the extra `{extra}`" in said
        assert f"{shlex.quote(sys.executable)} -m pip install " in said
        assert f"[{extra}]'" in said
