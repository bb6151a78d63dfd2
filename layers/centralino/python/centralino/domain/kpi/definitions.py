"""What a KPI definition is, and how one is worked out over a set of facts.

Decides the arithmetic every figure shares: a numerator and a denominator that are sums over
facts, nothing (never 0) when the denominator is zero, and the contact ids behind each number.
Never holds a formula; those are in the modules named after what they measure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar

from centralino.domain.kpi.facts import ContactFacts, Population

Number = int | float


class Unit(StrEnum):
    """What the value counts or measures."""

    COUNT = "count"
    RATIO = "ratio"
    MILLISECONDS = "ms"
    SCORE = "score"
    POINTS = "points"
    PER_HOUR = "per hour"
    MONEY = "money"


class Fact(Protocol):
    """A row of input: anything that names the contacts it came from."""

    @property
    def contact_ids(self) -> tuple[str, ...]:
        """Contacts behind this row."""
        ...


@dataclass(frozen=True, slots=True)
class Parameters:
    """The choices a centre makes; they travel with every value so that it can be repeated.

    Parameters
    ----------
    target_ms
        X of the service levels; a wait of exactly X is within it.
    short_abandon_ms
        Abandonments that waited at most this long are left out where a formula says "if
        excluded". None excludes nothing.
    include_flow_outs
        Whether overflowed contacts are in the denominator of ``service_level.genesys``.
    shortest_handled_ms
        Handled contacts shorter than this are left out of ``aht``; 0 keeps all.
    connect_within_ms
        T of ``dialer_abandon_rate``: how soon a live answer must meet an agent.
    population
        Overrides the population of a contact figure; None keeps the one of its definition.
    """

    target_ms: int = 20_000
    short_abandon_ms: int | None = None
    include_flow_outs: bool = False
    shortest_handled_ms: int = 0
    connect_within_ms: int = 2_000
    population: Population | None = None

    def __post_init__(self) -> None:
        """Reject negative thresholds, which would silently empty a numerator."""
        for name in ("target_ms", "shortest_handled_ms", "connect_within_ms"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must be 0 or more, not {getattr(self, name)}")
        if self.short_abandon_ms is not None and self.short_abandon_ms < 0:
            raise ValueError(f"short_abandon_ms must be 0 or more, not {self.short_abandon_ms}")


DEFAULTS = Parameters()

F = TypeVar("F", bound=Fact)
F_contra = TypeVar("F_contra", contravariant=True)


class Measure(Protocol[F_contra]):
    """What one fact adds to a sum; None when the fact has no part in it."""

    def __call__(self, fact: F_contra, parameters: Parameters, /) -> Number | None:
        """Return the contribution of ``fact``."""
        ...


@dataclass(frozen=True, slots=True)
class KpiValue:
    """One figure with its parts.

    ``denominator`` is None for a plain count or sum. ``value`` is None exactly when the
    denominator is 0. ``contact_ids`` are all the contacts behind the figure, ``counted_ids`` those
    of the numerator; both sorted and without duplicates.
    """

    name: str
    version: int
    unit: Unit
    numerator: Number
    denominator: Number | None
    value: Number | None
    contact_ids: tuple[str, ...]
    counted_ids: tuple[str, ...]
    parameters: Parameters = DEFAULTS
    scale: Number = 1


@dataclass(frozen=True, slots=True)
class Kpi(Generic[F]):
    """A named, versioned definition. A change of formula is a new version.

    ``of`` works it out over facts of the type ``facts``; the sums are additive, so values over
    disjoint intervals roll up exactly.
    """

    name: str
    version: int
    facts: type[F]
    unit: Unit
    formula: str
    description_en: str
    description_it: str
    numerator: Measure[F]
    denominator: Measure[F] | None = None
    scale: Number = 1
    population: Population | None = None

    def of(self, facts: Iterable[F], parameters: Parameters = DEFAULTS) -> KpiValue:
        """Work the figure out.

        Raises
        ------
        TypeError
            When a fact is not of the type this KPI is defined on.
        """
        top: Number = 0
        bottom: Number = 0
        behind: set[str] = set()
        counted: set[str] = set()
        for fact in self._concerned(facts, parameters):
            part = self.numerator(fact, parameters)
            if part is not None:
                top += part
                counted.update(fact.contact_ids)
            whole = None if self.denominator is None else self.denominator(fact, parameters)
            if whole is not None:
                bottom += whole
                behind.update(fact.contact_ids)
        return KpiValue(
            name=self.name,
            version=self.version,
            unit=self.unit,
            numerator=top,
            denominator=None if self.denominator is None else bottom,
            value=ratio(top, None if self.denominator is None else bottom, self.scale),
            contact_ids=tuple(sorted(behind | counted)),
            counted_ids=tuple(sorted(counted)),
            parameters=parameters,
            scale=self.scale,
        )

    def _concerned(self, facts: Iterable[F], parameters: Parameters) -> Iterator[F]:
        """Keep the facts this figure is about, refusing any of another type."""
        population = parameters.population or self.population
        for fact in facts:
            if not isinstance(fact, self.facts):
                raise TypeError(
                    f"KPI {self.name} is defined on {self.facts.__name__}, "
                    f"not on {type(fact).__name__}"
                )
            if (
                population is None
                or not isinstance(fact, ContactFacts)
                or population.includes(fact)
            ):
                yield fact


def ratio(numerator: Number, denominator: Number | None, scale: Number = 1) -> Number | None:
    """Divide; None for a zero denominator, the numerator itself when there is none."""
    if denominator is None:
        return numerator
    if denominator == 0:
        return None
    return numerator * scale / denominator


def roll_up(values: Sequence[KpiValue]) -> KpiValue:
    """Add values of one KPI over disjoint intervals: the volume-weighted figure of the whole.

    Raises
    ------
    ValueError
        When there are no values, or they differ in name, version or parameters.
    """
    first = _same_definition(values)
    denominators = [v.denominator for v in values if v.denominator is not None]
    top = sum(v.numerator for v in values)
    bottom = None if first.denominator is None else sum(denominators)
    return KpiValue(
        name=first.name,
        version=first.version,
        unit=first.unit,
        numerator=top,
        denominator=bottom,
        value=ratio(top, bottom, first.scale),
        contact_ids=_union(v.contact_ids for v in values),
        counted_ids=_union(v.counted_ids for v in values),
        parameters=first.parameters,
        scale=first.scale,
    )


def mean_of_intervals(values: Sequence[KpiValue]) -> KpiValue:
    """Average the values themselves, each interval weighing the same however busy it was.

    The result is named ``<kpi>.mean_of_intervals`` because it is a different figure from the
    rolled-up one. Intervals without a value are left out.
    """
    first = _same_definition(values)
    known = [v.value for v in values if v.value is not None]
    top = sum(known)
    return KpiValue(
        name=f"{first.name}.mean_of_intervals",
        version=first.version,
        unit=first.unit,
        numerator=top,
        denominator=len(known),
        value=ratio(top, len(known)),
        contact_ids=_union(v.contact_ids for v in values),
        counted_ids=_union(v.counted_ids for v in values),
        parameters=first.parameters,
    )


def count(test: Callable[[F], bool]) -> Measure[F]:
    """Build a measure that adds 1 for every fact passing ``test``."""

    def measure(fact: F, _: Parameters, /) -> Number | None:
        return 1 if test(fact) else None

    return measure


def each(_fact: Fact, _parameters: Parameters, /) -> Number:
    """Add 1 for every fact, whatever it says."""
    return 1


def index(*groups: Sequence[Kpi[Any]]) -> Mapping[str, Kpi[Any]]:
    """Index definitions by name, refusing two of the same name."""
    found: dict[str, Kpi[Any]] = {}
    for kpi in (kpi for group in groups for kpi in group):
        if kpi.name in found:
            raise ValueError(f"two KPIs are named {kpi.name}")
        found[kpi.name] = kpi
    return found


def _same_definition(values: Sequence[KpiValue]) -> KpiValue:
    if not values:
        raise ValueError("no values to combine")
    first = values[0]
    for value in values:
        if (value.name, value.version, value.parameters) != (
            first.name,
            first.version,
            first.parameters,
        ):
            raise ValueError(
                f"cannot combine {first.name} v{first.version} with "
                f"{value.name} v{value.version}: name, version and parameters must be the same"
            )
    return first


def _union(groups: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(sorted({contact for group in groups for contact in group}))
