"""Write or check the reference pages that follow from code: python -m docs.tools.reference [--check]."""

import sys
from collections.abc import Callable, Mapping

from contracts.tools.generated import Generated, settle, wants_check
from contracts.tools.places import REFERENCE
from docs.tools import actions, calls, commands, http, metrics, rules, settings, views

COMMAND = "docs.tools.reference"

PAGES: Mapping[str, Callable[[], str]] = {
    "settings.md": settings.page,
    "metrics.md": metrics.page,
    "cli.md": commands.page,
    "api.md": http.page,
    "llm-log-layout.md": calls.page,
    "views.md": views.page,
    "log-actions.md": actions.page,
    "package-rules.md": rules.page,
}


def pages() -> list[Generated]:
    return [Generated(REFERENCE / name, page()) for name, page in PAGES.items()]


def main(arguments: list[str]) -> int:
    check = wants_check(arguments, __doc__)
    return settle(pages(), check=check, command=COMMAND)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
