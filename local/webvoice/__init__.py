"""Robot pages: a caller's and an agent's, as a browser would run them, over the real endpoints.

They fetch the prompts, press the keys, signal and connect with WebRTC; what one says the other
hears is sound that has really gone from one to the other.
"""

from local.webvoice.agent import AgentPhone
from local.webvoice.caller import CallerPage
from local.webvoice.errors import CallEnded, PageError, WebVoiceError
from local.webvoice.gathering import Gathering
from local.webvoice.jukebox import Jukebox
from local.webvoice.links import Link, Links, RtcLink, SilentLink, real_links, silent_links
from local.webvoice.mesh import Mesh
from local.webvoice.sound import Ear, Tone

__all__ = [
    "AgentPhone",
    "CallEnded",
    "CallerPage",
    "Ear",
    "Gathering",
    "Jukebox",
    "Link",
    "Links",
    "Mesh",
    "PageError",
    "RtcLink",
    "SilentLink",
    "Tone",
    "WebVoiceError",
    "real_links",
    "silent_links",
]
