"""The page behind a signed link: HTML for any browser, without a script or a file of its own.

It is as private as the link: nobody keeps it, frames it, or learns its address from it.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from html import escape
from typing import Any

from aws_lambda_powertools.event_handler import Response

from centralino.application.callbacks.page import Shown
from centralino.domain.callbacks.wording import LANGUAGES, clock, day, spoken, when
from centralino.domain.staffing.slots import Slot
from centralino.runtime.page_words import WORDS

ACTIONS = ("move", "cancel", "again")
STYLE = (
    "body{font:1.125rem/1.5 system-ui,sans-serif;max-width:34rem;margin:0 auto;padding:1rem;"
    "color:#1a1a1a;background:#fff}h1{font-size:1.5rem}h2{font-size:1.25rem;margin-top:2rem}"
    "select,button{font:inherit;width:100%;min-height:3rem;margin:.25rem 0;padding:.5rem;"
    "border:2px solid #1a1a1a;border-radius:.25rem;background:#fff;color:#1a1a1a}"
    "button{background:#0b4f9e;border-color:#0b4f9e;color:#fff;font-weight:600}"
    "button.plain{background:#fff;color:#a11212;border-color:#a11212}"
    ":focus-visible{outline:3px solid #b35c00;outline-offset:2px}"
    ".said{border-left:.375rem solid #0b4f9e;padding:.5rem 1rem;font-weight:600}"
)
_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
HEADERS = {
    "content-security-policy": (
        f"default-src 'none'; style-src 'sha256-{_HASH}'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "x-robots-tag": "noindex, nofollow",
}


def response(status: int, html: str) -> Response[str]:
    """Return a page as an answer that nobody keeps."""
    return private(status, "text/html; charset=utf-8", html)


def private(status: int, content_type: str, body: Any) -> Response[Any]:
    """Return an answer that nobody keeps, frames or refers to."""
    return Response(status_code=status, content_type=content_type, body=body, headers=dict(HEADERS))


def language(accepted: str) -> str:
    """Return the language of a page for a browser that has no link of ours.

    Examples
    --------
    >>> language("it-IT,it;q=0.9,en;q=0.8"), language("de")
    ('it', 'en')
    """
    wanted = [part.strip()[:2].lower() for part in accepted.split(",")]
    return next((name for name in wanted if name in LANGUAGES), LANGUAGES[0])


def actions(shown: Shown) -> list[str]:
    """Return what can be done to a callback as it stands."""
    if shown.again:
        return ["again"]
    return ["move", "cancel"] if shown.changeable else []


def shown(shown: Shown, now: int, forms: Mapping[str, str]) -> str:
    """Return the page of a callback, with a form for each thing that can be done."""
    return _document(shown.language, _standing(shown, now) + _forms(shown, forms))


def done(shown: Shown, now: int, forms: Mapping[str, str], action: str) -> str:
    """Return the page that follows a form."""
    said = WORDS[shown.language][f"{'already' if shown.already else 'done'}_{action}"]
    body = f'<p class="said" role="status">{escape(said)}</p>{_standing(shown, now)}'
    return _document(shown.language, body + _forms(shown, forms))


def refused(code: str, wanted: str) -> str:
    """Return the page of what did not work."""
    words = WORDS[spoken(wanted)]
    said = escape(words.get(code, words["other"]))
    body = f'<h1>{escape(words["sorry"])}</h1><p class="said" role="alert">{said}</p>'
    return _document(wanted, body)


def _standing(shown: Shown, now: int) -> str:
    words = WORDS[shown.language]
    if shown.changeable:
        moment = when(shown.window, shown.not_before, now, shown.zone, shown.language)
        said = words["booked"].format(when=moment)
    else:
        said = words.get(str(shown.state), words["rung"])
    zone = words["zone"].format(zone=shown.zone)
    return (
        f"<h1>{escape(words['title'])}</h1>"
        f"<p>{escape(words['queue'])}: <strong>{escape(shown.queue)}</strong></p>"
        f"<p>{escape(said)}</p>"
        + (f"<p><small>{escape(zone)}</small></p>" if shown.changeable or shown.again else "")
    )


def _forms(shown: Shown, forms: Mapping[str, str]) -> str:
    words = WORDS[shown.language]
    html = ""
    if "move" in forms:
        picks = _picks(shown, "")
        fields = _select("move_at", words["move_to"], picks) if picks else ""
        nothing = "" if picks else f"<p>{escape(words['no_slots'])}</p>"
        button = _button(words["move_do"]) if picks else ""
        html += _form("move", words["move"], forms["move"], fields + nothing + button)
    if "cancel" in forms:
        button = _button(words["cancel_do"], plain=True)
        html += _form("cancel", words["cancel"], forms["cancel"], button)
    if "again" in forms:
        fields = _select("again_at", words["again_at"], _picks(shown, words["again_soon"]))
        html += _form("again", words["again"], forms["again"], fields + _button(words["again_do"]))
    return html


def _form(action: str, heading: str, proof: str, inner: str) -> str:
    # Without an address of its own it is sent to where the page came from.
    return (
        f'<section aria-labelledby="{action}"><h2 id="{action}">{escape(heading)}</h2>'
        f'<form method="post"><input type="hidden" name="action" value="{action}">'
        f'<input type="hidden" name="form" value="{escape(proof)}">{inner}</form></section>'
    )


def _picks(shown: Shown, soon: str) -> str:
    """Return the times that can be picked, by day; each is sent as an instant."""
    html = f'<option value="">{escape(soon)}</option>' if soon else ""
    by_day: dict[str, list[Slot]] = {}
    for slot in shown.slots:
        if soon or shown.window is None or slot.start != shown.window[0]:
            by_day.setdefault(day(slot.start, shown.zone, shown.language), []).append(slot)
    for name, slots in by_day.items():
        options = ""
        for slot in slots:
            at = escape(clock(slot.start, shown.zone))
            options += f'<option value="{_instant(slot.start)}">{at}</option>'
        html += f'<optgroup label="{escape(name)}">{options}</optgroup>'
    return html


def _instant(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%dT%H:%MZ")


def _select(name: str, label: str, options: str) -> str:
    return (
        f'<label for="{name}">{escape(label)}</label>'
        f'<select id="{name}" name="at">{options}</select>'
    )


def _button(label: str, *, plain: bool = False) -> str:
    look = ' class="plain"' if plain else ""
    return f'<button type="submit"{look}>{escape(label)}</button>'


def document(wanted: str, title: str, body: str) -> str:
    """Return a whole page."""
    return (
        f'<!doctype html><html lang="{spoken(wanted)}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>"
        f"<body><main>{body}</main></body></html>"
    )


def _document(wanted: str, body: str) -> str:
    return document(wanted, WORDS[spoken(wanted)]["title"], body)
