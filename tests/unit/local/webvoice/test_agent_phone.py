"""The telephone in an agent's page: only for what this page accepted, and exactly once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from local.webvoice import AgentPhone
from tests.unit.local.webvoice.pages import ROOM, Links, Sent, eventually, peer, room, signal

RID = "ct_1#1"


def run(story: Callable[[AgentPhone, Links, Sent], Awaitable[None]]) -> None:
    async def go() -> None:
        links, sent = Links(), []

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        phone = AgentPhone(links, send)
        await story(phone, links, sent)
        await phone.mesh.leave()

    asyncio.run(go())


def test_who_is_alone_in_the_room_says_so_at_once() -> None:
    async def story(phone: AgentPhone, links: Links, sent: Sent) -> None:
        await phone.accepts(RID)
        assert await phone.hear(room(1, me=RID))
        assert sent == [{"action": "voice", "event": "joined", "room": ROOM, "rid": RID}]
        # The caller comes later, offers, and changes nothing of that.
        await phone.hear(room(2, peer("caller", 2, offer=False), me=RID))
        await phone.hear(signal("caller", 2, "offer"))
        links.made[0].connected.set()
        await asyncio.sleep(0)
        assert [m["event"] for m in sent if m["action"] == "voice"] == ["joined"]

    run(story)


def test_a_room_that_is_shown_before_the_accept_is_answered_waits_for_it() -> None:
    async def story(phone: AgentPhone, links: Links, sent: Sent) -> None:
        assert await phone.hear(room(1, me=RID))
        assert sent == []
        await phone.accepts(RID)
        assert [m["event"] for m in sent] == ["joined"]

    run(story)


def test_another_page_of_the_same_agent_stays_out() -> None:
    async def story(phone: AgentPhone, links: Links, sent: Sent) -> None:
        await phone.hear(room(1, peer("caller", 0, offer=True), me=RID))
        await phone.hear(signal("caller", 0, "offer"))
        assert links.made == []
        assert sent == []

    run(story)


def test_who_comes_to_others_is_in_once_connected_with_one_of_them() -> None:
    async def story(phone: AgentPhone, links: Links, sent: Sent) -> None:
        await phone.accepts(RID)
        await phone.hear(
            room(4, peer("caller", 1, offer=True), peer("x#1", 2, offer=True), me=RID, seat=4)
        )
        assert [m["action"] for m in sent] == ["signal", "signal"]
        links.made[1].connected.set()
        await eventually(lambda: sent[-1]["action"] == "voice")
        assert sent[-1]["event"] == "joined"

    run(story)


def test_a_page_without_a_microphone_says_that_it_failed() -> None:
    async def story(phone: AgentPhone, links: Links, sent: Sent) -> None:
        phone.refuses = True
        await phone.accepts(RID)
        await phone.hear(room(1, peer("caller", 0, offer=True), me=RID))
        (told,) = sent
        assert (told["event"], told["rid"], told["reason"]) == ("failed", RID, "no_microphone")
        assert links.made == []

    run(story)


def test_left_ends_it_and_the_same_offer_is_not_entered_again() -> None:
    async def story(phone: AgentPhone, links: Links, sent: Sent) -> None:
        await phone.accepts(RID)
        await phone.hear(room(2, peer("caller", 1, offer=True), me=RID, seat=2))
        await phone.hear(
            {"type": "left", "room": ROOM, "me": RID, "version": 3, "reason": "hangup"}
        )
        assert links.made[0].closed
        await phone.hear(room(4, peer("caller", 1, offer=True), me=RID, seat=4))
        assert len(links.made) == 1

    run(story)


def test_the_end_of_the_talk_ends_it_too_and_is_left_to_the_page() -> None:
    async def story(phone: AgentPhone, links: Links, sent: Sent) -> None:
        await phone.accepts(RID)
        await phone.hear(room(2, peer("caller", 1, offer=True), me=RID, seat=2))
        told = {"type": "contact", "contact_id": ROOM, "state": "HELD"}
        assert not await phone.hear(told)
        assert not links.made[0].closed
        assert not await phone.hear({**told, "state": "WRAPUP"})
        assert links.made[0].closed

    run(story)


def test_putting_the_receiver_down_is_told_and_repeated_nowhere() -> None:
    async def story(phone: AgentPhone, links: Links, sent: Sent) -> None:
        await phone.accepts(RID)
        await phone.hear(room(1, me=RID))
        await phone.leave()
        await phone.leave()
        assert [m["event"] for m in sent] == ["joined", "left"]

    run(story)


def test_frames_for_others_are_left_to_them() -> None:
    async def story(phone: AgentPhone, links: Links, sent: Sent) -> None:
        assert not await phone.hear({"type": "offer", "rid": RID})
        assert await phone.hear({"type": "look"})

    run(story)
