"""TURN servers of Kinesis Video Streams: what is asked, how long it is kept, what if it fails."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from centralino.adapters.kinesis_ice import KinesisIceServers
from centralino.adapters.memory.log import MemoryLog

CHANNEL = "arn:aws:kinesisvideo:eu-west-1:111122223333:channel/Turn/1234567890123"
ENDPOINT = "https://r-1234.kinesisvideo.eu-west-1.amazonaws.com"
FOUND = {"ResourceEndpointList": [{"Protocol": "HTTPS", "ResourceEndpoint": ENDPOINT}]}
ASKED = {
    "ChannelARN": CHANNEL,
    "SingleMasterChannelEndpointConfiguration": {"Protocols": ["HTTPS"], "Role": "MASTER"},
}
SERVER = {
    "Uris": ["turn:1-2-3-4.t-abc.kinesisvideo.eu-west-1.amazonaws.com:443?transport=udp"],
    "Username": "1700000000:user",
    "Password": "a-password",
    "Ttl": 300,
}


class Bench:
    """The adapter over two stubbed clients."""

    def __init__(self) -> None:
        keys = {"aws_access_key_id": "x", "aws_secret_access_key": "x"}
        where: dict[str, Any] = {"region_name": "eu-west-1", **keys}
        self.client = boto3.client("kinesisvideo", **where)
        self.signaling = boto3.client("kinesis-video-signaling", endpoint_url=ENDPOINT, **where)
        self.video, self.servers = Stubber(self.client), Stubber(self.signaling)
        self.video.activate()
        self.servers.activate()
        self.endpoints: list[str] = []
        self.now = 0.0
        self.log = MemoryLog()
        self.ice = KinesisIceServers(
            self.client, self._signaling, CHANNEL, self.log, lambda: self.now
        )

    def _signaling(self, endpoint: str) -> Any:
        self.endpoints.append(endpoint)
        return self.signaling

    def expect(self, *, endpoint: bool = True, **server: Any) -> None:
        """Answer one request for servers."""
        if endpoint:
            self.video.add_response("get_signaling_channel_endpoint", FOUND, ASKED)
        self.servers.add_response(
            "get_ice_server_config",
            {"IceServerList": [{**SERVER, **server}]},
            {"ChannelARN": CHANNEL, "Service": "TURN"},
        )


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.video.assert_no_pending_responses()
    made.servers.assert_no_pending_responses()


def test_servers_come_as_a_page_takes_them(bench: Bench) -> None:
    bench.expect()
    (server,) = bench.ice.servers()
    assert server.plain() == {
        "urls": SERVER["Uris"],
        "username": SERVER["Username"],
        "credential": SERVER["Password"],
    }
    assert bench.endpoints == [ENDPOINT]
    assert "a-password" not in repr(server)


def test_servers_are_kept_while_they_are_good_for_a_minute(bench: Bench) -> None:
    bench.expect()
    first = bench.ice.servers()
    bench.now = 239.0
    assert bench.ice.servers() == first
    bench.now = 240.0
    bench.expect(endpoint=False, Username="1700000300:user")
    assert bench.ice.servers() != first


def test_calls_go_on_without_servers_and_the_channel_is_not_pestered(bench: Bench) -> None:
    bench.video.add_client_error("get_signaling_channel_endpoint", "ResourceNotFoundException")
    assert bench.ice.servers() == ()
    bench.now = 4.0
    assert bench.ice.servers() == ()
    bench.now = 5.0
    bench.expect()
    assert len(bench.ice.servers()) == 1
    bench.now = 500.0
    bench.servers.add_client_error("get_ice_server_config", "SessionExpiredException")
    assert bench.ice.servers() == ()
    bench.now = 505.0
    bench.expect()  # its endpoint is asked for again
    assert len(bench.ice.servers()) == 1


def test_a_channel_without_an_endpoint_is_none_to_relay_by(bench: Bench) -> None:
    bench.video.add_response("get_signaling_channel_endpoint", {"ResourceEndpointList": []}, ASKED)
    assert bench.ice.servers() == ()
    bench.now = 5.0
    bench.expect()
    assert len(bench.ice.servers()) == 1
