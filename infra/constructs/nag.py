"""Rule packs, and the findings that are accepted.

Decides which packs check the application and how a finding is accepted: one finding, on the
construct it is about, with a reason. Never accepts a rule for a whole stack.
"""

from __future__ import annotations

from aws_cdk import Acknowledgment, App, CfnElement, Stack, Validations
from cdk_nag import AwsSolutionsChecks, ServerlessChecks
from constructs import IConstruct


def check_with_packs(app: App) -> None:
    """Have every synthesis checked; a finding that nobody accepted fails it."""
    Validations.of(app).add_plugins(AwsSolutionsChecks(app), ServerlessChecks(app))


def acknowledge(construct: IConstruct, reasons: dict[str, str]) -> None:
    """Accept findings on a construct.

    Parameters
    ----------
    construct
        Where the finding is, or the part of ours that holds it.
    reasons
        The full id of each finding, such as ``AwsSolutions-IAM5[Resource::*]``, and why it stays.
    """
    Validations.of(construct).acknowledge(
        *(Acknowledgment(id=finding, reason=reason) for finding, reason in reasons.items())
    )


def logical_id(construct: IConstruct) -> str:
    """Give the id that a finding calls a construct's resource by."""
    resource = construct.node.default_child
    if not isinstance(resource, CfnElement):
        raise TypeError(f"{construct.node.path} has no resource of its own")
    return Stack.of(construct).get_logical_id(resource)
