"""Operational items: conditions, single-use items, and expiry by the clock."""

from __future__ import annotations

import pytest

from centralino.application.ports import Item, Operations
from centralino.domain.errors import CentralinoError
from tests.contract.store.conftest import Backend
from tests.contract.store.people import at_once


def test_an_item_comes_back_as_it_was_put(operations: Operations) -> None:
    item = Item(
        "ag#1",
        "conn#é/=+",
        {
            "texts": ["à", "", "日本🦉"],
            "none": None,
            "yes": True,
            "no": False,
            "zero": 0,
            "negative": -12,
            "big": 1_700_000_000_000,
            "half": 0.5,
            "blob": b"\x00\xff",
            "map": {"with.dots": {"#": []}, "": {}},
        },
    )
    operations.put(item)
    assert operations.get(item.pk, item.sk) == item


def test_an_item_without_attributes_is_an_item(operations: Operations) -> None:
    operations.put(Item("marker", "x"))
    assert operations.get("marker", "x") == Item("marker", "x")


def test_what_was_never_put_is_absent(operations: Operations) -> None:
    assert operations.get("no", "body") is None
    assert operations.take("no", "body") is None
    assert operations.list("no") == []
    operations.delete("no", "body")


def test_put_replaces(operations: Operations) -> None:
    operations.put(Item("a", "1", {"n": 1, "gone": True}))
    operations.put(Item("a", "1", {"n": 2}))
    assert operations.get("a", "1") == Item("a", "1", {"n": 2})


def test_the_caller_cannot_change_what_is_stored(operations: Operations) -> None:
    attributes = {"list": [1]}
    operations.put(Item("a", "1", attributes))
    attributes["list"].append(2)
    assert operations.get("a", "1") == Item("a", "1", {"list": [1]})


def test_put_new_writes_once(operations: Operations) -> None:
    assert operations.put_new(Item("a", "1", {"by": "first"}))
    assert not operations.put_new(Item("a", "1", {"by": "second"}))
    assert operations.get("a", "1") == Item("a", "1", {"by": "first"})


def test_of_many_put_new_one_wins(operations: Operations) -> None:
    won = at_once(32, lambda n: operations.put_new(Item("lease", "pool", {"by": n})))
    assert won.count(True) == 1
    assert operations.get("lease", "pool") == Item("lease", "pool", {"by": won.index(True)})


def test_put_if_writes_over_a_smaller_number_only(operations: Operations) -> None:
    def put(number: int, below: int) -> bool:
        return operations.put_if(Item("beat", "pool", {"until": number}), "until", below)

    assert put(100, below=50)
    assert not put(200, below=100)
    assert operations.get("beat", "pool") == Item("beat", "pool", {"until": 100})
    assert put(200, below=101)
    assert operations.get("beat", "pool") == Item("beat", "pool", {"until": 200})


def test_put_if_never_writes_over_an_item_without_the_number(operations: Operations) -> None:
    operations.put(Item("beat", "none", {"other": 1}))
    operations.put(Item("beat", "text", {"until": "5"}))
    for sort in ("none", "text"):
        assert not operations.put_if(Item("beat", sort, {"until": 1}), "until", below=10**15)


def test_of_many_put_if_one_wins(operations: Operations) -> None:
    operations.put(Item("beat", "pool", {"until": 10}))
    won = at_once(
        32, lambda n: operations.put_if(Item("beat", "pool", {"until": 100 + n}), "until", 11)
    )
    assert won.count(True) == 1


def test_an_item_is_taken_once(operations: Operations) -> None:
    item = Item("ticket", "abc", {"agent": "ag_1"})
    operations.put(item)
    assert operations.take("ticket", "abc") == item
    assert operations.take("ticket", "abc") is None
    assert operations.get("ticket", "abc") is None


def test_of_64_takers_one_gets_it(operations: Operations) -> None:
    item = Item("ticket", "abc", {"agent": "ag_1"})
    operations.put(item)
    got = at_once(64, lambda _: operations.take("ticket", "abc"))
    assert [found for found in got if found is not None] == [item]


def test_a_list_is_in_key_order_and_of_one_partition(operations: Operations) -> None:
    for pk, sk in [("ag#1", "conn#2"), ("ag#1", "conn#10"), ("ag#1", "x"), ("ag#10", "conn#1")]:
        operations.put(Item(pk, sk))
    assert [i.sk for i in operations.list("ag#1")] == ["conn#10", "conn#2", "x"]
    assert [i.sk for i in operations.list("ag#1", "conn#")] == ["conn#10", "conn#2"]
    assert operations.list("ag#1", "conn#3") == []


def test_a_list_larger_than_a_response_is_whole(operations: Operations) -> None:
    """DynamoDB answers at most a megabyte at a time."""
    big = "x" * 300_000
    for number in range(5):
        operations.put(Item("read-model", f"{number}", {"rows": big}))
    assert [i.sk for i in operations.list("read-model")] == ["0", "1", "2", "3", "4"]


def test_pages_go_through_a_partition_in_key_order(operations: Operations) -> None:
    for sk in ("c", "a", "e", "b", "d"):
        operations.put(Item("log#1", sk))
    operations.put(Item("log#10", "a1"))
    assert [i.sk for i in operations.page("log#1", "", 2)] == ["a", "b"]
    assert [i.sk for i in operations.page("log#1", "b", 2)] == ["c", "d"]
    assert [i.sk for i in operations.page("log#1", "d", 2)] == ["e"]
    assert operations.page("log#1", "e", 2) == []
    assert operations.page("log#2", "", 2) == []


def test_a_page_of_what_has_expired_is_not_the_end(backend: Backend) -> None:
    operations, clock = backend.operations, backend.clock
    second = clock.now() // 1000
    for sk in ("a", "b", "c"):
        operations.put(Item("log#1", sk, {}, ttl=second + 60))
    operations.put(Item("log#1", "d"))
    clock.advance(60_000)
    assert [i.sk for i in operations.page("log#1", "", 2)] == ["d"]


def test_deleting_leaves_the_others(operations: Operations) -> None:
    operations.put(Item("ag#1", "conn#1"))
    operations.put(Item("ag#1", "conn#2"))
    operations.delete("ag#1", "conn#1")
    assert [i.sk for i in operations.list("ag#1")] == ["conn#2"]


def test_an_expired_item_is_absent_to_all(backend: Backend) -> None:
    operations, clock = backend.operations, backend.clock
    second = clock.now() // 1000
    item = Item("ticket", "abc", {"until": 10**15}, ttl=second + 60)
    operations.put(item)
    assert operations.get("ticket", "abc") == item
    clock.advance(60_000)
    assert operations.get("ticket", "abc") is None
    assert operations.list("ticket") == []
    assert operations.put_if(Item("ticket", "abc", {"until": 1}, item.ttl), "until", below=0)
    assert operations.put_new(Item("ticket", "abc", {}, ttl=second + 61))
    assert operations.take("ticket", "abc") is not None


def test_an_expired_item_cannot_be_taken(backend: Backend) -> None:
    operations, clock = backend.operations, backend.clock
    operations.put(Item("ticket", "abc", {}, ttl=clock.now() // 1000 + 60))
    clock.advance(59_000)
    operations.put(Item("ticket", "def", {}, ttl=clock.now() // 1000 + 1))
    clock.advance(1_000)
    assert operations.take("ticket", "abc") is None
    assert operations.take("ticket", "def") is None


def test_an_item_beyond_the_limit_is_refused(operations: Operations) -> None:
    with pytest.raises(CentralinoError) as refused:
        operations.put(Item("a", "1", {"text": "x" * (400 * 1024)}))
    assert refused.value.code == "store_refused"
    assert operations.get("a", "1") is None
