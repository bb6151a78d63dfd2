"""Prompts as files: spoken by Amazon Polly once, kept in S3, fetched by whoever is on the call.

Decides the name of a file, what is tried when a voice refuses, and how long a file is believed to
be there. The name is a hash of what is said and how, under a key of the deployment: who has no key
cannot tell by a name they made up whether somebody's name was said. Files expire a month after they
were written, because words with a customer's name in them are nobody's to keep: one still needed is
written anew before.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import time
import wave
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from botocore.exceptions import BotoCoreError, ClientError

from centralino.adapters import hold_music
from centralino.adapters.speech import UNWRITABLE, VOICES, parts
from centralino.domain.errors import TransientDependency
from centralino.domain.telephony import markup
from centralino.domain.telephony.actions import Say

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

FOLDER = "prompts"
MUSIC = "music/hold.wav"
#: Samples a second: the more of the two that Polly speaks as plain samples.
RATE = 16_000
#: Characters of one request; Polly bills and takes 3,000 at most.
LONGEST = 2_900
#: A file this old is written anew: the bucket removes it after 30 days.
RENEW_AFTER_S = 15 * 86_400
#: How long a process remembers that a file is there, and of how many.
BELIEVED_S = 3_600.0
REMEMBERED = 10_000
NEURAL, STANDARD = "neural", "standard"
_ENGINES = {"-Neural": NEURAL, "-Generative": "generative", "-Long-Form": "long-form"}
#: What the voice says no to for good: another way of saying it may be taken.
_REFUSALS = frozenset(
    {
        "EngineNotSupportedException",
        "InvalidSsmlException",
        "LanguageNotSupportedException",
        "TextLengthExceededException",
        "ValidationException",
    }
)
_ABSENT = frozenset({403, 404})


@dataclass(frozen=True, slots=True)
class Speech:
    """One way of saying something: a request to Polly but for the length of its text.

    ``tag`` is the language where the voice does not settle it, empty for a voice that was asked
    for by name.
    """

    text: str
    ssml: bool
    voice: str
    engine: str
    tag: str = ""


class PollyPrompts:
    """The port ``Prompts`` over Polly and one bucket.

    Parameters
    ----------
    s3, polly : callable
        Make the clients when first needed: a prompt seen before needs neither.
    url : str
        Where what is in the bucket can be fetched.
    key : callable
        Returns the key of the names. Raises ``TransientDependency`` where it cannot be had.
    clock : callable
        Seconds that only rise.
    """

    def __init__(
        self,
        s3: Callable[[], S3Client],
        polly: Callable[[], Any],
        bucket: str,
        url: str,
        key: Callable[[], bytes],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._s3 = s3
        self._polly = polly
        self._bucket = bucket
        self._base = url.rstrip("/")
        self._key = key
        self._clock = clock
        self._seen: dict[str, float] = {}

    def url(self, say: Say) -> str:
        """See :meth:`Prompts.url`."""
        ways = list(ways_to_say(say))
        key = f"{FOLDER}/{digest(ways[0], self._key())}.wav"
        return self._kept(key, lambda: self._spoken(ways), ages=True)

    def music(self) -> str:
        """See :meth:`Prompts.music`. The file is there once :meth:`keep_music` was called."""
        return f"{self._base}/{MUSIC}"

    def keep_music(self) -> str:
        """Write the music unless it is there, and return its address."""
        return self._kept(MUSIC, lambda: wav(hold_music.samples(), hold_music.RATE))

    def _kept(self, key: str, make: Callable[[], bytes], *, ages: bool = False) -> str:
        now = self._clock()
        if now >= self._seen.get(key, now):
            try:
                if not self._there(key, ages=ages):
                    # One request, so that nobody ever fetches half a file; two who make the same
                    # file at once write the same.
                    self._s3().put_object(
                        Bucket=self._bucket,
                        Key=key,
                        Body=make(),
                        ContentType="audio/wav",
                        CacheControl="public, max-age=86400",
                    )
            except (ClientError, BotoCoreError) as error:
                raise TransientDependency("a prompt could not be made") from error
            if len(self._seen) >= REMEMBERED:
                self._seen.clear()
            self._seen[key] = now + BELIEVED_S
        return f"{self._base}/{key}"

    def _there(self, key: str, *, ages: bool) -> bool:
        try:
            found = self._s3().head_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            # Without the right to list, S3 answers 403 for what is not there.
            if error.response["ResponseMetadata"]["HTTPStatusCode"] in _ABSENT:
                return False
            raise
        return not ages or time.time() - found["LastModified"].timestamp() < RENEW_AFTER_S

    def _spoken(self, ways: list[Speech]) -> bytes:
        refusal: ClientError | None = None
        for way in ways:
            try:
                return wav(b"".join(self._samples(way)) or bytes(RATE // 5), RATE)
            except ClientError as error:
                if error.response["Error"]["Code"] not in _REFUSALS:
                    raise
                refusal = error
        assert refusal is not None
        raise refusal

    def _samples(self, way: Speech) -> Iterator[bytes]:
        for text in [way.text] if way.ssml else parts(way.text, LONGEST):
            answer = self._polly().synthesize_speech(
                Text=text,
                TextType="ssml" if way.ssml else "text",
                VoiceId=way.voice,
                Engine=way.engine,
                OutputFormat="pcm",
                SampleRate=str(RATE),
                **({"LanguageCode": way.tag} if way.tag else {}),
            )
            with answer["AudioStream"] as stream:
                yield stream.read()


def ways_to_say(say: Say) -> Iterator[Speech]:
    """Yield how something is said: as asked for first, then what comes nearest.

    Not every voice knows every engine, and a neural voice knows less markup than a standard one.
    At the end stands the language's usual voice with plain words, which nothing refuses.
    """
    tag, usual = VOICES.get(say.language, VOICES["en"])
    voice, engine = _engine(say.voice) if say.voice else (usual, NEURAL)
    text = UNWRITABLE.sub(" ", say.text)
    ssml = say.ssml
    if ssml:
        try:
            root = markup.parse(text)
        except markup.Unspeakable:
            text, ssml = markup.plain(text), False
        else:
            text = ElementTree.tostring(root, encoding="unicode")
    asked = Speech(text, ssml, voice, engine, "" if say.voice else tag)
    yield asked
    if engine != STANDARD:
        yield replace(asked, engine=STANDARD)
    plain = markup.plain(text) if ssml else text
    yield Speech(plain, False, usual, NEURAL, tag)


def digest(way: Speech, key: bytes) -> str:
    """Return the name of what is said this way: the same for the same sound, unlike any other."""
    told = [way.text, way.ssml, way.voice, way.engine, way.tag, RATE]
    return hmac.digest(key, json.dumps(told).encode(), hashlib.sha256).hex()


def wav(samples: bytes, rate: int) -> bytes:
    """Return signed 16-bit mono samples, little-endian, as a WAV file."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.writeframes(samples)
    return file.getvalue()


def _engine(voice: str) -> tuple[str, str]:
    """Return voice and engine of a name such as ``Joanna-Neural``, as other providers have it."""
    for ending, engine in _ENGINES.items():
        if voice.endswith(ending):
            return voice.removesuffix(ending), engine
    return voice, NEURAL
