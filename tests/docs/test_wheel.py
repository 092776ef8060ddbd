"""The built wheel, installed alone in a clean environment, runs the demo."""

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(*command: str | Path, cwd: Path) -> str:
    """Run a command outside the checkout, with nothing of our own in its environment."""
    clean = {
        key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "XINFU", "VIRTUAL"))
    }
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=clean,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of programs of an environment that has the wheel, its locked dependencies, and nothing else."""
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT, cwd=folder)
    (wheel,) = folder.glob("*.whl")
    venv.create(folder / "env", with_pip=True)
    pip = folder / "env" / "bin" / "pip"
    run(pip, "install", "-q", "--require-hashes", "-r", ROOT / "requirements.lock", cwd=folder)
    run(pip, "install", "-q", "--no-deps", wheel, cwd=folder)
    run(pip, "check", cwd=folder)
    return folder / "env" / "bin"


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_wheel_alone_runs_the_demo(installed: Path, tmp_path: Path) -> None:
    said = run(installed / "xinfu", "demo", cwd=tmp_path)
    assert "generated" in said


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_wheel_carries_its_data_files(installed: Path, tmp_path: Path) -> None:
    listing = run(
        installed / "python",
        "-c",
        "import importlib.resources as r; print(*(p.name for p in (r.files('xinfu.cli.kits') / 'jars').iterdir()))",
        cwd=tmp_path,
    )
    assert {"TckLauncher.java", "dsp.xml"} <= set(listing.split())
