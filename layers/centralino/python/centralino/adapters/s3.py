"""Recordings in an S3 bucket: the port ``Archive``.

A sound is sent as it comes, in parts, so that an hour of talk takes no more memory than a minute.
What encrypts it and when it is forgotten is the bucket's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from centralino.domain.errors import TransientDependency

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

#: Bytes of a part; S3 takes none under 5 MiB but the last, and at most 10,000: some 78 GiB.
PART = 8 * 1024 * 1024
CONTENT_TYPE = "audio/wav"


class S3Archive:
    """The port ``Archive`` over one bucket.

    Parameters
    ----------
    client : S3Client
    bucket : str
    part : int
        Bytes of a part, and about what is held in memory at once.
    """

    def __init__(self, client: S3Client, bucket: str, part: int = PART) -> None:
        self._client = client
        self._bucket = bucket
        self._part = part

    def put(self, key: str, sound: Iterable[bytes]) -> int:
        """Keep a sound whole; a short one in one request."""
        parts = _parts(sound, self._part)
        first = next(parts, b"")
        second = next(parts, None)
        if second is None:
            with _translated():
                self._client.put_object(
                    Bucket=self._bucket, Key=key, Body=first, ContentType=CONTENT_TYPE
                )
            return len(first)
        return self._put_in_parts(key, first, second, parts)

    def size(self, key: str) -> int | None:
        """Return how many bytes are kept under a key."""
        with _translated():
            try:
                return int(self._client.head_object(Bucket=self._bucket, Key=key)["ContentLength"])
            except ClientError as error:
                if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                    return None
                raise

    def url(self, key: str, seconds: int) -> str:
        """Return a signed address of the sound; nothing is asked of S3."""
        return self._client.generate_presigned_url(
            "get_object", Params={"Bucket": self._bucket, "Key": key}, ExpiresIn=seconds
        )

    def _put_in_parts(self, key: str, first: bytes, second: bytes, rest: Iterator[bytes]) -> int:
        with _translated():
            upload = self._client.create_multipart_upload(
                Bucket=self._bucket, Key=key, ContentType=CONTENT_TYPE
            )["UploadId"]
        try:
            size, done = 0, []
            for number, part in enumerate(_chain(first, second, rest), start=1):
                done.append(self._put_part(key, upload, number, part))
                size += len(part)
            with _translated():
                self._client.complete_multipart_upload(
                    Bucket=self._bucket,
                    Key=key,
                    UploadId=upload,
                    MultipartUpload={"Parts": done},
                )
        except BaseException:
            # What stays behind all the same is removed by the bucket after a day.
            with suppress(ClientError, BotoCoreError):
                self._client.abort_multipart_upload(Bucket=self._bucket, Key=key, UploadId=upload)
            raise
        return size

    def _put_part(self, key: str, upload: str, number: int, part: bytes) -> Any:
        with _translated():
            answer = self._client.upload_part(
                Bucket=self._bucket, Key=key, UploadId=upload, PartNumber=number, Body=part
            )
        return {"ETag": answer["ETag"], "PartNumber": number}


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise TransientDependency("the archive did not answer", code="archive_failed") from error


def _parts(sound: Iterable[bytes], size: int) -> Iterator[bytes]:
    """Yield what comes in pieces of exactly ``size``, the last one whatever is left."""
    held = bytearray()
    for piece in sound:
        held += piece
        while len(held) >= size:
            yield bytes(held[:size])
            del held[:size]
    if held:
        yield bytes(held)


def _chain(first: bytes, second: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield second
    yield from rest
