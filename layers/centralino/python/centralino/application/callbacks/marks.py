"""What a callback is marked with when it is booked: who is rung first, whom it prefers, no selling.

A customer on the do-not-call list who asks to be called back is called: that is service. The
permission is for this request alone and ends with it, so nothing about it is written anywhere else.
"""

from __future__ import annotations

from dataclasses import replace

from centralino.application import customers
from centralino.application.app import App
from centralino.domain.callbacks.model import Mode
from centralino.domain.callbacks.rules import CallbackRules
from centralino.domain.contacts.callbacks import Wanted
from centralino.domain.errors import TransientDependency

#: The fact of the customers' file that puts somebody on the list, and what it says of who is not.
DO_NOT_CALL = "do_not_call"
_NO = frozenset({"", "no", "false", "0"})


def marked(
    app: App, wanted: Wanted, rules: CallbackRules, subject: str | None, prefer: str | None
) -> Wanted:
    """Return what is asked for with its marks.

    Parameters
    ----------
    prefer : str or None
        The agent who is to call, if there is one.
    """
    return replace(
        wanted,
        alone=rules.mode is Mode.CUSTOMER_FIRST,
        prefer=prefer,
        no_selling=_listed(app, subject),
    )


def _listed(app: App, subject: str | None) -> bool:
    if subject is None:
        return False
    try:
        facts = customers.known(app, subject)
    except TransientDependency as error:
        # Selling less is never wrong; refusing somebody who asked to be called would be.
        app.log.warning("customer_not_looked_up", code=error.code)
        return True
    return facts.get(DO_NOT_CALL, "").strip().lower() not in _NO
