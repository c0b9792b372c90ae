"""Which calls wait for ever unless they are given a timeout, by canonical path."""

from typing import Final

_VERBS: Final = ("get", "post", "put", "patch", "delete", "head", "options", "request")
SESSIONS: Final = (
    "requests.Session()",
    "requests_html.HTMLSession()",
    "requests_cache.CachedSession()",
    "requests_oauthlib.OAuth1Session()",
    "requests_oauthlib.OAuth2Session()",
    "requests_toolbelt.sessions.BaseUrlSession()",
    "requests_futures.sessions.FuturesSession()",
    "cachecontrol.CacheControl()",
    "cloudscraper.create_scraper()",
)
"""Sessions of requests and of what is built on it: none has a timeout of its own."""
REQUESTS: Final = frozenset(f"{owner}.{verb}" for owner in ("requests", *SESSIONS) for verb in _VERBS) | {
    f"{owner}.send" for owner in SESSIONS
}
"""Calls of requests, which take their timeout by name."""
CONNECTIONS: Final[dict[str, int]] = {
    "urllib.request.urlopen": 2,
    "six.moves.urllib.request.urlopen": 2,
    "urllib2.urlopen": 2,
    "urllib.request.build_opener().open": 2,
    "urllib.request.OpenerDirector().open": 2,
    "http.client.HTTPConnection": 2,
    "http.client.HTTPSConnection": 2 + 2,
    "socket.create_connection": 1,
    "smtplib.SMTP": 3,
    "smtplib.SMTP_SSL": 5,
    "ftplib.FTP": 4,
    "ftplib.FTP_TLS": 6,
    "imaplib.IMAP4": 2,
    "imaplib.IMAP4_SSL": 5,
    "poplib.POP3": 2,
    "poplib.POP3_SSL": 4,
    "telnetlib.Telnet": 2,
    "websocket.create_connection": 1,
    "websocket.WebSocket().connect": 9,
    "httplib2.Http": 1,
    "paramiko.SSHClient().connect": 8,
}
"""Calls that open a connection → the place of their timeout; without one they take `socket.getdefaulttimeout()`, which is none."""
POOLS: Final = (
    "urllib3.PoolManager",
    "urllib3.ProxyManager",
    "urllib3.HTTPConnectionPool",
    "urllib3.HTTPSConnectionPool",
    "urllib3.connection_from_url",
)
"""Pools of urllib3, which have a timeout of their own or none."""
POOL_CALLS: Final = frozenset({"request", "urlopen", "request_encode_url", "request_encode_body"})
PROGRAMS: Final = frozenset(
    {
        *("subprocess.run", "subprocess.call", "subprocess.check_call", "subprocess.check_output"),
        *("subprocess.Popen().communicate", "subprocess.Popen().wait"),
    }
)
"""Calls that wait for another program."""
SOCKETS: Final = frozenset({"socket.socket().connect", "socket.SOCK_DGRAM().recv", "socket.SOCK_DGRAM().recvfrom"})
"""Calls of a socket that is blocking and has no timeout unless it is given one."""
MESSAGES: Final = frozenset(
    {
        *("websockets.connect().recv", "websockets.client.connect().recv", "websockets.asyncio.client.connect().recv"),
        *("websockets.sync.client.connect().recv", "aiohttp.ClientSession().ws_connect().receive"),
        *("aiohttp.ClientSession().ws_connect().receive_str", "aiohttp.ClientSession().ws_connect().receive_json"),
    }
)
"""Waits for the next message of a connection."""
CLIENTS: Final[dict[str, tuple[str, ...]]] = {
    "psycopg2.connect": ("connect_timeout", "dsn", "options"),
    "psycopg.connect": ("connect_timeout", "conninfo", "options"),
    "psycopg.AsyncConnection.connect": ("connect_timeout", "conninfo", "options"),
    "MySQLdb.connect": ("connect_timeout", "read_default_file"),
    "aiomysql.connect": ("connect_timeout",),
    "aiomysql.create_pool": ("connect_timeout",),
    "pymssql.connect": ("timeout",),
    **{
        f"redis.{module}{name}": ("socket_timeout", "connection_pool")
        for module in ("", "asyncio.", "client.", "asyncio.client.")
        for name in ("Redis", "StrictRedis", "from_url", "Redis.from_url", "StrictRedis.from_url")
    },
    "pymemcache.Client": ("timeout",),
    "pymemcache.client.base.Client": ("timeout",),
    "pymemcache.client.base.PooledClient": ("timeout",),
    "pymemcache.client.hash.HashClient": ("timeout",),
    "xmlrpc.client.ServerProxy": ("transport",),
    "ldap3.Server": ("connect_timeout",),
    "ldap3.Connection": ("receive_timeout",),
    "etcd3.client": ("timeout",),
    "serial.Serial": ("timeout",),
    "aiohttp.ClientSession().ws_connect": ("heartbeat", "receive_timeout", "timeout"),
    "websocket.WebSocketApp().run_forever": ("ping_interval",),
    "paramiko.SSHClient().exec_command": ("timeout",),
}
"""Calls that make or use a client which waits for ever → the options of which one sets a limit, or may hold one; the first is advised.

They are the defaults that the libraries document: libpq's `connect_timeout` ("wait indefinitely"), redis-py's `socket_timeout` (none),
pymemcache's `timeout` (forever), ldap3's `receive_timeout` (none), pySerial's `timeout` (none), aiohttp's `heartbeat` (none).
"""
