"""The embedded cloud: AWS on a laptop, without Docker, an account or a network.

`up`, `down` and `status` keep the one cloud of a checkout; `EmbeddedCloud` and `deploy` make
further ones, for tests. Names are imported when first used, because the emulator's own
environment imports this package too and has none of the project's requirements.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from local.cloud.clients import client as client
    from local.cloud.cloud import EmbeddedCloud as EmbeddedCloud
    from local.cloud.deploying import deploy as deploy
    from local.cloud.deployment import Deployment as Deployment
    from local.cloud.errors import EmbeddedCloudError as EmbeddedCloudError
    from local.cloud.progress import Progress as Progress
    from local.cloud.state import CloudStatus as CloudStatus
    from local.cloud.state import down as down
    from local.cloud.state import require_deployment as require_deployment
    from local.cloud.state import status as status
    from local.cloud.state import up as up

_HOMES = {
    "CloudStatus": "state",
    "Deployment": "deployment",
    "EmbeddedCloud": "cloud",
    "EmbeddedCloudError": "errors",
    "Progress": "progress",
    "client": "clients",
    "deploy": "deploying",
    "down": "state",
    "require_deployment": "state",
    "status": "state",
    "up": "state",
}

__all__ = [
    "CloudStatus",
    "Deployment",
    "EmbeddedCloud",
    "EmbeddedCloudError",
    "Progress",
    "client",
    "deploy",
    "down",
    "require_deployment",
    "status",
    "up",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
