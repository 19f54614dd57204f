"""python -m sandbox --port 8001, or -m flask_kakao.sandbox: run the sandbox as its own program."""

import argparse
import os

from . import create_app
from .server import make_server


def main() -> None:
    """Serve until Ctrl-C, with the keys in KAKAO_CLIENT_ID and the like, if set."""
    parser = argparse.ArgumentParser(
        prog=f"python -m {__package__}", description="The Kakao sandbox."
    )
    parser.add_argument("--port", type=int, default=8001)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--site", default="http://localhost:8000", help="base URL for webhooks")
    options = parser.parse_args()

    names = ("client_id", "client_secret", "admin_key", "javascript_key")
    values = {name: os.environ.get(f"KAKAO_{name.upper()}") for name in names}
    keys = {name: value for name, value in values.items() if value}
    app = create_app(site=options.site, **keys)
    server = make_server(app, options.host, options.port)
    print(f"Kakao sandbox (not Kakao) at http://{options.host}:{server.port}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()


if __name__ == "__main__":
    main()
