"""Where the registry lies in a checkout."""

from pathlib import Path

LIBRARY = Path(__file__).parents[2]
SCHEMAS = LIBRARY / "schemas"
EXAMPLES = LIBRARY / "examples"
REFERENCE = LIBRARY.parents[1] / "docs" / "reference"
