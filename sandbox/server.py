"""Werkzeug's threaded server, with connections kept alive as Kakao keeps them, and quiet."""

import io

from werkzeug import serving
from werkzeug.test import run_wsgi_app


def make_server(app, host: str = "127.0.0.1", port: int = 0) -> serving.BaseWSGIServer:
    """Return a server that waits for `serve_forever()`; port 0 takes a free one (`.port`)."""
    return serving.make_server(host, port, app, threaded=True, request_handler=Handler)


class Handler(serving.WSGIRequestHandler):
    """Werkzeug's own closes after each answer, so nobody could see connections reused."""

    protocol_version = "HTTP/1.1"
    # Head and body leave in two writes; together with delayed ACK that would cost 40 ms a call.
    disable_nagle_algorithm = True

    def run_wsgi(self):
        environ = self.environ = self.make_environ()
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        answer, status, headers = run_wsgi_app(self.server.app, environ)
        try:
            number, _, phrase = status.partition(" ")
            self.send_response(int(number), phrase)
            for name, value in headers:
                self.send_header(name, value)
            if "Content-Length" not in headers:
                self.send_header("Connection", "close")
            self.end_headers()
            if self.command != "HEAD":
                for part in answer:
                    self.wfile.write(part)
        except ConnectionError:
            self.close_connection = True
        finally:
            if hasattr(answer, "close"):
                answer.close()

    def log_request(self, *_):
        """Say nothing: addresses carry codes and states."""
