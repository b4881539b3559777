# syntax=docker/dockerfile:1
# Two stages: the first installs the locked packages and prepares the static files, the second has neither
# compiler nor installer and runs as a user without rights.

FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1
RUN python -m venv /opt/venv
WORKDIR /app
COPY requirements.lock .
RUN /opt/venv/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY manage.py gunicorn.conf.py ./
COPY ccperf ccperf
COPY feedback feedback
COPY improvement improvement
COPY retention retention
COPY strategy strategy
COPY templates templates
COPY static static
RUN PRODUCTION=1 SECRET_KEY=used-only-while-the-image-is-built ALLOWED_HOSTS=none \
    DATABASE_URL=postgres://none/none REDIS_URL=redis://none STATIC_ROOT=/app/collected DATA_DIR=/tmp/build \
    /opt/venv/bin/python manage.py collectstatic --noinput \
    && /opt/venv/bin/python -m compileall -q /app

FROM python:3.11-slim-bookworm
LABEL org.opencontainers.image.title="ccperf" org.opencontainers.image.licenses="Apache-2.0"
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 \
    PRODUCTION=1 DATA_DIR=/data STATIC_ROOT=/app/collected PORT=8000
RUN useradd --system --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin ccperf \
    && install -d -o ccperf -g ccperf /data
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
WORKDIR /app
USER ccperf
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=10s --start-period=30s --retries=4 \
    CMD ["python", "-m", "ccperf.health.probe", "/healthz"]
CMD ["gunicorn", "--config", "gunicorn.conf.py", "ccperf.wsgi:application"]
