"""A contact as a stored item.

Decides the short names, what is left out, and how a decision is cut to its 250 bytes. An
attribute is left out exactly when it has an empty default (none, zero, no entries), so that a
later change of a default never changes what is stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from centralino.adapters.wire.callbacks import callback_map, callback_of
from centralino.adapters.wire.events import events_list, events_of
from centralino.adapters.wire.sizes import IndexShape, Item, item_size
from centralino.application.ports import WaitingEntry
from centralino.domain.contacts.model import (
    Channel,
    Contact,
    ContactState,
    Decision,
    Direction,
    FlowPosition,
    Segment,
)
from centralino.domain.contacts.offers import offered_event
from centralino.domain.events import Event
from centralino.domain.ids import contact_of_offer
from centralino.domain.promises.model import WaitPromise

WAITING = IndexShape("waiting", "wpk", "wsk", ("c",), ("ver", "ch", "plan", "tried", "enq", "pref"))

#: The most a decision record may weigh, its attribute name included.
DECISION_LIMIT = 250

_OFFERED = "ContactOffered"

# Short name -> field, for fields that are None when absent.
_OPTIONAL: tuple[tuple[str, str], ...] = (
    ("call", "call"),
    ("ln", "line"),
    ("sub", "subject"),
    ("parent", "parent"),
    ("kind", "kind"),
    ("prev", "previous"),
    ("pty", "party"),
    ("pool", "pool"),
    ("q", "queue"),
    ("plan", "plan"),
    ("enq", "enqueued_at"),
    ("vts", "virtual_time"),
    ("pref", "preferred"),
    ("ovf", "overflowed"),
    ("asl", "asked_leg"),
    ("rid", "rid"),
    ("ag", "agent"),
    ("exp", "expires_at"),
    ("ack", "acknowledged_at"),
    ("cz", "cause"),
    ("ttl", "ttl"),
)
# Short name -> field, for fields that are empty or zero when absent.
_FALSY: tuple[tuple[str, str], ...] = (
    ("pr", "provider"),
    ("sh", "shard"),
    ("pri", "priority"),
    ("leg", "leg"),
    ("pc", "post_call"),
    ("crt", "created_at"),
    ("at", "updated_at"),
)
_SEGMENT: tuple[tuple[str, str], ...] = (
    ("k", "connected_at"),
    ("hs", "held_since"),
    ("e", "ended_at"),
    ("by", "ended_by"),
    ("w", "wrapped_at"),
    ("d", "disposition"),
    ("lo", "lost_at"),
)


def contact_item(contact: Contact) -> Item:
    """Return a contact as stored: short names, plain values, index keys included."""
    item: Item = {
        "c": contact.id,
        "st": contact.state.value,
        "ver": contact.version,
        "seq": contact.sequence,
        "bu": contact.business_unit,
        "ch": contact.channel.value,
        "dir": contact.direction.value,
        "lg": contact.language,
        "cls": contact.tier,
    }
    for short, name in _OPTIONAL:
        value = getattr(contact, name)
        if value is not None:
            item[short] = value
    for short, name in _FALSY:
        value = getattr(contact, name)
        if value:
            item[short] = value
    if contact.flow is not None:
        item["fl"] = _flow_map(contact.flow)
    if contact.tried:
        item["tried"] = dict(contact.tried)
    if contact.decision is not None:
        item["dec"] = decision_list(contact.decision)
    if contact.promise is not None:
        item["pm"] = _promise_list(contact.promise)
    if contact.callback is not None:
        item["cb"] = callback_map(contact.callback)
    if contact.segments:
        item["sg"] = [_segment_map(s, contact) for s in contact.segments]
    if contact.events:
        item["ev"] = events_list(
            contact.events, _known(contact.agent, contact.rid), _offered(contact)
        )
    key = contact.waiting_key
    if key is not None:
        item["wpk"] = contact.waiting_partition
        item["wsk"] = key
    return item


def contact_of(item: Mapping[str, Any]) -> Contact:
    """Return the contact of a stored item: the inverse of :func:`contact_item`."""
    fields: dict[str, Any] = {}
    for short, name in _OPTIONAL + _FALSY:
        if short in item:
            fields[name] = item[short]
    decision = _decision_of(item["dec"]) if "dec" in item else None
    return Contact(
        id=item["c"],
        state=ContactState(item["st"]),
        business_unit=item["bu"],
        version=item["ver"],
        sequence=item["seq"],
        channel=Channel(item["ch"]),
        direction=Direction(item["dir"]),
        language=item["lg"],
        tier=item["cls"],
        flow=_flow_of(item["fl"]) if "fl" in item else None,
        tried=item.get("tried", {}),
        decision=decision,
        promise=_promise_of(item["pm"]) if "pm" in item else None,
        callback=callback_of(item["cb"]) if "cb" in item else None,
        segments=tuple(_segment_of(s, item) for s in item.get("sg", ())),
        events=events_of(
            item.get("ev", ()),
            _known(item.get("ag"), item.get("rid")),
            offered_event(decision) if decision else None,
        ),
        **fields,
    )


def waiting_entry(item: Mapping[str, Any]) -> WaitingEntry:
    """Return an entry of the ``waiting`` index from what the index projects."""
    _, queue, plan, _ = item["wpk"].rsplit("#", 3)
    key: str = item["wsk"]
    return WaitingEntry(
        contact=item["c"],
        version=item["ver"],
        queue=queue,
        plan=item.get("plan", plan),
        channel=Channel(item["ch"]).work,
        tier=int(key[0]),
        virtual_time=int(key[1:14]),
        enqueued_at=item.get("enq", 0),
        tried=item.get("tried", {}),
        preferred=item.get("pref"),
        calls_back=item["ch"] == Channel.CALLBACK,
    )


def waiting_entry_of(contact: Contact) -> WaitingEntry:
    """Return the entry that the index will hold of a waiting contact."""
    return WaitingEntry(
        contact=contact.id,
        version=contact.version,
        queue=contact.queue or "",
        plan=contact.plan or "",
        channel=contact.channel.work,
        tier=contact.tier,
        virtual_time=max(0, contact.virtual_time or 0),
        enqueued_at=contact.enqueued_at or 0,
        tried=contact.tried,
        preferred=contact.preferred,
        calls_back=contact.channel is Channel.CALLBACK,
    )


def decision_list(decision: Decision) -> list[Any]:
    """Return a decision as stored: rule, step, then agent and reason of each candidate."""
    flat: list[Any] = [decision.rule, decision.step]
    for agent, reason in decision.candidates:
        flat += (agent, reason)
    return flat


def fitted(decision: Decision) -> Decision:
    """Return the decision without the last candidates that do not fit into its 250 bytes."""
    while decision.candidates and item_size({"dec": decision_list(decision)}) > DECISION_LIMIT:
        decision = decision._replace(candidates=decision.candidates[:-1])
    return decision


def _decision_of(flat: list[Any]) -> Decision:
    pairs = zip(flat[2::2], flat[3::2], strict=True)
    return Decision(rule=flat[0], step=flat[1], candidates=tuple(pairs))


def _known(agent: str | None, rid: str | None) -> dict[str, Any]:
    """Return the data of events that the item itself already holds, by field."""
    return {"agent_id": agent, "rid": rid}


def _offered(contact: Contact) -> Event | None:
    """Return the ContactOffered that the stored decision already tells, if it is told now."""
    if contact.decision is None or not any(e.type == _OFFERED for e in contact.events):
        return None
    return offered_event(contact.decision)


def _promise_list(promise: WaitPromise) -> list[int]:
    """Return a promise as stored: moments counted from the first announcement."""
    made = promise.made_at
    return [
        promise.leg,
        made,
        promise.window_start - made,
        promise.window_end - made,
        promise.position,
        promise.expected_ms,
        promise.deviation_ms,
        promise.said_at - made,
        promise.said_position,
        promise.said_end - made,
    ]


def _promise_of(stored: list[int]) -> WaitPromise:
    leg, made, start, end, position, expected, deviation, said, said_position, said_end = stored
    return WaitPromise(
        leg=leg,
        made_at=made,
        window_start=made + start,
        window_end=made + end,
        position=position,
        expected_ms=expected,
        deviation_ms=deviation,
        said_at=made + said,
        said_position=said_position,
        said_end=made + said_end,
    )


def _flow_map(flow: FlowPosition) -> Item:
    stored: Item = {"f": flow.flow, "v": flow.version, "s": flow.step}
    if flow.tries:
        stored["n"] = flow.tries
    if flow.turn != flow.tries:
        stored["t"] = flow.turn
    if flow.stack:
        stored["k"] = [part for frame in flow.stack for part in frame]
    if flow.variables:
        stored["x"] = dict(flow.variables)
    return stored


def _flow_of(stored: Mapping[str, Any]) -> FlowPosition:
    tries, stack = stored.get("n", 0), stored.get("k", ())
    return FlowPosition(
        flow=stored["f"],
        version=stored["v"],
        step=stored["s"],
        tries=tries,
        turn=stored.get("t", tries),
        stack=tuple(zip(stack[::2], stack[1::2], strict=True)),
        variables=stored.get("x", {}),
    )


def _segment_map(segment: Segment, contact: Contact) -> Item:
    # Nearly every rid begins with this contact's id, and the queue is the contact's.
    own = contact_of_offer(segment.rid) == contact.id
    stored: Item = {
        "r": segment.rid[len(contact.id) :] if own else segment.rid,
        "a": segment.agent,
        "t": segment.accepted_at,
    }
    if segment.queue != contact.queue:
        stored["q"] = segment.queue
    if segment.hold_ms:
        stored["hm"] = segment.hold_ms
    if segment.muted:
        stored["mu"] = True
    for short, name in _SEGMENT:
        value = getattr(segment, name)
        if value is not None:
            stored[short] = value
    return stored


def _segment_of(stored: Mapping[str, Any], item: Mapping[str, Any]) -> Segment:
    rid: str = stored["r"]
    return Segment(
        rid=item["c"] + rid if rid.startswith("#") else rid,
        agent=stored["a"],
        queue=stored["q"] if "q" in stored else item["q"],
        accepted_at=stored["t"],
        hold_ms=stored.get("hm", 0),
        muted=stored.get("mu", False),
        **{name: stored[short] for short, name in _SEGMENT if short in stored},
    )
