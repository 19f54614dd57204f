"""Werkzeug's threaded server with persistent connections, like Kakao's, and without a log."""

import io

from flask import Flask
from werkzeug import serving
from werkzeug.test import run_wsgi_app


def make_server(app: Flask, host: str = "127.0.0.1", port: int = 0) -> serving.BaseWSGIServer:
    """Return a server to start with `serve_forever()`; port 0 picks a free one (see `.port`)."""
    return serving.make_server(host, port, app, threaded=True, request_handler=Handler)


class Handler(serving.WSGIRequestHandler):
    """Keeps connections open, so that tests can see them reused; Werkzeug's handler closes each."""

    protocol_version = "HTTP/1.1"
    # Head and body are two writes, which with delayed ACK would take 40 ms more per call.
    disable_nagle_algorithm = True

    def run_wsgi(self) -> None:
        """Read the request, call the app, and write its response."""
        environ = self.environ = self.make_environ()
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        chunks, status, headers = run_wsgi_app(self.server.app, environ)
        try:
            code, _, phrase = status.partition(" ")
            self.send_response(int(code), phrase)
            for name, value in headers:
                self.send_header(name, value)
            if "Content-Length" not in headers:
                self.send_header("Connection", "close")
            self.end_headers()
            if self.command != "HEAD":
                for chunk in chunks:
                    self.wfile.write(chunk)
        except ConnectionError:
            self.close_connection = True
        finally:
            if hasattr(chunks, "close"):
                chunks.close()

    def log_request(self, *_: object) -> None:
        """Log nothing: the URLs contain codes and states."""
