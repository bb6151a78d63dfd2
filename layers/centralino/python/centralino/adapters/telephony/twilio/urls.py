"""Where the carrier reaches us: the addresses we hand out and the one a request was signed for.

Addresses are built from configuration and from our own ids, never from a request's Host header.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

PREFIX = "/v1/telephony/twilio"


@dataclass(frozen=True, slots=True)
class Urls:
    """The webhook addresses of one deployment.

    Parameters
    ----------
    base : str
        PUBLIC_URL: scheme, host and stage under which the carrier sees us, without the path of
        the API.
    """

    base: str

    def requested(self, step: str, raw_query: str) -> str:
        """Return the address a request for ``step`` was signed for.

        Parameters
        ----------
        raw_query : str
            The query string as it came, still percent-encoded.
        """
        address = f"{self.base.rstrip('/')}{PREFIX}/{step}"
        return f"{address}?{raw_query}" if raw_query else address

    def menu(self, contact: str, step: str, *, queued: bool = False) -> str:
        """Return where the digits of a menu go; those of somebody in the queue say so."""
        if queued:
            return self._own("menu", c=contact, s=step, q="1")
        return self._own("menu", c=contact, s=step)

    def message(self, contact: str, step: str) -> str:
        """Return where the end of a spoken message is told."""
        return self._own("message", c=contact, s=step)

    def paid(self, contact: str, step: str) -> str:
        """Return where the end of a payment is told."""
        return self._own("paid", c=contact, s=step)

    def dialled(self, contact: str, step: str) -> str:
        """Return where the end of a dialled number's talk is told."""
        return self._own("dialled", c=contact, s=step)

    def recording(self, contact: str, name: str) -> str:
        """Return where a recording reports; the carrier keeps our name of it only here."""
        return self._own("recording", c=contact, name=name)

    def attempt(self, contact: str, attempt: str) -> str:
        """Return where a call that we make to a customer reports."""
        return self._own("attempt", c=contact, attempt=attempt)

    def detected(self, contact: str, attempt: str) -> str:
        """Return where it is told whether a person or a machine answered."""
        return self._own("detected", c=contact, attempt=attempt)

    def wait(self, contact: str) -> str:
        """Return where what a queued caller hears comes from."""
        return self._own("wait", c=contact)

    def hold(self, contact: str) -> str:
        """Return where what a caller on hold hears comes from."""
        return self._own("hold", c=contact)

    def announce(self, contact: str) -> str:
        """Return where what a caller in a conversation hears in between comes from."""
        return self._own("announce", c=contact)

    def digits(self, contact: str, name: str) -> str:
        """Return where the keys that a leg hears come from; the address holds their name alone."""
        return self._own("digits", c=contact, name=name)

    def left(self, contact: str) -> str:
        """Return what is asked when a caller has left the queue."""
        return self._own("left", c=contact)

    def present(self, contact: str, attempt: str | None = None) -> str:
        """Return where a call asks what it should do now; one of ours, on being answered."""
        if attempt is None:
            return self._own("present", c=contact)
        return self._own("present", c=contact, attempt=attempt)

    def conference(self, contact: str, rid: str | None = None) -> str:
        """Return where a conference, or the leg named ``rid`` in it, reports."""
        if rid is None:
            return self._own("conference", c=contact)
        return self._own("conference", c=contact, rid=rid)

    def _own(self, step: str, **parameters: str) -> str:
        return self.requested(step, urlencode(parameters))
