"""Which stand-ins answer on STANDINS_PORT, and how are they controlled?

`/coingecko/api/v3/...` is CoinGecko, `/yahoo/<original host>/<original path>` is Yahoo, `/firebase/...` is
Firebase Cloud Messaging.
`POST /_control` makes them fail, `GET /_log` shows the calls they had, `DELETE /_log` forgets
them, `GET /_health` says they are up.
"""

from collections.abc import Callable
from datetime import datetime

from flask import Flask, Response, abort, jsonify, request

from app.core import clock
from app.local.standins import coingecko, firebase, yahoo
from app.local.standins.faults import Faults, UnknownModeError
from app.local.standins.market import Market

LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")
DEMO_SEED = 2026


def create_app(seed: int = DEMO_SEED, now: Callable[[], datetime] = clock.now) -> Flask:
    """The stand-ins as one WSGI application; the controls live in memory, so in one process."""
    app = Flask(__name__, static_folder=None)
    names = (coingecko.NAME, yahoo.NAME, firebase.NAME, firebase.SIGN_IN)
    faults = Faults(names, {firebase.NAME: firebase.MODES})
    market = Market(seed)
    app.register_blueprint(coingecko.blueprint(market=market, faults=faults, now=now))
    app.register_blueprint(yahoo.blueprint(market=market, faults=faults, now=now))
    app.register_blueprint(firebase.blueprint(faults=faults, now=now))
    _add_control_door(app, faults)
    return app


def _add_control_door(app: Flask, faults: Faults) -> None:
    @app.before_request
    def only_from_this_machine() -> None:
        """The server listens on loopback; the Host check keeps out DNS rebinding."""
        if request.host.rsplit(":", 1)[0] not in LOOPBACK_NAMES:
            abort(403)

    @app.errorhandler(404)
    def unknown_path(_error: Exception) -> tuple[Response, int]:
        return jsonify(error=f"No stand-in answers at {request.path}"), 404

    @app.get("/_health")
    def health() -> Response:
        return jsonify(status="ok")

    @app.get("/_control")
    def show_modes() -> Response:
        return jsonify(faults.modes())

    @app.post("/_control")
    def set_modes() -> tuple[Response, int]:
        wanted = request.get_json()
        try:
            return jsonify(faults.set_modes({key: str(mode) for key, mode in wanted.items()})), 200
        except UnknownModeError as error:
            return jsonify(error=str(error)), 422

    @app.get("/_log")
    def show_calls() -> Response:
        return jsonify(faults.calls())

    @app.delete("/_log")
    def forget_calls() -> tuple[str, int]:
        faults.forget_calls()
        return "", 204
