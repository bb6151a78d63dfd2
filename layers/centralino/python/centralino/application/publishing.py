"""Rules as reviewed code: planned, put in force as the next version, brought back, looked up.

Whoever publishes names the version the plan was made against; if another one is in force by then,
nothing happens and the plan has to be made again. History is never rewritten: a rollback publishes
earlier rules under a new number.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from centralino.application.ports import Clock, FanOut, Operations, Store, in_turn
from centralino.application.publishing_checks import refusals
from centralino.contracts.configuration import parse
from centralino.domain.configuration.diff import Change, diff, warnings
from centralino.domain.configuration.hours import Holidays, no_holidays
from centralino.domain.configuration.model import Configuration
from centralino.domain.configuration.releases import Release, renumbered, same_rules
from centralino.domain.errors import Conflict, NotFound, RuleViolation, TransientDependency

#: How many numbers in a row may turn out to be taken by versions that never came into force.
_TAKEN = 100


class Releases(Protocol):
    """The register of published versions. Reads are never stale."""

    def in_force(self) -> Release | None:
        """Return the release in force, if there is one."""
        ...

    def release(self, number: int) -> Release:
        """Return a release, or raise ``NotFound`` (``unknown_version``)."""
        ...

    def source(self, digest: str) -> str | None:
        """Return the file with this digest, if it was kept."""
        ...

    def put_in_force(self, release: Release, source: str | None = None) -> None:
        """Write a release over the one it names as its base, and the file it was made from.

        Raises ``Conflict`` when another one is in force or the number is taken, and
        ``TransientDependency`` when it is unknown whether it was written.
        """
        ...


@dataclass(frozen=True, slots=True)
class Office:
    """What publishing needs of the outside world."""

    releases: Releases
    store: Store
    operations: Operations
    clock: Clock
    holidays: Holidays = no_holidays
    fan_out: FanOut = in_turn


@dataclass(frozen=True, slots=True)
class Draft:
    """Rules somebody wants in force, and the file they were made from."""

    rules: Configuration
    source: str | None = None
    digest: str = ""
    restores: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What publishing a draft would do.

    Attributes
    ----------
    base : Release or None
        The release in force when the plan was made.
    warnings : tuple of str
        What is worth knowing.
    refusals : tuple of str
        Why it cannot be published now; with one of these nothing is.
    """

    draft: Draft
    base: Release | None
    changes: tuple[Change, ...]
    warnings: tuple[str, ...]
    refusals: tuple[str, ...]


class Refused(RuleViolation):
    """The rules are sound but cannot come into force now; ``reasons`` says why, a line each."""

    code = "configuration_refused"

    def __init__(self, reasons: Sequence[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__("\n".join(reasons))


def drafted(
    text: str,
    name: str,
    calendar_known: Callable[[str], bool] | None = None,
    able: Mapping[str, Collection[str]] | None = None,
) -> Draft:
    """Return the draft of a file; ``name`` is what errors call it.

    Parameters
    ----------
    calendar_known : callable, optional
        Tells whether there is a holiday calendar of this name; without it any is believed.
    able : mapping, optional
        What each provider can do; without it all are believed to be able to do everything.

    Raises
    ------
    ConfigurationError
        The file is refused, with every problem.
    """
    rules = parse(text, name, 0, calendar_known=calendar_known, able=able)
    return Draft(rules, text, digest_of(text))


def restored(office: Office, number: int | None = None) -> Draft:
    """Return the rules of an earlier release: the one before that in force unless told.

    Raises
    ------
    NotFound
        There is no such release, or none that came before (``unknown_version``).
    """
    if number is None:
        now = office.releases.in_force()
        if now is None or not now.base:
            raise NotFound("there is no version before the one in force", code="unknown_version")
        number = now.base
    earlier = office.releases.release(number)
    return Draft(earlier.rules, office.releases.source(earlier.digest), earlier.digest, number)


def planned(office: Office, draft: Draft) -> Plan:
    """Return what publishing this draft would change, and what stands against it now."""
    base = office.releases.in_force()
    before = base.rules if base is not None else None
    changes = tuple(diff(before, draft.rules))
    against = refusals(office, before, draft.rules, draft.source) if changes else []
    return Plan(draft, base, changes, tuple(warnings(before, draft.rules)), tuple(against))


def publish(office: Office, plan: Plan, by: str, note: str = "") -> Release:
    """Put a plan in force as the next version; one that changes nothing publishes nothing.

    Parameters
    ----------
    by, note : str
        Who publishes, and why.

    Returns
    -------
    Release
        The one in force now.

    Raises
    ------
    Refused
        Something stands against it, when planned or now.
    Conflict
        Somebody has published since the plan was made (``plan_again``).
    TransientDependency
        It is unknown whether it was published; planning again will tell.
    """
    if plan.base is not None and not plan.changes:
        return plan.base
    before = plan.base.rules if plan.base is not None else None
    # Asked again: while a person read the plan, somebody may have called or signed in.
    against = refusals(office, before, plan.draft.rules, plan.draft.source)
    if against:
        raise Refused(against)
    base = plan.base.number if plan.base is not None else 0
    for number in range(base + 1, base + 1 + _TAKEN):
        release = Release(
            rules=renumbered(plan.draft.rules, number),
            base=base,
            at=office.clock.now(),
            by=by,
            note=note,
            digest=plan.draft.digest,
            restores=plan.draft.restores,
        )
        if _put(office, release, plan.draft.source):
            return release
    raise Conflict("no free number was found for the next version", code="plan_again")


def history(office: Office, limit: int) -> list[Release]:
    """Return the releases that were in force, the latest first, at most ``limit``."""
    found: list[Release] = []
    release = office.releases.in_force()
    while release is not None and len(found) < limit:
        found.append(release)
        release = office.releases.release(release.base) if release.base else None
    return found


def looked_up(office: Office, number: int | None = None) -> tuple[Release, str | None]:
    """Return a release, the one in force unless a number is given, and its file if it was kept.

    Raises
    ------
    NotFound
        There is no such release.
    """
    release = office.releases.in_force() if number is None else office.releases.release(number)
    if release is None:
        raise NotFound("no configuration has been published", code="no_configuration")
    return release, office.releases.source(release.digest)


def digest_of(text: str) -> str:
    """Return the SHA-256 of a file's text, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def _put(office: Office, release: Release, source: str | None) -> bool:
    """Write a release; ``False`` when its number is taken by one that never came into force."""
    try:
        office.releases.put_in_force(release, source)
    except (Conflict, TransientDependency) as error:
        now = office.releases.in_force()
        if now is not None and _is(now, release):
            return True  # our own write, whose reply was lost
        if (now.number if now is not None else 0) != release.base:
            raise _overtaken(now) from error
        if isinstance(error, TransientDependency):
            raise
        return False
    return True


def _is(now: Release, ours: Release) -> bool:
    same = (now.number, now.base, now.at, now.by, now.note, now.digest)
    return same == (ours.number, ours.base, ours.at, ours.by, ours.note, ours.digest) and (
        same_rules(now.rules, ours.rules)
    )


def _overtaken(now: Release | None) -> Conflict:
    told = f"version {now.number} by {now.by or 'somebody'}" if now is not None else "something"
    return Conflict(f"{told} came into force meanwhile: plan again", code="plan_again")
