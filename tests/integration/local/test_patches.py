"""Each patch of the emulator is still needed, and the release it was written for is pinned."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from local.cloud import patches
from local.cloud.environment import ensure_emulator
from local.cloud.paths import EMULATOR_REQUIREMENTS, ROOT
from local.cloud.progress import Progress

PROBES = Path(__file__).with_name("upstream_probes.py")


@pytest.fixture(scope="module")
def still_needed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bool]:
    """What the unpatched emulator answers."""
    python = ensure_emulator(Progress(quiet=True))
    scratch = str(tmp_path_factory.mktemp("emulator"))
    answer = subprocess.run(
        [str(python), str(PROBES)],
        env={"PATH": os.defpath, "HOME": scratch, "TMPDIR": scratch, "STATE_DIR": scratch},
        cwd=scratch,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    result: dict[str, bool] = json.loads(answer.stdout)
    return result


@pytest.mark.parametrize("patch", sorted(patches.PATCHES))
def test_upstream_still_needs(patch: str, still_needed: dict[str, bool]) -> None:
    assert patch in still_needed, f"write a probe for patch {patch} in {PROBES.name}"
    assert still_needed[patch], f"remove patch {patch}: the emulator does it by itself now"


def test_no_probe_is_left_of_a_removed_patch(still_needed: dict[str, bool]) -> None:
    assert set(still_needed) == set(patches.PATCHES)


def test_every_patch_says_why() -> None:
    for name, patch in patches.PATCHES.items():
        assert len((patch.__doc__ or "").split("\n\n")) > 1, f"{name} gives no reason"


def test_the_lock_pins_the_release_the_patches_are_written_for() -> None:
    pinned = re.search(r"^ministack==(\S+)", EMULATOR_REQUIREMENTS.read_text(), re.MULTILINE)
    assert pinned is not None
    assert pinned.group(1) == patches.RELEASE


def test_another_release_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.metadata.version", lambda name: "1.5.34")
    with pytest.raises(SystemExit, match=r"written for ministack 1\.5\.33, found 1\.5\.34"):
        patches.require_release()


def test_the_launcher_imports_without_the_projects_packages() -> None:
    python = ensure_emulator(Progress(quiet=True))
    subprocess.run(
        [str(python), "-c", "import local.cloud.launcher, local.cloud.patches"],
        cwd=ROOT,
        check=True,
        timeout=30,
    )
