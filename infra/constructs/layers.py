"""The two layers that every function runs on.

Decides how the product and its dependencies are packaged: apart, so that a change of code
uploads kilobytes. Never shares a layer between stacks: an exported version cannot be replaced
while another stack imports it, and replacing it is what every change of code does.
"""

from __future__ import annotations

from functools import cache

from aws_cdk import AssetHashType, IgnoreMode, Stack
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.build_layers import ROOT, BuiltLayer, build
from infra.settings import Settings

NOT_PACKAGED = ["**/__pycache__", "**/*.pyc", "**/.DS_Store", "**/py.typed"]


@cache
def _built(target: str) -> BuiltLayer:
    return build(target)


class Layers(Construct):
    """The `centralino` and `dependencies` layers of one stack."""

    def __init__(self, scope: Construct, id: str, *, settings: Settings) -> None:
        super().__init__(scope, id)
        built = _built(settings.target)
        self.dependencies = self._version(
            "Dependencies",
            "Third-party packages of the functions, locked",
            # The key covers all that the content depends on; hashing thousands of files again at
            # each synthesis would only be slower.
            lambda_.Code.from_asset(
                str(built.path), asset_hash_type=AssetHashType.CUSTOM, asset_hash=built.key
            ),
        )
        self.product = self._version(
            "Centralino",
            "The product",
            lambda_.Code.from_asset(
                str(ROOT / "layers" / "centralino"),
                exclude=NOT_PACKAGED,
                ignore_mode=IgnoreMode.GLOB,
            ),
        )

    @classmethod
    def of(cls, scope: Construct, settings: Settings) -> Layers:
        """Find the layers of the scope's stack, or make them."""
        stack = Stack.of(scope)
        found = stack.node.try_find_child("Layers")
        return found if isinstance(found, cls) else cls(stack, "Layers", settings=settings)

    def _version(self, id: str, description: str, code: lambda_.Code) -> lambda_.LayerVersion:
        return lambda_.LayerVersion(
            self,
            id,
            code=code,
            description=description,
            compatible_runtimes=[lambda_.Runtime.PYTHON_3_13],
            compatible_architectures=[lambda_.Architecture.ARM_64],
        )
