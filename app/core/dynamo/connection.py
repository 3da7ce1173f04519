"""How do models reach DynamoDB? Their tables are named here, and share one botocore client."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from http import HTTPStatus
from typing import Any, ClassVar

from botocore import __version__ as botocore_version
from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnection
from botocore.handlers import BUILTIN_HANDLERS
from botocore.session import Session
from pynamodb.attributes import Attribute
from pynamodb.connection import Connection
from pynamodb.connection.table import TableConnection
from pynamodb.constants import NUMBER, STRING
from pynamodb.models import Model as PynamoModel

from app import VERSION
from app.config import Settings
from app.core import json
from app.core.dynamo.cost import count_call

CONNECT_TIMEOUT_SECONDS = 2
READ_TIMEOUT_SECONDS = 5
USER_AGENT = f"InvestForge/{VERSION} Botocore/{botocore_version}"
"""Without one, botocore puts its own together twice a call: a seventh of the work of a short request (ADR 0012)."""
MAX_ATTEMPTS = 3


class Meta:
    """What every table has in common; a model's own Meta adds `name`, its documented one."""

    billing_mode = "PAY_PER_REQUEST"
    name: str


class DecimalAttribute(Attribute[Decimal]):
    """An exact decimal number (DynamoDB's N keeps 38 significant digits)."""

    attr_type = NUMBER

    def serialize(self, value: Decimal) -> str:
        """Write every digit, without an exponent."""
        return format(value, "f")

    def deserialize(self, value: str) -> Decimal:
        """Read every digit."""
        return Decimal(value)


class JsonAttribute(Attribute[Any]):
    """An object of the client's, kept as JSON text so that its numbers stay exact."""

    attr_type = STRING

    def serialize(self, value: Any) -> str:
        """Write it."""
        return json.dumps(value)

    def deserialize(self, value: str) -> Any:
        """Read it."""
        return json.loads(value)


class _Connection(Connection):
    """PynamoDB's, on a session without the hundred handlers by which botocore serves other services.

    Registering them takes 5 ms of every cold start. Those for every service stay: one of them gives a transaction the
    token by which DynamoDB knows it again when botocore repeats it.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._only_session = Session(include_builtin_handlers=False)
        self._only_session.set_default_client_config(Config(user_agent=USER_AGENT))
        events = self._only_session.get_component("event_emitter")
        for event, handler, *_ in BUILTIN_HANDLERS:
            if "." not in event or event.split(".")[1] == "dynamodb":
                events.register(event, handler)

    @property
    def session(self) -> Session:
        """The one session, from which the one client is made."""
        return self._only_session


@dataclass
class _Binding:
    settings: Settings
    connection: Connection


_binding: _Binding | None = None
_tables: list[type["Model"]] = []
_models: list[type["Model"]] = []
_lock = threading.Lock()


class Model(PynamoModel):
    """The base of every table. Its Meta derives from `dynamo.Meta` and says `name`."""

    Meta: Any = Meta
    _bound_to: ClassVar["_Binding | None"] = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if not hasattr(cls.Meta, "name"):
            return
        _models.append(cls)
        if not getattr(cls.Meta, "shares_table", False):
            _tables.append(cls)

    @classmethod
    def _get_connection(cls) -> TableConnection:
        if _binding is None:
            message = f"{cls.__name__} was used before dynamo.connect(settings)"
            raise RuntimeError(message)
        if cls.__dict__.get("_bound_to") is not _binding:
            with _lock:
                cls._bind(_binding)
        connection: TableConnection = cls._connection  # type: ignore[assignment]
        return connection

    @classmethod
    def _bind(cls, binding: "_Binding") -> None:
        """Give the model its table's name and the connection that all models share."""
        cls.Meta.table_name = table_name(cls)
        cls.Meta.region = binding.settings.region
        cls._connection = None
        made = super()._get_connection()
        meta_table = made.get_meta_table()
        if cls.Meta.table_name not in binding.connection._tables:  # noqa: SLF001 - PynamoDB offers no other way to ask
            binding.connection.add_meta_table(meta_table)
        made.connection = binding.connection
        cls._bound_to = binding


def table_name(model: type[Model]) -> str:
    """The name of a model's table on this stage."""
    if _binding is None:
        message = "call dynamo.connect(settings) first"
        raise RuntimeError(message)
    settings, name = _binding.settings, model.Meta.name
    return settings.table_names.get(name) or f"{settings.table_prefix}{settings.stage}-{name}"


def connect(settings: Settings) -> None:
    """Name the tables and make the one client that all models share.

    The client is made here, at start, because making it takes 60 to 80 ms that would otherwise
    fall on the first request.
    """
    global _binding  # noqa: PLW0603 - PynamoDB's models are classes: their connection is the process's
    connection = _Connection(
        region=settings.region,
        host=settings.dynamodb_endpoint_url or settings.aws_endpoint_url,
        connect_timeout_seconds=CONNECT_TIMEOUT_SECONDS,
        read_timeout_seconds=READ_TIMEOUT_SECONDS,
        retry_configuration={"total_max_attempts": MAX_ATTEMPTS, "mode": "standard"},
        max_pool_connections=64,
    )
    events = connection.client.meta.events
    events.register("after-call.dynamodb", count_call)
    _binding = _Binding(settings=settings, connection=connection)
    for model in _models:
        model._get_connection()  # noqa: SLF001 - binds it now, while there is one thread


def is_connected_with(settings: Settings) -> bool:
    """Whether the last `connect` was with these very settings."""
    return _binding is not None and _binding.settings is settings


def tables() -> list[type[Model]]:
    """Every table of the models imported so far, by name."""
    return sorted(_tables, key=lambda model: model.Meta.name)


def create_tables() -> list[str]:
    """Create the tables that don't exist yet, and return their names."""
    present = set(_list_tables())
    made = []
    for model in tables():
        name = table_name(model)
        if name not in present:
            model.create_table(wait=True)
            made.append(name)
    return made


def missing_tables() -> list[str]:
    """Names of the tables that don't exist."""
    present = set(_list_tables())
    return [name for model in tables() if (name := table_name(model)) not in present]


def _list_tables() -> Iterator[str]:
    start = None
    while True:
        page = shared_connection().list_tables(exclusive_start_table_name=start)
        yield from page["TableNames"]
        start = page.get("LastEvaluatedTableName")
        if start is None:
            return


def shared_connection() -> Connection:
    """The connection that all models share."""
    if _binding is None:
        message = "call dynamo.connect(settings) first"
        raise RuntimeError(message)
    return _binding.connection


OUTAGE_CODES = frozenset(
    {
        "ThrottlingException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "InternalServerError",
        "ServiceUnavailable",
        "500",
        "502",
        "503",
        "504",
    }
)


def is_outage(error: BaseException) -> bool:
    """Whether an exception says that DynamoDB is not answering, as opposed to a mistake of ours."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, (HTTPClientError, NoConnection)):
            return True
        if isinstance(cause, ClientError):
            status = cause.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
            return (
                cause.response["Error"]["Code"] in OUTAGE_CODES
                or status >= HTTPStatus.INTERNAL_SERVER_ERROR
            )
        cause = cause.__cause__ or cause.__context__
    return False
