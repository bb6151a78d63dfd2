"""Where the embedded cloud keeps its files inside the checkout.

Decides names and places only; creates and deletes nothing.
"""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCAL = ROOT / ".local"
EMULATOR_VENV = LOCAL / "ministack-venv"
EMULATOR_REQUIREMENTS = ROOT / "requirements" / "embedded.txt"
ASSEMBLIES = LOCAL / "assemblies"
CLOUD_DIRECTORY = LOCAL / "cloud"
STATE_FILE = LOCAL / "cloud.json"
CDK_CLI = ROOT / "node_modules" / ".bin" / "cdk"
