"""Published rules in memory: a register of releases, and what use cases read of it."""

from __future__ import annotations

from threading import Lock

from centralino.adapters.memory.faults import Faults
from centralino.domain.configuration.model import Configuration
from centralino.domain.configuration.releases import Release
from centralino.domain.errors import Conflict, NotFound


class MemoryConfiguration:
    """The ports ``ConfigurationSource`` and ``Releases`` in memory."""

    def __init__(self, *, faults: Faults | None = None) -> None:
        self._faults = faults or Faults()
        self._lock = Lock()
        self._releases: dict[int, Release] = {}
        self._sources: dict[str, str] = {}
        self._current = 0

    # ------------------------------------------------------------------ ConfigurationSource

    def current(self) -> Configuration:
        """Return the configuration in force."""
        found = self._releases.get(self._current)
        if found is None:
            raise NotFound("no configuration has been published", code="no_configuration")
        return found.rules

    def version(self, number: int) -> Configuration:
        """Return a published version, or raise :class:`NotFound`."""
        return self.release(number).rules

    def superseded(self, since: int) -> list[Configuration]:
        """Return the versions in force at any time since then but the one in force now."""
        found: list[Configuration] = []
        release = self._releases.get(self._current)
        while release is not None and release.at > since and release.base:
            release = self._releases[release.base]
            found.append(release.rules)
        return found

    # ------------------------------------------------------------------ Releases

    def in_force(self) -> Release | None:
        """Return the release in force, if there is one."""
        return self._releases.get(self._current)

    def release(self, number: int) -> Release:
        """Return a release, or raise :class:`NotFound`."""
        try:
            return self._releases[number]
        except KeyError:
            raise NotFound(f"there is no version {number}", code="unknown_version") from None

    def source(self, digest: str) -> str | None:
        """Return the file with this digest, if it was kept."""
        return self._sources.get(digest)

    def put_in_force(self, release: Release, source: str | None = None) -> None:
        """Write a release over the one it names as its base."""
        self._faults.before("configuration.put_in_force")
        with self._lock:
            if source is not None:
                self._sources[release.digest] = source
            if release.base != self._current or release.number in self._releases:
                raise Conflict("another version is in force, or the number is taken")
            self._releases[release.number] = release
            self._current = release.number
        self._faults.after("configuration.put_in_force")


class FixedConfiguration(MemoryConfiguration):
    """Rules that are given at the beginning; the last of several is in force."""

    def __init__(self, *versions: Configuration) -> None:
        if not versions:
            raise ValueError("a configuration is needed")
        super().__init__()
        for version in versions:
            self.publish(version)

    def publish(self, configuration: Configuration) -> None:
        """Put a further version in force, as if by somebody long ago."""
        self.put_in_force(Release(configuration, base=self._current))
