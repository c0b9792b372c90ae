"""Which calls block the thread that makes them, by canonical path."""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final


class BlockingKind(StrEnum):
    """What a call waits for."""

    NETWORK = "the network"
    DATABASE = "a database"
    SUBPROCESS = "another program"
    SLEEP = "the clock"
    INPUT = "the user's input"
    FILE = "the disk"
    PRIMITIVE = "another thread or process"
    COMPUTING = "a computation"


REMOTE: Final = frozenset({BlockingKind.NETWORK, BlockingKind.DATABASE, BlockingKind.SUBPROCESS, BlockingKind.SLEEP, BlockingKind.INPUT})
"""Kinds that commonly take milliseconds to minutes: worth telling about through any number of calls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocking:
    """A call that blocks: what it waits for, and what a coroutine uses instead, as a clause."""

    path: str
    kind: BlockingKind
    instead: str


_HTTP_VERBS: Final = "get post put patch delete head options request"
_THREAD: Final = "await asyncio.to_thread(…)"
_HTTPX: Final = "httpx.AsyncClient, or await asyncio.to_thread(…)"
_PROGRAM: Final = "asyncio.create_subprocess_exec(…)"
_STREAMS: Final = "asyncio streams, or await asyncio.to_thread(…)"
_FILES: Final = "aiofiles or anyio.open_file, or await asyncio.to_thread(…)"
_CURSOR: Final = "execute executemany callproc fetchone fetchmany fetchall"
_REDIS: Final = (
    "get set delete exists expire publish lpush rpush lpop rpop blpop brpop hget hset hgetall incr decr keys ping execute_command"
)
_PIP: Final = f"a client for asyncio, or {_THREAD}"
_DRIVERS: Final = {
    "psycopg2": "psycopg.AsyncConnection or asyncpg",
    "psycopg": "psycopg.AsyncConnection",
    "pymysql": "asyncmy or aiomysql",
    "MySQLdb": "asyncmy or aiomysql",
    "mysql.connector": "mysql.connector.aio",
    "pyodbc": "aioodbc",
    "oracledb": "oracledb.connect_async",
    "cx_Oracle": "oracledb.connect_async",
    "snowflake.connector": "a thread",
    "duckdb": "a thread",
    "pymssql": "a thread",
    "ibm_db_dbi": "a thread",
}
"""DB-API drivers that block, and what there is for asyncio."""
_LONG: Final[tuple[tuple[BlockingKind, str, str, str], ...]] = (
    (BlockingKind.SLEEP, "time", "sleep", "await asyncio.sleep(…)"),
    (BlockingKind.INPUT, "", "input", _THREAD),
    (BlockingKind.INPUT, "getpass", "getpass", _THREAD),
    (BlockingKind.NETWORK, "requests", _HTTP_VERBS, _HTTPX),
    (BlockingKind.NETWORK, "requests.Session()", f"{_HTTP_VERBS} send", _HTTPX),
    (BlockingKind.NETWORK, "cloudscraper.create_scraper()", _HTTP_VERBS, _HTTPX),
    (BlockingKind.NETWORK, "httpx", f"{_HTTP_VERBS} stream", "httpx.AsyncClient"),
    (BlockingKind.NETWORK, "httpx.Client()", f"{_HTTP_VERBS} send stream", "httpx.AsyncClient"),
    (BlockingKind.NETWORK, "urllib.request", "urlopen urlretrieve", _HTTPX),
    (BlockingKind.NETWORK, "urllib.request.build_opener()", "open", _HTTPX),
    (BlockingKind.NETWORK, "urllib2", "urlopen", _HTTPX),
    (BlockingKind.NETWORK, "six.moves.urllib.request", "urlopen urlretrieve", _HTTPX),
    (BlockingKind.NETWORK, "urllib3", "request", _HTTPX),
    (BlockingKind.NETWORK, "urllib3.PoolManager()", "request urlopen request_encode_url request_encode_body", _HTTPX),
    (BlockingKind.NETWORK, "urllib3.HTTPSConnectionPool()", "request urlopen", _HTTPX),
    (BlockingKind.NETWORK, "urllib3.HTTPConnectionPool()", "request urlopen", _HTTPX),
    (BlockingKind.NETWORK, "http.client.HTTPConnection()", "request getresponse connect", _HTTPX),
    (BlockingKind.NETWORK, "http.client.HTTPSConnection()", "request getresponse connect", _HTTPX),
    (BlockingKind.NETWORK, "pycurl.Curl()", "perform", _HTTPX),
    (BlockingKind.NETWORK, "wget", "download", _HTTPX),
    (BlockingKind.NETWORK, "socket", "create_connection", "await asyncio.open_connection(…)"),
    (BlockingKind.NETWORK, "socket", "getaddrinfo gethostbyname gethostbyname_ex", "await loop.getaddrinfo(…)"),
    (BlockingKind.NETWORK, "socket", "gethostbyaddr getnameinfo", "await loop.getnameinfo(…)"),
    (BlockingKind.NETWORK, "socket", "getfqdn", _THREAD),
    (BlockingKind.NETWORK, "socket.socket()", "connect recv recv_into recvfrom recvfrom_into recvmsg sendall accept", _STREAMS),
    (BlockingKind.NETWORK, "ssl", "get_server_certificate", _THREAD),
    (BlockingKind.NETWORK, "smtplib", "SMTP_SSL", f"aiosmtplib, or {_THREAD}"),
    (BlockingKind.NETWORK, "smtplib.SMTP()", "connect sendmail send_message login starttls ehlo quit", f"aiosmtplib, or {_THREAD}"),
    (BlockingKind.NETWORK, "smtplib.SMTP_SSL()", "connect sendmail send_message login ehlo quit", f"aiosmtplib, or {_THREAD}"),
    (BlockingKind.NETWORK, "imaplib", "IMAP4 IMAP4_SSL", f"aioimaplib, or {_THREAD}"),
    (BlockingKind.NETWORK, "imaplib.IMAP4_SSL()", "login select search fetch store logout", f"aioimaplib, or {_THREAD}"),
    (BlockingKind.NETWORK, "imaplib.IMAP4()", "login select search fetch store logout", f"aioimaplib, or {_THREAD}"),
    (BlockingKind.NETWORK, "poplib", "POP3 POP3_SSL", _THREAD),
    (BlockingKind.NETWORK, "ftplib.FTP()", "*", f"aioftp, or {_THREAD}"),
    (BlockingKind.NETWORK, "ftplib.FTP_TLS()", "*", f"aioftp, or {_THREAD}"),
    (BlockingKind.NETWORK, "telnetlib.Telnet()", "*", "telnetlib3"),
    (BlockingKind.NETWORK, "xmlrpc.client.ServerProxy()", "*", _THREAD),
    (BlockingKind.NETWORK, "paramiko.SSHClient()", "connect exec_command open_sftp", f"asyncssh, or {_THREAD}"),
    (BlockingKind.NETWORK, "paramiko.SFTPClient()", "*", f"asyncssh, or {_THREAD}"),
    (BlockingKind.NETWORK, "boto3.client()", "*", f"aioboto3, or {_THREAD}"),
    (BlockingKind.NETWORK, "boto3.Session().client()", "*", f"aioboto3, or {_THREAD}"),
    (BlockingKind.NETWORK, "boto3.session.Session().client()", "*", f"aioboto3, or {_THREAD}"),
    (BlockingKind.NETWORK, "google.cloud.storage.Client()", "*", f"gcloud-aio-storage, or {_THREAD}"),
    (BlockingKind.NETWORK, "google.cloud.bigquery.Client()", "query insert_rows_json load_table_from_json get_table", _THREAD),
    (BlockingKind.NETWORK, "openai", "chat.completions.create completions.create embeddings.create images.generate", "openai.AsyncOpenAI"),
    (BlockingKind.NETWORK, "openai.ChatCompletion", "create", "openai.AsyncOpenAI"),
    (BlockingKind.NETWORK, "openai.Completion", "create", "openai.AsyncOpenAI"),
    (BlockingKind.NETWORK, "openai.Embedding", "create", "openai.AsyncOpenAI"),
    (BlockingKind.NETWORK, "openai.OpenAI()", "*", "openai.AsyncOpenAI"),
    (BlockingKind.NETWORK, "openai.AzureOpenAI()", "*", "openai.AsyncAzureOpenAI"),
    (BlockingKind.NETWORK, "anthropic.Anthropic()", "*", "anthropic.AsyncAnthropic"),
    (BlockingKind.NETWORK, "cohere.Client()", "*", "cohere.AsyncClient"),
    (BlockingKind.NETWORK, "stripe", "*", _PIP),
    (BlockingKind.NETWORK, "twilio.rest.Client()", "messages.create calls.create", _PIP),
    (BlockingKind.NETWORK, "slack_sdk.WebClient()", "*", "slack_sdk.web.async_client.AsyncWebClient"),
    (BlockingKind.NETWORK, "tweepy.API()", "*", "tweepy.asynchronous"),
    (BlockingKind.NETWORK, "praw.Reddit()", "*", "asyncpraw"),
    (BlockingKind.NETWORK, "docker.from_env()", "*", f"aiodocker, or {_THREAD}"),
    (BlockingKind.NETWORK, "docker.DockerClient()", "*", f"aiodocker, or {_THREAD}"),
    (BlockingKind.NETWORK, "kubernetes.client.CoreV1Api()", "*", "kubernetes_asyncio"),
    (BlockingKind.NETWORK, "pika.BlockingConnection()", "*", "aio-pika"),
    (BlockingKind.NETWORK, "kafka.KafkaConsumer()", "poll", "aiokafka"),
    (BlockingKind.NETWORK, "kafka.KafkaProducer()", "flush", "aiokafka"),
    (BlockingKind.NETWORK, "confluent_kafka.Consumer()", "poll consume", "aiokafka"),
    (BlockingKind.NETWORK, "confluent_kafka.Producer()", "flush", "aiokafka"),
    (BlockingKind.NETWORK, "websocket", "create_connection", "websockets"),
    (BlockingKind.NETWORK, "websocket.create_connection()", "recv send", "websockets"),
    (BlockingKind.NETWORK, "feedparser", "parse", _THREAD),
    (BlockingKind.NETWORK, "yt_dlp.YoutubeDL()", "extract_info download", _THREAD),
    (BlockingKind.NETWORK, "youtube_dl.YoutubeDL()", "extract_info download", _THREAD),
    (BlockingKind.NETWORK, "wikipedia", "summary search page", _THREAD),
    (BlockingKind.NETWORK, "yfinance", "download", _THREAD),
    (BlockingKind.NETWORK, "dns.resolver", "resolve query", "dns.asyncresolver"),
    (BlockingKind.NETWORK, "whois", "whois query", _THREAD),
    (BlockingKind.NETWORK, "serial.Serial()", "read readline read_until write", f"serial_asyncio, or {_THREAD}"),
    (BlockingKind.NETWORK, "zeroconf.Zeroconf()", "get_service_info close", "zeroconf.asyncio.AsyncZeroconf"),
    (BlockingKind.NETWORK, "git.Repo", "clone_from", _THREAD),
    (BlockingKind.NETWORK, "huggingface_hub", "hf_hub_download snapshot_download", _THREAD),
    (BlockingKind.NETWORK, "select", "select", "the event loop's own streams, or loop.add_reader"),
    (BlockingKind.NETWORK, "selectors.DefaultSelector()", "select", "the event loop's own streams, or loop.add_reader"),
    (BlockingKind.NETWORK, "niquests", _HTTP_VERBS, "niquests.AsyncSession"),
    (BlockingKind.NETWORK, "niquests.Session()", _HTTP_VERBS, "niquests.AsyncSession"),
    (BlockingKind.NETWORK, "curl_cffi.requests", _HTTP_VERBS, "curl_cffi.requests.AsyncSession"),
    (BlockingKind.NETWORK, "curl_cffi.requests.Session()", _HTTP_VERBS, "curl_cffi.requests.AsyncSession"),
    (BlockingKind.NETWORK, "requests_html.HTMLSession()", _HTTP_VERBS, "requests_html.AsyncHTMLSession"),
    (BlockingKind.NETWORK, "netmiko.ConnectHandler()", "*", f"scrapli, or {_THREAD}"),
    (BlockingKind.NETWORK, "ldap3.Connection()", "bind search add modify delete unbind", f"bonsai, or {_THREAD}"),
    (BlockingKind.NETWORK, "selenium.webdriver.Chrome()", "get find_element find_elements execute_script quit", "playwright.async_api"),
    (BlockingKind.NETWORK, "selenium.webdriver.Firefox()", "get find_element find_elements execute_script quit", "playwright.async_api"),
    (BlockingKind.NETWORK, "playwright.sync_api.sync_playwright()", "*", "playwright.async_api"),
    (BlockingKind.NETWORK, "minio.Minio()", "*", f"miniopy-async, or {_THREAD}"),
    (BlockingKind.NETWORK, "smart_open", "open", _THREAD),
    (BlockingKind.NETWORK, "paho.mqtt.client.Client()", "connect loop_forever", f"aiomqtt, or {_THREAD}"),
    (BlockingKind.NETWORK, "pysftp.Connection()", "*", f"asyncssh, or {_THREAD}"),
    (BlockingKind.NETWORK, "googleapiclient.discovery.build()", "*", _THREAD),
    (BlockingKind.NETWORK, "google.generativeai.GenerativeModel()", "generate_content", "generate_content_async"),
    (BlockingKind.NETWORK, "ollama", "chat generate pull embeddings", "ollama.AsyncClient"),
    (BlockingKind.NETWORK, "litellm", "completion embedding", "litellm.acompletion"),
    (BlockingKind.NETWORK, "replicate", "run", "replicate.async_run"),
    (BlockingKind.NETWORK, "gspread.service_account()", "*", f"gspread_asyncio, or {_THREAD}"),
    (BlockingKind.NETWORK, "github.Github()", "*", _THREAD),
    (BlockingKind.NETWORK, "gitlab.Gitlab()", "*", _THREAD),
    (BlockingKind.NETWORK, "jira.JIRA()", "*", _THREAD),
    (BlockingKind.NETWORK, "notion_client.Client()", "*", "notion_client.AsyncClient"),
    (BlockingKind.NETWORK, "hvac.Client()", "*", _THREAD),
    (BlockingKind.NETWORK, "consul.Consul()", "*", _THREAD),
    (BlockingKind.NETWORK, "spotipy.Spotify()", "*", _THREAD),
    (BlockingKind.NETWORK, "sendgrid.SendGridAPIClient()", "send", _THREAD),
    (BlockingKind.NETWORK, "gtts.gTTS()", "save write_to_fp", _THREAD),
    (BlockingKind.NETWORK, "speech_recognition.Recognizer()", "listen recognize_google", _THREAD),
    (BlockingKind.NETWORK, "pytube.YouTube()", "*", _THREAD),
    (BlockingKind.NETWORK, "celery.result.AsyncResult()", "get wait", _THREAD),
    (BlockingKind.NETWORK, "nltk", "download", _THREAD),
    (BlockingKind.NETWORK, "boto3.resource()", "*", f"aioboto3, or {_THREAD}"),
    (BlockingKind.NETWORK, "pytube.request", "get post head stream", _THREAD),
    (BlockingKind.NETWORK, "deep_translator.GoogleTranslator()", "translate", _THREAD),
    (BlockingKind.NETWORK, "googletrans.Translator()", "translate detect", _THREAD),
    (BlockingKind.NETWORK, "supabase.create_client()", "*", "supabase.acreate_client"),
    (BlockingKind.NETWORK, "firebase_admin.firestore.client()", "*", "firebase_admin.firestore_async"),
    (BlockingKind.NETWORK, "telebot.TeleBot()", "send_message polling infinity_polling", "telebot.async_telebot"),
    (BlockingKind.DATABASE, "pymongo.MongoClient()", "*", "pymongo.AsyncMongoClient"),
    (BlockingKind.DATABASE, "clickhouse_driver.Client()", "execute insert_dataframe query_dataframe", f"asynch, or {_THREAD}"),
    (BlockingKind.DATABASE, "clickhouse_connect.get_client()", "query insert command query_df", "clickhouse_connect.get_async_client"),
    (BlockingKind.DATABASE, "cassandra.cluster.Cluster().connect()", "execute", _THREAD),
    (BlockingKind.DATABASE, "redis.Redis()", _REDIS, "redis.asyncio"),
    (BlockingKind.DATABASE, "redis.StrictRedis()", _REDIS, "redis.asyncio"),
    (BlockingKind.DATABASE, "redis.from_url()", _REDIS, "redis.asyncio"),
    (BlockingKind.DATABASE, "redis.Redis.from_url()", _REDIS, "redis.asyncio"),
    (BlockingKind.DATABASE, "elasticsearch.Elasticsearch()", "*", "elasticsearch.AsyncElasticsearch"),
    (BlockingKind.DATABASE, "opensearchpy.OpenSearch()", "*", "opensearchpy.AsyncOpenSearch"),
    (BlockingKind.DATABASE, "neo4j.GraphDatabase.driver().session()", "run", "neo4j.AsyncGraphDatabase"),
    (BlockingKind.DATABASE, "influxdb.InfluxDBClient()", "query write_points", _PIP),
    (BlockingKind.DATABASE, "sqlite3", "connect", f"aiosqlite, or {_THREAD}"),
    (BlockingKind.DATABASE, "sqlite3.Connection()", "execute executemany executescript commit backup", f"aiosqlite, or {_THREAD}"),
    (BlockingKind.DATABASE, "sqlite3.Cursor()", f"{_CURSOR} executescript", f"aiosqlite, or {_THREAD}"),
    (BlockingKind.DATABASE, "sqlalchemy.create_engine()", "connect begin execute", "sqlalchemy.ext.asyncio"),
    (BlockingKind.DATABASE, "sqlalchemy.create_engine().connect()", "execute commit", "sqlalchemy.ext.asyncio"),
    (BlockingKind.DATABASE, "sqlalchemy.create_engine().begin()", "execute", "sqlalchemy.ext.asyncio"),
    (
        BlockingKind.DATABASE,
        "sqlalchemy.orm.Session()",
        "execute scalars scalar commit flush refresh get",
        "sqlalchemy.ext.asyncio.AsyncSession",
    ),
    (
        BlockingKind.DATABASE,
        "sqlalchemy.orm.Session().query()",
        "all first one one_or_none count get",
        "sqlalchemy.ext.asyncio.AsyncSession",
    ),
    (
        BlockingKind.DATABASE,
        "sqlalchemy.orm.sessionmaker()()",
        "execute scalars scalar commit flush refresh get",
        "sqlalchemy.ext.asyncio.AsyncSession",
    ),
    *((BlockingKind.DATABASE, driver, "connect", f"{instead}, or {_THREAD}") for driver, instead in _DRIVERS.items()),
    *(
        (BlockingKind.DATABASE, f"{driver}.connect()", "commit rollback execute", f"{instead}, or {_THREAD}")
        for driver, instead in _DRIVERS.items()
    ),
    *((BlockingKind.DATABASE, f"{driver}.connect().cursor()", _CURSOR, f"{instead}, or {_THREAD}") for driver, instead in _DRIVERS.items()),
    (BlockingKind.SUBPROCESS, "subprocess", "run call check_call check_output getoutput getstatusoutput", _PROGRAM),
    (BlockingKind.SUBPROCESS, "subprocess.Popen()", "wait communicate stdout.read stdout.readline stderr.read", _PROGRAM),
    (BlockingKind.SUBPROCESS, "os", "system popen wait waitpid wait3 wait4 spawnv spawnl spawnvp", _PROGRAM),
    (BlockingKind.SUBPROCESS, "pexpect", "run", f"{_PROGRAM}, or pexpect's expect(…, async_=True)"),
    (BlockingKind.SUBPROCESS, "sh", "*", _PROGRAM),
    (BlockingKind.SUBPROCESS, "pip", "main", _PROGRAM),
    (BlockingKind.SUBPROCESS, "pip._internal", "main", _PROGRAM),
    (BlockingKind.SUBPROCESS, "pip._internal.cli.main", "main", _PROGRAM),
    (BlockingKind.SUBPROCESS, "invoke", "run", _PROGRAM),
    (BlockingKind.SUBPROCESS, "ffmpeg", "run probe", _PROGRAM),
    (BlockingKind.SUBPROCESS, "pexpect.spawn()", "expect expect_exact wait close", "pexpect's expect(…, async_=True)"),
    (BlockingKind.SUBPROCESS, "playsound", "playsound", _THREAD),
    (BlockingKind.SUBPROCESS, "pyttsx3.init()", "runAndWait", _THREAD),
    (BlockingKind.SUBPROCESS, "git.Repo()", "git.pull git.push git.fetch git.checkout git.clone clone remotes.origin.pull", _THREAD),
)
_SHORT: Final[tuple[tuple[BlockingKind, str, str, str], ...]] = (
    (BlockingKind.FILE, "", "open", _FILES),
    (BlockingKind.FILE, "open()", "read write readlines readline writelines", _FILES),
    (BlockingKind.FILE, "pathlib.Path()", "open read_text read_bytes write_text write_bytes", f"anyio.Path, or {_THREAD}"),
    (
        BlockingKind.FILE,
        "pathlib.Path()",
        "exists is_file is_dir stat mkdir unlink touch rename replace rmdir iterdir glob rglob",
        f"anyio.Path, or {_THREAD}",
    ),
    (
        BlockingKind.FILE,
        "os",
        "listdir scandir stat walk remove unlink rename replace mkdir makedirs rmdir removedirs chmod fsync access",
        _THREAD,
    ),
    (BlockingKind.FILE, "os.path", "exists isfile isdir getsize getmtime", _THREAD),
    (BlockingKind.FILE, "shutil", "copy copy2 copyfile copyfileobj copytree move rmtree make_archive unpack_archive", _THREAD),
    (BlockingKind.FILE, "glob", "glob", _THREAD),
    (BlockingKind.FILE, "importlib", "import_module", _THREAD),
    (BlockingKind.FILE, "ssl", "create_default_context", _THREAD),
    (BlockingKind.FILE, "ssl.SSLContext()", "load_cert_chain load_verify_locations load_default_certs set_default_verify_paths", _THREAD),
    (BlockingKind.FILE, "homeassistant.util.json", "load_json load_json_object load_json_array save_json", "hass.async_add_executor_job"),
    (BlockingKind.FILE, "homeassistant.helpers.json", "save_json", "hass.async_add_executor_job"),
    (BlockingKind.FILE, "homeassistant.util.yaml", "load_yaml load_yaml_dict save_yaml", "hass.async_add_executor_job"),
    (BlockingKind.FILE, "numpy", "load save savez loadtxt savetxt genfromtxt", _THREAD),
    (BlockingKind.FILE, "joblib", "load dump", _THREAD),
    (BlockingKind.FILE, "torch", "load save", _THREAD),
    (BlockingKind.FILE, "openpyxl", "load_workbook", _THREAD),
    (BlockingKind.FILE, "openpyxl.Workbook()", "save", _THREAD),
    (BlockingKind.FILE, "soundfile", "read write", _THREAD),
    (BlockingKind.FILE, "pdfplumber", "open", _THREAD),
    (BlockingKind.FILE, "zipfile.ZipFile()", "extractall extract read", _THREAD),
    (BlockingKind.FILE, "tarfile.open()", "extractall", _THREAD),
    (BlockingKind.PRIMITIVE, "threading.Event()", "wait", f"asyncio.Event, or {_THREAD}"),
    (BlockingKind.PRIMITIVE, "threading.Condition()", "wait wait_for acquire", "asyncio.Condition"),
    (BlockingKind.PRIMITIVE, "threading.Barrier()", "wait", _THREAD),
    (BlockingKind.PRIMITIVE, "threading.Thread()", "join", "await asyncio.to_thread(thread.join)"),
    (BlockingKind.PRIMITIVE, "threading.Timer()", "join", "await asyncio.to_thread(timer.join)"),
    (BlockingKind.PRIMITIVE, "threading.Lock()", "acquire", "asyncio.Lock"),
    (BlockingKind.PRIMITIVE, "threading.RLock()", "acquire", "asyncio.Lock"),
    (BlockingKind.PRIMITIVE, "threading.Semaphore()", "acquire", "asyncio.Semaphore"),
    (BlockingKind.PRIMITIVE, "threading.BoundedSemaphore()", "acquire", "asyncio.Semaphore"),
    (BlockingKind.PRIMITIVE, "queue.Queue()", "get put join", "asyncio.Queue, or get_nowait and put_nowait"),
    (BlockingKind.PRIMITIVE, "queue.SimpleQueue()", "get", "asyncio.Queue, or get_nowait"),
    (BlockingKind.PRIMITIVE, "multiprocessing.Queue()", "get", _THREAD),
    (BlockingKind.PRIMITIVE, "multiprocessing.SimpleQueue()", "get", _THREAD),
    (BlockingKind.PRIMITIVE, "multiprocessing.Process()", "join", "await asyncio.to_thread(process.join)"),
    (BlockingKind.PRIMITIVE, "multiprocessing.Event()", "wait", _THREAD),
    (BlockingKind.PRIMITIVE, "multiprocessing.Lock()", "acquire", _THREAD),
    (BlockingKind.PRIMITIVE, "multiprocessing.Pipe()[]", "recv poll", _THREAD),
    (
        BlockingKind.PRIMITIVE,
        "multiprocessing.Pool()",
        "map starmap apply join",
        f"a ProcessPoolExecutor and loop.run_in_executor, or {_THREAD}",
    ),
    (BlockingKind.PRIMITIVE, "multiprocessing.pool.ThreadPool()", "map starmap apply join", _THREAD),
    (BlockingKind.PRIMITIVE, "concurrent.futures.Future()", "result exception", "await asyncio.wrap_future(future)"),
    (BlockingKind.PRIMITIVE, "concurrent.futures.ThreadPoolExecutor()", "map", "await asyncio.gather(…) of loop.run_in_executor(…)"),
    (BlockingKind.PRIMITIVE, "concurrent.futures.ProcessPoolExecutor()", "map", "await asyncio.gather(…) of loop.run_in_executor(…)"),
    (BlockingKind.PRIMITIVE, "concurrent.futures.ThreadPoolExecutor()", "shutdown", "await asyncio.to_thread(executor.shutdown)"),
    (BlockingKind.PRIMITIVE, "concurrent.futures.ProcessPoolExecutor()", "shutdown", "await asyncio.to_thread(executor.shutdown)"),
    (BlockingKind.PRIMITIVE, "concurrent.futures", "wait as_completed", "asyncio.wait of futures that asyncio.wrap_future has wrapped"),
    (BlockingKind.COMPUTING, "hashlib", "pbkdf2_hmac scrypt", _THREAD),
    (BlockingKind.COMPUTING, "bcrypt", "hashpw checkpw", _THREAD),
    (BlockingKind.COMPUTING, "argon2.PasswordHasher()", "hash verify", _THREAD),
    (BlockingKind.COMPUTING, "passlib.context.CryptContext()", "hash verify verify_and_update", _THREAD),
    (BlockingKind.COMPUTING, "werkzeug.security", "generate_password_hash check_password_hash", _THREAD),
    (BlockingKind.COMPUTING, "django.contrib.auth.hashers", "make_password check_password", _THREAD),
    (BlockingKind.COMPUTING, "lzma", "compress decompress", _THREAD),
    (BlockingKind.COMPUTING, "bz2", "compress decompress", _THREAD),
    (BlockingKind.COMPUTING, "pandas", "read_csv read_excel read_parquet read_json", _THREAD),
    (BlockingKind.COMPUTING, "whisper.load_model()", "transcribe", "a thread or process of its own"),
    (BlockingKind.COMPUTING, "faster_whisper.WhisperModel()", "transcribe", "a thread or process of its own"),
    (BlockingKind.COMPUTING, "sentence_transformers.SentenceTransformer()", "encode", _THREAD),
    (BlockingKind.COMPUTING, "transformers.pipeline()", "__call__", _THREAD),
    (BlockingKind.COMPUTING, "PIL.Image.open()", "resize thumbnail save convert", _THREAD),
    (BlockingKind.COMPUTING, "librosa", "load", _THREAD),
    (BlockingKind.COMPUTING, "pydub.AudioSegment", "from_file from_mp3 from_wav", _THREAD),
    (BlockingKind.COMPUTING, "pydub.AudioSegment.from_file()", "export", _THREAD),
    (BlockingKind.COMPUTING, "pytesseract", "image_to_string image_to_data", _THREAD),
    (BlockingKind.COMPUTING, "whisper", "load_model", _THREAD),
    (BlockingKind.COMPUTING, "spacy", "load", _THREAD),
    (BlockingKind.COMPUTING, "sentence_transformers", "SentenceTransformer", _THREAD),
    (BlockingKind.COMPUTING, "cv2", "imread imwrite resize", _THREAD),
    (BlockingKind.COMPUTING, "moviepy.editor.VideoFileClip()", "write_videofile", "a process of its own"),
)
_TABLE: Final = (*_LONG, *_SHORT)
STATUS: Final = frozenset(
    {
        *(
            f"pathlib.Path().{name}"
            for name in ("exists", "is_file", "is_dir", "stat", "mkdir", "unlink", "touch", "rename", "replace", "rmdir")
        ),
        *(f"pathlib.Path().{name}" for name in ("iterdir", "glob", "rglob")),
        *(f"os.path.{name}" for name in ("exists", "isfile", "isdir", "getsize", "getmtime")),
        *(f"os.{name}" for name in ("listdir", "scandir", "stat", "remove", "unlink", "rename", "replace", "mkdir", "makedirs", "rmdir")),
        *("os.chmod", "os.access", "os.removedirs", "importlib.import_module", "ssl.create_default_context"),
        *(f"ssl.SSLContext().{name}" for name in ("load_cert_chain", "load_verify_locations", "load_default_certs")),
        "ssl.SSLContext().set_default_verify_paths",
    }
)
"""Calls that only look at, or change, a folder's entries, or read little: microseconds on a local disk, to some milliseconds."""


def _spread() -> dict[str, Blocking]:
    found: dict[str, Blocking] = {}
    for kind, owner, names, instead in _TABLE:
        for name in names.split():
            path = f"{owner}.{name}" if owner else name
            found[path] = Blocking(path=path, kind=kind, instead=instead)
    return found


_BLOCKING: Final = _spread()
_ANY: Final = tuple(path[:-1] for path in _BLOCKING if path.endswith(".*"))


@lru_cache(maxsize=65536)
def blocking(path: str) -> Blocking | None:
    """Return why a call of a canonical path blocks; None for one that is not known to."""
    found = _BLOCKING.get(path)
    if found is None and path.startswith(_ANY):
        found = next(_BLOCKING[f"{each}*"] for each in _ANY if path.startswith(each))
    return found
