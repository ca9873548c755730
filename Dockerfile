# The service, the dashboard and operations, without the data:
#   docker build -t stylo --build-arg STYLO_CODE="$(git describe --always --dirty)" .
#   docker run -p 127.0.0.1:8000:8000 -v "$PWD/data:/data:ro" -v stylo-state:/state stylo
# --build-arg PHOTOS=no leaves out the network that looks at photos (some 1.5 GB): search by photo then answers 503.
# --build-arg EXTRAS=operations,login,cluster adds Ray, for work on several machines (docs/cluster.md).

FROM python:3.12-slim AS build
ARG PHOTOS=yes
WORKDIR /src
COPY requirements.txt constraints.txt pyproject.toml README.md LICENSE ./
RUN if [ "$PHOTOS" = no ]; then sed -i -E '/^(tensorflow|tensorflow-cpu|keras|openvino)==/d' requirements.txt; fi \
    && python -m venv /venv && /venv/bin/pip install --no-cache-dir -r requirements.txt -c constraints.txt
COPY stylo stylo
ARG EXTRAS=operations,login
RUN /venv/bin/pip install --no-cache-dir ".[$EXTRAS]" -c constraints.txt && /venv/bin/pip uninstall --yes stylo

FROM python:3.12-slim
# LightGBM's threads; Debian keeps no old version that could be pinned.
# hadolint ignore=DL3008
RUN apt-get update && apt-get install --yes --no-install-recommends libgomp1 && rm -rf /var/lib/apt/lists/*
RUN useradd --uid 10001 --create-home stylo && mkdir /data /state /weights && chown stylo /data /state /weights
COPY --from=build /venv /venv
WORKDIR /stylo
COPY *.py ./
COPY stylo stylo
COPY stylo_demo stylo_demo
COPY .streamlit .streamlit
# Which commit this is: lineage names it. The image has no Git that could tell.
ARG STYLO_CODE=
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    STYLO_CODE=$STYLO_CODE STYLO_DATA=/data STYLO_IMAGES=/data/images STYLO_SERVICE_STATE=/state KERAS_HOME=/weights
USER 10001
# The state must survive the container; ImageNet's weights are fetched once.
VOLUME ["/data", "/state", "/weights"]
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s CMD ["python", "-m", "stylo.service.health_check"]
ENTRYPOINT ["python"]
CMD ["serve.py", "--host", "0.0.0.0"]
