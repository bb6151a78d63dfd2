"""Synthesis for tests, and the questions that they ask of the templates."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.app import build_app
from infra.build_layers import ROOT


def context(**settings: object) -> dict[str, Any]:
    """Give the context of ``cdk.json``, as the command line does, with some of it changed."""
    return {**json.loads((ROOT / "cdk.json").read_text())["context"], **settings}


def synthesize(settings: Mapping[str, object], folder: Path) -> Path:
    """Synthesize the application; a finding of a rule pack raises."""
    build_app(context(**settings), outdir=str(folder)).synth()
    return folder


@dataclass(frozen=True)
class Resource:
    """One resource of one stack."""

    stack: str
    id: str
    type: str
    body: Mapping[str, Any]

    @property
    def properties(self) -> Mapping[str, Any]:
        """The resource's properties."""
        found: Mapping[str, Any] = self.body.get("Properties", {})
        return found


@dataclass(frozen=True)
class Templates:
    """The templates of one target, by stack."""

    stacks: Mapping[str, Mapping[str, Any]]

    @classmethod
    def read(cls, folder: Path) -> Templates:
        """Read every template of a cloud assembly."""
        paths = sorted(folder.glob("*.template.json"))
        return cls(
            {p.name.removesuffix(".template.json"): json.loads(p.read_text()) for p in paths}
        )

    def of(self, type_: str) -> list[Resource]:
        """Give the resources of a type."""
        return [resource for resource in self.resources() if resource.type == type_]

    def resources(self) -> Iterator[Resource]:
        """Give every resource."""
        for stack, template in self.stacks.items():
            for id_, body in template["Resources"].items():
                yield Resource(stack, id_, body["Type"], body)

    def outputs(self) -> dict[str, Any]:
        """Give the values of all outputs but those that CDK makes for references."""
        return {
            name: output["Value"]
            for template in self.stacks.values()
            for name, output in template.get("Outputs", {}).items()
            if not name.startswith("ExportsOutput")
        }

    def functions(self) -> dict[str, Resource]:
        """Give the functions by their names."""
        return {service_name(found): found for found in self.of("AWS::Lambda::Function")}

    def follow(self, stack: str, value: Any) -> Resource:
        """Find the resource that an intrinsic refers to, through an export if need be."""
        if "Fn::ImportValue" in value:
            for other, template in self.stacks.items():
                for output in template.get("Outputs", {}).values():
                    if output.get("Export", {}).get("Name") == value["Fn::ImportValue"]:
                        return self.follow(other, output["Value"])
            raise LookupError(f"nothing exports {value['Fn::ImportValue']}")
        id_ = value["Ref"] if "Ref" in value else value["Fn::GetAtt"][0]
        body = self.stacks[stack]["Resources"][id_]
        return Resource(stack, id_, body["Type"], body)

    def statements(self, function: Resource) -> list[tuple[set[str], list[Any]]]:
        """Give what a function may do: actions and the resources that they are allowed on."""
        role = function.properties["Role"]["Fn::GetAtt"][0]
        found = []
        for policy in self.of("AWS::IAM::Policy"):
            if policy.stack != function.stack or {"Ref": role} not in policy.properties["Roles"]:
                continue
            for statement in policy.properties["PolicyDocument"]["Statement"]:
                assert statement["Effect"] == "Allow"
                found.append((set(as_list(statement["Action"])), as_list(statement["Resource"])))
        return found


def service_name(function: Resource) -> str:
    """Give the name that a function goes by in logs."""
    name: str = function.properties["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"]
    return name


def as_list(value: Any) -> list[Any]:
    """Give a list where CloudFormation takes one or a single value."""
    return value if isinstance(value, list) else [value]


def flat(value: Any) -> str:
    """Give the text that an intrinsic joins, with what it refers to in angle brackets."""
    if isinstance(value, str):
        return value
    if "Fn::Join" in value:
        separator, parts = value["Fn::Join"]
        text: str = separator.join(flat(part) for part in parts)
        return text
    if "Fn::GetAtt" in value:
        return f"<{'.'.join(value['Fn::GetAtt'])}>"
    (reference,) = value.values()
    return f"<{reference}>"
