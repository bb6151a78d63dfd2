"""Every function is made the same way, and is wired as its documentation says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from infra.build_layers import ROOT
from tests.infra.synthesis import Resource, Templates

FUNCTIONS = sorted(path.parent.name for path in (ROOT / "functions").glob("*/handler.py"))
COMMON = {
    "CONTACTS_TABLE",
    "AGENTS_TABLE",
    "CONFIG_TABLE",
    "OPS_TABLE",
    "POWERTOOLS_SERVICE_NAME",
    "POWERTOOLS_METRICS_NAMESPACE",
    "LOG_LEVEL",
}
ROUTING = {
    "NUDGES_QUEUE_URL",
    "TIMERS_QUEUE_URL",
    "WEBSOCKET_CALLBACK_URL",
    "SCHEDULE_GROUP",
    "SCHEDULE_ROLE_ARN",
    "SCHEDULE_QUEUE_ARN",
}
CARRIER = {"TWILIO_SECRET_ARN", "TWILIO_API_URL", "PUBLIC_URL", "CALLS_PER_SECOND"}
DELIVERY = {"SMS_BY", "SMS_SENDER", "EMAIL_BY", "EMAIL_SENDER"}
WIRED = {
    "agent_api": ROUTING | CARRIER | {"RECORDINGS_BUCKET", "WEBSOCKET_URL", "IDENTITY_SECRET_ARN"},
    "call_events": ROUTING | CARRIER | {"IDENTITY_SECRET_ARN", "RECORDINGS_QUEUE_URL"},
    "chime_calls": ROUTING | CARRIER | {"IDENTITY_SECRET_ARN"},
    "imports": {
        "IMPORTS_QUEUE_URL",
        "DEAD_LETTER_QUEUE_URL",
        "EVENT_BUS_NAME",
        "IDENTITY_SECRET_ARN",
    },
    "outbox_relay": ROUTING | {"EVENT_BUS_NAME"},
    "public_api": ROUTING
    | DELIVERY
    | {
        "WEBSOCKET_URL",
        "IDENTITY_SECRET_ARN",
        "WEB_CALLS_PER_MINUTE",
        "VIEWER_ADDRESS_HEADER",
        "PROMPTS_URL",
        "PROMPTS_BUCKET",
    },
    "realtime": ROUTING | {"PROMPTS_URL", "PROMPTS_BUCKET", "PROMPTS_KEY_ARN", "FRAMES_PER_SECOND"},
    "recordings": CARRIER | {"DEAD_LETTER_QUEUE_URL", "RECORDINGS_BUCKET"},
    "routing": ROUTING | {"DEAD_LETTER_QUEUE_URL"},
    "sweep": ROUTING | CARRIER,
    "timers": ROUTING | CARRIER | DELIVERY | {"DEAD_LETTER_QUEUE_URL", "IDENTITY_SECRET_ARN"},
}


def test_a_function_is_deployed_for_each_folder_and_no_other(aws: Templates) -> None:
    assert sorted(aws.functions()) == FUNCTIONS
    assert len(aws.of("AWS::Lambda::Function")) == len(FUNCTIONS)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_runs_as_every_function_does(aws: Templates, name: str) -> None:
    function = aws.functions()[name].properties
    assert function["Runtime"] == "python3.13"
    assert function["Architectures"] == ["arm64"]
    assert function["Handler"] == "handler.handler"
    assert function["TracingConfig"] == {"Mode": "Active"}
    assert function["LoggingConfig"]["LogFormat"] == "JSON"
    assert function["LoggingConfig"]["SystemLogLevel"] == "WARN"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_has_the_two_layers_of_its_stack(aws: Templates, name: str) -> None:
    function = aws.functions()[name]
    layers = [aws.follow(function.stack, layer) for layer in function.properties["Layers"]]
    # A layer of another stack would be an import, which bars its replacement.
    assert all("Ref" in layer for layer in function.properties["Layers"])
    assert {layer.properties["Description"] for layer in layers} == {
        "The product",
        "Third-party packages of the functions, locked",
    }
    for layer in layers:
        assert layer.properties["CompatibleArchitectures"] == ["arm64"]
        assert layer.properties["CompatibleRuntimes"] == ["python3.13"]


def test_a_role_serves_one_function_alone(aws: Templates) -> None:
    used = [
        (found.stack, found.properties["Role"]["Fn::GetAtt"][0])
        for found in aws.functions().values()
    ]
    assert len(set(used)) == len(used)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_logs_to_its_own_group_which_forgets(aws: Templates, name: str) -> None:
    function = aws.functions()[name]
    group = aws.follow(function.stack, function.properties["LoggingConfig"]["LogGroup"])
    assert group.properties["LogGroupName"] == f"/centralino/live/{name}"


def test_every_log_group_has_a_retention(aws: Templates) -> None:
    groups = aws.of("AWS::Logs::LogGroup")
    assert len(groups) == len(FUNCTIONS) + 2
    assert {group.properties.get("RetentionInDays") for group in groups} == {30}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_gets_the_variables_of_its_wiring(aws: Templates, name: str) -> None:
    variables = aws.functions()[name].properties["Environment"]["Variables"]
    assert set(variables) == COMMON | WIRED[name]
    assert variables["POWERTOOLS_METRICS_NAMESPACE"] == "Centralino"


def test_no_variable_holds_a_secret_s_value(aws: Templates) -> None:
    for function in aws.functions().values():
        assert "{{resolve:" not in json.dumps(function.properties)


def _consumed(aws: Templates, function: Resource) -> set[str]:
    """Types of what invokes a function through an event source mapping."""
    found = set()
    for mapping in aws.of("AWS::Lambda::EventSourceMapping"):
        if mapping.stack != function.stack:
            continue
        if aws.follow(mapping.stack, mapping.properties["FunctionName"]).id != function.id:
            continue
        found.add(aws.follow(mapping.stack, mapping.properties["EventSourceArn"]).type)
    return found


def test_a_function_may_call_itself_through_a_queue_only_if_it_reads_one_and_sends(
    aws: Templates,
) -> None:
    allowed = set()
    for name, function in aws.functions().items():
        reads = "AWS::SQS::Queue" in _consumed(aws, function)
        sends = any("sqs:SendMessage" in actions for actions, _ in aws.statements(function))
        expected = "Allow" if reads and sends else "Terminate"
        assert function.properties["RecursiveLoop"] == expected, name
        if expected == "Allow":
            allowed.add(name)
    assert allowed == {"imports", "recordings", "routing", "timers"}


def test_timeouts_leave_the_queues_their_visibility(aws: Templates) -> None:
    timeouts = {name: found.properties["Timeout"] for name, found in aws.functions().items()}
    assert timeouts == {
        "agent_api": 10,
        "call_events": 10,
        "chime_calls": 5,
        "imports": 30,
        "outbox_relay": 30,
        "public_api": 10,
        "realtime": 10,
        "recordings": 300,
        "routing": 10,
        "sweep": 55,
        "timers": 10,
    }
    for mapping in aws.of("AWS::Lambda::EventSourceMapping"):
        source = aws.follow(mapping.stack, mapping.properties["EventSourceArn"])
        function = aws.follow(mapping.stack, mapping.properties["FunctionName"])
        if source.type == "AWS::SQS::Queue":
            assert source.properties["VisibilityTimeout"] > function.properties["Timeout"]


def test_one_sweep_runs_at_a_time_and_a_missed_one_is_not_repeated(aws: Templates) -> None:
    reserved = {
        name: found.properties["ReservedConcurrentExecutions"]
        for name, found in aws.functions().items()
        if "ReservedConcurrentExecutions" in found.properties
    }
    assert reserved == {"public_api": 20, "sweep": 1}
    (config,) = aws.of("AWS::Lambda::EventInvokeConfig")
    assert config.properties["MaximumRetryAttempts"] == 0
    (rule,) = (r for r in aws.of("AWS::Events::Rule") if "ScheduleExpression" in r.properties)
    assert rule.properties["ScheduleExpression"] == "rate(1 minute)"
    (target,) = rule.properties["Targets"]
    assert target["RetryPolicy"]["MaximumRetryAttempts"] == 0
    assert aws.follow(rule.stack, target["Arn"]).id == aws.functions()["sweep"].id


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_raises_alarms_for_failures_logged_errors_and_throttles(
    aws: Templates, name: str
) -> None:
    function = aws.functions()[name]
    alarms = [a.properties for a in aws.of("AWS::CloudWatch::Alarm") if a.stack == function.stack]
    dimension = {"Name": "FunctionName", "Value": {"Ref": function.id}}
    watched = {a["MetricName"] for a in alarms if dimension in a.get("Dimensions", [])}
    assert watched >= {"Errors", "Throttles"}
    assert f"LoggedErrors-{name}" in {a["MetricName"] for a in alarms}


def test_every_alarm_tells_the_topic_and_says_what_is_wrong(aws: Templates) -> None:
    alarms = aws.of("AWS::CloudWatch::Alarm")
    late_callbacks = 1
    spend_caps = 2
    assert len(alarms) == 3 * len(FUNCTIONS) + 2 * 4 + 2 + 1 + late_callbacks + spend_caps
    for alarm in alarms:
        (action,) = alarm.properties["AlarmActions"]
        assert aws.follow(alarm.stack, action).type == "AWS::SNS::Topic"
        assert alarm.properties["AlarmDescription"]
        assert alarm.properties["TreatMissingData"] == "notBreaching"


def test_code_is_packaged_without_caches(aws_folder: Path) -> None:
    manifests = [json.loads(p.read_text()) for p in sorted(aws_folder.glob("*.assets.json"))]
    folders = {
        aws_folder / asset["source"]["path"]
        for manifest in manifests
        for asset in manifest["files"].values()
        if asset["source"]["packaging"] == "zip"
    }
    names = {path.name for path in folders}
    # Seven functions, the product, the dependencies.
    assert len(names) == len(FUNCTIONS) + 2
    product = next(f for f in folders if (f / "python" / "centralino").is_dir())
    for folder in (f for f in folders if not (f / "python" / "pydantic").is_dir()):
        assert not [p for p in folder.rglob("*") if p.name == "__pycache__" or p.suffix == ".pyc"]
    # A change of code uploads this and no dependency.
    assert sum(p.stat().st_size for p in product.rglob("*") if p.is_file()) < 2_000_000
    assert not (product / "python" / "pydantic").exists()
