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
REQUESTS: Final = frozenset(f"{owner}.{verb}" for owner in ("requests", *SESSIONS) for verb in _VERBS)
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
