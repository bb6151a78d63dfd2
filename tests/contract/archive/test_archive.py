"""What every archive does with a sound."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from moto import mock_aws

from centralino.adapters.memory.archive import MemoryArchive
from centralino.adapters.s3 import S3Archive
from centralino.application.ports.archive import Archive
from centralino.domain.errors import TransientDependency

BUCKET = "recordings"
KEY = "recordings/30/2026/01/05/ct_1/ct_1.1.wav"
MIB = 1024 * 1024


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """An S3 with an empty bucket."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        client = boto3.client(
            "s3", region_name="us-east-1", config=Config(signature_version="s3v4")
        )
        client.create_bucket(Bucket=BUCKET)
        yield client


@pytest.fixture(params=["memory", "s3"])
def archive(request: pytest.FixtureRequest) -> Archive:
    """Each archive, S3's with the smallest parts there are."""
    if request.param == "memory":
        return MemoryArchive()
    return S3Archive(request.getfixturevalue("s3"), BUCKET, part=5 * MIB)


def pieces(total: int, size: int = 100_000) -> Iterator[bytes]:
    """Yield a sound of a size in pieces as they come off a line."""
    for start in range(0, total, size):
        yield bytes([start // size % 251]) * min(size, total - start)


@pytest.mark.parametrize("total", [0, 1, 5 * MIB - 1, 5 * MIB, 5 * MIB + 1, 12 * MIB])
def test_a_sound_is_kept_whole_whatever_its_size(archive: Archive, total: int) -> None:
    assert archive.put(KEY, pieces(total)) == total
    assert archive.size(KEY) == total


def test_what_is_not_kept_has_no_size(archive: Archive) -> None:
    assert archive.size(KEY) is None


@pytest.mark.parametrize("total", [10, 7 * MIB])
def test_keeping_again_gives_the_same(archive: Archive, total: int) -> None:
    for _ in range(2):
        assert archive.put(KEY, pieces(total)) == total
    assert archive.size(KEY) == total


@pytest.mark.parametrize("before", [0, 10, 7 * MIB, 12 * MIB])
def test_a_sound_that_breaks_off_leaves_what_was_there(archive: Archive, before: int) -> None:
    def broken() -> Iterator[bytes]:
        yield from pieces(before)
        raise TransientDependency("the line broke")

    with pytest.raises(TransientDependency, match="the line broke"):
        archive.put(KEY, broken())
    assert archive.size(KEY) is None
    archive.put(KEY, [b"whole"])
    with pytest.raises(TransientDependency, match="the line broke"):
        archive.put(KEY, broken())
    assert archive.size(KEY) == 5


def test_an_address_names_the_sound_and_its_end(archive: Archive) -> None:
    archive.put(KEY, [b"sound"])
    url = archive.url(KEY, 60)
    assert KEY in url
    assert "60" in url


# --------------------------------------------------------------------------- S3 alone


def test_parts_come_together_in_order(s3: Any) -> None:
    S3Archive(s3, BUCKET, part=5 * MIB).put(KEY, pieces(12 * MIB))
    found = s3.get_object(Bucket=BUCKET, Key=KEY)
    assert found["Body"].read() == b"".join(pieces(12 * MIB))
    assert found["ContentType"] == "audio/wav"


def test_no_part_is_left_behind_by_a_sound_that_broke_off(s3: Any) -> None:
    def broken() -> Iterator[bytes]:
        yield from pieces(12 * MIB)
        raise RuntimeError("the process is ending")

    with pytest.raises(RuntimeError):
        S3Archive(s3, BUCKET, part=5 * MIB).put(KEY, broken())
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=BUCKET)


def test_no_more_than_two_parts_are_held_at_once(s3: Any) -> None:
    taken = sent = 0
    most = 0

    class Counting:
        """The client, counting what it sends."""

        def __getattr__(self, name: str) -> Any:
            return getattr(s3, name)

        def upload_part(self, **request: Any) -> Any:
            nonlocal sent
            sent += len(request["Body"])
            return s3.upload_part(**request)

    def line() -> Iterator[bytes]:
        nonlocal taken, most
        for piece in pieces(40 * MIB):
            taken += len(piece)
            most = max(most, taken - sent)
            yield piece

    S3Archive(Counting(), BUCKET, part=5 * MIB).put(KEY, line())  # type: ignore[arg-type]
    assert sent == 40 * MIB
    assert most <= 3 * 5 * MIB


def test_an_address_is_signed_for_one_sound_and_a_time(s3: Any) -> None:
    url = S3Archive(s3, BUCKET).url(KEY, 60)
    assert "X-Amz-Expires=60" in url
    assert "X-Amz-Signature=" in url
    assert "X-Amz-Algorithm=AWS4-HMAC-SHA256" in url


@pytest.mark.parametrize("total", [10, 12 * MIB])
def test_an_archive_that_does_not_answer_may_be_asked_again(s3: Any, total: int) -> None:
    archive = S3Archive(s3, "nowhere", part=5 * MIB)
    with pytest.raises(TransientDependency):
        archive.put(KEY, pieces(total))
    with pytest.raises(TransientDependency):
        S3Archive(_Refusing(s3), BUCKET).size(KEY)


class _Refusing:
    """A client whose HEAD is refused."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def head_object(self, **_: Any) -> Any:
        """Refuse as S3 does."""
        from botocore.exceptions import ClientError

        raise ClientError(
            {"Error": {"Code": "403"}, "ResponseMetadata": {"HTTPStatusCode": 403}},  # type: ignore[typeddict-item]
            "HeadObject",
        )
