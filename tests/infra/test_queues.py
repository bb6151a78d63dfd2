"""Queues lose nothing in silence."""

from __future__ import annotations

from tests.infra.synthesis import Resource, Templates, as_list


def _queues(aws: Templates) -> dict[str, Resource]:
    return {queue.id[:-8]: queue for queue in aws.of("AWS::SQS::Queue")}


def test_every_queue_comes_with_dead_letters(aws: Templates) -> None:
    assert set(_queues(aws)) == {
        "NudgesQueue",
        "NudgesDeadLetters",
        "TimersQueue",
        "TimersDeadLetters",
        "RecordingsQueue",
        "RecordingsDeadLetters",
        "ImportQueue",
        "ImportDeadLetters",
    }


def test_every_queue_but_the_last_redrives_after_five_receives(aws: Templates) -> None:
    queues = _queues(aws)
    for name in ("Nudges", "Timers", "Recordings", "Import"):
        policy = queues[f"{name}Queue"].properties["RedrivePolicy"]
        assert policy["maxReceiveCount"] == 5
        target = aws.follow(queues[f"{name}Queue"].stack, policy["deadLetterTargetArn"])
        assert target.id == queues[f"{name}DeadLetters"].id
        assert "RedrivePolicy" not in target.properties
        assert target.properties["MessageRetentionPeriod"] == 14 * 24 * 3600


def test_nudges_are_first_in_first_out_per_pool_and_never_deduplicated_by_content(
    aws: Templates,
) -> None:
    queues = _queues(aws)
    for name in ("NudgesQueue", "NudgesDeadLetters"):
        assert queues[name].properties["FifoQueue"] is True
        assert "ContentBasedDeduplication" not in queues[name].properties
    assert queues["NudgesQueue"].properties["FifoThroughputLimit"] == "perMessageGroupId"
    for name in ("TimersQueue", "TimersDeadLetters", "ImportQueue", "ImportDeadLetters"):
        assert "FifoQueue" not in queues[name].properties


def test_visibility_is_short_for_nudges_and_long_for_timers(aws: Templates) -> None:
    queues = _queues(aws)
    assert queues["NudgesQueue"].properties["VisibilityTimeout"] == 12
    assert queues["TimersQueue"].properties["VisibilityTimeout"] == 60


def test_messages_are_encrypted_and_plain_http_is_refused(aws: Templates) -> None:
    refused = set()
    for policy in aws.of("AWS::SQS::QueuePolicy"):
        (queue,) = policy.properties["Queues"]
        for statement in policy.properties["PolicyDocument"]["Statement"]:
            if statement["Effect"] == "Deny":
                assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
                refused.add(queue["Ref"])
    for queue in aws.of("AWS::SQS::Queue"):
        assert queue.properties["SqsManagedSseEnabled"] is True
        assert queue.id in refused


def test_batches_report_each_message_that_failed(aws: Templates) -> None:
    found = {}
    for mapping in aws.of("AWS::Lambda::EventSourceMapping"):
        source = aws.follow(mapping.stack, mapping.properties["EventSourceArn"])
        if source.type == "AWS::SQS::Queue":
            function = aws.follow(mapping.stack, mapping.properties["FunctionName"])
            found[source.id[:-8]] = function.id[:-8]
            # A recording may take its function's whole time.
            size = 1 if source.id.startswith("Recordings") else 10
            assert mapping.properties["BatchSize"] == size
            assert mapping.properties["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert found == {
        "NudgesQueue": "RoutingFunction",
        "TimersQueue": "TimersFunction",
        "RecordingsQueue": "RecordingsFunction",
        "ImportQueue": "ImportsFunction",
    }


def test_an_operator_hears_of_dead_letters_and_of_waiting_messages(aws: Templates) -> None:
    alarms = {}
    for alarm in aws.of("AWS::CloudWatch::Alarm"):
        for dimension in alarm.properties.get("Dimensions", []):
            if dimension["Name"] == "QueueName":
                queue = aws.follow(alarm.stack, dimension["Value"]).id[:-8]
                alarms[queue] = (alarm.properties["MetricName"], alarm.properties["Threshold"])
    assert alarms == {
        "NudgesQueue": ("ApproximateAgeOfOldestMessage", 30),
        "NudgesDeadLetters": ("ApproximateNumberOfMessagesVisible", 0),
        "TimersQueue": ("ApproximateAgeOfOldestMessage", 960),
        "TimersDeadLetters": ("ApproximateNumberOfMessagesVisible", 0),
        "RecordingsQueue": ("ApproximateAgeOfOldestMessage", 1800),
        "RecordingsDeadLetters": ("ApproximateNumberOfMessagesVisible", 0),
        "ImportQueue": ("ApproximateAgeOfOldestMessage", 1800),
        "ImportDeadLetters": ("ApproximateNumberOfMessagesVisible", 0),
    }


def test_alarms_may_publish_to_the_topic_and_only_over_tls(aws: Templates) -> None:
    (policy,) = aws.of("AWS::SNS::TopicPolicy")
    statements = as_list(policy.properties["PolicyDocument"]["Statement"])
    (refused,) = (s for s in statements if s["Effect"] == "Deny")
    assert refused["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    (allowed,) = (s for s in statements if s["Effect"] == "Allow")
    assert allowed["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert allowed["Action"] == "sns:Publish"
    assert allowed["Condition"] == {
        "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    }


def test_nobody_gets_letters_that_were_not_asked_for(aws: Templates) -> None:
    assert not aws.of("AWS::SNS::Subscription")
