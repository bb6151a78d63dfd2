"""The simulator: a contact centre under a virtual clock, run by the engine that is deployed.

Callers and agents are made up; everything between them is the product: the use cases, the drain
and its matcher, the claim's transaction, the state machines. A planner asks it what a staffing
or a rule would have done; the tests hold its answers against queueing theory and against real
days replayed call by call. Nothing here is imported by a deployed function.
"""

from __future__ import annotations

from centralino.simulation.call_list import CALL_COLUMNS, CallListError, ListedCall, read_calls
from centralino.simulation.day import DayFigures, DayPlan, QueueOfDay, simulate_day
from centralino.simulation.promise_report import HalfHour, PromiseReport
from centralino.simulation.queue import Demand, QueueFigures, QueueModel, simulate_queue
from centralino.simulation.replay import ORDERS, CallOutcome, Replay, replay
from centralino.simulation.staff import Staff, StaffError, read_staff

__all__ = [
    "CALL_COLUMNS",
    "ORDERS",
    "CallListError",
    "CallOutcome",
    "DayFigures",
    "DayPlan",
    "Demand",
    "HalfHour",
    "ListedCall",
    "PromiseReport",
    "QueueFigures",
    "QueueModel",
    "QueueOfDay",
    "Replay",
    "Staff",
    "StaffError",
    "read_calls",
    "read_staff",
    "replay",
    "simulate_day",
    "simulate_queue",
]
