"""A flow drawn as SVG: steps in layers from the first one down, ways labelled by what leads on.

Ways that lead back up are dashed. No outside tool is needed; :mod:`.layout` says where things go.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape

from centralino.domain.flows.documents import STEP_NAMES
from centralino.domain.flows.model import (
    Branch,
    Collect,
    Consent,
    Enqueue,
    Fetch,
    Flow,
    Menu,
    OfferCallback,
    Pay,
    PickTime,
    Run,
    Step,
    Survey,
    Transfer,
    Utterance,
    Voicemail,
    leads,
    words_of,
)
from cli.flows.layout import Layout, Node, laid_out

WIDTH, HEIGHT = 200, 58
#: How much room a way takes that only crosses a layer.
CROSSING = 16
GAP_X, GAP_Y = 36, 74
MARGIN = 40
MOST_CHARACTERS = 28
_FILLS = {
    "menu": "#dbeafe",
    "collect": "#dbeafe",
    "fetch": "#fef3c7",
    "branch": "#f3e8ff",
    "enqueue": "#dcfce7",
    "hangup": "#fee2e2",
    "voicemail": "#dcfce7",
    "offer_callback": "#dcfce7",
    "pick_time": "#dcfce7",
    "transfer": "#dcfce7",
    "pay": "#fef3c7",
    "consent": "#dbeafe",
    "survey": "#dbeafe",
    "return": "#fee2e2",
}
_HEAD = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}" width="{w}" height="{h}"
 font-family="system-ui, sans-serif" font-size="12" role="img">
<title>{title}</title>
<defs><marker id="to" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7"
 orient="auto-start-reverse"><path d="M0 0 8 4 0 8z" fill="#475569"/></marker></defs>
<rect width="100%" height="100%" fill="#ffffff"/>"""


def draw(flow: Flow, language: str = "en") -> str:
    """Return a flow as an SVG document."""
    known = {
        name: [to for to in dict.fromkeys(leads(step).values()) if to in flow.steps]
        for name, step in flow.steps.items()
    }
    first = flow.start if flow.start in flow.steps else next(iter(flow.steps))
    layout = laid_out(first, known)
    widest = max(_taken(layer) for layer in layout.layers)
    width = 2 * MARGIN + widest
    height = 2 * MARGIN + len(layout.layers) * HEIGHT + (len(layout.layers) - 1) * GAP_Y
    places: dict[Node, tuple[float, float]] = {}
    for row, layer in enumerate(layout.layers):
        x = (width - _taken(layer)) / 2
        for node in layer:
            places[node] = (x + _width(node) / 2, MARGIN + row * (HEIGHT + GAP_Y))
            x += _width(node) + GAP_X
    parts = [_HEAD.format(w=round(width), h=round(height), title=escape(f"Flow {flow.id}"))]
    for way in layout.ways:
        parts += _way(way, flow.steps[way[0]], layout, places)
    for name, step in flow.steps.items():
        parts += _box(name, step, places[name], language, first=name == flow.start)
    return "\n".join([*parts, "</svg>", ""])


def _width(node: Node) -> int:
    return WIDTH if isinstance(node, str) else CROSSING


def _taken(layer: list[Node]) -> int:
    return sum(map(_width, layer)) + (len(layer) - 1) * GAP_X


def _way(
    way: tuple[str, str], step: Step, layout: Layout, places: dict[Node, tuple[float, float]]
) -> Iterator[str]:
    nodes, back = layout.ways[way], way in layout.back
    name, to = way
    beside = [pair for pair in layout.ways if pair[0] == name]
    # Ways leave a box side by side, so that their labels do not cover each other.
    offset = WIDTH * ((beside.index(way) + 1) / (len(beside) + 1) - 0.5)
    if name == to:
        x, y = places[name][0] + WIDTH / 2, places[name][1]
        path = f"M{x:.0f} {y + 40:.0f}c30 0 30 -22 0 -22"
        at = (x + 26, y + 52)
    else:
        points = [
            (x + (offset if node == name else 0), y, isinstance(node, str))
            for node, (x, y) in ((node, places[node]) for node in nodes)
        ]
        path = _curve(points)
        x, y, _ = points[-1] if back else points[0]
        at = (x, y - 6) if back else (x, y + HEIGHT + 14)
    ends = ' marker-start="url(#to)" stroke-dasharray="5 3"' if back and name != to else ""
    ends = ends or ' marker-end="url(#to)"'
    yield f'<path d="{path}" fill="none" stroke="#475569"{ends}/>'
    label = ", ".join(_label(step, place) for place, end in leads(step).items() if end == to)
    if label:
        yield (
            f'<text x="{at[0]:.0f}" y="{at[1]:.0f}" text-anchor="middle" fill="#334155" '
            f'stroke="#ffffff" stroke-width="3" paint-order="stroke">{escape(label)}</text>'
        )


def _curve(points: list[tuple[float, float, bool]]) -> str:
    """Return a way from the foot of the first box, through crossings, to the head of the last."""
    x, y, _ = points[0]
    path = f"M{x:.0f} {y + HEIGHT:.0f}"
    y += HEIGHT
    for to_x, to_y, box in points[1:]:
        middle = (y + to_y) / 2
        path += f"C{x:.0f} {middle:.0f} {to_x:.0f} {middle:.0f} {to_x:.0f} {to_y:.0f}"
        x, y = to_x, to_y
        if not box:
            y += HEIGHT
            path += f"V{y:.0f}"
    return path


def _box(
    name: str, step: Step, place: tuple[float, float], language: str, *, first: bool
) -> Iterator[str]:
    x, y = place[0] - WIDTH / 2, place[1]
    kind = STEP_NAMES[type(step)]
    fill, border = _FILLS.get(kind, "#f1f5f9"), 2 if first else 1
    said = _said(step, language)
    yield f"<g><title>{escape(said or kind)}</title>"
    yield (
        f'<rect x="{x:.0f}" y="{y:.0f}" width="{WIDTH}" height="{HEIGHT}" rx="8" fill="{fill}" '
        f'stroke="#475569" stroke-width="{border}"/>'
    )
    middle = x + WIDTH / 2
    for offset, text, weight in ((18, name, "bold"), (34, _what(step, kind), ""), (50, said, "")):
        style = 'font-weight="bold"' if weight else 'fill="#475569"'
        at = f'x="{middle:.0f}" y="{y + offset:.0f}" text-anchor="middle"'
        yield f"<text {at} {style}>{escape(_short(text))}</text>"
    yield "</g>"


def _label(step: Step, place: tuple[str | int, ...]) -> str:
    match step, place:
        case Menu(), ("choices", digit):
            return str(digit)
        case Branch(), ("cases", int(index), _):
            return f"case {index + 1}"
        case _, ("otherwise",):
            return "else"
        case Enqueue(), ("waiting", "offers", int(index), _):
            return f"{step.waiting.offers[index].digit} in line"
        case Collect() | Fetch(), _:
            return "ok"
        case Voicemail(), ("then",):
            return "message"
        case Transfer(), ("then",):
            return "after the call"
        case Pay(), ("then",):
            return "paid"
        case Consent(), ("then",):
            return step.yes
        case OfferCallback() | PickTime(), ("then",):
            return "booked"
    return ""


def _what(step: Step, kind: str) -> str:
    match step:
        case Enqueue() | Voicemail() | OfferCallback() | PickTime():
            return f"{kind}: {step.queue}"
        case Transfer():
            return f"{kind}: {step.number}"
        case Pay():
            return f"{kind}: {step.amount} {step.currency}"
        case Consent():
            return f"{kind}: {step.purpose}"
        case Survey():
            return f"{kind}: {step.scale}"
        case Run():
            return f"{kind}: {step.flow}"
        case Collect():
            return f"{kind}: {step.kind}{' (sensitive)' if step.sensitive else ''}"
        case Fetch():
            return f"{kind}: {step.function or step.url}"
    return kind


def _said(step: Step, language: str) -> str:
    for words in words_of(step).values():
        said = words.get(language) or next(iter(words.values()), "")
        if isinstance(said, Utterance):
            return said.text or said.ssml or said.audio
        return said
    return ""


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= MOST_CHARACTERS else f"{text[: MOST_CHARACTERS - 1]}…"
