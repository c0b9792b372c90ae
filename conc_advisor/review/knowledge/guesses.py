"""Which calls most likely block, by the names that people give to objects and to their methods.

A row says: on an object of such a name, any object where the pattern is "", a method of one of these names blocks in this way.
"""

import re
from dataclasses import dataclass
from typing import Final

from conc_advisor.findings import Confidence
from conc_advisor.review.knowledge.blocking import Blocking, BlockingKind

_THREAD: Final = "await asyncio.to_thread(…)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """What a call most likely is: `owner` is the pattern that the last word of its object's name has to match."""

    owner: re.Pattern[str]
    blocking: Blocking
    confidence: Confidence


_ROWS: Final[tuple[tuple[str, str, BlockingKind, str, str, Confidence], ...]] = (
    # object, methods, kind, what it is, what to use instead, how sure
    (
        r"^_?(?:\w+_)?(?:db|session|sess|database|orm)$",
        "commit rollback flush refresh execute executemany scalars scalar query bulk_save_objects merge",
        BlockingKind.DATABASE,
        "a blocking database session",
        "sqlalchemy.ext.asyncio.AsyncSession, or a plain `def` that the framework runs in a thread",
        Confidence.MEDIUM,
    ),
    (
        "",
        (
            "find_one insert_one insert_many update_one update_many delete_one delete_many replace_one count_documents "
            "find_one_and_update find_one_and_delete find_one_and_replace bulk_write"
        ),
        BlockingKind.DATABASE,
        "a blocking MongoDB client",
        "pymongo.AsyncMongoClient",
        Confidence.MEDIUM,
    ),
    (
        "",
        (
            "put_object get_object head_object list_objects list_objects_v2 upload_fileobj download_fileobj copy_object get_secret_value "
            "put_item update_item invoke_model batch_write_item upload_from_filename upload_from_string download_to_filename "
            "download_as_bytes download_as_text download_as_string"
        ),
        BlockingKind.NETWORK,
        "a blocking cloud client",
        f"an async client, or {_THREAD}",
        Confidence.MEDIUM,
    ),
    (
        r"(?:^|_)(?:redis|redis_client|redis_conn|redis_db|rdb)$",
        "get set setex setnx delete exists expire publish lpush rpush lpop rpop blpop brpop hget hset hgetall hdel incr decr keys ping",
        BlockingKind.DATABASE,
        "a blocking Redis client",
        "redis.asyncio",
        Confidence.MEDIUM,
    ),
    (
        r"(?:^|_)(?:s3|s3_client|bucket|minio|minio_client|blob|storage_client)$",
        "upload_file download_file delete_object fput_object fget_object",
        BlockingKind.NETWORK,
        "a blocking cloud client",
        f"an async client, or {_THREAD}",
        Confidence.MEDIUM,
    ),
    (
        r"(?:^|_)(?:es|elastic|elasticsearch|opensearch|es_client)$",
        "search index get update bulk delete count",
        BlockingKind.DATABASE,
        "a blocking search client",
        "the async client of the same package",
        Confidence.MEDIUM,
    ),
    (
        r"(?:^|_)(?:producer|kafka_producer)$",
        "flush",
        BlockingKind.NETWORK,
        "a blocking Kafka client",
        "aiokafka",
        Confidence.MEDIUM,
    ),
    (
        "",
        (
            "basic_publish basic_get exec_run get_all_records get_all_values append_row update_cell wait_for_transaction_receipt "
            "send_raw_transaction"
        ),
        BlockingKind.NETWORK,
        "a blocking client",
        f"an async client, or {_THREAD}",
        Confidence.MEDIUM,
    ),
    (
        r"(?:^|_)(?:driver|webdriver|browser)$",
        "find_element find_elements execute_script get_screenshot_as_png save_screenshot find_element_by_id find_element_by_xpath",
        BlockingKind.NETWORK,
        "a blocking browser driver",
        f"playwright.async_api, or {_THREAD}",
        Confidence.MEDIUM,
    ),
    (
        r"(?:^|_)(?:proc|process|popen|subproc|subprocess)$|^p$",
        "communicate",
        BlockingKind.SUBPROCESS,
        "a blocking subprocess",
        "asyncio.create_subprocess_exec(…)",
        Confidence.MEDIUM,
    ),
    (
        r"(?:^|_)(?:ssh|ssh_client|sftp|ftp)$",
        "exec_command open_sftp connect put get listdir retrbinary storbinary",
        BlockingKind.NETWORK,
        "a blocking SSH or FTP client",
        f"asyncssh, or {_THREAD}",
        Confidence.MEDIUM,
    ),
    (
        r"(?:^|_)(?:smtp|smtp_server|mailserver|smtpobj)$",
        "sendmail send_message starttls login quit",
        BlockingKind.NETWORK,
        "a blocking mail client",
        f"aiosmtplib, or {_THREAD}",
        Confidence.MEDIUM,
    ),
    (
        r"(?:^|_)(?:ser|serial|serial_port|serial_conn)$",
        "read readline read_until write readlines",
        BlockingKind.NETWORK,
        "a blocking serial port",
        f"serial_asyncio, or {_THREAD}",
        Confidence.MEDIUM,
    ),
    (
        r"(?:^|_)(?:sock|socket|client_socket|server_socket)$",
        "recv sendall accept recvfrom recv_into",
        BlockingKind.NETWORK,
        "a blocking socket",
        "asyncio streams, or loop.sock_recv(…) and its like",
        Confidence.LOW,
    ),
    (
        r"(?:^|_)(?:llm|chain|agent|agent_executor|retriever|qa|qa_chain|runnable|graph|rag_chain|chat_model|compiled_graph|crew)$",
        "invoke predict batch kickoff get_relevant_documents apply",
        BlockingKind.NETWORK,
        "a blocking call of a language model",
        "the async counterpart (`ainvoke` and its like), or await asyncio.to_thread(…)",
        Confidence.MEDIUM,
    ),
    (
        "",
        (
            "get_relevant_documents similarity_search similarity_search_with_score add_documents embed_query embed_documents "
            "generate_content kickoff"
        ),
        BlockingKind.NETWORK,
        "a blocking call of a model service",
        "the async counterpart, or await asyncio.to_thread(…)",
        Confidence.MEDIUM,
    ),
    (
        r"(?:^|_)(?:model|pipe|pipeline|classifier|clf|estimator|generator|worker|engine|transcriber|recognizer|tts|stt|ocr)$",
        "predict predict_proba transcribe synthesize generate infer inference fit train generate_gate generate_image recognize",
        BlockingKind.COMPUTING,
        "a model's inference",
        _THREAD,
        Confidence.LOW,
    ),
    (
        r"(?:^|_)(?:embedder|embedding_model|embed_model|sentence_model|sentence_transformer|reranker)$",
        "encode compute_score rank",
        BlockingKind.COMPUTING,
        "a model's inference",
        _THREAD,
        Confidence.MEDIUM,
    ),
    (
        "",
        "from_pretrained transcribe write_videofile",
        BlockingKind.COMPUTING,
        "a model's loading or inference",
        _THREAD,
        Confidence.MEDIUM,
    ),
    (
        r"(?:^|_)(?:pd|df|dataframe|data_frame)$",
        "read_csv read_excel read_parquet read_json read_sql read_sql_query to_csv to_excel to_parquet to_sql",
        BlockingKind.COMPUTING,
        "a table's reading or writing",
        _THREAD,
        Confidence.MEDIUM,
    ),
    (
        r"(?:^|_)(?:executor|executors|thread_pool|threadpool|process_pool)$",
        "shutdown",
        BlockingKind.PRIMITIVE,
        "concurrent.futures.Executor().shutdown",
        "await asyncio.to_thread(executor.shutdown)",
        Confidence.MEDIUM,
    ),
    (
        r"(?:^|_)(?:process|proc|worker_process|subproc)$",
        "join",
        BlockingKind.PRIMITIVE,
        "multiprocessing.Process().join",
        "await asyncio.to_thread(process.join)",
        Confidence.MEDIUM,
    ),
)


def _table() -> dict[str, tuple[Guess, ...]]:
    found: dict[str, list[Guess]] = {}
    for owner, methods, kind, path, instead, confidence in _ROWS:
        guess = Guess(owner=re.compile(owner), blocking=Blocking(path=path, kind=kind, instead=instead), confidence=confidence)
        for method in methods.split():
            found.setdefault(method, []).append(guess)
    return {method: tuple(guesses) for method, guesses in found.items()}


GUESSES: Final = _table()
"""The guesses by the name of the method."""

MODEL_APIS: Final = re.compile(
    r"\.(?:completions|messages|embeddings|images|responses|transcriptions|speech|moderations)\.(?:create|generate)$"
)
"""Ends of the calls of the clients of language models: `client.chat.completions.create`."""
ORM_CALLS: Final = frozenset(
    {
        *("get", "create", "get_or_create", "update_or_create", "first", "last", "count", "exists", "delete", "update", "bulk_create"),
        *("bulk_update", "aggregate", "in_bulk", "latest", "earliest"),
    }
)
"""Methods of a Django manager, or of a query set, that ask the database."""
FETCHING: Final = re.compile(r"^(?:download|fetch|scrape|crawl|urlopen|urlretrieve)(?:_\w+)?$|^(?:\w+_)?urlopen$")
"""Names of functions of other modules that most likely wait for the network."""
HTTP_MODULE: Final = re.compile(r"(?:^|\.)requests?\.(?:get|post|put|patch|delete|head|request)$")
CHAINS: Final = re.compile(
    r"\.containers\.(?:run|list|get|create)$|\.images\.(?:pull|build)$|\.eth\.(?:get_\w+|call|estimate_gas|send_\w+)$"
    r"|\.(?:list|create|read|delete|patch|replace)_(?:namespaced|cluster|namespace)\w*$|\.document\(\)\.(?:get|set|update|delete)$"
    r"|\.collection\(\)\.(?:get|stream|add)$|\.(?:table|from_)\(\)(?:\.\w+(?:\(\))?)*\.execute$"
)
"""Ends of the calls of clients of Docker, Ethereum, Kubernetes, Firestore and Supabase."""
IO_VERBS: Final = re.compile(
    r"^(?:login|authenticate|connect|disconnect|refresh_token|download|upload|request|query|discover|search|publish|fetch|sync|list|execute"
    r"|transcribe|translate|synthesize)(?:_[a-z_]+)?$|^get_(?:devices|status|data|state|info|token|user|users|all|json|page|content|messages)$"
)
"""Names of methods that mostly wait for a server or a device."""
QUICK: Final = frozenset(
    {
        *("numpy", "pandas", "pydantic", "attr", "attrs", "yarl", "multidict", "voluptuous", "jinja2", "marshmallow", "msgspec", "rich"),
        *("structlog", "loguru", "click", "yaml", "lxml", "bs4", "h11", "h2", "h3", "wsproto", "networkx", "sympy", "homeassistant"),
        *("starlette", "fastapi", "tornado", "twisted", "trio", "anyio", "aiohttp", "discord", "telegram", "aiogram", "textual"),
        *("prometheus_client", "opentelemetry", "sentry_sdk", "torch", "tensorflow", "sklearn", "pytest", "unittest", "celery", "django"),
    }
)
"""Packages whose methods of such names wait for nobody, or give what is awaited."""
