"""Alarms that reach an operator.

Decides how an alarm is raised: at the first breaching minute, silent without data, and always
to the one alarm topic. Never decides which metric is worth an alarm; each part does for itself.
"""

from __future__ import annotations

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from constructs import Construct


def raise_alarm(
    scope: Construct,
    id: str,
    *,
    metric: cloudwatch.IMetric,
    threshold: float,
    description: str,
    topic: sns.ITopic,
    periods: int = 1,
) -> cloudwatch.Alarm:
    """Alarm when a metric goes above a threshold for a number of periods in a row.

    Parameters
    ----------
    description
        What is wrong and what the operator does about it; it is the text of the notice.
    """
    alarm = cloudwatch.Alarm(
        scope,
        id,
        metric=metric,
        threshold=threshold,
        comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
        evaluation_periods=periods,
        # A queue without traffic and a function without calls send nothing; that is not a fault.
        treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        alarm_description=description,
    )
    alarm.add_alarm_action(actions.SnsAction(topic))
    return alarm
