"""Who may sign in: the user pool, its clients and its groups.

Decides the password policy, the second factor, how long a sign-in lasts and which flows exist.
On AWS the only flow is the authorization code with PKCE; never a password sent by a client.
"""

from __future__ import annotations

from aws_cdk import CfnOutput, Duration, RemovalPolicy, Stack
from aws_cdk import aws_cognito as cognito
from constructs import Construct

from infra.constructs.nag import acknowledge
from infra.settings import Settings

GROUPS = {
    "agent": "Takes contacts",
    "supervisor": "Sees and steers teams",
    # Whoever supervises one business unit alone is in a group ``supervisor:<business unit>``.
    "supervisor:*": "Supervises every business unit",
    "numbers": "A supervisor who may export the numbers of customers",
    "admin": "Changes configuration and people",
}
_MFA = {"required": cognito.Mfa.REQUIRED, "optional": cognito.Mfa.OPTIONAL, "off": cognito.Mfa.OFF}
# A shift with its breaks: nobody signs in twice in a day, and a lost laptop is out by the next.
_SHIFT = Duration.hours(12)


class IdentityStack(Stack):
    """The user pool of agents, supervisors and administrators."""

    def __init__(self, scope: Construct, id: str, *, settings: Settings) -> None:
        super().__init__(scope, id, description="Centralino: sign-in")
        self.pool = self._build_pool(settings)
        self.web_client = self._build_web_client(settings)
        self.clients = [self.web_client]
        for name, description in GROUPS.items():
            self.pool.add_group(name.title(), group_name=name, description=description)
        domain = self.pool.add_domain(
            "Domain",
            cognito_domain=cognito.CognitoDomainOptions(
                domain_prefix=settings.login_prefix or f"centralino-{self.account}"
            ),
        )
        CfnOutput(self, "UserPoolId", value=self.pool.user_pool_id)
        CfnOutput(self, "WebClientId", value=self.web_client.user_pool_client_id)
        CfnOutput(self, "LoginUrl", value=settings.endpoint or domain.base_url())
        if settings.embedded:
            robots = self._build_robots_client()
            self.clients.append(robots)
            CfnOutput(self, "RobotsClientId", value=robots.user_pool_client_id)

    def issuer(self) -> str:
        """Value of the ``iss`` claim in the pool's tokens."""
        return f"https://cognito-idp.{self.region}.amazonaws.com/{self.pool.user_pool_id}"

    def _build_pool(self, settings: Settings) -> cognito.UserPool:
        keep = not settings.embedded
        pool = cognito.UserPool(
            self,
            "Pool",
            self_sign_up_enabled=False,
            # People type their address, which may change; the user name stays.
            sign_in_aliases=cognito.SignInAliases(username=True, email=True),
            sign_in_case_sensitive=False,
            auto_verify=cognito.AutoVerifiedAttrs(email=True),
            account_recovery=cognito.AccountRecovery.EMAIL_ONLY,
            password_policy=cognito.PasswordPolicy(
                min_length=12,
                require_digits=True,
                require_lowercase=True,
                require_uppercase=True,
                require_symbols=True,
                temp_password_validity=Duration.days(3),
            ),
            mfa=_MFA[settings.mfa],
            mfa_second_factor=None
            if settings.mfa == "off"
            else cognito.MfaSecondFactor(otp=True, sms=False),
            feature_plan=cognito.FeaturePlan.ESSENTIALS,
            deletion_protection=keep,
            removal_policy=RemovalPolicy.RETAIN if keep else RemovalPolicy.DESTROY,
        )
        acknowledge(
            pool,
            {
                "AwsSolutions-COG8": (
                    "Threat protection is billed per person and month; whoever wants it moves the "
                    "pool to the Plus plan. The second factor stands without it."
                )
            },
        )
        if settings.mfa != "required":
            acknowledge(
                pool, {"AwsSolutions-COG2": f"The deployment was asked for: mfa={settings.mfa}."}
            )
        return pool

    def _build_web_client(self, settings: Settings) -> cognito.UserPoolClient:
        urls = [f"{origin}/" for origin in settings.web_urls]
        return self.pool.add_client(
            "WebClient",
            # A browser keeps no secret; the code is bound to it by PKCE.
            generate_secret=False,
            # All flows off leaves refreshing alone, which a code sign-in needs.
            auth_flows=cognito.AuthFlow(user_srp=False),
            o_auth=cognito.OAuthSettings(
                flows=cognito.OAuthFlows(authorization_code_grant=True),
                scopes=[cognito.OAuthScope.OPENID, cognito.OAuthScope.PROFILE],
                callback_urls=urls,
                logout_urls=urls,
            ),
            supported_identity_providers=[cognito.UserPoolClientIdentityProvider.COGNITO],
            access_token_validity=Duration.hours(1),
            id_token_validity=Duration.hours(1),
            refresh_token_validity=_SHIFT,
            enable_token_revocation=True,
            prevent_user_existence_errors=True,
        )

    def _build_robots_client(self) -> cognito.UserPoolClient:
        """Make the client that simulated agents sign in with; the emulator's alone."""
        return self.pool.add_client(
            "RobotsClient",
            generate_secret=False,
            auth_flows=cognito.AuthFlow(admin_user_password=True),
            disable_o_auth=True,
            access_token_validity=Duration.hours(1),
            id_token_validity=Duration.hours(1),
            refresh_token_validity=_SHIFT,
            enable_token_revocation=True,
            prevent_user_existence_errors=True,
        )
