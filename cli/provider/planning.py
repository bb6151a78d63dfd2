"""What would change at the carrier and in the fallback's bucket, and the changing itself.

Decides the order: the documents first, so that no number ever points at one that is not there.
Whatever is right already is left alone, so that doing it twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from centralino.adapters.telephony.twilio import fallback, numbers
from centralino.adapters.telephony.twilio.numbers import Change, Number
from centralino.domain.configuration.model import Line
from cli import outputs
from cli.provider.centre import Centre, NotReady

#: CloudFront asks again after five minutes, and goes on for a week when the bucket is silent.
CACHE = "public, max-age=300, stale-if-error=604800"


@dataclass(frozen=True, slots=True)
class Row:
    """A line, its number at the carrier, and what is wrong with that."""

    line: Line
    number: Number
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A document of the fallback: ``new``, ``changed`` or ``same``."""

    name: str
    text: str
    state: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What has to be done; ``missing`` are lines whose number the account does not own."""

    rows: tuple[Row, ...]
    missing: tuple[Line, ...]
    documents: tuple[Document, ...]

    @property
    def to_set(self) -> tuple[Row, ...]:
        """The numbers that change."""
        return tuple(row for row in self.rows if row.changes)

    @property
    def to_write(self) -> tuple[Document, ...]:
        """The documents that are written."""
        return tuple(document for document in self.documents if document.state != "same")

    @property
    def steps(self) -> int:
        """How many requests change something."""
        return len(self.to_set) + len(self.to_write)


def planned(centre: Centre) -> Plan:
    """Compare the account and the bucket with what they should be.

    Raises
    ------
    NotReady
        The emergency number is one of our lines: while we do not answer it would ring us again.
    """
    own = [line.id for line in centre.lines if line.number == centre.emergency]
    if centre.emergency and own:
        raise NotReady(
            f"the emergency number is the number of line {own[0]}: deploy with another "
            "`-c emergency_number=+...` first"
        )
    owned = {number.number: number for number in numbers.owned(centre.api)}
    rows = tuple(
        Row(line, number, numbers.changes(number, wanted(centre, line)))
        for line in centre.lines
        if (number := owned.get(line.number)) is not None
    )
    missing = tuple(line for line in centre.lines if line.number not in owned)
    return Plan(rows, missing, _documents(centre))


def wanted(centre: Centre, line: Line) -> dict[str, str]:
    """Return the settings of a line's number."""
    return numbers.wanted(centre.urls, centre.fallback(line.language))


def carry_out(centre: Centre, plan: Plan, done: Callable[[int], None]) -> None:
    """Write and set what differs; ``done`` is told how many steps are behind us.

    Raises
    ------
    NotReady
        A document cannot be written, or the carrier kept a setting as it was.
    CentralinoError
        The carrier refused, or cannot be reached. What was done stays; doing it all again is safe.
    """
    steps = 0
    s3 = outputs.client("s3")
    for document in plan.to_write:
        _write(s3, centre.bucket, document)
        done(steps := steps + 1)
    for row in plan.to_set:
        after = numbers.put(centre.api, row.number, row.changes)
        kept = numbers.changes(after, wanted(centre, row.line))
        if kept:
            names = ", ".join(change.setting for change in kept)
            raise NotReady(f"line {row.line.id}: the carrier did not take {names}")
        done(steps := steps + 1)


def _documents(centre: Centre) -> tuple[Document, ...]:
    s3 = outputs.client("s3")
    return tuple(
        Document(name, text, _state(s3, centre.bucket, name, text))
        for name, text in centre.documents().items()
    )


def _state(s3: Any, bucket: str, name: str, text: str) -> str:
    try:
        found = s3.get_object(Bucket=bucket, Key=name)
        same = found["Body"].read() == text.encode()
        same = same and _media(found.get("ContentType", "")) == _media(fallback.CONTENT_TYPE)
    except ClientError as error:
        # Without the right to list, S3 does not tell what is missing from what is forbidden.
        if error.response["Error"]["Code"] in ("NoSuchKey", "AccessDenied", "404"):
            return "new"
        raise NotReady(f"the fallback's bucket cannot be read: {error}") from error
    except BotoCoreError as error:
        raise NotReady(f"the fallback's bucket cannot be read: {error}") from error
    return "same" if same else "changed"


def _media(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _write(s3: Any, bucket: str, document: Document) -> None:
    try:
        s3.put_object(
            Bucket=bucket,
            Key=document.name,
            Body=document.text.encode(),
            ContentType=fallback.CONTENT_TYPE,
            CacheControl=CACHE,
        )
    except (ClientError, BotoCoreError) as error:
        raise NotReady(f"{document.name} cannot be written: {error}") from error
