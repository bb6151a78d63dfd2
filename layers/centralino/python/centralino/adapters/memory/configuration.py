"""Business rules that are given once, and older versions beside them."""

from __future__ import annotations

from centralino.domain.configuration.model import Configuration
from centralino.domain.errors import NotFound


class FixedConfiguration:
    """The port ``ConfigurationSource`` over published versions; the last one is in force."""

    def __init__(self, *versions: Configuration) -> None:
        if not versions:
            raise ValueError("a configuration is needed")
        self._versions = {version.version: version for version in versions}
        self._current = versions[-1]

    def current(self) -> Configuration:
        """Return the configuration in force."""
        return self._current

    def version(self, number: int) -> Configuration:
        """Return a published version, or raise :class:`NotFound`."""
        try:
            return self._versions[number]
        except KeyError:
            raise NotFound(f"no configuration version {number}", code="unknown_version") from None

    def publish(self, configuration: Configuration) -> None:
        """Put a further version in force."""
        self._versions[configuration.version] = configuration
        self._current = configuration
