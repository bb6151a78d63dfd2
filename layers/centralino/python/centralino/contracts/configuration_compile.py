"""A checked file as a configuration: names resolved, defaults taken from contracts, pools found.

It assumes a file without problems and decides no rule.
"""

from __future__ import annotations

from centralino.contracts import configuration_file as parts
from centralino.contracts.flow_compile import compile_flow
from centralino.domain.callbacks.model import Mode
from centralino.domain.callbacks.rules import CallbackRules
from centralino.domain.configuration.hours import MINUTES, Hours, Interval
from centralino.domain.configuration.model import (
    Announce,
    BusinessUnit,
    Configuration,
    Importing,
    Line,
    Overflow,
    Plan,
    ProfileQueue,
    Queue,
    RonaPolicy,
    RoutingProfile,
    Skill,
    Spend,
    Step,
    web_address,
)
from centralino.domain.configuration.pools import compile_pools
from centralino.domain.staffing.slots import SlotRules

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def compile_file(file: parts.ConfigurationFile, version: int) -> Configuration:
    """Return the configuration of a file that has no problems."""
    queues = {key: _queue(key, queue, file) for key, queue in file.queues.items()}
    profiles = {key: _profile(key, profile) for key, profile in file.routing_profiles.items()}
    return Configuration(
        version=version,
        queues=queues,
        profiles=profiles,
        plans={key: _plan(key, plan) for key, plan in file.plans.items()},
        pools=compile_pools(queues, profiles),
        lines={
            key: Line(
                key,
                line.number or web_address(key),
                line.business_unit,
                line.flow,
                line.language,
                line.provider.value,
            )
            for key, line in file.lines.items()
        },
        # A call keeps the version of the rules it began with, its flow's included.
        imports={
            key: Importing(key, part.business_unit, dict(part.queues), part.provider)
            for key, part in file.imports.items()
        },
        flows={key: compile_flow(key, flow, version) for key, flow in file.flows.items()},
        business_units={key: _unit(key, unit, file) for key, unit in file.business_units.items()},
        skills={
            key: Skill(key, dict(skill.names), skill.levels) for key, skill in file.skills.items()
        },
        hours={key: compile_hours(key, hours) for key, hours in file.hours.items()},
    )


def weekdays(key: str) -> tuple[int, ...]:
    """Return the days a key of ``week`` names: ``mon`` or ``mon-fri``; none when it is neither."""
    first, _, last = key.partition("-")
    if first not in WEEKDAYS or (last or first) not in WEEKDAYS:
        return ()
    begin, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
    return tuple(range(begin, end + 1))


def interval(span: str) -> Interval:
    """Return ``HH:MM-HH:MM`` as minutes; one that ends before it begins ends the day after."""
    opens, closes = (int(t[:2]) * 60 + int(t[3:]) for t in span.split("-"))
    return Interval(opens, closes if closes > opens else closes + MINUTES)


def compile_hours(key: str, hours: parts.HoursPart) -> Hours:
    """Return opening hours; what reaches past midnight continues on the next day's list.

    A day of its own keeps the night that reaches into it from the day before.
    """
    week: list[list[Interval]] = [[] for _ in WEEKDAYS]
    for name, spans in hours.week.items():
        for day in weekdays(name):
            for span in spans:
                whole = interval(span)
                week[day].append(Interval(whole.opens, min(whole.closes, MINUTES)))
                if whole.closes > MINUTES:
                    week[(day + 1) % 7].append(Interval(0, whole.closes - MINUTES))
    return Hours(
        id=key,
        zone=hours.zone,
        week=tuple(tuple(sorted(day, key=_opens)) for day in week),
        holidays=hours.holidays,
        days={day: tuple(interval(span) for span in spans) for day, spans in hours.days.items()},
    )


def _opens(interval: Interval) -> int:
    return interval.opens


def _unit(key: str, unit: parts.BusinessUnitPart, file: parts.ConfigurationFile) -> BusinessUnit:
    asked = any(q.business_unit == key and q.callback.web for q in file.queues.values())
    # Whoever lets strangers ask has a cap, whether or not they thought of one.
    spend = unit.spend or (parts.SpendPart() if asked else None)
    return BusinessUnit(
        id=key,
        names=dict(unit.names),
        languages=tuple(unit.languages),
        hours=unit.hours,
        sla_target_ms=unit.service_level.target,
        sla_percent=unit.service_level.percent,
        spend=Spend(spend.calls_per_day, spend.messages_per_day) if spend is not None else None,
    )


def _queue(key: str, queue: parts.QueuePart, file: parts.ConfigurationFile) -> Queue:
    level = queue.service_level or file.business_units[queue.business_unit].service_level
    return Queue(
        id=key,
        business_unit=queue.business_unit,
        names=dict(queue.names),
        strategy=queue.strategy,
        tier=queue.tier,
        priority=queue.priority,
        sla_target_ms=level.target,
        sla_offset_ms=queue.sla_offset,
        offer_timeout_ms=queue.offer_timeout,
        wrap_up_ms=queue.wrap_up,
        set_aside_ms=queue.set_aside,
        shards=queue.shards,
        plans=tuple(queue.plans),
        dispositions=tuple(queue.dispositions),
        boost_ms=queue.boost,
        sla_percent=level.percent,
        rona=RonaPolicy(queue.rona.limit),
        hours=queue.hours,
        overflow=tuple(
            Overflow(
                when=way.when,
                action=way.action,
                limit=way.limit or way.after or 0,
                queue=way.queue,
                texts=dict(way.texts or {}),
                flow=way.flow,
            )
            for way in queue.overflow
        ),
        announce=Announce(queue.announce.position, queue.announce.wait, queue.announce.every),
        recording=queue.recording,
        recording_days=queue.recording_retention,
        callback=_callback(queue.callback),
    )


def _callback(callback: parts.CallbackPart) -> CallbackRules:
    gaps = callback.gaps
    return CallbackRules(
        tries=callback.tries,
        delay_ms=callback.delay,
        expire_ms=callback.expire,
        busy_ms=gaps.busy,
        no_answer_ms=gaps.no_answer,
        machine_ms=gaps.machine,
        failed_ms=gaps.failed,
        growth=gaps.growth,
        longest_ms=gaps.longest,
        hours=callback.hours,
        countries=tuple(callback.countries),
        per_day=callback.per_day,
        margin_ms=callback.margin,
        wrap_up=callback.wrap_up,
        detect=callback.detect,
        web=callback.web,
        sms=callback.sms,
        remind_ms=callback.remind,
        texts=callback.texts.given(),
        mode=Mode(callback.mode),
        lead_ms=callback.lead,
        greeting=dict(callback.greeting or {}),
        machine_message=dict(callback.machine_message or {}),
        slots=_slots(callback.slots),
    )


def _slots(slots: parts.SlotsPart | None) -> SlotRules:
    if slots is None:
        return SlotRules()
    return SlotRules(
        share=slots.share,
        ahead_ms=slots.ahead,
        window_ms=slots.window,
        volume=slots.volume,
        handling_ms=slots.handling,
        most=slots.most,
        history=True,
    )


def _plan(key: str, plan: parts.PlanPart) -> Plan:
    steps = tuple(Step(step.after, dict(step.skills)) for step in plan.steps)
    return Plan(key, plan.channel, steps, plan.prefer)


def _profile(key: str, profile: parts.ProfilePart) -> RoutingProfile:
    return RoutingProfile(
        id=key,
        queues=tuple(ProfileQueue(q.queue, q.priority, q.delay) for q in profile.queues),
        capacity=dict(profile.capacity),
        exclusive=frozenset(profile.exclusive),
        shards=profile.shards,
    )
