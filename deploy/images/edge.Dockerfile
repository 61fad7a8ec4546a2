# The edge: Envoy from the wheel that `make up` runs, what renders its configuration, and what has it
# drain.
#
#   docker buildx build --file deploy/images/edge.Dockerfile --tag parley-edge:dev \
#     --build-arg PYTHON=python:3.13-slim@sha256:… --sbom=true --provenance=mode=max .
#
# The base image is an argument without a default: whoever builds says which one, by digest.
ARG PYTHON

FROM ${PYTHON} AS packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN ["python3", "-m", "venv", "/opt/parley"]
COPY requirements/edge.txt /tmp/
# Wheels alone, each with its hash: nothing is built, and nothing runs to install it.
RUN ["/opt/parley/bin/pip", "install", "--require-hashes", "--no-deps", "--only-binary", ":all:", "--requirement", "/tmp/edge.txt"]
RUN ["/opt/parley/bin/pip", "uninstall", "--yes", "pip"]

FROM ${PYTHON}
LABEL org.opencontainers.image.title="Parley: edge" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=packages /opt/parley /opt/parley
WORKDIR /srv/parley
COPY gen/parley.binpb gen/parley.binpb
COPY gen/python gen/python
COPY edge edge
COPY deploy/__init__.py deploy/__init__.py
COPY deploy/images deploy/images
ENV PATH=/opt/parley/bin:$PATH \
    PYTHONPATH=/srv/parley:/srv/parley/gen/python \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
RUN ["python3", "-m", "compileall", "-q", "/opt/parley", "/srv/parley"]
# What is missing is found while the image is built.
RUN ["python3", "-c", "import deploy.images.edge"]
USER 65532:65532
ENTRYPOINT ["python3", "-m", "deploy.images.edge"]
