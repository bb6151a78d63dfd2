"""A complete file of business rules, and ways to spoil it."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import yaml

from centralino.contracts.configuration import ConfigurationError, parse

TEXT = {"en": "Hello", "it": "Buongiorno"}
FULL: dict[str, Any] = {
    "business_units": {
        "acme": {
            "names": TEXT,
            "languages": ["en", "it"],
            "hours": "office",
            "service_level": {"target": "30s", "percent": 90},
        }
    },
    "skills": {"tax": {"names": TEXT, "levels": 3}},
    "hours": {
        "office": {
            "zone": "Europe/Rome",
            "week": {"mon-thu": ["09:00-13:00", "14:00-18:00"], "fri": ["22:00-06:00"]},
            "holidays": "IT",
            "days": {"2026-12-24": ["09:00-12:00"], "2026-12-31": []},
        }
    },
    "plans": {
        "voice": {
            "prefer": "10s",
            "steps": [{"skills": {"tax": 3}}, {"after": "30s", "skills": {"tax": 1}}],
        },
        "chat": {"channel": "chat"},
    },
    "queues": {
        "sales": {
            "business_unit": "acme",
            "names": TEXT,
            "plans": ["voice", "chat"],
            "strategy": "round_robin",
            "rona": {"limit": 3},
            "sla_offset": "1m",
            "overflow": [
                {"when": "full", "limit": 50, "action": "message", "texts": TEXT},
                {"when": "late", "after": "5m", "action": "queue", "queue": "support"},
                {"when": "closed", "action": "message", "texts": TEXT},
            ],
        },
        "support": {
            "business_unit": "acme",
            "names": TEXT,
            "plans": ["voice"],
            "service_level": {"target": "1m", "percent": 70},
        },
    },
    "routing_profiles": {
        "all": {
            "queues": ["sales", {"queue": "support", "priority": 2, "delay": "15s"}],
            "capacity": {"voice": 1, "chat": 3},
        }
    },
    "lines": {
        "it": {"number": "+390200000001", "business_unit": "acme", "flow": "main", "language": "it"}
    },
    "flows": {
        "main": {
            "start": "hello",
            "steps": {
                "hello": {"do": "say", "texts": TEXT, "then": "menu"},
                "menu": {
                    "do": "menu",
                    "texts": TEXT,
                    "choices": {"1": "queue", "2": "bye"},
                    "otherwise": "queue",
                    "invalid": TEXT,
                },
                "queue": {"do": "enqueue", "queue": "sales", "plan": "voice", "texts": TEXT},
                "bye": {"do": "hangup", "texts": TEXT},
            },
        }
    },
}


def text_of(tree: dict[str, Any]) -> str:
    return yaml.safe_dump(tree, sort_keys=False, allow_unicode=True)


def edited(*path: str | int, value: Any = None, remove: bool = False) -> dict[str, Any]:
    """Return the full file with one thing set or removed."""
    tree = copy.deepcopy(FULL)
    *way, last = path
    at: Any = tree
    for part in way:
        at = at[part]
    if remove:
        del at[last]
    else:
        at[last] = value
    return tree


def refusal(tree: dict[str, Any] | str) -> list[str]:
    """Return the problems of a file, each as ``place: reason``."""
    text = tree if isinstance(tree, str) else text_of(tree)
    with pytest.raises(ConfigurationError) as caught:
        parse(text, "rules.yaml", 1)
    return [f"{p.where}: {p.reason}" for p in caught.value.problems]
