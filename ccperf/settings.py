"""Settings. Everything that differs between two installations is read from the environment.

Without any variable the project runs as the embedded single-machine edition: SQLite and a broker
that needs no server, both inside DATA_DIR. With PRODUCTION=1 it refuses to start half-configured.
"""

import secrets
import sys
from datetime import timedelta
from pathlib import Path

import dj_database_url
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key

from ccperf import environment

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = environment.folder("DATA_DIR", BASE_DIR / "var")

DEBUG = environment.boolean("DEBUG", False)
# The embedded edition serves one machine; anything reachable from outside sets PRODUCTION=1.
PRODUCTION = environment.boolean("PRODUCTION", False)
TESTING = "pytest" in sys.modules
PORT = environment.integer("PORT", 8000, minimum=1, maximum=65535)
TIME_ZONE = environment.time_zone("TIME_ZONE", "Europe/London")


def _own_secret() -> str:
    """A secret made once for this DATA_DIR, so that the embedded edition needs no configuration."""
    path = DATA_DIR / "secret_key"
    try:
        with path.open("x", encoding="utf-8") as file:
            path.chmod(0o600)
            file.write(get_random_secret_key() + secrets.token_hex(8))
    except FileExistsError:
        pass
    return path.read_text(encoding="utf-8")


SECRET_KEY = environment.text("SECRET_KEY") or ("" if PRODUCTION else _own_secret())
ALLOWED_HOSTS = environment.words("ALLOWED_HOSTS", [] if PRODUCTION else ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = environment.words("CSRF_TRUSTED_ORIGINS", [])
DATABASE_URL = environment.address(
    "DATABASE_URL",
    r"postgres(ql)?://[^/]*/[^/?]+.*|sqlite:///.+",
    "postgres://user:password@host:5432/name, or sqlite:////path/of/a/file",
)
REDIS_URL = environment.address(
    "REDIS_URL", r"rediss?://(.*@)?[^/@:?]+(:\d+)?(/\d*)?(\?.*)?", "redis://host:6379/0"
)

if PRODUCTION:
    missing = [
        name
        for name, value in {
            "SECRET_KEY": SECRET_KEY,
            "ALLOWED_HOSTS": ALLOWED_HOSTS,
            "DATABASE_URL": DATABASE_URL,
            "REDIS_URL": REDIS_URL,
        }.items()
        if not value
    ]
    if missing:
        raise ImproperlyConfigured(f"Production needs {', '.join(missing)}. Set them in the environment.")
    if DEBUG:
        raise ImproperlyConfigured("DEBUG=1 and PRODUCTION=1 exclude each other. Unset one of them.")
    if "*" in ALLOWED_HOSTS:
        raise ImproperlyConfigured("ALLOWED_HOSTS is *. Name the hosts under which people reach ccperf.")
    if DATABASE_URL.startswith("sqlite"):
        raise ImproperlyConfigured("Production needs PostgreSQL. Give its address as DATABASE_URL.")
if len(SECRET_KEY) < 32:
    raise ImproperlyConfigured("SECRET_KEY is shorter than 32 characters. Generate a longer one.")

INSTALLED_APPS = [
    "ccperf.people",  # before auth: its createsuperuser makes an administrator of the login
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "axes",
    "csp",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_filters",
    "django_htmx",
    "ccperf.core",
    "ccperf.audit",
    "ccperf.privacy",
    "ccperf.jobs",
    "ccperf.notify",
    "ccperf.imports",
    "ccperf.agreements",
    "ccperf.metrics",
    "ccperf.metrics.health",
    "ccperf.metrics.alerts",
    "ccperf.verdicts",
    "feedback",
    "feedback.themes",
    "retention",
    "strategy",
    "improvement",
    "ccperf.dashboards",
    "ccperf.health",
    "ccperf.demo",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "ccperf.people.middleware.SignInMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
    "ccperf.core.middleware.wrong_verb_page",
]

ROOT_URLCONF = "ccperf.urls"
WSGI_APPLICATION = "ccperf.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "ccperf.dashboards.navigation.navigation",
            ],
        },
    },
]

# Database. SQLite must hold several people and a worker: write-ahead log, a write lock taken at the
# start of a transaction (a deferred one fails when it is upgraded), and patience for the lock.
DATABASES = {
    "default": dj_database_url.parse(
        DATABASE_URL or f"sqlite:///{DATA_DIR / 'ccperf.sqlite3'}",
        conn_max_age=60,
        conn_health_checks=True,
    )
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["CONN_MAX_AGE"] = 0 if TESTING else 60
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        # An upsert keeps a journal of its own, which belongs in memory rather than in a file; 16 MB hold the
        # upper levels of every index, where the 2 MB of old read them again and again.
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON; "
            "PRAGMA temp_store=MEMORY; PRAGMA cache_size=-16384;"
        ),
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {
    "default": (
        {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
        if REDIS_URL and not TESTING
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
        if TESTING
        else {
            "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
            "LOCATION": DATA_DIR / "cache",
        }
    )
    | {"KEY_FUNCTION": "ccperf.core.build.cache_key"}
}

# Jobs. The database is the queue of record; a message is only a hint that there is work.
# A killed worker's messages come back at once on the embedded broker and within a minute on Redis.
CELERY_BROKER_URL = "memory://localhost" if TESTING else REDIS_URL or "embedded://localhost"
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {
        "visibility_timeout": 40,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        "socket_connect_timeout": 3,
        "socket_timeout": 15,
    }
    if REDIS_URL
    else {"folder": str(DATA_DIR / "broker")}
)
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 3600
CELERY_TIMEZONE = TIME_ZONE
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
JOB_LEASE = timedelta(seconds=20)
JOB_MAX_ATTEMPTS = 5

# People and sessions
AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "ccperf.dashboards.backends.SignedInBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "login"
SESSION_COOKIE_AGE = environment.integer("SESSION_HOURS", 10, minimum=1, maximum=720) * 3600
SESSION_SAVE_EVERY_REQUEST = False
PASSWORD_RESET_TIMEOUT = 3 * 24 * 3600
AXES_FAILURE_LIMIT = 6
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "registration/locked_out.html"
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ADMIN = False
SILENCED_SYSTEM_CHECKS = ["axes.W003"]

# Browser security
SECURE = PRODUCTION and environment.boolean("HTTPS", True)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SECURE_SSL_REDIRECT = SECURE
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31536000 if SECURE else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE else None
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        # The hash is that of an empty <style>, which Plotly creates and then fills by the CSSOM.
        "style-src-elem": [SELF, "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"],
        "style-src-attr": ["'unsafe-inline'"],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# Mail: to the console log of the embedded edition until a server is named.
EMAIL_URL_HOST = environment.text("EMAIL_HOST")
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_URL_HOST else 'console'}.EmailBackend"
EMAIL_HOST = EMAIL_URL_HOST or "localhost"
EMAIL_PORT = environment.integer("EMAIL_PORT", 25, minimum=1, maximum=65535)
EMAIL_HOST_USER = environment.text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = environment.text("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = environment.boolean("EMAIL_USE_TLS", False)
DEFAULT_FROM_EMAIL = environment.text("DEFAULT_FROM_EMAIL", "ccperf@localhost")

# Language
LANGUAGE_CODE = "en-gb"
USE_I18N = True
USE_TZ = True

# Static files
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(environment.text("STATIC_ROOT") or DATA_DIR / "static")
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": DATA_DIR / "files"},
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or TESTING
        # Compressing takes half a minute, which pays over a network but not on one's own machine.
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
    },
}
WHITENOISE_MAX_AGE = 3600
WHITENOISE_KEEP_ONLY_HASHED_FILES = PRODUCTION
WHITENOISE_USE_FINDERS = DEBUG or TESTING
MEDIA_ROOT = DATA_DIR / "files"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
FILE_UPLOAD_TEMP_DIR = None
IMPORT_MAX_BYTES = environment.integer("IMPORT_MAX_MB", 200, minimum=1, maximum=5000) * 1024 * 1024

# Forms. Our own templates of controls come before those of Django.
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

# Policy defaults
PRIVACY_AVERAGE_MINIMUM = environment.integer("PRIVACY_AVERAGE_MINIMUM", 5, minimum=3, maximum=50)
PRIVACY_DISTRIBUTION_MINIMUM = environment.integer("PRIVACY_DISTRIBUTION_MINIMUM", 8, minimum=3, maximum=50)
if PRIVACY_DISTRIBUTION_MINIMUM < PRIVACY_AVERAGE_MINIMUM:
    raise ImproperlyConfigured(
        f"PRIVACY_DISTRIBUTION_MINIMUM is {PRIVACY_DISTRIBUTION_MINIMUM}, below PRIVACY_AVERAGE_MINIMUM "
        f"({PRIVACY_AVERAGE_MINIMUM}). A distribution says more of each person: give at least as many."
    )
# How many points must rise or fall without a break to be called a trend; houses use six or seven.
TREND_POINTS = environment.integer("TREND_POINTS", 7, minimum=5, maximum=10)
OPEN_ACTIONS_PER_PERSON = environment.integer("OPEN_ACTIONS_PER_PERSON", 3, minimum=1, maximum=50)
LOOP_CLOSURE_DAYS = environment.integer("LOOP_CLOSURE_DAYS", 10, minimum=1, maximum=365)

if TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    AXES_ENABLED = False

LOG_LEVEL = environment.choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {"django.request": {"level": "ERROR"}, "axes": {"level": "WARNING"}},
}
