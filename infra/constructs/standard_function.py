"""A function as every function of the product is made.

Decides runtime, layers, logging, tracing, the role and the alarm on errors, and gives a
function the variables and rights that all of them have. Never grants a right beyond its log
group and its traces: the stack that makes the function says what else it may do.
"""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import Duration, IgnoreMode
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.build_layers import ROOT
from infra.constructs.alarms import raise_alarm
from infra.constructs.layers import NOT_PACKAGED, Layers
from infra.constructs.log_group import standard_log_group
from infra.constructs.nag import acknowledge
from infra.settings import Settings

TIMEOUT = Duration.seconds(10)
_LEVELS = {
    "DEBUG": lambda_.ApplicationLogLevel.DEBUG,
    "INFO": lambda_.ApplicationLogLevel.INFO,
    "WARNING": lambda_.ApplicationLogLevel.WARN,
}


class StandardFunction(Construct):
    """The function of ``functions/<name>``, with a role and a log group of its own."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        settings: Settings,
        description: str,
        alarm_topic: sns.ITopic,
        environment: Mapping[str, str],
        memory_mb: int = 512,
        timeout: Duration = TIMEOUT,
        reserved_concurrency: int | None = None,
        calls_itself_through_a_queue: bool = False,
        no_dead_letters: str,
    ) -> None:
        """Make the function.

        Parameters
        ----------
        name
            The folder under ``functions/``.
        environment
            Variables beyond those that every function has.
        calls_itself_through_a_queue
            Whether it reads from and sends to a queue on purpose. Lambda takes that for a
            runaway loop and cuts it after some 16 hops; the product counts hops by itself.
        no_dead_letters
            Why a failed invocation needs no dead-letter queue of the function's own.
        """
        super().__init__(scope, "".join(part.title() for part in name.split("_")))
        self.log_group = standard_log_group(
            self, "LogGroup", name=f"/centralino/{settings.stage}/{name}", settings=settings
        )
        self.role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            description=f"What the function {name} may do",
        )
        self.log_group.grant_write(self.role)
        layers = Layers.of(self, settings)
        self.function = lambda_.Function(
            self,
            "Function",
            description=description,
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=lambda_.Architecture.ARM_64,
            handler="handler.handler",
            code=lambda_.Code.from_asset(
                str(ROOT / "functions" / name), exclude=NOT_PACKAGED, ignore_mode=IgnoreMode.GLOB
            ),
            layers=[layers.dependencies, layers.product],
            role=self.role,
            timeout=timeout,
            memory_size=memory_mb,
            tracing=lambda_.Tracing.ACTIVE,
            reserved_concurrent_executions=(
                reserved_concurrency if settings.reserved_concurrency else None
            ),
            recursive_loop=(
                lambda_.RecursiveLoop.ALLOW
                if calls_itself_through_a_queue
                else lambda_.RecursiveLoop.TERMINATE
            ),
            log_group=self.log_group,
            logging_format=lambda_.LoggingFormat.JSON,
            application_log_level_v2=_LEVELS[settings.log_level],
            # Start and report records of each invocation would be a tenth of a call's cost;
            # durations are in the metrics and in the traces.
            system_log_level_v2=lambda_.SystemLogLevel.WARN,
            environment={
                "POWERTOOLS_SERVICE_NAME": name,
                "POWERTOOLS_METRICS_NAMESPACE": "Centralino",
                "LOG_LEVEL": settings.log_level,
                # The emulator has no daemon that takes traces.
                **({"POWERTOOLS_TRACE_DISABLED": "true"} if settings.embedded else {}),
                **environment,
            },
        )
        raise_alarm(
            self,
            "ErrorsAlarm",
            metric=self.function.metric_errors(period=Duration.minutes(1), statistic="Sum"),
            threshold=0,
            periods=2,
            description=f"{name}: invocations fail. Read /centralino/{settings.stage}/{name}.",
            topic=alarm_topic,
        )
        # Consumers survive a message that they cannot handle: they log it and go on, so the count
        # of failed invocations alone would miss it.
        logged = logs.MetricFilter(
            self,
            "LoggedErrors",
            log_group=self.log_group,
            filter_pattern=logs.FilterPattern.string_value("$.level", "=", "ERROR"),
            metric_namespace="Centralino",
            metric_name=f"LoggedErrors-{name}",
        )
        raise_alarm(
            self,
            "LoggedErrorsAlarm",
            metric=logged.metric(period=Duration.minutes(1), statistic="Sum"),
            threshold=0,
            description=f"{name}: errors in /centralino/{settings.stage}/{name}. Read them.",
            topic=alarm_topic,
        )
        raise_alarm(
            self,
            "ThrottlesAlarm",
            metric=self.function.metric_throttles(period=Duration.minutes(1), statistic="Sum"),
            threshold=0,
            periods=3,
            description=f"{name}: invocations are throttled. Raise the account's concurrency.",
            topic=alarm_topic,
        )
        acknowledge(
            self,
            {
                "AwsSolutions-IAM5[Resource::*]": (
                    "X-Ray's PutTraceSegments and PutTelemetryRecords accept no resource."
                ),
                "Serverless-LambdaDLQ": no_dead_letters,
                **dict.fromkeys(
                    ("AwsSolutions-L1", "Serverless-LambdaLatestVersion"),
                    "Python 3.13 is the version the dependency layer is built and tested for; "
                    "a newer one comes with a new layer.",
                ),
            },
        )

    def allow(self, *actions: str, on: list[str]) -> None:
        """Let the function do actions on resources given by their ARNs."""
        iam.Grant.add_to_principal(
            grantee=self.role, actions=list(actions), resource_arns=on
        ).assert_success()

    def add_environment(self, variables: Mapping[str, str]) -> None:
        """Give the function more variables."""
        for name, value in variables.items():
            self.function.add_environment(name, value)
