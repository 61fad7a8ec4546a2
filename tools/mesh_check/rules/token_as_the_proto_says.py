"""A call needs the token that its RPC asks for, signed by who may call so."""

from collections.abc import Iterator

from deploy.mesh.rpcs import Rpc, rpcs
from services.kit.caller import AUTH, delegate
from tools.mesh_check.allows import allows
from tools.mesh_check.mesh import Mesh
from tools.mesh_check.report import Report
from tools.mesh_check.resource import Finding
from tools.mesh_check.system import principal

report = Report(
    __name__,
    breaks="a call comes without the user it is for, or a service passes on a token "
    "that it was given",
)
# Who signs the token that comes with a call. auth passes on the user's own.
ISSUERS = {
    principal("edge"): AUTH.name,
    principal("auth"): AUTH.name,
    principal("chat"): delegate("chat", to="llm").name,
    principal("llm"): delegate("llm", to="chat").name,
}


def check(mesh: Mesh) -> Iterator[Finding]:
    """Compare `requestPrincipals` with the option `access` of each RPC."""
    for allow in allows(mesh):
        for path in allow.paths:
            rpc = rpcs().get(path)
            wanted = tokens(rpc, allow.caller) if rpc else ()
            if allow.tokens == wanted:
                continue
            if wanted:
                write = f"`requestPrincipals: [{wanted[0]}]`"
            else:
                write = "no `requestPrincipals` for it, in a rule of its own"
            yield report(
                allow.resource,
                f"{path} is allowed to {allow.caller} with the token "
                f"{list(allow.tokens) or 'of nobody'}",
                write,
                breaks=report.breaks
                if wanted
                else "callers without a token are refused",
            )


def tokens(rpc: Rpc, caller: str) -> tuple[str, ...]:
    """Say what a policy has to ask for."""
    if not rpc.needs_token or caller not in ISSUERS:
        return ()
    return (f"{ISSUERS[caller]}/*",)
