"""What keeps contacts moving: the functions `routing`, `timers` and `sweep`.

Decides how each is triggered and how much of it runs at once. Never decides who gets a contact.
"""

from __future__ import annotations

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.constructs.alarms import raise_alarm
from infra.constructs.consumer import consume
from infra.constructs.nag import acknowledge
from infra.constructs.standard_function import StandardFunction
from infra.wiring import (
    EVERY_MINUTE,
    POLLED,
    Delivery,
    Foundation,
    Routing,
    Telephony,
    watch_spending,
)


class RoutingStack(Stack):
    """The matcher, the timers' function and the minute sweep."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        foundation: Foundation,
        routing: Routing,
        telephony: Telephony,
    ) -> None:
        super().__init__(scope, id, description="Centralino: routing")
        self._foundation = foundation
        self._routing = routing
        self._telephony = telephony
        self.matcher = self._build_matcher()
        self.timers = self._build_timers()
        self.sweep = self._build_sweep()
        for name, function in (
            ("Routing", self.matcher),
            ("Timers", self.timers),
            ("Sweep", self.sweep),
        ):
            CfnOutput(self, f"{name}FunctionName", value=function.function.function_name)

    def _build_matcher(self) -> StandardFunction:
        function = StandardFunction(
            self,
            "routing",
            settings=self._foundation.settings,
            description="Matches waiting contacts with agents, one pool at a time",
            alarm_topic=self._foundation.alarm_topic,
            environment=self._foundation.tables.environment(),
            # Matching is arithmetic: the share of a processor goes with the memory.
            memory_mb=1024,
            no_dead_letters=POLLED,
            calls_itself_through_a_queue=True,
        )
        self._foundation.tables.allow_matching(function)
        self._routing.attach(function)
        consume(function, self._routing.nudges)
        return function

    def _build_timers(self) -> StandardFunction:
        function = StandardFunction(
            self,
            "timers",
            settings=self._foundation.settings,
            description="Acts when a contact or an agent has stayed in a state too long",
            alarm_topic=self._foundation.alarm_topic,
            environment=self._foundation.tables.environment(),
            no_dead_letters=POLLED,
            calls_itself_through_a_queue=True,
        )
        self._foundation.tables.allow_matching(function)
        self._routing.attach(function)
        self._telephony.attach(function)
        # Links in messages are signed with the key of ids.
        self._telephony.attach_identity(function)
        Delivery(self._foundation.settings).attach(function)
        watch_spending(function, self._foundation.alarm_topic)
        consume(function, self._routing.timers)
        return function

    def _build_sweep(self) -> StandardFunction:
        function = StandardFunction(
            self,
            "sweep",
            settings=self._foundation.settings,
            description="Finds each minute what a lost message or a lost call-back left behind",
            alarm_topic=self._foundation.alarm_topic,
            environment=self._foundation.tables.environment(),
            # A sweep reads every pool: it may use the minute until the next one.
            timeout=Duration.seconds(55),
            # Two at once would do the same work twice.
            reserved_concurrency=1,
            no_dead_letters=EVERY_MINUTE,
        )
        function.function.configure_async_invoke(
            retry_attempts=0, max_event_age=Duration.minutes(1)
        )
        acknowledge(
            function,
            {"Serverless-LambdaAsyncFailureDestination": EVERY_MINUTE},
        )
        self._foundation.tables.allow_matching(function)
        self._routing.attach(function)
        self._telephony.attach(function)
        rule = events.Rule(
            self,
            "EveryMinute",
            description="Starts the sweep",
            schedule=events.Schedule.rate(Duration.minutes(1)),
            targets=[
                targets.LambdaFunction(
                    function.function, retry_attempts=0, max_event_age=Duration.minutes(1)
                )
            ],
        )
        acknowledge(
            rule,
            {
                "Serverless-EventBusDLQ": (
                    "A tick that could not be delivered is made good by the next minute's."
                )
            },
        )
        self._watch_callbacks(function)
        return function

    def _watch_callbacks(self, sweep: StandardFunction) -> None:
        """Alarm when the sweep finds callbacks that nothing else has looked at in time."""
        late = logs.MetricFilter(
            self,
            "LateCallbacks",
            log_group=sweep.log_group,
            filter_pattern=logs.FilterPattern.string_value("$.message", "=", "callbacks_late"),
            metric_namespace="Centralino",
            metric_name="LateCallbacks",
            metric_value="$.late",
        )
        raise_alarm(
            self,
            "CallbacksAlarm",
            metric=late.metric(period=Duration.minutes(1), statistic="Sum"),
            threshold=0,
            description=(
                "Callbacks were due and only the minute sweep saw to them. "
                "Look at the timers' queue and its function."
            ),
            topic=self._foundation.alarm_topic,
        )
