"""A flow with a sensitive value and a data source, on the line of the small centre."""

from __future__ import annotations

from dataclasses import replace

from centralino.application import calls
from centralino.contracts.flows import parse
from centralino.domain.configuration.model import Configuration
from centralino.domain.telephony import actions as act
from centralino.domain.telephony.commands import InputGiven
from tests.support.centre import KEY, Centre, configuration

PIN = "83619274"
FLOW = """
flow: main
start: pin
person: person
steps:
  pin:
    do: collect
    type: digits
    min: 8
    max: 8
    into: pin
    sensitive: true
    texts: {en: your PIN, it: il PIN}
    invalid: {en: no PIN, it: nessun PIN}
    then: sure
    otherwise: person
  sure:
    do: menu
    texts: {en: sure, it: sicuri}
    choices: {"1": look, "2": pin, "3": bye}
    invalid: {en: what, it: come}
    otherwise: person
  look:
    do: fetch
    lambda: centralino-source-accounts
    inputs: {pin: "{pin}", who: "{subject}", call: "{contact}"}
    outputs: {name: {from: name, max: 30}}
    budget: 2s
    fallback: {en: no answer, it: nessuna risposta}
    then: greet
    otherwise: person
  greet:
    do: say
    texts: {en: "hello {name}", it: {ssml: "<emphasis>ciao {name}</emphasis>"}}
    then: person
  person: {do: enqueue, queue: sales, plan: voice, texts: {en: hold, it: attenda}}
  bye: {do: hangup, texts: {en: bye, it: ciao}}
"""
SOURCE = "centralino-source-accounts"


def rules(text: str = FLOW, version: int = 1) -> Configuration:
    """Return the rules of the small centre with another flow on its line."""
    flow = parse(text, "main.yaml", version).flow
    return replace(configuration(), version=version, flows={"main": flow})


def centre_of(text: str = FLOW) -> Centre:
    return Centre(rules=rules(text))


def at(centre: Centre, contact: str) -> str:
    position = centre.contact(contact).flow
    assert position is not None
    return position.token


def give(centre: Centre, contact: str, digits: str = "", speech: str = "") -> list[act.Action]:
    """Let the caller answer whatever is asked now."""
    command = InputGiven(contact, "CA1", at(centre, contact), digits, "m", speech)
    return calls.handle(centre.app, command, KEY)
