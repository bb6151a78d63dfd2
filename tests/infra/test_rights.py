"""A function may do what it does, on what it does it to, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.infra.synthesis import Templates, as_list, flat

LOGS = {"logs:CreateLogStream", "logs:PutLogEvents"}
TRACES = {"xray:PutTraceSegments", "xray:PutTelemetryRecords"}
SPEECH = {"polly:SynthesizeSpeech"}
ITEM = {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"}
OPS = {"dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem", "dynamodb:DeleteItem"}
CONSUME = {
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibility",
    "sqs:GetQueueAttributes",
}
STREAM = {"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"}

# What every function has that matches contacts with agents.
MATCHING = {
    "own log": LOGS,
    "*": TRACES,
    "ContactsTable": ITEM,
    "ContactsTable/index/waiting": {"dynamodb:Query"},
    "AgentsTable": ITEM,
    "AgentsTable/index/available": {"dynamodb:Query"},
    "ConfigTable": {"dynamodb:GetItem"},
    "OpsTable": OPS,
    "NudgesQueue": {"sqs:SendMessage"},
    "TimersQueue": {"sqs:SendMessage"},
    "connections": {"execute-api:ManageConnections"},
    "schedules": {"scheduler:CreateSchedule"},
    "SchedulesRole": {"iam:PassRole"},
}
SECRET = {"secretsmanager:GetSecretValue"}
RIGHTS = {
    "agent_api": {
        **MATCHING,
        "Provider": SECRET,
        "Identity": SECRET,
        "Bucket/recordings/*": {"s3:GetObject"},
        "Key": {"kms:Decrypt"},
    },
    "call_events": {
        **MATCHING,
        "Provider": SECRET,
        "Identity": SECRET,
        "data sources": {"lambda:InvokeFunction"},
        "RecordingsQueue": {"sqs:SendMessage"},
    },
    "chime_calls": {**MATCHING, "Provider": SECRET, "Identity": SECRET},
    "public_api": {**MATCHING, "Identity": SECRET},
    "realtime": {
        **MATCHING,
        "*": TRACES | SPEECH,
        "Files/prompts/*": {"s3:GetObject", "s3:PutObject"},
        "Names": SECRET,
        "data sources": {"lambda:InvokeFunction"},
    },
    "routing": {
        **MATCHING,
        "NudgesQueue": {"sqs:SendMessage"} | CONSUME,
        "NudgesDeadLetters": {"sqs:SendMessage"},
    },
    "timers": {
        **MATCHING,
        "TimersQueue": {"sqs:SendMessage"} | CONSUME,
        "TimersDeadLetters": {"sqs:SendMessage"},
        "Provider": SECRET,
        "Identity": SECRET,
    },
    "sweep": {**MATCHING, "Provider": SECRET},
    "imports": {
        "ConfigTable": {"dynamodb:GetItem"},
        "OpsTable": {"dynamodb:GetItem", "dynamodb:PutItem"},
        "ImportQueue": {"sqs:SendMessage"} | CONSUME,
        "ImportDeadLetters": {"sqs:SendMessage"},
        "Identity": SECRET,
        "Bus": {"events:PutEvents"},
        "*": TRACES,
        "own log": LOGS,
    },
    "recordings": {
        "own log": LOGS,
        "*": TRACES,
        "OpsTable": {"dynamodb:GetItem", "dynamodb:PutItem"},
        "RecordingsQueue": CONSUME,
        "RecordingsDeadLetters": {"sqs:SendMessage"},
        "Provider": SECRET,
        "Bucket/recordings/*": {"s3:PutObject", "s3:AbortMultipartUpload"},
        "Key": {"kms:GenerateDataKey", "kms:Decrypt"},
    },
    "outbox_relay": {
        **{
            name: actions
            for name, actions in MATCHING.items()
            if not name.startswith(("ContactsTable", "AgentsTable"))
        },
        "AgentsTable": {"dynamodb:GetItem", "dynamodb:PutItem"},
        "ContactsTable stream": STREAM,
        "AgentsTable stream": STREAM,
        "OpsTable stream": STREAM,
        "Bus": {"events:PutEvents"},
        "Failures": {"s3:ListBucket"},
        "Failures/*": {"s3:PutObject"},
    },
}


def _shown(templates: Templates, stack: str, arn: object) -> str:
    """Name a resource as the table above does."""
    text = flat(arn)
    if "/@connections/" in text:
        assert text.startswith("arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:")
        assert text.endswith("/live/POST/@connections/*")
        return "connections"
    if ":function:centralino-source-" in text:
        assert text.startswith("arn:<AWS::Partition>:lambda:<AWS::Region>:<AWS::AccountId>:")
        assert text.endswith(":function:centralino-source-*")
        return "data sources"
    if ":scheduler:" in text:
        assert text.startswith("arn:<AWS::Partition>:scheduler:<AWS::Region>:<AWS::AccountId>:")
        assert text.endswith(":schedule/centralino-live/*")
        return "schedules"
    if text == "*":
        return text
    suffix = ""
    if isinstance(arn, dict) and "Fn::Join" in arn:
        arn, suffix = arn["Fn::Join"][1]
    resource = templates.follow(stack, arn)
    if resource.type == "AWS::Logs::LogGroup":
        return "own log"
    if "StreamArn" in text:
        suffix = " stream"
    # CDK ends a logical id with a hash of eight.
    return resource.id[:-8] + suffix


@pytest.mark.parametrize("name", sorted(RIGHTS))
def test_a_function_has_its_rights_and_no_other(aws: Templates, name: str) -> None:
    function = aws.functions()[name]
    found: dict[str, set[str]] = {}
    for actions, resources in aws.statements(function):
        for resource in resources:
            found.setdefault(_shown(aws, function.stack, resource), set()).update(actions)
    assert found == RIGHTS[name]


def test_the_table_of_rights_is_about_every_function(aws: Templates) -> None:
    assert set(RIGHTS) == set(aws.functions())


def _allowed(templates: Templates) -> Iterator[tuple[str, dict[str, object]]]:
    for policy in templates.of("AWS::IAM::Policy"):
        for statement in policy.properties["PolicyDocument"]["Statement"]:
            yield policy.id, statement
    for role in templates.of("AWS::IAM::Role"):
        for inline in role.properties.get("Policies", []):
            for statement in inline["PolicyDocument"]["Statement"]:
                yield role.id, statement


def test_no_policy_allows_an_action_by_pattern(aws: Templates, embedded: Templates) -> None:
    for templates in (aws, embedded):
        for where, statement in _allowed(templates):
            actions = as_list(statement["Action"])
            assert not [action for action in actions if "*" in action], where
            assert "NotAction" not in statement, where
            assert "NotResource" not in statement, where


def test_only_tracing_and_speech_are_allowed_on_every_resource(aws: Templates) -> None:
    for where, statement in _allowed(aws):
        if "*" in as_list(statement["Resource"]):
            # Neither tracing nor speech has a resource to name.
            assert set(as_list(statement["Action"])) <= TRACES | SPEECH, where


def test_functions_have_no_managed_policy(aws: Templates) -> None:
    with_managed = [
        role.id for role in aws.of("AWS::IAM::Role") if role.properties.get("ManagedPolicyArns")
    ]
    # API Gateway's own role is no function's.
    assert [id_[:-8] for id_ in with_managed] == ["GatewayLogsRole"]


def test_each_function_is_open_to_its_callers_alone(aws: Templates) -> None:
    callers: dict[str, set[str]] = {}
    for permission in aws.of("AWS::Lambda::Permission"):
        function = aws.follow(permission.stack, permission.properties["FunctionName"])
        name = next(n for n, f in aws.functions().items() if f.id == function.id)
        assert "SourceArn" in permission.properties, permission.id
        callers.setdefault(name, set()).add(permission.properties["Principal"])
    assert callers == {
        "agent_api": {"apigateway.amazonaws.com"},
        "call_events": {"apigateway.amazonaws.com"},
        "public_api": {"apigateway.amazonaws.com"},
        "realtime": {"apigateway.amazonaws.com"},
        "sweep": {"events.amazonaws.com"},
    }
