# auth, chat, llm, and their migrations: one image, so that one digest is one version of all three.
#
#   docker buildx build --file deploy/images/services.Dockerfile --tag parley-services:dev \
#     --build-arg PYTHON=python:3.13-slim@sha256:… --sbom=true --provenance=mode=max .
#
# The base image is an argument without a default: whoever builds says which one, by digest.
ARG PYTHON

FROM ${PYTHON} AS packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN ["python3", "-m", "venv", "/opt/parley"]
COPY requirements/services.txt /tmp/
# Wheels alone, each with its hash: nothing is built, and nothing runs to install it.
RUN ["/opt/parley/bin/pip", "install", "--require-hashes", "--no-deps", "--only-binary", ":all:", "--requirement", "/tmp/services.txt"]
RUN ["/opt/parley/bin/pip", "uninstall", "--yes", "pip"]

FROM ${PYTHON}
LABEL org.opencontainers.image.title="Parley: auth, chat, llm" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=packages /opt/parley /opt/parley
WORKDIR /srv/parley
COPY gen/python gen/python
COPY services services
COPY deploy/__init__.py deploy/__init__.py
COPY deploy/images deploy/images
# Nothing is written where it runs; what was compiled before starts sooner.
ENV PATH=/opt/parley/bin:$PATH \
    PYTHONPATH=/srv/parley:/srv/parley/gen/python \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
RUN ["python3", "-m", "compileall", "-q", "/opt/parley", "/srv/parley"]
# What is missing is found while the image is built.
RUN ["python3", "-c", "import services.auth.__main__, services.chat.__main__, services.llm.__main__, services.kit.migrate"]
USER 65532:65532
ENTRYPOINT ["python3"]
CMD ["-m", "services.chat"]
