# The production image: web and worker from the same one (see compose.yaml). Everything is made here; nothing at start.

FROM node:22-slim AS assets
WORKDIR /desk
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY static ./static
RUN node static/build.mjs

FROM python:3.13-slim AS packages
COPY requirements.txt ./
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.txt

FROM python:3.13-slim
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 HEARBACK_ENV=production HEARBACK_VAR=/tmp/hearback
WORKDIR /desk
RUN useradd --system --no-create-home --shell /usr/sbin/nologin hearback
COPY --from=packages /venv /venv
COPY app ./app
COPY migrations ./migrations
COPY translations ./translations
COPY static ./static
COPY config.py gunicorn.conf.py wsgi.py ./
COPY --from=assets /desk/static/vendor ./static/vendor
RUN python -m app.i18n compile && python -m compileall -q app
USER hearback
EXPOSE 5000
# One worker per process, as Socket.IO needs; more of them are more containers behind a sticky balancer.
CMD ["gunicorn", "--worker-class", "geventwebsocket.gunicorn.workers.GeventWebSocketWorker", "--workers", "1", \
     "--bind", "0.0.0.0:5000", "--graceful-timeout", "20", "wsgi:app"]
