"""Only requests signed with our token, over our address, pass."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from centralino.adapters.telephony.twilio.signature import HEADER, verify
from centralino.adapters.telephony.twilio.urls import Urls
from centralino.domain.errors import Forbidden, InvalidRequest
from tests.unit.adapters.telephony.samples import FORM_HEADERS, body

SHOP = "https://mycompany.com/myapp.php?foo=1&bar=2"
JSON_BODY = b'{"property": "value", "boolean": true}'
JSON_HASH = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"
JSON_URL = f"{SHOP}&bodySHA256={JSON_HASH}"
A = (
    "12345",
    SHOP,
    b"CallSid=CA1234567890ABCDE&Digits=1234&From=%2B14158675309&To=%2B18005551212"
    b"&Caller=%2B14158675309",
    "RSOYDt4T1cUTdK1PDd93/VVr8B8=",
)
B = ("12345", SHOP, b"Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234",
     "IK+Dwps556ElfBT0I3Rgjkr1wJU=")  # fmt: skip
C = ("12345", JSON_URL, JSON_BODY, "a9nBmqA0ju/hNViExpshrM61xv4=")
D = (
    "test-token",
    "https://api.example.com/v1/telephony/twilio/voice",
    body("voice"),
    "YuaJ73e3P8DYgkuX1antvnT3QI4=",
)


def check(token: str, url: str, payload: bytes, signature: str, content_type: str = "") -> None:
    headers = dict(FORM_HEADERS)
    if content_type:
        headers["Content-Type"] = content_type
    verify(token, url, payload, {**headers, HEADER: signature})


def refused(token: str, url: str, payload: bytes, signature: str, content_type: str = "") -> None:
    with pytest.raises(Forbidden) as caught:
        check(token, url, payload, signature, content_type)
    assert caught.value.code == "invalid_signature"


@pytest.mark.parametrize("vector", [A, B, D])
def test_published_form_vectors_pass(vector: tuple[str, str, bytes, str]) -> None:
    check(*vector)


def test_published_json_vector_passes() -> None:
    check(*C, content_type="application/json")


def test_a_body_without_a_declared_type_counts_as_a_form() -> None:
    verify(A[0], A[1], A[2], {HEADER.lower(): A[3]})


def test_the_default_port_may_be_written_on_either_side() -> None:
    ported = "https://mycompany.com:443/myapp.php?foo=1&bar=2"
    check(A[0], ported, A[2], A[3])
    over_port = RequestValidator(A[0]).compute_signature(ported, {"Digits": "1"})
    assert over_port != RequestValidator(A[0]).compute_signature(SHOP, {"Digits": "1"})
    check(A[0], SHOP, b"Digits=1", over_port)


def test_another_port_is_another_address() -> None:
    refused(A[0], "https://mycompany.com:8443/myapp.php?foo=1&bar=2", A[2], A[3])


@pytest.mark.parametrize("vector", [A, B, D])
def test_anything_changed_is_refused(vector: tuple[str, str, bytes, str]) -> None:
    token, url, payload, signature = vector
    refused(token + "x", url, payload, signature)
    refused(token, url + "x", payload, signature)
    refused(token, url.replace("https", "http"), payload, signature)
    refused(token, url, payload + b"&Digits=9", signature)
    refused(token, url, payload + b"&Extra=", signature)
    refused(token, url, payload.replace(b"1", b"2", 1), signature)
    refused(token, url, b"", signature)
    refused(token, url, payload, signature[:-1])
    refused(token, url, payload, signature.swapcase())
    refused(token, url, payload, "")
    refused(token, url, payload, "\udce9=")


def test_a_json_body_is_bound_by_its_hash() -> None:
    token, url, payload, signature = C
    refused(token, url, payload + b" ", signature, content_type="application/json")
    other = url.replace(JSON_HASH, hashlib.sha256(b"{}").hexdigest())
    refused(token, other, b"{}", signature, content_type="application/json")


def test_a_body_of_another_type_needs_the_hash() -> None:
    """Else the signature of an address alone would cover whatever body is put under it."""
    refused(A[0], SHOP, b"{}", A[3], content_type="application/json")
    # The same request with its type changed is not what was signed either.
    refused(*C, content_type="application/x-www-form-urlencoded")


def test_repeated_keys_count_once_per_value_and_in_any_order() -> None:
    token, url, _, signature = B
    check(token, url, b"Digits=1234&Sid=CA123&Digits=5678&SidAccount=AC123&Digits=1234", signature)
    refused(token, url, b"Sid=CA123&SidAccount=AC123&Digits=5678", signature)


def test_the_address_comes_from_configuration() -> None:
    urls = Urls("https://api.example.com")
    headers = {**FORM_HEADERS, HEADER: D[3], "Host": "evil.example.net"}
    verify("test-token", urls.requested("voice", ""), body("voice"), headers)
    elsewhere = Urls("https://evil.example.net").requested("voice", "")
    with pytest.raises(Forbidden):
        verify("test-token", elsewhere, body("voice"), {**headers, "Host": "api.example.com"})


def test_the_raw_query_is_part_of_what_is_signed() -> None:
    urls = Urls("http://127.0.0.1:4566/_aws/execute-api/a1b2/$default/")
    assert urls.requested("conference", "c=ct_1&rid=ct_1%234") == (
        "http://127.0.0.1:4566/_aws/execute-api/a1b2/$default"
        "/v1/telephony/twilio/conference?c=ct_1&rid=ct_1%234"
    )


@pytest.mark.parametrize("payload", [b"\xff\xfe", b"a=%ff", b"&".join([b"a=1"] * 300)])
def test_what_is_no_form_is_malformed(payload: bytes) -> None:
    with pytest.raises(InvalidRequest) as caught:
        check("t", SHOP, payload, "c2ln")
    assert caught.value.code == "malformed_body"


@pytest.mark.parametrize("content_type", ["", "application/json"])
def test_a_large_body_is_not_even_hashed(content_type: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        check("t", JSON_URL, b"a" * (64 * 1024 + 1), "c2ln", content_type=content_type)
    assert caught.value.code == "body_too_large"


@given(st.binary(max_size=200), st.text(max_size=60), st.text(max_size=60))
def test_nothing_passes_by_chance(payload: bytes, signature: str, query: str) -> None:
    with pytest.raises((Forbidden, InvalidRequest)):
        check("12345", f"{SHOP}&{query}", payload, signature)
