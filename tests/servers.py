"""A server in the process of the test, over real HTTP."""

import threading
from contextlib import contextmanager

from sandbox.server import make_server


@contextmanager
def serving_here(app):
    """The app behind a server as long as the `with` lasts; its URL."""
    with listening(make_server(app)) as server:
        yield f"http://localhost:{server.port}"


@contextmanager
def listening(server):
    """The server answers as long as the `with` lasts."""
    # It looks a hundred times a second whether it is to stop. By itself it looks twice, and each
    # test with servers would wait a second at its end.
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()
