"""Ask a web server whether it is well. Used by the supervisor and by the container's health check.

As a command it needs neither Django nor a network tool: ``python -m ccperf.health.probe /readyz``.
"""

import http.client
import os
import sys


def answers(port: int, path: str = "/healthz", *, host: str = "127.0.0.1", timeout: float = 3) -> bool:
    """Whether the server at ``port`` answers ``path`` with 200."""
    name = os.environ.get("ALLOWED_HOSTS", "").split(",")[0].strip().lstrip(".") or "localhost"
    headers = {"Host": name if name != "*" else "localhost", "X-Forwarded-Proto": "https"}
    connection = http.client.HTTPConnection(host, port, timeout=timeout)
    try:
        connection.request("GET", path, headers=headers)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    path = sys.argv[1] if len(sys.argv) > 1 else "/healthz"
    sys.exit(0 if answers(int(os.environ.get("PORT") or 8000), path, timeout=10) else 1)
