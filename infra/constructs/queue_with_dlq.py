"""A work queue, its dead-letter queue, and the alarms on both.

Decides retries, retention, encryption and when an operator hears of trouble. Never decides who
reads the queue.
"""

from __future__ import annotations

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs.alarms import raise_alarm
from infra.constructs.nag import acknowledge

MAX_RECEIVES = 5


class QueueWithDlq(Construct):
    """A queue whose messages go to a dead-letter queue of the same kind after five receives."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        visibility: Duration,
        oldest: Duration,
        alarm_topic: sns.ITopic,
        fifo: bool = False,
    ) -> None:
        """Make the pair.

        Parameters
        ----------
        visibility
            How long a received message stays hidden.
        oldest
            Age of the oldest waiting message that is worth an alarm.
        """
        super().__init__(scope, id)
        self.dead_letters = sqs.Queue(
            self,
            "DeadLetters",
            fifo=fifo or None,
            retention_period=Duration.days(14),
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            removal_policy=RemovalPolicy.DESTROY,
        )
        self.queue = sqs.Queue(
            self,
            "Queue",
            # Content-based ids stay off: each sender gives a unique one, because SQS goes on
            # tracking an id after its message was deleted and would drop a later nudge with it.
            fifo=fifo or None,
            # One group per pool, so the limit that counts is the group's.
            deduplication_scope=sqs.DeduplicationScope.MESSAGE_GROUP if fifo else None,
            fifo_throughput_limit=(sqs.FifoThroughputLimit.PER_MESSAGE_GROUP_ID if fifo else None),
            visibility_timeout=visibility,
            retention_period=Duration.days(1),
            dead_letter_queue=sqs.DeadLetterQueue(
                queue=self.dead_letters, max_receive_count=MAX_RECEIVES
            ),
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            removal_policy=RemovalPolicy.DESTROY,
        )
        acknowledge(
            self.dead_letters,
            {
                "Serverless-SQSRedrivePolicy": (
                    "It is the end of the line: an operator reads it and redrives it."
                )
            },
        )
        raise_alarm(
            self,
            "DeadLettersAlarm",
            metric=self.dead_letters.metric_approximate_number_of_messages_visible(
                period=Duration.minutes(1), statistic="Maximum"
            ),
            threshold=0,
            description=(
                f"{id}: messages failed {MAX_RECEIVES} times, or no retry could help them. "
                "Read the reason in the function's log, mend it, then redrive the queue."
            ),
            topic=alarm_topic,
        )
        raise_alarm(
            self,
            "OldestMessageAlarm",
            metric=self.queue.metric_approximate_age_of_oldest_message(
                period=Duration.minutes(1), statistic="Maximum"
            ),
            threshold=oldest.to_seconds(),
            periods=3,
            description=(
                f"{id}: messages wait over {int(oldest.to_seconds())} s. "
                "The consumer is failing, throttled or too slow."
            ),
            topic=alarm_topic,
        )
