"""What has to be ended, by which methods, and which functions are made to be called once."""

from typing import Final

EXECUTORS: Final = (
    "concurrent.futures.ThreadPoolExecutor",
    "concurrent.futures.ProcessPoolExecutor",
    "concurrent.futures.InterpreterPoolExecutor",
)
POOLS: Final = ("multiprocessing.Pool", "multiprocessing.pool.ThreadPool")
PROCESS_POOLS: Final = ("concurrent.futures.ProcessPoolExecutor", "multiprocessing.Pool")
POOL_ENDS: Final = frozenset({"shutdown", "close", "terminate", "join", "__exit__"})
"""Methods that end an executor or a pool."""
THREADS: Final = ("threading.Thread", "multiprocessing.Process")
THREAD_ENDS: Final = frozenset({"join", "terminate", "kill", "close", "stop", "cancel", "shutdown", "quit"})
"""Methods that end, or wait for, a thread or process: those of derived classes go by many names."""

CLIENTS: Final = frozenset(
    {
        "httpx.Client",
        "httpx.AsyncClient",
        "aiohttp.ClientSession",
        "requests.Session",
        "urllib3.PoolManager",
        "curl_cffi.requests.AsyncSession",
        "niquests.Session",
        "niquests.AsyncSession",
        "redis.Redis",
        "redis.StrictRedis",
        "redis.from_url",
        "redis.asyncio.Redis",
        "redis.asyncio.from_url",
        "pymongo.MongoClient",
        "motor.motor_asyncio.AsyncIOMotorClient",
        "asyncpg.create_pool",
        "psycopg_pool.ConnectionPool",
        "psycopg_pool.AsyncConnectionPool",
        "sqlalchemy.create_engine",
        "sqlalchemy.ext.asyncio.create_async_engine",
        "openai.OpenAI",
        "openai.AsyncOpenAI",
        "anthropic.Anthropic",
        "anthropic.AsyncAnthropic",
        "elasticsearch.Elasticsearch",
        "elasticsearch.AsyncElasticsearch",
        "grpc.insecure_channel",
        "grpc.secure_channel",
        "grpc.aio.insecure_channel",
        "grpc.aio.secure_channel",
        "openai.AzureOpenAI",
        "openai.AsyncAzureOpenAI",
        "groq.Groq",
        "groq.AsyncGroq",
        "cohere.Client",
        "qdrant_client.QdrantClient",
        "qdrant_client.AsyncQdrantClient",
        "slack_sdk.WebClient",
        "kafka.KafkaProducer",
        "aiokafka.AIOKafkaProducer",
        "google.cloud.storage.Client",
        "docker.from_env",
        "boto3.client",
        "boto3.resource",
    }
)
"""What holds a pool of connections, made to be shared by many requests."""

CONNECTING: Final = frozenset(
    {
        *("asyncpg.connect", "psycopg2.connect", "psycopg.connect", "psycopg.AsyncConnection.connect", "pymysql.connect"),
        *("aiomysql.connect", "MySQLdb.connect", "mysql.connector.connect", "aiopg.connect", "oracledb.connect"),
        *("cx_Oracle.connect", "pyodbc.connect"),
        *("pika.BlockingConnection", "aio_pika.connect_robust", "aio_pika.connect"),
    }
)
"""What opens one connection to a server, which a pool could lend."""

CLOSING: Final = frozenset(
    {
        *("close", "aclose", "stop", "astop", "shutdown", "ashutdown", "terminate", "dispose", "cleanup", "teardown", "tear_down", "quit"),
        *("disconnect", "on_stop", "on_close", "on_shutdown", "finish", "finalize", "deinit", "deinitialize", "unload", "__exit__"),
        *("__aexit__", "__del__", "_close", "_stop", "_shutdown", "_cleanup", "_terminate", "stop_all", "close_all", "destroy"),
        *("wait_closed", "join", "shut_down", "release", "closed", "kill", "end"),
    }
)
"""Methods by which an object is told to end."""

_ONCE_NAMES: Final = frozenset(
    {
        *("main", "amain", "async_main", "_main", "_amain", "lifespan", "_lifespan", "run", "_run", "arun", "serve", "server", "start"),
        *("startup", "setup", "initialize", "initialise", "init", "open", "connect", "create", "cli", "execute", "entrypoint", "bootstrap"),
        *("__init__", "__new__", "__enter__", "__aenter__", "__post_init__", "__await__", "setUp", "asyncSetUp", "setUpClass", "launch"),
        *("run_forever", "migrate", "warmup", "demo", "example", "benchmark", "bench"),
    }
)
_ONCE_BEGINS: Final = (
    "main_",
    "setup_",
    "_setup",
    "start_",
    "_start",
    "init_",
    "_init",
    "async_setup",
    "run_",
    "_run_",
    "on_start",
    "on_ready",
)
_ONCE_BEGINS_MORE: Final = (
    "on_init",
    "on_load",
    "on_connect",
    "on_shutdown",
    "cmd_",
    "command_",
    "cli_",
    "open_",
    "test_",
    "bench_",
    "create_",
)
_EACH_BEGINS: Final = ("run_in_", "run_sync", "run_async", "run_blocking", "run_coro", "run_with_", "_run_sync", "_run_async", "_run_in_")
"""Beginnings of names of functions that run one piece of work for whoever calls them."""
_ONCE_ENDS: Final = ("_main", "_startup", "_lifespan", "_setup", "_cli", "_command", "_fixture", "_forever")


def runs_once(name: str) -> bool:
    """Tell whether a function of this name is usually called once in a program's or an object's life."""
    if name.startswith(_EACH_BEGINS):
        return False
    return name in _ONCE_NAMES or name.startswith((*_ONCE_BEGINS, *_ONCE_BEGINS_MORE)) or name.endswith(_ONCE_ENDS)


_ROUTES: Final = frozenset(
    {
        *("get", "post", "put", "patch", "delete", "head", "options", "route", "websocket", "websocket_route", "api_route", "view"),
        *("before_request", "after_request", "middleware", "errorhandler", "exception_handler", "message", "subscriber", "subscribe"),
        *("callback_query", "inline_query", "tool", "action"),
    }
)
_TASKS: Final = frozenset(
    {"shared_task", "task", "actor", "api_view", "csrf_exempt", "login_required", "require_http_methods", "job", "event"}
)


def is_handler(name: str, decorators: tuple[str, ...]) -> bool:
    """Tell whether a function is called once for each request, message or event: by its name, or by the paths of its decorators."""
    for each in decorators:
        owner, _, last = each.rpartition(".")
        if last in _TASKS or (last in _ROUTES and owner):
            return True
    if runs_once(name):
        return False
    return name.startswith(("handle_", "on_", "_handle_", "_on_", "process_request")) or name in {
        *("handle", "dispatch", "do_GET", "do_POST", "do_PUT", "do_DELETE", "do_PATCH", "handler", "webhook", "lambda_handler"),
    }
