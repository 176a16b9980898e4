"""The routes: translation between HTTP and what the API does."""

from api.routes import administration, bundles, operation, ranking, running, uploads

__all__ = ["administration", "bundles", "operation", "ranking", "running", "uploads"]
