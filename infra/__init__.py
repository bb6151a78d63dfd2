"""What is deployed: the CDK application, its stacks and the parts they share.

Nothing here runs inside a function, and no synthesis calls AWS.
"""

from __future__ import annotations

import os

# jsii greets every run on a Node past its support with a banner that hides the real output; the
# variable takes the major versions that are known and accepted here.
_QUIET = "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION"
os.environ[_QUIET] = ",".join(filter(None, [os.environ.get(_QUIET), "20"]))
