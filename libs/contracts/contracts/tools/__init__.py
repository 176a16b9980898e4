"""Tools of the registry. They work on a checkout: schemas, examples and documents lie outside the package."""
