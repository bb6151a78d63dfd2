"""Fixtures of a cloud to test against.

Decides which cloud a test gets: the running one named by `CENTRALINO_ENDPOINT`, else LocalStack
in Docker where there is an engine, else the embedded cloud. Tests of the whole product need the
embedded cloud, since LocalStack without a token serves neither WebSocket APIs nor Cognito.
Skips nothing: what cannot start fails the tests that asked for it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

import docker
import pytest
from docker.errors import DockerException, ImageNotFound
from pytest_localstack import constants, service_checks
from pytest_localstack.session import LocalstackSession, RunningSession

from local.cloud.cloud import REGION, EmbeddedCloud
from local.cloud.deploying import deploy
from local.cloud.deployment import Deployment, Tables
from local.cloud.tables import create_tables, delete_tables

ENDPOINT_VARIABLE = "CENTRALINO_ENDPOINT"
LOCALSTACK_VERSION = "4.14"
_START_TIMEOUT = 90
_DOCKER_TIMEOUT = 2

# What the adapters speak to; LocalStack without a token serves these.
ADAPTER_SERVICES = ("dynamodb", "dynamodbstreams", "events", "s3", "secretsmanager", "sqs")
# What the product needs beyond; the plugin's fixed table does not know all of them.
PRODUCT_SERVICES = ("apigateway", "cloudformation", "cognito-idp", "lambda", "logs", "sts")

Kind = Literal["given", "localstack", "embedded"]


@dataclass(frozen=True)
class CloudSession:
    """A cloud that answers.

    Attributes
    ----------
    kind
        Where it came from: named by the environment, LocalStack in Docker, or embedded.
    endpoint
        Base URL of every service.
    localstack
        The plugin's session, which makes the clients.
    """

    kind: Kind
    endpoint: str
    localstack: RunningSession

    def client(self, service: str) -> Any:
        """A boto3 client of `service`."""
        return self.localstack.boto3.client(service)


def register_services() -> None:
    """Teach the plugin the services its table lacks."""
    for name in PRODUCT_SERVICES:
        constants.SERVICE_PORTS.setdefault(name, 4566)
        service_checks.SERVICE_CHECKS.setdefault(name, service_checks.port_check(name))


def attach(endpoint: str, services: tuple[str, ...], kind: Kind) -> CloudSession:
    """Attach the plugin to a running cloud and wait until `services` answer."""
    register_services()
    address = urlsplit(endpoint)
    if address.hostname is None or address.port is None:
        pytest.fail(f"{ENDPOINT_VARIABLE} must look like http://127.0.0.1:4566, not {endpoint!r}")
    session = RunningSession(
        address.hostname,
        services=dict.fromkeys(services, address.port),
        region_name=REGION,
        use_ssl=address.scheme == "https",
    )
    session.start(timeout=_START_TIMEOUT)
    return CloudSession(kind, endpoint, session)


def docker_engine() -> docker.DockerClient | None:
    """A client of the Docker engine, or None without one; a `docker` command proves nothing."""
    try:
        engine = docker.from_env(timeout=_DOCKER_TIMEOUT)
        engine.ping()
    except (DockerException, OSError):
        return None
    engine.api.timeout = 120
    return engine


def _is_pulled(engine: docker.DockerClient) -> bool:
    try:
        engine.images.get(f"localstack/localstack:{LOCALSTACK_VERSION}")
    except ImageNotFound:
        return False
    return True


@pytest.fixture(scope="session")
def embedded_endpoint() -> Iterator[str]:
    """Address of the embedded cloud of this run: the given one, or one that ends with the run."""
    given = os.environ.get(ENDPOINT_VARIABLE)
    if given:
        yield given.rstrip("/")
        return
    with EmbeddedCloud() as cloud:
        yield cloud.endpoint


@pytest.fixture(scope="session")
def cloud_session(request: pytest.FixtureRequest) -> Iterator[CloudSession]:
    """A cloud for tests of the adapters; nothing is deployed to it."""
    given = os.environ.get(ENDPOINT_VARIABLE)
    if given:
        yield attach(given.rstrip("/"), ADAPTER_SERVICES, "given")
        return
    engine = docker_engine()
    if engine is None:
        endpoint = request.getfixturevalue("embedded_endpoint")
        yield attach(endpoint, ADAPTER_SERVICES, "embedded")
        return
    session = LocalstackSession(
        engine,
        services=list(ADAPTER_SERVICES),
        region_name=REGION,
        localstack_version=LOCALSTACK_VERSION,
        pull_image=not _is_pulled(engine),
    )
    session.start(timeout=_START_TIMEOUT)
    try:
        yield CloudSession("localstack", session.endpoint_url("dynamodb"), session)
    finally:
        session.stop()


@pytest.fixture(scope="session")
def product_session(embedded_endpoint: str) -> CloudSession:
    """The embedded cloud with every service the product needs."""
    services = (*ADAPTER_SERVICES, *PRODUCT_SERVICES)
    kind: Kind = "given" if os.environ.get(ENDPOINT_VARIABLE) else "embedded"
    return attach(embedded_endpoint, services, kind)


@pytest.fixture(scope="session")
def deployment(product_session: CloudSession) -> Deployment:
    """The whole product, deployed once per run."""
    return deploy(product_session.endpoint)


@pytest.fixture
def tables(cloud_session: CloudSession) -> Iterator[Tables]:
    """Four empty tables of their own for one test, without a deployment."""
    dynamodb = cloud_session.client("dynamodb")
    created = create_tables(dynamodb)
    yield created
    delete_tables(dynamodb, created)
