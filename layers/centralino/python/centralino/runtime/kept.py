"""Where recordings are kept, and who is told to copy them: made when first used.

Most functions have no business with either, and those that do seldom.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import boto3
from botocore.config import Config

from centralino.application.ports.archive import Archive, Copies, Copy

#: A part of a recording takes longer than a record, and its address must hold with any key.
_S3 = Config(
    connect_timeout=2,
    read_timeout=30,
    retries={"max_attempts": 3, "mode": "standard"},
    signature_version="s3v4",
)


class DeferredArchive:
    """The port ``Archive`` over the bucket of this deployment."""

    def put(self, key: str, sound: Iterable[bytes]) -> int:
        """See :meth:`Archive.put`."""
        return _archive().put(key, sound)

    def size(self, key: str) -> int | None:
        """See :meth:`Archive.size`."""
        return _archive().size(key)

    def url(self, key: str, seconds: int) -> str:
        """See :meth:`Archive.url`."""
        return _archive().url(key, seconds)


class DeferredCopies:
    """The port ``Copies`` over the queue of this deployment."""

    def send(self, copy: Copy) -> None:
        """See :meth:`Copies.send`."""
        _copies().send(copy)


@cache
def _archive() -> Archive:
    from centralino.adapters.s3 import S3Archive
    from centralino.runtime.settings import ArchiveSettings, settings

    bucket = settings(ArchiveSettings).recordings_bucket
    return S3Archive(boto3.client("s3", config=_S3), bucket)


@cache
def _copies() -> Copies:
    from centralino.adapters.copies import SqsCopies
    from centralino.runtime.settings import CopySettings, settings

    return SqsCopies(boto3.client("sqs"), settings(CopySettings).recordings_queue_url)
