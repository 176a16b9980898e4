"""What every command knows."""

from dataclasses import dataclass

import typer


@dataclass(frozen=True, slots=True)
class Scope:
    tenant: str


def tenant_of(context: typer.Context) -> str:
    scope = context.find_object(Scope)
    if scope is None:
        raise RuntimeError("the callback of the application sets the scope")
    return scope.tenant
