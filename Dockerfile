# Built in two stages: what is left has no compiler, no package installer, no tests and no documents.
# The base is what its digest says, for every kind of processor; the forge's updates move it (.github/dependabot.yml).
FROM debian:bookworm-20260824-slim@sha256:88200866dfff7ea7f5cbcb6ec7c8a701889efe6fe859fe64d6990e4b07ea4171 AS base

FROM base AS build
RUN apt-get update && apt-get install -y --no-install-recommends python3-venv
RUN python3 -m venv /opt/cgs
COPY requirements.lock .
RUN /opt/cgs/bin/pip install --no-cache-dir --require-hashes --only-binary :all: --requirement requirements.lock \
    && /opt/cgs/bin/pip uninstall --yes --quiet setuptools pip \
    && cd /opt/cgs/lib/python3*/site-packages \
    && find . -type d -name tests -prune -exec rm -rf {} + \
    && rm -rf pyarrow/include pyarrow/src

FROM base
# For PDF and for pictures in bundles (docs/how-to/export.md). Smaller without: --build-arg PICTURES=
ARG PICTURES="chromium-headless-shell fonts-liberation"
RUN apt-get update \
    && apt-get install -y --no-install-recommends python3 tini ${PICTURES} \
    && apt-get clean \
    && rm -rf /var/lib/apt/lists/* /var/cache/debconf/* /var/log/* /usr/share/doc /usr/share/man /usr/share/locale
COPY --from=build /opt/cgs /opt/cgs
ENV PATH=/opt/cgs/bin:/usr/bin:/bin HOME=/tmp PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 OMP_NUM_THREADS=1 \
    CGS_STORE=/store/runs.sqlite

WORKDIR /app
COPY app.py LICENSE ./
COPY .streamlit .streamlit
COPY cgs_core cgs_core
COPY cgs_ui cgs_ui
COPY content content
COPY pages pages
RUN --mount=type=bind,source=tools/make_sbom.py,target=/tmp/make_sbom.py \
    python3 -m compileall -q app.py cgs_core cgs_ui pages \
    && python3 /tmp/make_sbom.py > /app/sbom.cdx.json \
    && install --directory --owner=10001 --group=10001 --mode=0700 /store

# By number, so that a host can forbid root; with a folder of yours as /store: --user "$(id -u):$(id -g)".
USER 10001:10001
VOLUME /store
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python3", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8501/cgs/health', timeout=4)"]
# Chromium leaves processes behind, which tini collects.
ENTRYPOINT ["tini", "--"]
CMD ["streamlit", "run", "app.py", "--server.address=0.0.0.0", "--server.port=8501", "--server.headless=true", \
    "--server.fileWatcherType=none"]
