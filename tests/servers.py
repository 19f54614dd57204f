"""A Flask app over real HTTP, in the process of the test."""

import threading
from contextlib import contextmanager

from sandbox.server import make_server


@contextmanager
def serving_here(app):
    """The app behind a server as long as the `with` lasts; its URL."""
    server = make_server(app)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.port}"
    server.shutdown()
    server.server_close()
