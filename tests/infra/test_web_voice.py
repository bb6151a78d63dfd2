"""Servers that relay voice between pages, where a deployment asks for them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from infra.app import build_app
from infra.settings import Settings, SettingsError
from tests.infra.synthesis import Templates

SERVERS = {"kinesisvideo:GetSignalingChannelEndpoint", "kinesisvideo:GetIceServerConfig"}
#: Who lets a page enter a room, or places a call.
ASKING = ("agent_api", "public_api", "realtime")


def test_there_is_no_channel_unless_asked_for(aws: Templates) -> None:
    assert not aws.of("AWS::KinesisVideo::SignalingChannel")
    for name in ASKING:
        variables = aws.functions()[name].properties["Environment"]["Variables"]
        assert "ICE_CHANNEL_ARN" not in variables


def test_who_lets_pages_in_may_ask_the_channel_and_nobody_else(tmp_path: Path) -> None:
    app = build_app({"ice": "kinesis"}, outdir=str(tmp_path))
    app.synth()
    templates = {
        path.name.split(".")[0]: json.loads(path.read_text())
        for path in tmp_path.glob("*.template.json")
    }
    channels = [
        name
        for template in templates.values()
        for name, body in template["Resources"].items()
        if body["Type"] == "AWS::KinesisVideo::SignalingChannel"
    ]
    assert len(channels) == 1
    allowed, told = set(), set()
    for template in templates.values():
        for name, body in template["Resources"].items():
            if body["Type"] == "AWS::IAM::Policy":
                for statement in body["Properties"]["PolicyDocument"]["Statement"]:
                    if SERVERS & set(statement["Action"]):
                        assert set(statement["Action"]) == SERVERS
                        assert "*" not in json.dumps(statement["Resource"])
                        allowed.add(name)
            elif body["Type"] == "AWS::Lambda::Function":
                variables = body["Properties"]["Environment"]["Variables"]
                if "ICE_CHANNEL_ARN" in variables:
                    told.add(variables["POWERTOOLS_SERVICE_NAME"])
    assert len(allowed) == len(ASKING)
    assert told == set(ASKING)


@pytest.mark.parametrize(
    ("name", "value"),
    [("ice", "turn"), ("web_calls_per_minute", "0"), ("viewer_address_header", "X Forwarded")],
)
def test_a_setting_that_makes_no_sense_is_refused(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        Settings.from_context({name: value})


def test_a_distribution_in_front_has_a_secret_that_the_function_alone_may_read(
    aws: Templates, tmp_path: Path
) -> None:
    """Without one in front there is none, and headers say nothing."""
    variables = aws.functions()["public_api"].properties["Environment"]["Variables"]
    assert variables["VIEWER_ADDRESS_HEADER"] == ""
    assert "ORIGIN_SECRET_ARN" not in variables
    app = build_app({"viewer_address_header": "cloudfront-viewer-address"}, outdir=str(tmp_path))
    app.synth()
    public = json.loads((tmp_path / "Centralino-Public.template.json").read_text())
    resources = public["Resources"]
    (name,) = (
        id_ for id_, one in resources.items() if one["Type"] == "AWS::SecretsManager::Secret"
    )
    assert resources[name]["Properties"]["GenerateSecretString"]["PasswordLength"] >= 32
    (function,) = (one for one in resources.values() if one["Type"] == "AWS::Lambda::Function")
    told = function["Properties"]["Environment"]["Variables"]
    assert told["ORIGIN_SECRET_ARN"] == {"Ref": name}
    assert public["Outputs"]["OriginSecretArn"]["Value"] == {"Ref": name}
    granted = [
        statement
        for one in resources.values()
        if one["Type"] == "AWS::IAM::Policy"
        for statement in one["Properties"]["PolicyDocument"]["Statement"]
        if statement["Resource"] == {"Ref": name}
    ]
    assert [one["Action"] for one in granted] == ["secretsmanager:GetSecretValue"]


def test_robots_on_a_laptop_may_call_often() -> None:
    laptop = Settings.from_context({"target": "embedded", "endpoint": "http://127.0.0.1:4566"})
    assert laptop.web_calls_per_minute > Settings.from_context({}).web_calls_per_minute


def test_each_route_of_pages_has_a_share_of_its_own(aws: Templates) -> None:
    """Whoever floods one of them takes nothing from connecting and from acknowledging offers."""
    (stage,) = (
        one for one in aws.of("AWS::ApiGatewayV2::Stage") if "RouteSettings" in one.properties
    )
    told = stage.properties["RouteSettings"]
    keys = {one.properties["RouteKey"] for one in aws.of("AWS::ApiGatewayV2::Route")}
    assert set(told) <= keys, "a setting of a route that is not there fails the deployment"
    assert set(told) == {"voice", "signal", "$default"}
    for route in aws.of("AWS::ApiGatewayV2::Route"):
        if route.properties["RouteKey"] in told:
            assert route.id in stage.body["DependsOn"]
    for limit in told.values():
        assert 0 < limit["ThrottlingBurstLimit"] <= limit["ThrottlingRateLimit"]
    assert told["$default"]["ThrottlingRateLimit"] < 100, "what it says is nothing that there is"


def test_a_page_may_say_more_on_a_laptop_alone(aws: Templates, embedded: Templates) -> None:
    def limit(templates: Templates) -> int:
        function = templates.functions()["realtime"].properties
        return int(function["Environment"]["Variables"]["FRAMES_PER_SECOND"])

    assert limit(aws) == 10
    assert limit(embedded) > 100
