"""How gunicorn serves ccperf. Every value can be set in the environment."""

import os

from django.core.exceptions import ImproperlyConfigured

from ccperf import environment

try:
    port = environment.integer("PORT", 8000, minimum=1, maximum=65535)
    workers = environment.integer("WEB_WORKERS", 2, minimum=1, maximum=64)
    threads = environment.integer("WEB_THREADS", 8, minimum=1, maximum=256)
    is_logging = environment.boolean("ACCESS_LOG", True)
except ImproperlyConfigured as refused:
    raise SystemExit(str(refused)) from None

bind = os.environ.get("BIND") or f"0.0.0.0:{port}"
worker_class = "gthread"
timeout = 60
graceful_timeout = 5
keepalive = 5
max_requests = 10_000
max_requests_jitter = 1_000
accesslog = "-" if is_logging else None
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: PTH112, S108
control_socket_disable = True


def post_worker_init(worker: object) -> None:
    """Each process warms up after it was forked and before it takes visitors, who wait at the open port or go
    to another process meanwhile.
    """
    from ccperf.dashboards.warming import warm_up

    warm_up()
