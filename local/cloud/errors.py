"""Errors of the embedded cloud.

EmbeddedCloudError
├── CloudStartError       the emulator did not come up
├── CloudNotRunning       a running cloud was expected
├── EnvironmentBuildError the emulator's virtual environment could not be built
├── SynthesisError        `cdk synth` failed
├── DeploymentError       `cdk bootstrap` or `cdk deploy` failed
└── OutputsError          the deployment lacks an output this side relies on
"""

from __future__ import annotations


class EmbeddedCloudError(Exception):
    """Root of every error of `local.cloud`; after its first line may come the end of a log."""


class CloudStartError(EmbeddedCloudError):
    """The emulator did not come up."""


class CloudNotRunning(EmbeddedCloudError):
    """A running cloud was expected and there is none."""


class EnvironmentBuildError(EmbeddedCloudError):
    """The emulator's virtual environment could not be built."""


class SynthesisError(EmbeddedCloudError):
    """`cdk synth` failed."""


class DeploymentError(EmbeddedCloudError):
    """`cdk bootstrap` or `cdk deploy` failed."""


class OutputsError(EmbeddedCloudError):
    """The deployment lacks an output this side relies on."""
