"""How gunicorn serves the site: gunicorn --config deploy/gunicorn.conf.py

It listens on 127.0.0.1:8000; with PORT in the environment on that port, for every machine.
"""

import os
from pathlib import Path
from urllib.parse import quote

from dotenv import dotenv_values
from gunicorn.glogging import Logger

wsgi_app = "app:create_app()"

# The site reads .env as well: WEB_THREADS has to mean the same to both.
env = dotenv_values(Path(__file__).parent.parent / ".env") | os.environ

# Pages cost processor time, so a process for each core; two at least, so that one goes on
# while the other is replaced. Threads are for waiting: for Kakao and for the database.
workers = int(env.get("WEB_CONCURRENCY") or max(2, os.cpu_count() or 1))
worker_class = "gthread"
threads = int(env.get("WEB_THREADS") or 4)

timeout = 30  # seconds without a sign of life, and a process is replaced
graceful_timeout = 15  # seconds; who leaves waits for Kakao twice, five at most each time
# Seconds; longer than the proxy keeps a quiet connection, or it would send a request
# into one that is just being closed.
keepalive = 75

control_socket_disable = True  # nobody uses it


class PathLogger(Logger):
    """Logs paths without what follows the "?": authorization codes travel there.

    For the same reason the line below has no Referer. Quoted, a path cannot look like a
    line of its own.
    """

    def atoms(self, resp, req, environ, request_time):
        path = quote(environ["PATH_INFO"], safe="/@", encoding="latin-1")
        return super().atoms(resp, req, environ, request_time) | {"U": path}


logger_class = PathLogger
accesslog = "-"
access_log_format = "%(t)s %(h)s %(m)s %(U)s %(s)s %(B)s bytes %(M)s ms"
