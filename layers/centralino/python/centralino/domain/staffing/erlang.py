"""How much work a number of agents can take while most are answered in time: Erlang C.

A queue of calls that come at random (Poisson) to ``agents`` with exponential handling times and
callers who stay (M/M/c). Real callers leave, so what this finds possible is a little less than
what is: the right side for a promise. A.K. Erlang, "Solution of some problems in the theory of
probabilities of significance in automatic telephone exchanges", 1917;
as written today: L. Kleinrock, "Queueing Systems", volume 1, 1975, section 3.5::

    B(0) = 1,  B(n) = a B(n-1) / (n + a B(n-1))                          Erlang B, by recursion
    C(N, a) = N B(N) / (N - a (1 - B(N)))                                 probability of waiting
    SL(N, a) = 1 - C(N, a) exp(-(N - a) target / handling)                answered within target

The recursion adds and divides numbers between 0 and 1 only: there is no factorial and no power to
overflow, for thousands of agents as for one.
"""

from __future__ import annotations

from functools import lru_cache
from math import exp

#: How near the search for the most load comes to it, in erlangs.
_NEAR = 1e-4


def p_wait(agents: int, load: float) -> float:
    """Return the probability that a call has to wait.

    Parameters
    ----------
    agents : int
        How many there are, 0 or more.
    load : float
        Offered load in erlangs: calls per second times handling time in seconds. At or above
        ``agents`` everybody waits.

    Examples
    --------
    >>> round(p_wait(14, 10.0), 7)
    0.1741319
    """
    if load <= 0:
        return 0.0 if agents > 0 else 1.0
    if load >= agents:
        return 1.0
    blocked = 1.0
    for number in range(1, agents + 1):
        blocked = load * blocked / (number + load * blocked)
    return agents * blocked / (agents - load * (1 - blocked))


def service_level(agents: int, load: float, handling_ms: int, target_ms: int) -> float:
    """Return the share of calls that are answered within the target, 0 to 1.

    Parameters
    ----------
    load : float
        In erlangs.
    handling_ms : int
        Average handling time, wrap-up included; more than 0.

    Examples
    --------
    >>> round(service_level(14, 10.0, 180_000, 20_000), 5)
    0.88835
    """
    if load >= agents:
        return 0.0
    waiting = p_wait(agents, load)
    return 1 - waiting * exp(-(agents - load) * target_ms / handling_ms)


@lru_cache(maxsize=1024)
def most_load(agents: int, handling_ms: int, target_ms: int, share: float) -> float:
    """Return the greatest load in erlangs of which ``share`` is still answered within the target.

    Found by halving, because the service level falls as the load grows. Rounded down to within
    0.0001 erlangs; 0 for nobody.

    Examples
    --------
    >>> round(most_load(14, 180_000, 20_000, 0.8), 2)
    10.87
    """
    low, high = 0.0, float(agents)
    if agents <= 0 or service_level(agents, low, handling_ms, target_ms) < share:
        return 0.0
    while high - low > _NEAR:
        middle = (low + high) / 2
        if service_level(agents, middle, handling_ms, target_ms) >= share:
            low = middle
        else:
            high = middle
    return low
