"""The lock files fit pyproject.toml and each other, carry hashes and no addresses."""

import json
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
RUN = ROOT / "requirements.lock"
DEV = ROOT / "requirements-dev.lock"


FOREIGN = sorted((ROOT / "tests" / "foreign").glob("*.lock"))


def pins(lock: Path) -> dict[str, str]:
    """Package -> version."""
    found = re.findall(r"^([a-z0-9.-]+)==([^\s;\\]+)", lock.read_text(encoding="utf-8"), re.MULTILINE)
    return dict(found)


def wanted(*extras: str) -> list[Requirement]:
    """What pyproject.toml asks for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    listed = [
        *project["dependencies"],
        *(one for extra in extras for one in project["optional-dependencies"][extra]),
    ]
    return [Requirement(one) for one in listed]


@pytest.mark.parametrize(
    ("lock", "extras"),
    [(RUN, ["checkout"]), (DEV, ["dev"])],
    ids=["requirements.lock", "requirements-dev.lock"],
)
def test_a_lock_pins_what_the_project_asks_for(lock: Path, extras: list[str]) -> None:
    have = pins(lock)
    unmet = [
        str(one)
        for one in wanted(*extras)
        if have.get(re.sub(r"[._]+", "-", one.name.lower()), "") not in one.specifier
    ]
    assert unmet == [], "run `make lock`"


@pytest.mark.parametrize("lock", [RUN, DEV, *FOREIGN], ids=lambda lock: lock.name)
def test_every_pin_has_hashes_and_nothing_has_an_address(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    entries = re.split(r"\n(?=[a-z0-9])", text)
    assert [entry.split()[0] for entry in entries if "==" in entry and "--hash=sha256:" not in entry] == []
    assert re.findall(r"\S*://\S*|--(?:extra-)?index-url.*|--find-links.*", text) == []


def test_running_and_developing_use_the_same_versions() -> None:
    run, dev = pins(RUN), pins(DEV)
    assert {name: version for name, version in run.items() if dev.get(name) != version} == {}


def test_the_npm_lock_has_a_hash_for_each_package_and_no_address() -> None:
    text = (ROOT / "tests" / "foreign" / "npm" / "package-lock.json").read_text(encoding="utf-8")
    packages = json.loads(text)["packages"]
    assert [name for name, package in packages.items() if name and "integrity" not in package] == []
    assert "://" not in text
