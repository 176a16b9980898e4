from local.endpoints import Endpoints, S3Account
from local.errors import LocalError
from local.servers import LocalServers, Name

__all__ = ["Endpoints", "LocalError", "LocalServers", "Name", "S3Account"]
