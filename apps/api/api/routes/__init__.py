"""The routes: translation between HTTP and what the API does."""

from api.routes import administration, operation, running

__all__ = ["administration", "operation", "running"]
