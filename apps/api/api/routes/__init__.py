"""The routes: translation between HTTP and what the API does."""

from api.routes import administration, bundles, operation, running, uploads

__all__ = ["administration", "bundles", "operation", "running", "uploads"]
