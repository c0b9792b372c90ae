"""Methods of other packages that give a coroutine: calling one without `await` does nothing."""

from typing import Final

_READING: Final = "json body form"
_RESPONSE: Final = "json text read"
_VERBS: Final = "get post put patch delete head options request send aclose"
_SQL: Final = "execute commit rollback flush refresh scalars scalar close delete get merge run_sync"
_PAGE: Final = (
    "goto click fill wait_for_selector wait_for_timeout screenshot close evaluate content title inner_text reload type press wait_for_url "
    "wait_for_load_state set_content query_selector query_selector_all add_init_script hover check select_option text_content"
)
_TABLE: Final[tuple[tuple[str, str], ...]] = (
    ("fastapi.Request()", _READING),
    ("starlette.requests.Request()", _READING),
    ("aiohttp.web.Request()", "json text read post multipart"),
    ("aiohttp.ClientResponse()", _RESPONSE),
    ("aiohttp.ClientSession()", "close"),
    ("aiohttp.ClientWebSocketResponse()", "send_str send_json send_bytes receive receive_json receive_str close"),
    ("aiohttp.web.WebSocketResponse()", "prepare send_str send_json send_bytes receive receive_json receive_str close"),
    ("aiohttp.web.AppRunner()", "setup cleanup"),
    ("aiohttp.web.TCPSite()", "start stop"),
    ("fastapi.UploadFile()", "read write seek close"),
    ("starlette.datastructures.UploadFile()", "read write seek close"),
    ("fastapi.WebSocket()", "accept receive_text receive_json receive_bytes send_text send_json send_bytes close"),
    ("starlette.websockets.WebSocket()", "accept receive_text receive_json receive_bytes send_text send_json send_bytes close"),
    ("httpx.AsyncClient()", _VERBS),
    ("httpx.Response()", "aread aclose"),
    ("asyncio.Queue()", "get put join"),
    ("asyncio.Event()", "wait"),
    ("asyncio.Lock()", "acquire"),
    ("asyncio.Semaphore()", "acquire"),
    ("asyncio.BoundedSemaphore()", "acquire"),
    ("asyncio.Condition()", "wait wait_for acquire"),
    ("asyncio.Barrier()", "wait"),
    ("asyncio.StreamReader()", "read readline readexactly readuntil"),
    ("asyncio.StreamWriter()", "drain wait_closed"),
    ("asyncio.subprocess.Process()", "wait communicate"),
    ("asyncio.Server()", "wait_closed serve_forever start_serving"),
    ("asyncio.AbstractEventLoop()", "sock_recv sock_sendall sock_connect sock_accept shutdown_asyncgens shutdown_default_executor"),
    ("sqlalchemy.ext.asyncio.AsyncSession()", _SQL),
    ("sqlalchemy.ext.asyncio.AsyncConnection()", "execute commit rollback close run_sync scalar"),
    ("sqlalchemy.ext.asyncio.AsyncEngine()", "dispose"),
    ("sqlmodel.ext.asyncio.session.AsyncSession()", f"{_SQL} exec"),
    ("redis.asyncio.Redis()", "get set delete exists expire publish lpush rpush hget hset hgetall incr aclose ping"),
    ("asyncpg.Connection()", "execute executemany fetch fetchrow fetchval close"),
    ("asyncpg.Pool()", "execute executemany fetch fetchrow fetchval close"),
    ("asyncpg.pool.Pool()", "execute executemany fetch fetchrow fetchval close"),
    ("aiosqlite.Connection()", "commit rollback close executescript"),
    ("aiosqlite.Cursor()", "fetchone fetchall fetchmany close"),
    ("playwright.async_api.Page()", _PAGE),
    ("playwright.async_api.Browser()", "new_page new_context close"),
    ("playwright.async_api.BrowserContext()", "new_page close add_cookies cookies"),
    ("discord.Message()", "delete edit reply add_reaction remove_reaction clear_reactions pin"),
    ("discord.TextChannel()", "send purge delete edit fetch_message"),
    ("discord.Member()", "send kick ban add_roles remove_roles edit move_to"),
    ("discord.Interaction()", "response.send_message response.defer followup.send edit_original_response original_response"),
    ("discord.ext.commands.Context()", "send reply defer"),
    ("telegram.Update()", "message.reply_text effective_message.reply_text callback_query.answer callback_query.edit_message_text"),
    ("aiogram.types.Message()", "answer reply delete edit_text answer_photo"),
    ("aiogram.types.CallbackQuery()", "answer message.answer message.edit_text message.delete"),
    ("anyio.Event()", "wait"),
    ("anyio.Path()", "read_text read_bytes write_text write_bytes exists is_file is_dir mkdir unlink stat"),
    ("aio_pika.RobustConnection()", "close channel"),
    ("motor.motor_asyncio.AsyncIOMotorCollection()", "find_one insert_one insert_many update_one update_many delete_one delete_many"),
    ("openai.AsyncOpenAI()", "chat.completions.create completions.create embeddings.create images.generate responses.create close"),
    ("anthropic.AsyncAnthropic()", "messages.create close"),
    ("websockets.WebSocketClientProtocol()", "send recv close ping"),
    ("websockets.WebSocketServerProtocol()", "send recv close ping"),
)
ASYNC_METHODS: Final = frozenset(f"{owner}.{name}" for owner, names in _TABLE for name in names.split())
"""Canonical paths of methods that are async functions."""
