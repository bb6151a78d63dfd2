"""A configuration as a plain document and back: what is stored, and read by every function.

It decides the document's shape and nothing else: no rule is checked here, since only validated
configurations are ever published. A default is left out, so a document stays small; what a newer
release added is ignored, so a release can be rolled back. Decoding is plain code over plain
values: it runs at every cold start.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from typing import Any, TypeVar

from centralino.domain.callbacks.model import Mode
from centralino.domain.callbacks.rules import CallbackRules
from centralino.domain.configuration.hours import Hours, Interval
from centralino.domain.configuration.model import (
    Announce,
    BusinessUnit,
    Configuration,
    Importing,
    Line,
    Overflow,
    Plan,
    Pool,
    ProfileQueue,
    Queue,
    RonaPolicy,
    RoutingProfile,
    Skill,
    Spend,
    Step,
)
from centralino.domain.contacts.model import Channel
from centralino.domain.flows import documents as flow_documents
from centralino.domain.staffing.slots import SlotRules

T = TypeVar("T")
Document = dict[str, Any]

#: Sections of the document, each a mapping by id.
SECTIONS = (
    "business_units",
    "skills",
    "hours",
    "queues",
    "plans",
    "profiles",
    "pools",
    "lines",
    "flows",
    "imports",
)


def encode(configuration: Configuration) -> Document:
    """Return the document of a configuration: strings, numbers, booleans, lists, mappings."""
    return _document(configuration, whole=False)


def encode_whole(configuration: Configuration) -> Document:
    """Return the document with every default written out: what people compare."""
    return _document(configuration, whole=True)


def decode(document: Mapping[str, Any]) -> Configuration:
    """Return the configuration of a document: the inverse of :func:`encode`."""

    def section(name: str, read: Callable[[str, Mapping[str, Any]], T]) -> dict[str, T]:
        return {key: read(key, body) for key, body in document.get(name, {}).items()}

    return Configuration(
        version=int(document["version"]),
        business_units=section("business_units", _unit),
        skills=section("skills", lambda key, body: Skill(**_known(Skill, body, id=key))),
        hours=section("hours", _hours),
        queues=section("queues", _queue),
        plans=section("plans", _plan),
        profiles=section("profiles", _profile),
        pools=section("pools", _pool),
        lines=section("lines", lambda key, body: Line(**_known(Line, body, id=key))),
        flows=section("flows", flow_documents.flow),
        imports=section("imports", lambda key, body: Importing(**_known(Importing, body, id=key))),
    )


# --------------------------------------------------------------------------- to plain values


def _document(configuration: Configuration, *, whole: bool) -> Document:
    document: Document = {"version": configuration.version}
    for section in SECTIONS:
        values = getattr(configuration, section)
        document[section] = {key: _record(values[key], whole) for key in sorted(values)}
    return document


def _record(value: Any, whole: bool) -> Any:
    """Return a dataclass as a mapping without its id and, if not whole, without defaults."""
    record: Document = {}
    if type(value) in flow_documents.STEP_NAMES:
        record["do"] = flow_documents.STEP_NAMES[type(value)]
    for item in fields(value):
        held = getattr(value, item.name)
        if item.name != "id" and (whole or not _is_default(item, held)):
            record[item.name] = _plain(held, whole)
    return record


def _is_default(item: Any, held: Any) -> bool:
    if item.default is not MISSING:
        return bool(held == item.default)
    return item.default_factory is not MISSING and bool(held == item.default_factory())


def _plain(value: Any, whole: bool) -> Any:
    if isinstance(value, Channel):
        return value.value
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, Mapping):
        return {str(_plain(key, whole)): _plain(value[key], whole) for key in sorted(value)}
    if isinstance(value, frozenset):
        return sorted(_plain(item, whole) for item in value)
    if isinstance(value, tuple):
        return [_plain(item, whole) for item in value]
    return _record(value, whole)


# --------------------------------------------------------------------------- from plain values


def _known(kind: type, body: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    names = kind.__dataclass_fields__  # type: ignore[attr-defined]
    return {**{name: value for name, value in body.items() if name in names}, **more}


def _unit(key: str, body: Mapping[str, Any]) -> BusinessUnit:
    known = _known(BusinessUnit, body, id=key)
    if "languages" in known:
        known["languages"] = tuple(known["languages"])
    if known.get("spend") is not None:
        known["spend"] = Spend(**_known(Spend, known["spend"]))
    return BusinessUnit(**known)


def _intervals(body: Any) -> tuple[Interval, ...]:
    return tuple(Interval(**_known(Interval, interval)) for interval in body)


def _hours(key: str, body: Mapping[str, Any]) -> Hours:
    known = _known(Hours, body, id=key)
    known["week"] = tuple(_intervals(day) for day in known["week"])
    known["days"] = {day: _intervals(own) for day, own in known.get("days", {}).items()}
    return Hours(**known)


def _queue(key: str, body: Mapping[str, Any]) -> Queue:
    known = _known(Queue, body, id=key)
    for name in ("plans", "dispositions"):
        if name in known:
            known[name] = tuple(known[name])
    if "rona" in known:
        known["rona"] = RonaPolicy(**_known(RonaPolicy, known["rona"]))
    if "announce" in known:
        known["announce"] = Announce(**_known(Announce, known["announce"]))
    if "callback" in known:
        rules = _known(CallbackRules, known["callback"])
        if "countries" in rules:
            rules["countries"] = tuple(rules["countries"])
        if "mode" in rules:
            rules["mode"] = Mode(rules["mode"])
        if "slots" in rules:
            rules["slots"] = SlotRules(**_known(SlotRules, rules["slots"]))
        known["callback"] = CallbackRules(**rules)
    if "overflow" in known:
        known["overflow"] = tuple(Overflow(**_known(Overflow, o)) for o in known["overflow"])
    return Queue(**known)


def _plan(key: str, body: Mapping[str, Any]) -> Plan:
    known = _known(Plan, body, id=key)
    if "channel" in known:
        known["channel"] = Channel(known["channel"])
    if "steps" in known:
        known["steps"] = tuple(Step(**_known(Step, step)) for step in known["steps"])
    return Plan(**known)


def _profile(key: str, body: Mapping[str, Any]) -> RoutingProfile:
    known = _known(RoutingProfile, body, id=key)
    known["queues"] = tuple(ProfileQueue(**_known(ProfileQueue, q)) for q in known["queues"])
    if "capacity" in known:
        known["capacity"] = {Channel(name): limit for name, limit in known["capacity"].items()}
    if "exclusive" in known:
        known["exclusive"] = frozenset(Channel(name) for name in known["exclusive"])
    return RoutingProfile(**known)


def _pool(key: str, body: Mapping[str, Any]) -> Pool:
    return Pool(key, tuple(body["queues"]), tuple(body["profiles"]))
