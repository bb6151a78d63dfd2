"""Between entities, models and what a stream carries.

Decides nothing about shapes: those are in :mod:`centralino.adapters.wire`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pynamodb.models import Model

from centralino.adapters import wire
from centralino.adapters.dynamodb.attributes import plain, typed
from centralino.adapters.dynamodb.models import AgentModel, ContactModel
from centralino.application.filing import TOLD, read
from centralino.domain.agents.model import Agent
from centralino.domain.contacts.model import Contact
from centralino.domain.filing import Filed

_M = TypeVar("_M", bound=Model)

Image = Mapping[str, Mapping[str, Any]]
"""An item in DynamoDB's typed form: of a response, or of a stream record."""


def contact_model(contact: Contact, model: type[ContactModel] = ContactModel) -> ContactModel:
    """Return the model that stores a contact."""
    return _model(model, wire.contact_item(contact))


def agent_model(agent: Agent, model: type[AgentModel] = AgentModel) -> AgentModel:
    """Return the model that stores an agent."""
    return _model(model, wire.agent_item(agent))


def plain_item(image: Image) -> wire.Item:
    """Return the plain values of an image."""
    return {name: plain(value) for name, value in image.items()}


def image_of(item: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return an item in DynamoDB's typed form: the inverse of :func:`plain_item`."""
    return {name: typed(value) for name, value in item.items()}


def contact_of_image(image: Image) -> Contact:
    """Return the contact of an image."""
    return wire.contact_of(plain_item(image))


def agent_of_image(image: Image) -> Agent:
    """Return the agent of an image."""
    return wire.agent_of(plain_item(image))


def filed_of_image(image: Image) -> Filed | None:
    """Return what the write of an operational item tells; ``None``: nothing."""
    told = image.get("d", {}).get("M", {}).get(TOLD)
    return read(plain(told)) if told is not None else None


def _model(model: type[_M], item: wire.Item) -> _M:
    words = _WORDS.get(model.__name__)
    if words is None:
        words = {a.attr_name: name for name, a in model.get_attributes().items()}
        _WORDS[model.__name__] = words
    return model(**{words[short]: value for short, value in item.items()})


_WORDS: dict[str, dict[str, str]] = {}
