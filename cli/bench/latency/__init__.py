"""The deployed routing code in virtual time: what its requests take, meet and cost.

Every invocation of a function is a greenlet; the ports sleep in virtual time before they answer,
and the in-memory store makes transactions collide and indexes lag. The use cases run unchanged.
"""
