"""How a team writes what a caller hears, and what is common to the steps; see :mod:`.flow_file`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from centralino.contracts.fields import Duration, Language, Part

Digit = Annotated[str, Field(pattern=r"^[0-9*#]$")]
Said = Annotated[str, Field(min_length=1, max_length=3_000)]
Tries = Annotated[int, Field(ge=1, le=5)]
Timeout = Annotated[Duration, Field(ge=1_000, le=30_000)]
#: On the loopback a team tries a flow on its own machine.
HTTP_ADDRESS = r"^(https://|http://(127\.0\.0\.1|localhost)[:/])\S+$"
Address = Annotated[str, Field(pattern=HTTP_ADDRESS, max_length=500)]


class UtterancePart(Part):
    """Words for one language that are more than plain: one of ``text``, ``ssml``, ``audio``."""

    text: Said | None = None
    ssml: Said | None = None
    audio: Annotated[str, Field(pattern=HTTP_ADDRESS, max_length=500)] | None = None
    voice: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,39}$")] | None = None

    @model_validator(mode="after")
    def _one(self) -> UtterancePart:
        if sum(part is not None for part in (self.text, self.ssml, self.audio)) != 1:
            raise ValueError("exactly one of text, ssml and audio is needed")
        if self.audio is not None and self.voice is not None:
            raise ValueError("a recorded file has its own voice")
        return self


WordsPart = Annotated[dict[Language, Said | UtterancePart], Field(min_length=1)]
